package doctor

import (
	"strings"
	"testing"

	"aircon"
	"aircon/internal/textfix"
)

func TestMasked(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"a connection", `{"host": "h", "password": "canary", "port": 5432, "pass": 4711}`, `{"host": "h", "password": "[redacted]", "port": 5432, "pass": [redacted]}`},
		{"mistakes stay", "{'host': 'h', # canary\n 'password': None,}", "{'host': 'h', [redacted]\n 'password': None,}"},
		{"an extra", `{"extra": {"sslmode": "require", "token": "canary", "n": [1, "canary"]}}`, `{"extra": {"sslmode": "require", "token": "[redacted]", "n": [redacted]}}`},
		{"an extra in text", `{"extra": "{\"sslmode\": \"require\", \"x\": \"canary\"}"}`, `{"extra": "{"sslmode": "require", "x": "[redacted]"}"}`},
		{"an extra of prose", `{"extra": "canary"}`, `{"extra": "[redacted]"}`},
		{"a key that may be a secret", `{"canary 7!": "x"}`, `{"[redacted]": "[redacted]"}`},
		{"lines in a text", "{\"extra\": {\"x\": \"a\ncanary\"}}", "{\"extra\": {\"x\": \"[redacted]\n[redacted]\"}}"},
		{"a byte order mark", "\ufeff{\"pass\": \"canary\"}", "[byte order mark]{\"pass\": \"[redacted]\"}"},
		{"a URI", "postgres://u:canary@h/d\n", "[redacted]\n"},
		{"broken JSON", "{\"host\": \"h\",\n\"password\": canary}", "[redacted]\n[redacted]"},
		{"JSON that is no object", `["canary"]`, "[redacted]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Masked(aircon.NewSecret(test.text)); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// FuzzMasked holds every text to its lines, and looks for the values that may be secret in what is shown.
func FuzzMasked(f *testing.F) {
	for _, text := range []string{
		`{"host": "h", "password": "Kanarienvogel", "extra": {"sslmode": "require"}}`, "{'password': 'Kanarienvogel', // x\n}",
		`{"extra": "{\"password\": \"Kanarienvogel\"}"}`, "postgres://u:p@h/d", "{ /* Kanarienvogel */ }", "{“a”: “Kanarienvogel”}", "\ufeff{}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		shown := Masked(aircon.NewSecret(text))
		if strings.Count(shown, "\n") != strings.Count(text, "\n") {
			t.Errorf("%d lines became %d", strings.Count(text, "\n"), strings.Count(shown, "\n"))
		}
		root, err := textfix.Read(text)
		if err != nil {
			return
		}
		for _, m := range root.Members {
			secret := m.Value.Text
			if m.Value.Kind != textfix.Text || hideNothing.below(m.Key.Text) == hideNothing || len(secret) < 12 || strings.Count(text, secret) != 1 {
				continue
			}
			if strings.Contains(shown, secret) && !strings.HasPrefix(strings.TrimSpace(secret), "{") { // an extra in text shows its options
				t.Errorf("under %q it shows %q", m.Key.Text, secret)
			}
		}
	})
}
