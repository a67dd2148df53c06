package doctor

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"aircon/internal/spec"
	"aircon/pghook"
)

// Presentable returns a connection's JSON object, indented, with every value that may be secret blanked, and false where it is none.
func Presentable(text []byte) (string, bool) {
	shown, ok := presentObject(text, hideNothing)
	var pretty bytes.Buffer
	if !ok || json.Indent(&pretty, shown, "", "  ") != nil {
		return "", false
	}
	return pretty.String(), true
}

// presentObject returns an object without white space: a connection's, or with hideText its extra's.
func presentObject(text []byte, hide hiding) ([]byte, bool) {
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var b bytes.Buffer
	err := present(d, &b, hide)
	return b.Bytes(), err == nil
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
	if hide == hideText {
		if shown, ok := presentObject([]byte(text), hideText); ok {
			return string(shown)
		}
	}
	return "[redacted]"
}

func presentInside(d *json.Decoder, b *bytes.Buffer, open json.Delim, hide hiding) error {
	b.WriteRune(rune(open))
	for n := 0; d.More(); n++ {
		if n > 0 {
			b.WriteByte(',')
		}
		inner := hideAll // of a list
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

// shownKeys are the keys of a connection's JSON whose values are no secrets. A key that is not among them may be a misspelt password.
var shownKeys = strings.Fields(`conn_type connection_type engine conn_id host remote_host server port schema database dbname login user username
	user_name description`)

// below is what is hidden of the value under a key of a connection's JSON, or of its extra.
func (h hiding) below(key string) hiding {
	switch {
	case key == "extra" && h == hideNothing:
		return hideText
	case h == hideAll || spec.Sensitive(key):
		return hideAll
	case slices.Contains(shownKeys, key), h == hideText && slices.Contains(pghook.LibPQOptions(18), key) && !strings.Contains(key, "pass"):
		return hideNothing
	}
	return hideAll
}
