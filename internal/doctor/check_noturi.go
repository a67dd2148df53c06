package doctor

import (
	"strings"

	"aircon"
)

// notURICheck is row 46: whatever does not begin with a brace is read as a URI, without an error.
var notURICheck = check{id: "AC046", text: func(t *SecretText) []Finding {
	if t.Reading.Problem != nil || t.Reading.Empty || len(t.noted(aircon.NoScheme)) == 0 {
		return nil
	}
	return one(Found("AC046", begins(t.Text.Reveal()), t.mend(Mend{
		Text: `write the secret as JSON, such as {"conn_type": "postgres", "host": "…", "login": "…", "password": "…"}, or as postgres://…`,
	})))
}}

// begins says how a text begins, without showing any of it.
func begins(text string) string {
	switch trimmed := strings.TrimSpace(text); {
	case strings.HasPrefix(text, "\ufeff"):
		return "the text begins with a byte order mark: an editor wrote it, and Airflow does not skip it"
	case trimmed == "null":
		return "the text is null"
	case strings.HasPrefix(trimmed, "["), strings.HasPrefix(trimmed, `"`):
		return "the text is JSON, but no object"
	}
	return "the text has no type:// at its beginning"
}
