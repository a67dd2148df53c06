package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"aircon"
	"aircon/internal/doctor"
	"aircon/internal/edit"
	"aircon/internal/textfix"
)

// mostRounds is how often a file is looked at again after a change: a finding can hide another, but never for long.
const mostRounds = 20

// fixEdits carries out the edits of a policy's or an option file's findings, one finding after the other, until none has any.
func (l *linting) fixEdits(ctx context.Context, in *input, text aircon.Secret) (fixed, error) {
	one := fixed{Where: in.Name, Applied: []textfix.Applied{}, text: text}
	for range mostRounds {
		found, err := l.examine(ctx, in, one.text)
		if err != nil {
			return one, err
		}
		f, is := editable(found)
		if !is {
			break
		}
		after, n := edit.Apply(one.text.Reveal(), f.Mend.Edits)
		if n == 0 || after == one.text.Reveal() {
			break
		}
		line, column := placeIn(f.Where)
		one.text = aircon.NewSecret(after)
		one.Applied = append(one.Applied, textfix.Applied{ID: f.ID, Line: line, Column: column, What: f.Mend.Text})
	}
	if len(one.Applied) > 0 {
		one.Diff = maskedDiff(in.Name, text, one.text, maskOf(in))
	}
	return one, nil
}

// offerFix lets findings with edits say the command that carries them out.
func (l *linting) offerFix(found []doctor.Finding, where string) {
	for i := range found {
		if m := &found[i].Mend; len(m.Edits) > 0 && len(m.Command) == 0 {
			m.Command = l.fixCommand(where)
		}
	}
}

// editable is the first finding with edits.
func editable(found []doctor.Finding) (doctor.Finding, bool) {
	for _, f := range found {
		if len(f.Mend.Edits) > 0 {
			return f, true
		}
	}
	return doctor.Finding{}, false
}

// maskOf returns what may be shown of a file: a policy is no secret.
func maskOf(in *input) func(aircon.Secret) string {
	if in.Kind == kindPolicy {
		return aircon.Secret.Reveal
	}
	return func(text aircon.Secret) string {
		file, err := in.options(text)
		if err != nil {
			return fmt.Sprint(text)
		}
		return doctor.MaskedOptions(file)
	}
}

// placeIn takes line and column off the end of file:line:column.
func placeIn(where string) (line, column int) {
	parts := strings.Split(where, ":")
	if len(parts) < 3 {
		return 0, 0
	}
	line, errLine := strconv.Atoi(parts[len(parts)-2])
	column, errColumn := strconv.Atoi(parts[len(parts)-1])
	if errLine != nil || errColumn != nil {
		return 0, 0
	}
	return line, column
}
