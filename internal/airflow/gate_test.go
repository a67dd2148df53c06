package airflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"aircon"
)

// role hands out credentials that are good for an hour of its clock.
type role struct {
	now     time.Time
	assumed int
	fails   error
}

func (r *role) assume(context.Context) (Credentials, error) {
	r.assumed++
	key := aircon.NewSecret("key-" + string(rune('0'+r.assumed)))
	return Credentials{"ASIA", key, aircon.NewSecret("session"), r.now.Add(time.Hour), "arn:aws:iam::123456789012:role/execution"}, r.fails
}

func openGate(t *testing.T, aws string, r *role, mask *Mask) *Gate {
	t.Helper()
	g, err := OpenGate(aws, r.assume, mask, func() time.Time { return r.now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

func fetch(t *testing.T, g *Gate, token string) (int, map[string]string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.Address.Credentials, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var body map[string]string
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, body
}

func TestCredentialsAreRenewed(t *testing.T) {
	r := &role{now: time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)}
	g := openGate(t, "http://127.0.0.1:1", r, new(Mask))
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{0, "key-1"}, {39 * time.Minute, "key-1"}, {2 * time.Minute, "key-2"}, {30 * time.Minute, "key-2"}, {2 * time.Hour, "key-3"}} {
		r.now = r.now.Add(step.after)
		status, got := fetch(t, g, g.Address.Token.Reveal())
		if status != http.StatusOK || got["SecretAccessKey"] != step.want || got["Token"] != "session" || got["AccessKeyId"] != "ASIA" {
			t.Errorf("after %v: %d %v", step.after, status, got)
		}
		if ends, err := time.Parse(time.RFC3339, got["Expiration"]); err != nil || ends.Before(r.now.Add(15*time.Minute)) {
			t.Errorf("good until %v at %v", got["Expiration"], r.now)
		}
	}
}

func TestCredentialsAreRefused(t *testing.T) {
	r := &role{fails: errors.New("not authorized to perform: sts:AssumeRole")}
	g := openGate(t, "http://127.0.0.1:1", r, new(Mask))
	for _, token := range []string{"", "x", g.Address.Token.Reveal() + "x"} {
		if status, got := fetch(t, g, token); status != http.StatusUnauthorized || got["SecretAccessKey"] != "" || r.assumed > 0 {
			t.Errorf("token %q: %d %v", token, status, got)
		}
	}
	if status, got := fetch(t, g, g.Address.Token.Reveal()); status != http.StatusInternalServerError || !strings.Contains(got["message"], "sts:AssumeRole") {
		t.Errorf("%d %v", status, got)
	}
}

// What passes the gate is as it was, the Host that was signed included, and the mask knows its secrets.
func TestGatePassesOn(t *testing.T) {
	const secret = `{"SecretString":"{\"conn_type\":\"postgres\",\"password\":\"pa\\\"ss/w:rd\",\"extra\":{\"token\":\"tok-123\"}}"}`
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", r.Host+" "+string(body))
		_, _ = io.WriteString(w, secret)
	}))
	defer aws.Close()
	var mask Mask
	g := openGate(t, aws.URL, &role{}, &mask)
	for _, operation := range []string{"secretsmanager.ListSecrets", "secretsmanager.GetSecretValue"} {
		if mask.Text("pa\"ss/w:rd") != "pa\"ss/w:rd" {
			t.Error("learned from", operation)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.Address.Endpoint, strings.NewReader("asked"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", operation)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || string(body) != secret || answer.Header.Get("X-Seen") != strings.TrimPrefix(g.Address.Endpoint, "http://")+" asked" {
			t.Errorf("%s, %q, %v", body, answer.Header.Get("X-Seen"), err)
		}
	}
	for _, text := range []string{`pa"ss/w:rd`, `pa%22ss%2Fw%3Ard`, `pa\"ss/w:rd`, "tok-123"} {
		if got := mask.Text("it is " + text + "."); got != "it is ***." {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestMaskLearns(t *testing.T) {
	for text, secrets := range map[string][]string{
		"postgres://etl:s3cr%2Ft@db/x?sslmode=require&api_key=key-123":                     {"s3cr%2Ft", "s3cr/t", "key-123"},
		"postgres://etl:p@ss@db/x":                                                         {"p@ss"},
		`{"user":"etl","pass":"hunter22","host":"db"}`:                                     {"hunter22"},
		`{"conn_type":"x","extra":"{\"private_key\": \"line-number-1\\nline-number-2\"}"}`: {"line-number-1", "line-number-2"},
		"a-variable-of-its-own":                                                            {"a-variable-of-its-own"},
	} {
		var m Mask
		m.Learn(aircon.NewSecret(text))
		for _, secret := range secrets {
			if strings.Contains(m.Text("see "+secret), secret) {
				t.Errorf("%s: %s shows", text, secret)
			}
		}
		if m.Text(text) != masked {
			t.Errorf("the text itself shows: %s", m.Text(text))
		}
		if m.Text("host db, user etl") != "host db, user etl" {
			t.Errorf("%s: hides what is no secret", text)
		}
	}
}

// A secret is masked wherever the writes that bring it begin and end.
func TestMaskedWriter(t *testing.T) {
	var m Mask
	m.Add(aircon.NewSecret("hunter22"))
	const text = "a hunter22\nb\nhunter22 c"
	for size := 1; size <= len(text); size++ {
		var out bytes.Buffer
		w := m.Writer(&out)
		for rest := text; rest != ""; rest = rest[min(size, len(rest)):] {
			if _, err := io.WriteString(w, rest[:min(size, len(rest))]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil || out.String() != "a ***\nb\n*** c" {
			t.Errorf("%d bytes at once: %q, %v", size, out.String(), err)
		}
	}
}
