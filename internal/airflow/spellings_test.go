package airflow

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"aircon"
)

// A secret is masked in every way in which Airflow, botocore and Python's own tools write it, however they are nested.
func TestMaskKnowsSpellings(t *testing.T) {
	const secret = `Kn4rr/ä"v%gel+&= \canary'7😀`
	var m Mask
	m.Learn(aircon.NewSecret(`{"conn_type": "postgres", "password": ` + quote(t, secret) + `}`))
	object := `{"password": ` + quote(t, secret) + `}`
	for name, text := range map[string]string{
		"plain":                             secret,
		"JSON":                              object,
		"JSON in JSON":                      quote(t, object),
		"JSON three times":                  quote(t, quote(t, object)),
		"JSON in JSON in bytes":             `b'{\\"password\\": \\"Kn4rr/\xc3\xa4\\\\\\"v%gel+&= \\\\\\\\canary\'7\xf0\x9f\x98\x80\\"}'`,
		"JSON of Python":                    `"Kn4rr/\u00e4\"v%gel+&= \\canary'7\ud83d\ude00"`,
		"JSON of Python, not ASCII alone":   `"Kn4rr/ä\"v%gel+&= \\canary'7😀"`,
		"JSON of Python, five times":        quote(t, quote(t, quote(t, quote(t, `"Kn4rr/\u00e4\"v%gel+&= \\canary'7\ud83d\ude00"`)))),
		"JSON of Python in its repr":        `'"Kn4rr/\\u00e4\\"v%gel+&= \\\\canary\'7\\ud83d\\ude00"'`,
		"repr":                              `'Kn4rr/ä"v%gel+&= \\canary\'7😀'`,
		"repr in double quotes":             `"Kn4rr/ä"v%gel+&= \\canary'7😀"`,
		"repr of bytes":                     `b'Kn4rr/\xc3\xa4"v%gel+&= \\canary\'7\xf0\x9f\x98\x80'`,
		"YAML":                              `"Kn4rr/\xE4\"v%gel+&= \\canary'7\U0001F600"`,
		"YAML, folded":                      "\"Kn4rr/\\xE4\\\"v%gel+&=\\\n    \\ \\\\canary'7\\U0001F600\"",
		"YAML, not ASCII alone":             `'Kn4rr/ä"v%gel+&= \canary''7😀'`,
		"in colours":                        "leaked: Kn4\x1b[1mrr/ä\"v%gel+&= \\canary'\x1b[1;36m7\x1b[0m😀",
		"URL of Python's quote":             "postgres://etl:Kn4rr%2F%C3%A4%22v%25gel%2B%26%3D%20%5Ccanary%277%F0%9F%98%80@db",
		"URL of Python's quote_plus":        "postgres://etl:Kn4rr%2F%C3%A4%22v%25gel%2B%26%3D+%5Ccanary%277%F0%9F%98%80@db",
		"URL path":                          url.PathEscape(secret),
		"hexadecimal":                       hex.EncodeToString([]byte(secret)),
		"base64":                            base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64 of more":                    base64.StdEncoding.EncodeToString([]byte("x" + object)),
		"base64 for URLs, of a little more": base64.RawURLEncoding.EncodeToString([]byte("xy" + secret)),
	} {
		if got := m.Text("see " + text); !strings.Contains(got, masked) || strings.Contains(got, "canary") || strings.Contains(got, "7\\") {
			t.Errorf("%s: %s", name, got)
		}
	}
	if text := "the canary of Knorr, at 77%"; m.Text(text) != text {
		t.Errorf("it hides what is no secret: %s", m.Text(text))
	}
}

func quote(t *testing.T, text string) string {
	t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(quoted)
}

// What is learned over and over costs nothing more, and what is no secret's whole spelling stays.
func TestMaskStaysSmall(t *testing.T) {
	var m Mask
	count := func() (all int) {
		for _, begin := range m.needles {
			for _, list := range begin {
				all += len(list)
			}
		}
		return all
	}
	m.Add(aircon.NewSecret("hunter22hunter22"))
	once := count()
	m.Add(aircon.NewSecret("hunter22hunter22"))
	if count() != once || once > 16 {
		t.Errorf("%d spellings of a simple password, then %d", once, count())
	}
	m.Add(aircon.NewSecret(`"quoted\`))
	for text, want := range map[string]string{
		`hunter22hunter2 \"quote\ "quoted`: `hunter22hunter2 \"quote\ "quoted`, `\\\"quoted\\\\ ends`: masked + " ends", `"quoted\`: masked, "": "",
		"hunter22hunter22hunter22hunter22\n": masked + masked + "\n",
	} {
		if got := m.Text(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func BenchmarkMask(b *testing.B) {
	var m Mask
	for n := range 50 {
		m.Learn(aircon.NewSecret(fmt.Sprintf(`{"conn_type": "postgres", "host": "db%d", "password": "pa/ss\"%d-word"}`, n, n)))
	}
	line := strings.Repeat("[2026-11-30T20:50:02.846+0000] {taskinstance.py:3311} DEBUG - an ordinary line of a log, with \"quotes\" and /paths\n", 100)
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		m.Text(line)
	}
}
