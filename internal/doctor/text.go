package doctor

import (
	"fmt"
	"strings"

	"aircon"
	"aircon/lookup"
)

// SecretText is the text of one secret with what Airflow makes of it: doctor has it from AWS, lint from a file.
type SecretText struct {
	ID      string // conn_id
	Where   string // ARN or file
	Text    aircon.Secret
	Reading lookup.Reading
	Mend    func(Mend) Mend // the better mend, where there is one; nil: the one given
}

// Text examines the text of one secret as the backend reads it. It asks nobody.
func Text(id, where string, text aircon.Secret, backend *lookup.Backend) []Finding {
	return textFindings(&SecretText{ID: id, Where: where, Text: text, Reading: backend.ReadConnection(id, text)})
}

func textFindings(t *SecretText) []Finding {
	var all []Finding
	for _, c := range checks() {
		if c.text == nil {
			continue
		}
		for _, f := range c.text(t) {
			if f.Where == "" {
				f.Where = t.Where
			}
			f.ConnID = t.ID
			all = append(all, f)
		}
	}
	return all
}

// secretText is the text of the patient's secret, where the caller could read it.
func (p *Patient) secretText() *SecretText {
	r := p.Reading
	if r == nil || r.Secret == nil || r.TextErr != nil || r.Text.IsNull() {
		return nil
	}
	return &SecretText{
		ID: p.ID, Where: p.place(), Text: r.Text, Mend: p.mendSecret,
		Reading: p.Env.Settings.Backend.ReadConnection(p.ID, r.Text),
	}
}

func (t *SecretText) mend(m Mend) Mend {
	if t.Mend == nil {
		return m
	}
	return t.Mend(m)
}

// at adds line and column to where the text is, as far as they are known.
func (t *SecretText) at(line, column int) string {
	if line == 0 {
		return t.Where
	}
	return fmt.Sprintf("%s:%d:%d", t.Where, line, column)
}

// noted returns the notes of some kinds.
func (t *SecretText) noted(kinds ...aircon.NoteKind) aircon.Notes {
	var found aircon.Notes
	for _, n := range t.Reading.Notes {
		for _, kind := range kinds {
			if n.Kind == kind {
				found = append(found, n)
			}
		}
	}
	return found
}

// isObject reports whether Airflow takes the text for JSON.
func (t *SecretText) isObject() bool {
	return strings.HasPrefix(strings.TrimSpace(t.Text.Reveal()), "{")
}
