package doctor

import (
	"bytes"
	"encoding/json"
	"strings"

	"aircon/internal/spec"
)

// Presentable returns a JSON object, indented, with every value that may be secret blanked, and false where it is none.
func Presentable(text []byte) (string, bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var b bytes.Buffer
	if err := present(d, &b, hideNothing); err != nil {
		return "", false
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, b.Bytes(), "", "  "); err != nil {
		return "", false
	}
	return pretty.String(), true
}

// present copies the next value from d token by token. What lies inside a secret value is as secret.
func present(d *json.Decoder, b *bytes.Buffer, hide hiding) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	if delim, ok := token.(json.Delim); ok {
		return presentInside(d, b, delim, hide)
	}
	if text, ok := token.(string); hide != hideNothing && token != nil && (!ok || text != "") {
		token = blanked(text, hide)
	}
	written, err := json.Marshal(token)
	b.Write(written)
	return err
}

// blanked is what is shown of a value that may be secret: of an extra in text that holds an object, what the object may show.
func blanked(text string, hide hiding) string {
	shown, ok := Presentable([]byte(text))
	var compact bytes.Buffer
	if hide == hideText && ok && strings.HasPrefix(shown, "{") && json.Compact(&compact, []byte(shown)) == nil {
		return compact.String()
	}
	return "[redacted]"
}

func presentInside(d *json.Decoder, b *bytes.Buffer, open json.Delim, hide hiding) error {
	b.WriteRune(rune(open))
	for n := 0; d.More(); n++ {
		if n > 0 {
			b.WriteByte(',')
		}
		inner := hide
		if open == '{' {
			token, err := d.Token()
			if err != nil {
				return err
			}
			key, _ := token.(string)
			inner = hide.below(key)
			name, err := json.Marshal(key)
			if err != nil {
				return err
			}
			b.Write(name)
			b.WriteByte(':')
		}
		if err := present(d, b, inner); err != nil {
			return err
		}
	}
	end, err := d.Token()
	if delim, ok := end.(json.Delim); ok {
		b.WriteRune(rune(delim))
	}
	return err
}

// hiding says what of a value is hidden.
type hiding uint8

const (
	hideNothing hiding = iota
	hideText           // a text, which may hold anything; not what an object says by its keys
	hideAll
)

// below is what is hidden of the value under a key of a connection's JSON, or of its extra.
func (h hiding) below(key string) hiding {
	switch {
	case h == hideAll || spec.Sensitive(key):
		return hideAll
	case key == "password" || key == "pass" || key == "key" || key == "uri":
		return hideAll
	case key == "extra":
		return hideText
	}
	return hideNothing
}
