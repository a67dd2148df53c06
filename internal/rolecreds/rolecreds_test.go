package rolecreds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"aircon"
)

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// counted is a source that numbers what it gives, each alive for life, until it fails.
type counted struct {
	clock *clock
	life  time.Duration
	asked int
	err   error
}

func (c *counted) get(context.Context) (Credentials, error) {
	if c.err != nil {
		return Credentials{}, c.err
	}
	c.asked++
	made := Credentials{AccessKeyID: fmt.Sprintf("ASIA%d", c.asked), SecretAccessKey: aircon.NewSecret("canary"), SessionToken: aircon.NewSecret("token")}
	if c.life > 0 {
		made.Expires = c.clock.at.Add(c.life)
	}
	return made, nil
}

func TestRenewal(t *testing.T) {
	for _, test := range []struct {
		name       string
		life, wait time.Duration
		asked      int
	}{
		{"an hour's serve for 44 minutes", time.Hour, 43 * time.Minute, 1},
		{"and then others are had, before botocore asks", time.Hour, 44 * time.Minute, 2},
		{"15 minutes' are renewed at half their time", 15 * time.Minute, 8 * time.Minute, 2},
		{"two minutes' serve a while too", 2 * time.Minute, 59 * time.Second, 1},
		{"what does not expire is looked at hourly", 0, time.Hour, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			at := &clock{time.Unix(1e9, 0)}
			source := &counted{clock: at, life: test.life}
			store := &cached{source: source.get, now: at.now}
			for _, wait := range []time.Duration{0, test.wait} {
				at.at = at.at.Add(wait)
				if _, err := store.get(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if source.asked != test.asked {
				t.Errorf("asked %d times instead of %d", source.asked, test.asked)
			}
		})
	}
}

func TestWhatIsInHandServesToItsEnd(t *testing.T) {
	at := &clock{time.Unix(1e9, 0)}
	source := &counted{clock: at, life: time.Hour}
	store := &cached{source: source.get, now: at.now}
	if _, err := store.get(t.Context()); err != nil {
		t.Fatal(err)
	}
	source.err = errors.New("STS is away")
	at.at = at.at.Add(59 * time.Minute)
	if got, err := store.get(t.Context()); err != nil || got.AccessKeyID != "ASIA1" {
		t.Errorf("a minute before the end: %v, %v", got.AccessKeyID, err)
	}
	at.at = at.at.Add(time.Minute)
	if _, err := store.get(t.Context()); !errors.Is(err, source.err) {
		t.Errorf("at the end: %v", err)
	}
}

func TestEndpoint(t *testing.T) {
	at := &clock{time.Unix(1e9, 0)}
	source := &counted{clock: at, life: time.Hour}
	e, err := Listen(source.get, at.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	uri, token := e.Env()["AWS_CONTAINER_CREDENTIALS_FULL_URI"].Reveal(), e.Env()["AWS_CONTAINER_AUTHORIZATION_TOKEN"].Reveal()
	if !strings.HasPrefix(uri, "http://127.0.0.1:") {
		t.Errorf("it listens at %s", uri)
	}
	for _, test := range []struct {
		name, method, token string
		status              int
	}{
		{"without the token", http.MethodGet, "", http.StatusForbidden},
		{"with another", http.MethodGet, token + "x", http.StatusForbidden},
		{"with another method", http.MethodPost, token, http.StatusMethodNotAllowed},
		{"with the token", http.MethodGet, token, http.StatusOK},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, body := ask(t, test.method, uri, test.token)
			if status != test.status {
				t.Fatalf("status %d instead of %d: %v", status, test.status, body)
			}
			if given := body["SecretAccessKey"] != nil; given != (status == http.StatusOK) {
				t.Errorf("credentials given: %t", given)
			}
		})
	}
	_, body := ask(t, http.MethodGet, uri, token)
	if body["AccessKeyId"] != "ASIA1" || body["SecretAccessKey"] != "canary" || body["Token"] != "token" || body["Expiration"] != "2001-09-09T02:46:40Z" {
		t.Errorf("answered %v", body)
	}
	at.at, source.err = at.at.Add(2*time.Hour), errors.New("the trust policy says no")
	if status, body := ask(t, http.MethodGet, uri, token); status != http.StatusBadGateway || body["message"] != "the trust policy says no" {
		t.Errorf("answered %d, %v", status, body)
	}
}

func ask(t *testing.T, method, uri, token string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, uri, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body map[string]any
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body
}

func TestEnv(t *testing.T) {
	key := Credentials{AccessKeyID: "AKIA", SecretAccessKey: aircon.NewSecret("canary")}
	if env := key.Env(); len(env) != 2 || env["AWS_ACCESS_KEY_ID"].Reveal() != "AKIA" {
		t.Errorf("a user's key: %d variables", len(env))
	}
	key.SessionToken = aircon.NewSecret("token")
	if env := key.Env(); env["AWS_SESSION_TOKEN"].Reveal() != "token" {
		t.Error("temporary credentials lack their token")
	}
	if text := fmt.Sprintf("%+v %#v", key, key); strings.Contains(text, "canary") {
		t.Error("they print their secret")
	}
}
