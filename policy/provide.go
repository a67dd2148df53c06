package policy

import (
	"strconv"
	"strings"
	"time"
)

// provisions are other values of one condition key with which the request might pass: those that would let a statement apply that allows but
// for its conditions or, where denied is set, keep one from applying that denies. Keys that the principal implies are none of the caller's
// choice, but for tags of the principal that it does not have.
func provisions(r *Request, k Kind, denied bool) (all []Change) {
	q := newQuery(r, nil)
	for _, at := range r.places(k) {
		statements := r.at(at).Document.statements
		for i := range statements {
			s := &statements[i]
			if s.Deny != denied || !q.onlyConditionsMiss(s) {
				continue
			}
			for j := range s.Conditions {
				c := &s.Conditions[j]
				if q.holds(c) == denied && (c.key.implied == fromContext || c.key.implied == principalTag) {
					all = append(all, c.provisions()...)
				}
			}
		}
	}
	return all
}

// onlyConditionsMiss reports whether a statement applies, or would if its conditions held.
func (q *query) onlyConditionsMiss(s *Statement) bool {
	for _, m := range q.misses(s) {
		if m.Element != "Condition" {
			return false
		}
	}
	return true
}

// provisions are the values of the condition's key that may turn the condition around, the likeliest first.
func (c *Condition) provisions() (all []Change) {
	for _, value := range c.candidates() {
		key := One(c.key.name, value)
		if c.set != noSet {
			key = Many(c.key.name, value)
		}
		all = append(all, Change{Edit: ProvideContext, Key: key})
	}
	return append(all, Change{Edit: ProvideContext, Key: Key{Name: c.key.name}, Absent: true})
}

// candidates are texts on either side of what the condition compares with.
func (c *Condition) candidates() (all []string) {
	for i := range c.values {
		switch text := c.Values[i].Text; c.op.family {
		case ofString:
			if !strings.Contains(text, "${") {
				all = append(all, strings.NewReplacer("*", "x", "?", "x").Replace(text))
			}
		case ofNumber:
			all = append(all, text)
			if n, err := strconv.ParseFloat(text, 64); err == nil {
				all = append(all, strconv.FormatFloat(n+1, 'f', -1, 64), strconv.FormatFloat(n-1, 'f', -1, 64))
			}
		case ofDate:
			for _, d := range []time.Duration{0, time.Second, -time.Second} {
				all = append(all, c.values[i].time.Add(d).UTC().Format(time.RFC3339))
			}
		case ofAddress:
			all = append(all, c.values[i].prefix.Addr().String(), "192.0.2.1", "198.51.100.1", "2001:db8::1")
		case ofBool:
			all = append(all, "true", "false")
		case ofBinary:
			all = append(all, text)
		}
	}
	if c.op.family == ofString || c.op.family == ofNull {
		all = append(all, "x")
	}
	return all
}
