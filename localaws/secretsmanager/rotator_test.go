package secretsmanager_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"aircon/localaws/secretsmanager"
)

// TestHTTPRotator: what is sent, and which answers are failures. The function's own text is not told, as it may name what it likes.
func TestHTTPRotator(t *testing.T) {
	event := secretsmanager.Event{Step: "createSecret", SecretId: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-AbCdEf", ClientRequestToken: id(1), RotationToken: id(2)}
	tests := map[string]struct {
		answer func(w http.ResponseWriter)
		want   string // "" for success
	}{
		"null":                {func(w http.ResponseWriter) { fmt.Fprint(w, "null") }, ""},
		"nothing":             {func(http.ResponseWriter) {}, ""},
		"text":                {func(w http.ResponseWriter) { fmt.Fprint(w, `"done"`) }, ""},
		"an object":           {func(w http.ResponseWriter) { fmt.Fprint(w, `{"done": true}`) }, ""},
		"an error":            {func(w http.ResponseWriter) { fmt.Fprint(w, `{"errorMessage": "canary"}`) }, "the function failed; its own log tells more"},
		"an error and a type": {func(w http.ResponseWriter) { fmt.Fprint(w, `{"errorMessage": "canary", "errorType": "ValueError"}`) }, "an error of type ValueError"},
		"a type of many lines": {func(w http.ResponseWriter) {
			fmt.Fprint(w, `{"errorMessage": "canary", "errorType": "a\nb c`+strings.Repeat("d", 100)+`canary"}`)
		}, "an error of type a?b?c" + strings.Repeat("d", 59) + "…; its own log tells more"},
		"an empty error": {func(w http.ResponseWriter) { fmt.Fprint(w, `{"errorMessage": ""}`) }, "the function failed"},
		"the header of Lambda": {func(w http.ResponseWriter) {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			fmt.Fprint(w, "canary")
		}, "the function failed"},
		"status 500": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }, "HTTP status 500"},
		"a redirect": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, "HTTP status 307"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var sent string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				sent += r.Method + " " + r.URL.Path + " " + string(body)
				tt.answer(w)
			}))
			defer server.Close()
			rotator, err := secretsmanager.NewHTTPRotator(server.URL+"/2015-03-31/functions/function/invocations", 0, false)
			if err != nil {
				t.Fatal(err)
			}
			err = rotator.Rotate(t.Context(), event)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary")) {
				t.Errorf("%v, want %q", err, tt.want)
			}
			text, err := json.Marshal(map[string]string{"Step": event.Step, "SecretId": event.SecretId, "ClientRequestToken": id(1), "RotationToken": id(2)})
			if err != nil {
				t.Fatal(err)
			}
			var got, want any
			method, body, _ := strings.Cut(sent, " {")
			if json.Unmarshal([]byte("{"+body), &got) != nil || json.Unmarshal(text, &want) != nil || fmt.Sprint(got) != fmt.Sprint(want) ||
				method != "POST /2015-03-31/functions/function/invocations" {
				t.Errorf("sent %s", sent)
			}
		})
	}
}

// TestHTTPRotatorTime: a step ends with its time, and with the service.
func TestHTTPRotatorTime(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer server.Close()
	short, err := secretsmanager.NewHTTPRotator(server.URL, time.Millisecond, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := short.Rotate(t.Context(), secretsmanager.Event{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no end: %v", err)
	}
	long, err := secretsmanager.NewHTTPRotator(server.URL, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := long.Rotate(ctx, secretsmanager.Event{}); err == nil {
		t.Error("no end")
	}
}

// TestHTTPRotatorFailures: what goes wrong on the way is told without the endpoint's URL, and half an answer is none.
func TestHTTPRotatorFailures(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"errorMessage": "`+strings.Repeat("x", 6<<20)+`"}`)
	}))
	rotator, err := secretsmanager.NewHTTPRotator(strings.Replace(server.URL, "//", "//canary:canary@", 1)+"/?token=canary", 0, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := rotator.Rotate(t.Context(), secretsmanager.Event{}); err == nil || !strings.Contains(err.Error(), "more than 6291456 bytes") {
		t.Errorf("a huge answer: %v", err)
	}
	server.Close()
	if err := rotator.Rotate(t.Context(), secretsmanager.Event{}); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("nobody answers: %v", err)
	}
}
