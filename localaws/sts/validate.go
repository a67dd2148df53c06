package sts

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"aircon/localaws/op"
)

// validation collects what of an input breaks the service's model, in the words of AWS.
type validation struct{ faults []string }

// shape is what the model says of a text: its length in characters and its pattern.
type shape struct {
	min, max int
	pattern  string
	compiled *regexp.Regexp
}

func newShape(minimum, maximum int, pattern string) *shape {
	s := &shape{minimum, maximum, pattern, nil}
	if pattern != "" {
		s.compiled = regexp.MustCompile("^(?:" + pattern + ")$")
	}
	return s
}

// The shapes of the members, from the service's model.
var (
	arnShape            = newShape(20, 2048, `[\x{0009}\x{000A}\x{000D}\x{0020}-\x{007E}\x{0085}\x{00A0}-\x{D7FF}\x{E000}-\x{FFFD}\x{10000}-\x{10FFFF}]+`)
	sessionNameShape    = newShape(2, 64, `[\w+=,.@-]*`)
	externalIDShape     = newShape(2, 1224, `[\w+=,.@:\/-]*`)
	sourceIdentityShape = newShape(2, 64, `[\w+=,.@-]*`)
	policyShape         = newShape(1, 2048, "")
	tagKeyShape         = newShape(1, 128, "")
	tagValueShape       = newShape(0, 256, "")
)

func (v *validation) fail(value, member, constraint string) {
	v.faults = append(v.faults, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: Member must %s", value, member, constraint))
}

// text checks a text. A nil one is only wrong where it is required.
func (v *validation) text(member string, s *string, required bool, is *shape) {
	switch {
	case s == nil && required:
		v.fail("null", member, "not be null")
	case s == nil:
	default:
		quoted, n := "'"+*s+"'", utf8.RuneCountInString(*s)
		if n < is.min {
			v.fail(quoted, member, "have length greater than or equal to "+strconv.Itoa(is.min))
		}
		if n > is.max {
			v.fail(quoted, member, "have length less than or equal to "+strconv.Itoa(is.max))
		}
		if is.compiled != nil && !is.compiled.MatchString(*s) {
			v.fail(quoted, member, "satisfy regular expression pattern: "+is.pattern)
		}
	}
}

// between checks a number, if it was sent.
func (v *validation) between(member string, n *int, least, most int) {
	switch {
	case n == nil:
	case *n < least:
		v.fail("'"+strconv.Itoa(*n)+"'", member, "have value greater than or equal to "+strconv.Itoa(least))
	case *n > most:
		v.fail("'"+strconv.Itoa(*n)+"'", member, "have value less than or equal to "+strconv.Itoa(most))
	}
}

// atMost checks a list's length. AWS quotes the whole list, which here only its length stands for.
func (v *validation) atMost(member string, n, most int) {
	if n > most {
		v.fail("'["+strconv.Itoa(n)+" members]'", member, "have length less than or equal to "+strconv.Itoa(most))
	}
}

// err returns the faults as AWS's ValidationError, or nil.
func (v *validation) err() error {
	switch n := len(v.faults); n {
	case 0:
		return nil
	case 1:
		return invalid("1 validation error detected: " + v.faults[0])
	default:
		return invalid(strconv.Itoa(n) + " validation errors detected: " + strings.Join(v.faults, "; "))
	}
}

func invalid(message string) *op.Error { return &op.Error{Code: "ValidationError", Message: message} }

// wellFormed reports whether an ARN has its six parts, with partition, service and resource in them.
func wellFormed(arn string) bool {
	parts := strings.SplitN(arn, ":", 6)
	return len(parts) == 6 && parts[0] == "arn" && parts[1] != "" && parts[2] != "" && parts[5] != ""
}
