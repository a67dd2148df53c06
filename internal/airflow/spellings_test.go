package airflow

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
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
		"JSON in JSON in bytes":             "b'" + escaped(quote(t, object), "'", bytesRepr) + "'",
		"JSON of Python":                    `"` + escaped(secret, `"`, asciiJSON) + `"`,
		"JSON of Python, twice, in bytes":   "b'" + escaped(escaped(escaped(secret, `"`, asciiJSON), `"`, asciiJSON), "'", bytesRepr) + "'",
		"repr":                              `'Kn4rr/ä"v%gel+&= \\canary\'7😀'`,
		"repr in double quotes":             `"Kn4rr/ä"v%gel+&= \\canary'7😀"`,
		"repr of bytes":                     `b'Kn4rr/\xc3\xa4"v%gel+&= \\canary\'7\xf0\x9f\x98\x80'`,
		"URL of Python's quote":             "postgres://etl:Kn4rr%2F%C3%A4%22v%25gel%2B%26%3D%20%5Ccanary%277%F0%9F%98%80@db",
		"URL of Python's quote_plus":        "postgres://etl:Kn4rr%2F%C3%A4%22v%25gel%2B%26%3D+%5Ccanary%277%F0%9F%98%80@db",
		"URL path":                          url.PathEscape(secret),
		"hexadecimal":                       hex.EncodeToString([]byte(secret)),
		"base64":                            base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64 of more":                    base64.StdEncoding.EncodeToString([]byte("x" + object)),
		"base64 for URLs, of a little more": base64.RawURLEncoding.EncodeToString([]byte("xy" + secret)),
	} {
		if got := m.Text("see " + text); !strings.Contains(got, masked) || strings.Contains(got, "canary") || strings.Contains(got, "7\\x") {
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

// What is learned over and over costs nothing more, and a key of a few kilobytes not much.
func TestMaskStaysSmall(t *testing.T) {
	var m Mask
	m.Add(aircon.NewSecret(strings.Repeat("line of \"a\" key\\n\n", 200)))
	once := len(m.needles)
	m.Add(aircon.NewSecret(strings.Repeat("line of \"a\" key\\n\n", 200)))
	if len(m.needles) != once || once > 2000 {
		t.Errorf("%d spellings, then %d", once, len(m.needles))
	}
	var simple Mask
	simple.Add(aircon.NewSecret("hunter22hunter22"))
	if len(simple.needles) > 12 {
		t.Errorf("%d spellings of a simple password: %q", len(simple.needles), simple.needles)
	}
}
