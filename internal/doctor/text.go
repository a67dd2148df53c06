package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"aircon"
	"aircon/internal/textfix"
	"aircon/lookup"
)

// SecretText is the text of one secret with what Airflow makes of it: doctor has it from AWS, lint from a file.
type SecretText struct {
	ID      string // conn_id
	Where   string // ARN or file
	Text    aircon.Secret
	Reading lookup.Reading  // filled in by the examination
	Rotated bool            // whether a rotation function uses it too
	Mend    func(Mend) Mend // the better mend, where there is one; nil: the one given
	Fix     []string        // the command that rewrites the text; nil: there is none

	backend *lookup.Backend
	tree    *textfix.Node    // of a text that looks like JSON, mistakes and all; nil: it cannot be read
	refusal *textfix.Refusal // why the text cannot be fixed; nil: it can
	options textfix.Options  // with which it can
}

// Text examines the text of one secret as the backend reads it. It asks nobody. What is about the whole text stands at its beginning.
func Text(t SecretText, backend *lookup.Backend) []Finding {
	t.backend = backend
	found := textFindings(&t)
	for i := range found {
		if found[i].Where == t.Where {
			found[i].Where = t.at(1, 1)
		}
	}
	return found
}

func textFindings(t *SecretText) []Finding {
	t.look()
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

// look reads the text, and finds out whether it can be fixed: where only the type is missing and what there is points to PostgreSQL, by
// saying so.
func (t *SecretText) look() {
	t.Reading = t.backend.ReadConnection(t.ID, t.Text)
	if tree, err := textfix.Read(t.Text.Reveal()); err == nil && tree.Kind == textfix.Object {
		t.tree = tree
	}
	t.options = textfix.Options{Backend: t.backend, Rotated: t.Rotated}
	t.refusal = t.try(t.options)
	if t.refusal != nil && t.refusal.ID == "AC002" && textfix.LooksPostgres(t.tree, t.backend.Runtime()) {
		typed := t.options
		typed.ConnType = "postgres"
		if t.refusal = t.try(typed); t.refusal == nil {
			t.options = typed
		}
	}
}

func (t *SecretText) try(o textfix.Options) *textfix.Refusal {
	_, _, err := textfix.Fix(t.Text, o)
	var refusal *textfix.Refusal
	errors.As(err, &refusal)
	return refusal
}

// mend is the mend for a fault of the text: the command that rewrites it, where it can be, and else the words and why it cannot.
func (t *SecretText) mend(m Mend) Mend {
	if len(t.Fix) > 0 {
		m = t.fixed(m)
	}
	return t.inWords(m)
}

// inWords is the mend where no rewriting of the text helps: what the spec can do, and else the words.
func (t *SecretText) inWords(m Mend) Mend {
	if t.Mend == nil {
		return m
	}
	return t.Mend(m)
}

// selfEvident are the findings whose refusal says no more than they do themselves.
var selfEvident = []string{"AC022", "AC046", "AC105", "AC108"}

func (t *SecretText) fixed(m Mend) Mend {
	if t.refusal != nil && slices.Contains(selfEvident, t.refusal.ID) {
		return m
	}
	if t.refusal != nil {
		m.Text += "; lint --fix leaves the text alone: " + t.refusal.Error()
		return m
	}
	m.Command = slices.Clone(t.Fix)
	if t.options.ConnType != "" {
		m.Command = append(m.Command, "--conn-type", t.options.ConnType)
	}
	if t.Rotated {
		m.Command = append(m.Command, "--rotated")
	}
	return m
}

// secretText is the text of the patient's secret, where the caller could read it.
func (p *Patient) secretText() *SecretText {
	r := p.Reading
	if r == nil || r.Secret == nil || r.TextErr != nil || r.Text.IsNull() {
		return nil
	}
	t := &SecretText{
		ID: p.ID, Where: p.place(), Text: r.Text, Rotated: r.Secret.Rotates, Mend: p.mendSecret, backend: p.Env.Settings.Backend,
		Fix: []string{"aircon", "lint", "--fix", "--secret", p.name(), "--environment", p.Env.Name},
	}
	if p.Env.File != "" {
		t.Fix = append(t.Fix, "--file", p.Env.File)
	}
	t.Reading = t.backend.ReadConnection(t.ID, t.Text)
	return t
}

// at adds line and column to where the text is, as far as they are known.
func (t *SecretText) at(line, column int) string {
	if line == 0 {
		return t.Where
	}
	return fmt.Sprintf("%s:%d:%d", t.Where, line, column)
}

// position is a place in the text, in bytes.
func (t *SecretText) position(at int) string {
	line, column := textfix.Position(t.Text.Reveal(), at)
	return t.at(line, column)
}

// extraAt is where a key of the extra stands: in a URI's query, in the object, or where the extra's text begins.
func (t *SecretText) extraAt(key string) string {
	if at, found := textfix.ExtraPlace(t.Text.Reveal(), t.tree, key); found {
		return t.position(at)
	}
	return t.Where
}

// extras are the members of the extra, as Airflow reads them.
func (t *SecretText) extras() []aircon.Member {
	members, err := t.Reading.Conn.Extra.Members()
	if t.Reading.Problem != nil || err != nil {
		return nil // AC038 and the others say what is wrong
	}
	return members
}

// isPostgres reports whether PostgresHook is meant. Of a garbled URI nothing more is said: the name of an extra may be part of the password.
func (t *SecretText) isPostgres() bool {
	return t.Reading.Problem == nil && !t.Reading.Notes.Garbled() && t.Reading.Conn.Type.String() == "postgres"
}

// fault is why Airflow cannot read the text, and nil where it can.
func (t *SecretText) fault() *aircon.Error {
	var fault *aircon.Error
	if t.Reading.Problem == nil || !errors.As(t.Reading.Problem.Err, &fault) {
		return nil
	}
	return fault
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
