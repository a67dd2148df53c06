package doctor

import (
	"bytes"
	"encoding/json"

	"aircon/internal/spec"
)

// Presentable returns a JSON object, indented, with every value that may be secret blanked, and false where it is none.
func Presentable(text []byte) (string, bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var b bytes.Buffer
	if err := present(d, &b, ""); err != nil {
		return "", false
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, b.Bytes(), "", "  "); err != nil {
		return "", false
	}
	return pretty.String(), true
}

// present copies the next value from d, which is the value of key, token by token.
func present(d *json.Decoder, b *bytes.Buffer, key string) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	if delim, ok := token.(json.Delim); ok {
		return presentInside(d, b, delim)
	}
	if text, ok := token.(string); ok && text != "" && secretKey(key) {
		token = "[redacted]"
	}
	written, err := json.Marshal(token)
	b.Write(written)
	return err
}

func presentInside(d *json.Decoder, b *bytes.Buffer, open json.Delim) error {
	b.WriteRune(rune(open))
	for n := 0; d.More(); n++ {
		if n > 0 {
			b.WriteByte(',')
		}
		key := ""
		if open == '{' {
			token, err := d.Token()
			if err != nil {
				return err
			}
			key, _ = token.(string)
			name, err := json.Marshal(key)
			if err != nil {
				return err
			}
			b.Write(name)
			b.WriteByte(':')
		}
		if err := present(d, b, key); err != nil {
			return err
		}
	}
	end, err := d.Token()
	if delim, ok := end.(json.Delim); ok {
		b.WriteRune(rune(delim))
	}
	return err
}

// secretKey reports whether the value under a key of a connection's JSON may be secret. An extra in text may hold anything.
func secretKey(key string) bool {
	switch key {
	case "password", "pass", "key", "extra", "uri":
		return true
	}
	return spec.Sensitive(key)
}
