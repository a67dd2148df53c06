package doctor

import (
	"strings"

	"aircon/internal/textfix"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC046", Severity: Error, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "the secret's text is read as a URI, and is none",
		Means: "whatever does not begin with { is taken for a URI: prose, base64, null or a byte order mark give a connection without type and host, and no error",
		Why:   "an editor put a byte order mark before the text, the text was encoded in base64, or somebody stored a bare password",
		Mend:  "store JSON or a URI: `aircon apply`, or `aircon convert`",
	}},
	text: checkNotURI,
})

// checkNotURI is row 46: whatever does not begin with a brace is read as a URI, without an error.
func checkNotURI(t *SecretText) []Finding {
	if t.isObject() || t.isURI() {
		return nil
	}
	return one(Found("AC046", begins(t.Text.Reveal()), t.mend(Mend{
		Text: `write the secret as JSON, such as {"conn_type": "postgres", "host": "…", "login": "…", "password": "…"}, or as postgres://…`,
	})))
}

// isURI reports whether the text begins as a URI does, behind what Airflow trims.
func (t *SecretText) isURI() bool { return textfix.IsURI(strings.TrimSpace(t.Text.Reveal())) }

// begins says how a text begins, without showing any of it.
func begins(text string) string {
	switch trimmed := strings.TrimSpace(text); {
	case strings.HasPrefix(text, "\ufeff"):
		return "the text begins with a byte order mark: an editor wrote it, and Airflow does not skip it"
	case trimmed == "":
		return "there is no text: Airflow takes an empty one for absent, and cannot read white space"
	case trimmed == "null":
		return "the text is null"
	case strings.HasPrefix(trimmed, "["), strings.HasPrefix(trimmed, `"`):
		return "the text is JSON, but no object"
	}
	return "the text has no type:// at its beginning"
}
