package localaws

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzServe sends requests of any shape, none of them rightly signed, and expects a refusal without a fault of the server.
func FuzzServe(f *testing.F) {
	for _, seed := range [][6]string{
		{"POST", "/", "secretsmanager.GetSecretValue", "application/x-amz-json-1.1", "AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-1/secretsmanager/aws4_request, SignedHeaders=host;x-amz-date, Signature=00", `{"SecretId":"x"}`},
		{"POST", "/", "", "application/x-www-form-urlencoded", "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/iam/aws4_request", "Action=GetUser&Version=2010-05-08"},
		{"PUT", "/environments/x%2Fy?a=b", "", "application/json", "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/airflow/aws4_request", "{}"},
		{"GET", "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20260101%2Fus-east-1%2Fsts%2Faws4_request", "", "", "", ""},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4], seed[5])
	}
	log := new(bytes.Buffer)
	s, err := New(Options{Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, target, operation, kind, authorization, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || u.Path == "/healthz" {
			return
		}
		r := httptest.NewRequest(http.MethodPost, "http://local.test/", strings.NewReader(body))
		r.Method, r.URL, r.RequestURI = method, u, target
		for name, value := range map[string]string{
			"X-Amz-Target": operation, "Content-Type": kind, "Authorization": authorization, "X-Amz-Date": "20260101T000000Z", "X-Amz-Security-Token": authorization,
		} {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code < 400 || w.Code >= 500 || log.Len() > 0 {
			t.Errorf("answered with %d %s; log: %s", w.Code, w.Body, log)
		}
	})
}
