package main

import (
	"errors"
	"strings"

	"aircon"
	"aircon/internal/doctor"
	"aircon/internal/edit"
	"aircon/internal/plan"
	"aircon/internal/spec"
	"aircon/lookup"
)

// spec checks a spec, and the texts that apply would write for it. What is wrong with it is an error, but for what the catalogue has a
// finding for.
func (l *linting) spec(where string, text aircon.Secret) ([]doctor.Finding, error) {
	file, err := spec.Parse(where, []byte(text.Reveal()), specOptions(l.literal))
	var problems spec.Problems
	if !errors.As(err, &problems) {
		if err != nil {
			return nil, err
		}
		return l.specTexts(file)
	}
	var found []doctor.Finding
	var others spec.Problems
	for _, p := range problems {
		if p.ID == "" {
			others = append(others, p)
			continue
		}
		found = append(found, doctor.Found(p.ID, p.What, doctor.Mend{Text: p.Hint}).At("", where+":"+p.Pos.String()))
	}
	if len(others) > 0 {
		return found, others
	}
	return found, nil
}

// specTexts examines what apply would write, as the processes of both sides read it.
func (l *linting) specTexts(file *spec.File) ([]doctor.Finding, error) {
	var all []doctor.Finding
	for _, e := range file.Environments {
		found, err := statedBy(file.Name, e, l.runtime.airflow)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// statedBy examines the texts that apply would write for an environment of a spec.
func statedBy(file string, e *spec.Environment, airflow string) ([]doctor.Finding, error) {
	texts, rt, err := plan.Texts(e, airflow)
	if err != nil {
		return nil, err
	}
	if rt.Airflow.Major >= 3 {
		rt = rt.On(aircon.Worker) // who opens the connection
	}
	backend, err := lookup.NewBackend(aircon.Secret{}, rt)
	if err != nil {
		return nil, err
	}
	var all []doctor.Finding
	for _, t := range texts {
		c := t.Connection
		if t.Err != nil {
			return nil, spec.Problems{{File: file, Pos: c.Pos(), What: "connection " + c.ID + ": " + t.Err.Error()}}
		}
		keep := func(m doctor.Mend) doctor.Mend { return doctor.Mend{Text: m.Text} } // commands are for secrets that exist
		for _, f := range doctor.Text(doctor.SecretText{ID: c.ID, Text: t.Secret, Mend: keep}, backend) {
			f.Where = file + ":" + placeOf(c, f, t.Secret).String()
			all = append(all, f)
		}
	}
	return all, nil
}

// placeOf is where the spec says what a finding about the text is about: the member whose name stands at the finding's place or in its
// words, and else the connection.
func placeOf(c *spec.Connection, f doctor.Finding, text aircon.Secret) spec.Pos {
	line, column := placeIn("text" + f.Where)
	at, _ := edit.Offset(text.Reveal(), max(line, 1), max(column, 1))
	rest := text.Reveal()[at:]
	for _, name := range []string{"conn_type", "host", "port", "login", "password", "schema"} {
		if strings.HasPrefix(rest, `"`+name+`"`) && at > 1 && c.Has(name) {
			return c.At(name)
		}
	}
	if c.Extra != nil {
		members, err := aircon.NewExtra(c.Extra.Text().Reveal()).Members()
		for _, m := range members {
			if err == nil && (strings.HasPrefix(rest, `"`+m.Key+`"`) || strings.Contains(f.Seen, m.Key)) && c.Has("extra", m.Key) {
				return c.At("extra", m.Key)
			}
		}
	}
	return c.Pos()
}
