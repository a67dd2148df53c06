// Package constraint words what AWS's services answer to an input that breaks their model: one error that lists each member at
// fault. A service checks an input's members in the order of the model and returns Err, or ErrAs where its code is another:
//
//	var e constraint.Errors
//	e.Length("secretId", in.SecretId, 1, 2048)
//	return e.Err()
//
// Checks that pass cost nothing.
package constraint

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"aircon/localaws/op"
)

// Errors collects faults. The zero value has none.
type Errors struct{ faults []string }

// Err returns the faults as the ValidationException of the services that speak JSON, or nil.
func (e *Errors) Err() error { return e.ErrAs("ValidationException") }

// ErrAs returns the faults as an error of a code, or nil.
func (e *Errors) ErrAs(code string) error {
	errors := " validation errors detected: "
	switch len(e.faults) {
	case 0:
		return nil
	case 1:
		errors = " validation error detected: "
	}
	return &op.Error{Code: code, Message: strconv.Itoa(len(e.faults)) + errors + strings.Join(e.faults, "; ")}
}

// add notes a fault of a member; value is shown unless it is nil, which stands for what must not show.
func (e *Errors) add(member string, value *string, must string) {
	shown := ""
	if value != nil {
		shown = "'" + *value + "'"
	}
	e.Fault(member, shown, "Member must "+must)
}

// Fault notes a fault that no other method words: shown stands for the value, as in 'x' or null, and is "" for what must not show.
func (e *Errors) Fault(member, shown, constraint string) {
	if shown != "" {
		shown += " "
	}
	e.faults = append(e.faults, "Value "+shown+"at '"+member+"' failed to satisfy constraint: "+constraint)
}

// Null notes a member that must be sent and was not.
func (e *Errors) Null(member string) { e.Fault(member, "null", "Member must not be null") }

// Length asks for a text of least to most characters.
func (e *Errors) Length(member, value string, least, most int) {
	if len(value) >= least && len(value) <= most {
		return // no text has more characters than bytes
	}
	e.size(member, &value, utf8.RuneCountInString(value), least, most)
}

// Size asks that something secret, binary or listed has least to most characters, bytes or members. Its value is not shown.
func (e *Errors) Size(member string, size, least, most int) { e.size(member, nil, size, least, most) }

func (e *Errors) size(member string, value *string, size, least, most int) {
	switch {
	case size < least:
		e.add(member, value, "have length greater than or equal to "+strconv.Itoa(least))
	case size > most:
		e.add(member, value, "have length less than or equal to "+strconv.Itoa(most))
	}
}

// Range asks for a number from least to most.
func (e *Errors) Range(member string, n, least, most int) {
	value := strconv.Itoa(n)
	switch {
	case n < least:
		e.add(member, &value, "have value greater than or equal to "+strconv.Itoa(least))
	case n > most:
		e.add(member, &value, "have value less than or equal to "+strconv.Itoa(most))
	}
}

// OneOf asks for one of a set of words.
func (e *Errors) OneOf(member, value string, words ...string) {
	if !slices.Contains(words, value) {
		e.add(member, &value, "satisfy enum value set: ["+strings.Join(words, ", ")+"]")
	}
}

// Pattern asks that the whole text matches.
func (e *Errors) Pattern(member, value string, p *Pattern) {
	if !p.Match(value) {
		e.add(member, &value, "satisfy regular expression pattern: "+p.Text)
	}
}
