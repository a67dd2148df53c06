package textfix

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"aircon/internal/py"
)

const byteOrderMark = "\ufeff"

// envelope takes off what is wrapped around a text: a byte order mark, white space that Airflow does not skip, quotes, base64.
func (s *state) envelope() ([]edit, *Refusal) {
	inner := strings.Trim(s.text, " \t\r\n")
	whole := func(text, what string) ([]edit, *Refusal) {
		start := strings.Index(s.text, inner)
		return []edit{{start, start + len(inner), text, "AC046", what}}, nil
	}
	switch {
	case strings.HasPrefix(s.text, byteOrderMark):
		return []edit{{0, len(byteOrderMark), "", "AC046", "took out the byte order mark"}}, nil
	case begins(inner):
		return nil, nil
	case begins(py.Strip(strings.ReplaceAll(inner, byteOrderMark, ""))):
		return whole(py.Strip(strings.ReplaceAll(inner, byteOrderMark, "")), "took out white space around it that Airflow does not skip")
	}
	if text, ok := unquoted(inner); ok {
		return whole(text, "took off the quotes around it")
	}
	if text, ok := unbased(inner); ok {
		return whole(text, "decoded base64")
	}
	return nil, &Refusal{ID: "AC046", Why: "the text is no JSON object and has no type:// at its beginning"}
}

// begins reports whether a text begins as a connection's does.
func begins(text string) bool { return strings.HasPrefix(text, "{") || IsURI(text) }

// unquoted takes the quotes off a text that is a connection's as a JSON or Python string.
func unquoted(text string) (string, bool) {
	if c, _ := utf8.DecodeRuneInString(text); text == "" || quoteOf(c) == nil {
		return "", false
	}
	root, _, refusal := read(text, "description")
	if refusal != nil || root.Kind != Text || !begins(strings.TrimSpace(root.Text)) {
		return "", false
	}
	return root.Text, true
}

// unbased decodes base64 of a connection's text, in lines or in one.
func unbased(text string) (string, bool) {
	text = strings.NewReplacer("\r", "", "\n", "").Replace(text)
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		plain, err := encoding.Strict().DecodeString(text)
		if err == nil && utf8.Valid(plain) && begins(strings.TrimSpace(strings.TrimPrefix(string(plain), byteOrderMark))) {
			return string(plain), true
		}
	}
	return "", false
}
