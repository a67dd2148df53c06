package textfix

import (
	"errors"
	"strings"
	"testing"

	"aircon"
)

// FuzzFix holds Fix to its promise for any text: refused, it is as it was, and the refusal shows nothing of it; fixed, both sides of Airflow
// read it, and there is nothing left to fix.
func FuzzFix(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(damaged(seed).text())
	}
	for _, text := range []string{"", "{", "\ufeff", `{"a":`, "postgres://@", "postgres://u:p/@h/d", "a://b://c", `{"extra": "\ud800"}`, "[[[[", `'{"conn_type": "x"}'`} {
		f.Add(text)
	}
	b := backend(f, "3.3.1", "")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 {
			return
		}
		before := aircon.NewSecret(text)
		after, applied, err := Fix(before, Options{Backend: b})
		var refusal *Refusal
		switch {
		case errors.As(err, &refusal):
			if !after.Equal(before) || applied != nil || refusal.ID == "" || refusal.Why == "" || refusal.Line < 1 || refusal.Column < 1 {
				t.Fatalf("%+v, %v", refusal, applied)
			}
		case err != nil:
			t.Fatal(err)
		default:
			again, more, err := Fix(after, Options{Backend: b})
			if err != nil || len(more) > 0 || !again.Equal(after) {
				t.Fatalf("fixed once more: %v, %v", more, err)
			}
		}
		for _, a := range applied {
			if a.ID == "" || a.What == "" || a.Line < 1 || a.Column < 1 {
				t.Fatalf("%+v", a)
			}
		}
	})
}

// A refusal and what was applied never show a value.
func TestFixShowsNoValue(t *testing.T) {
	const canary = "Kanarienvogel"
	b := backend(t, "2.10.3", "")
	for seed := range uint64(drafts) {
		d := damaged(seed)
		if len(d.secret) < 5 {
			continue // it may be part of a key
		}
		text := strings.NewReplacer(quoted(d.secret), canary, jsonText(d.secret), jsonText(canary), d.secret, canary).Replace(d.text())
		_, applied, err := Fix(aircon.NewSecret(text), Options{Backend: b})
		if err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("a refusal shows a secret: %v", err)
		}
		for _, a := range applied {
			if strings.Contains(a.What, canary) {
				t.Errorf("a change shows a secret: %v", a)
			}
		}
	}
}
