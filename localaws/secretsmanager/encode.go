package secretsmanager

import (
	"encoding/base64"
	"encoding/json"

	"aircon/localaws/internal/quoted"
)

// AppendJSON writes the row. Of a secret that was put often its versions are nearly all, so those are written here; the rest, of which few secrets have
// much, encoding/json writes.
func (s *secret) AppendJSON(dst []byte) ([]byte, error) {
	rest := *s
	rest.Versions = nil
	head, err := json.Marshal(&rest)
	if err != nil || len(s.Versions) == 0 {
		return append(dst, head...), err
	}
	dst = append(dst, head[:len(head)-len("}")]...)
	for i := range s.Versions {
		dst = append(dst, before(i, `,"Versions":[`)...)
		if dst, err = s.Versions[i].appendJSON(dst); err != nil {
			return dst, err
		}
	}
	return append(dst, "]}"...), nil
}

func (v *version) appendJSON(dst []byte) (_ []byte, err error) {
	dst = quoted.Append(append(dst, `{"ID":`...), v.ID)
	for i, label := range v.Labels {
		dst = quoted.Append(append(dst, before(i, `,"Labels":[`)...), label)
	}
	if len(v.Labels) > 0 {
		dst = append(dst, ']')
	}
	if dst, err = v.Created.AppendText(append(dst, `,"Created":"`...)); err != nil {
		return dst, err
	}
	if !v.Accessed.IsZero() {
		if dst, err = v.Accessed.AppendText(append(dst, `","Accessed":"`...)); err != nil {
			return dst, err
		}
	}
	dst = quoted.Append(append(dst, `","KeyID":`...), v.KeyID)
	return append(dst, '}'), nil
}

// before returns what stands before an element of a list: its beginning, or a comma.
func before(i int, first string) string {
	if i == 0 {
		return first
	}
	return ","
}

// AppendJSON writes the row.
func (v *value) AppendJSON(dst []byte) ([]byte, error) {
	dst = quoted.Append(append(dst, `{"Key":`...), v.Key)
	if len(v.DataKey) > 0 {
		dst = base64.StdEncoding.AppendEncode(append(dst, `,"DataKey":"`...), v.DataKey)
		dst = append(dst, '"')
	}
	dst = base64.StdEncoding.AppendEncode(append(dst, `,"Sealed":"`...), v.Sealed)
	return append(dst, `"}`...), nil
}
