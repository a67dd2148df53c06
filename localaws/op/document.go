package op

import "aircon/policy"

// Document is a resource policy as a row holds it: it is parsed once, when the row is read. The zero value is none.
type Document struct{ *policy.Document }

// MarshalText writes the document as it was put.
func (d Document) MarshalText() ([]byte, error) { return []byte(d.Text()), nil }

// UnmarshalText parses it.
func (d *Document) UnmarshalText(text []byte) (err error) {
	d.Document, err = policy.Parse(text)
	return err
}

// Rename puts another principal in the place of an ARN, and reports whether the document named it.
func (d *Document) Rename(from, to string) (bool, error) {
	if d.Document == nil {
		return false, nil
	}
	text := d.ReplacePrincipal(from, to)
	if text == d.Text() {
		return false, nil
	}
	return true, d.UnmarshalText([]byte(text))
}
