// Package constraint words the refusal of an input as AWS's services do: one error that lists each member at fault. Package model checks
// what the public models say with it, and a service the few limits that only the service knows. Those check and return Err, or ErrAs
// where the code is another:
//
//	var e constraint.Errors
//	e.Range("pendingWindowInDays", *in.PendingWindowInDays, 7, 30)
//	return e.Err()
//
// Checks that pass cost nothing.
package constraint

import (
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
