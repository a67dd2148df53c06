package sts

import (
	"strconv"

	"aircon/localaws/constraint"
	"aircon/localaws/op"
)

// validation collects what of an input breaks the service's model, in the words of AWS.
type validation struct{ constraint.Errors }

// shape is what the model says of a text: its length in characters and its pattern.
type shape struct {
	min, max int
	pattern  *constraint.Pattern
}

// The shapes of the members, from the service's model.
var (
	arnShape            = shape{20, 2048, constraint.Matching(`[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`)}
	sessionNameShape    = shape{2, 64, constraint.Matching(`[\w+=,.@-]*`)}
	externalIDShape     = shape{2, 1224, constraint.Matching(`[\w+=,.@:\/-]*`)}
	sourceIdentityShape = shape{2, 64, constraint.Matching(`[\w+=,.@-]*`)}
	policyShape         = shape{min: 1, max: 2048}
	tagKeyShape         = shape{min: 1, max: 128}
	tagValueShape       = shape{max: 256}
)

// text checks a text. A nil one is only wrong where it is required.
func (v *validation) text(member string, s *string, required bool, is shape) {
	switch {
	case s == nil && required:
		v.Null(member)
	case s == nil:
	default:
		v.Length(member, *s, is.min, is.max)
		if is.pattern != nil {
			v.Pattern(member, *s, is.pattern)
		}
	}
}

// between checks a number, if it was sent.
func (v *validation) between(member string, n *int, least, most int) {
	if n != nil {
		v.Range(member, *n, least, most)
	}
}

// atMost checks a list's length. AWS quotes the whole list, which here only its length stands for.
func (v *validation) atMost(member string, n, most int) {
	if n > most {
		v.Fault(member, "'["+strconv.Itoa(n)+" members]'", "Member must have length less than or equal to "+strconv.Itoa(most))
	}
}

// err returns the faults as AWS's ValidationError, or nil.
func (v *validation) err() error { return v.ErrAs("ValidationError") }

func invalid(message string) *op.Error { return &op.Error{Code: "ValidationError", Message: message} }
