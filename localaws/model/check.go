package model

import (
	"reflect"
	"slices"
	"strconv"

	"aircon/localaws/constraint"
	"aircon/localaws/op"
)

// Checker holds the inputs of one operation, of one Go type, against the model. A nil one takes everything.
type Checker struct {
	plan   *plan
	code   string
	hidden bool   // whether this service shows no values at all
	nulls  string // what this service adds to the constraints of a list's members
}

// silent are the services that show no value in refusals. IAM has shown none since 2025 ("Value at 'policyArn' failed to satisfy
// constraint", as CreateRole's callers report it for descriptions); STS (July 2025) and KMS (January 2025) were seen to show them.
var silent = map[string]bool{"iam": true}

// Own is what a service checks itself, in words of its own.
type Own struct {
	Members   []string          // of inputs, of which only whether they were sent is asked here: Name, or CreateSecret.Name
	Sentences map[string]string // what is answered, alone, where a member does not match its pattern, by the member
}

// Checker returns what checks an operation's input, given any value of its Go type, or nil for an operation that the model does not
// have.
func (s *Service) Checker(operation string, input any, own Own) *Checker {
	o := s.Operation(operation)
	if o == nil || o.Input == nil {
		return nil
	}
	p := *planOf(o.Input, reflect.TypeOf(input).Elem())
	p.fields = own.adapt(p.fields, operation)
	c := &Checker{plan: &p, code: "ValidationException", hidden: silent[s.Name]}
	if s.Protocol == "query" {
		c.code = "ValidationError"
	}
	if c.hidden {
		c.nulls = ", Member must not be null"
	}
	return c
}

// adapt takes the constraints off the members that the service checks itself, and notes its sentences.
func (own Own) adapt(fields []*field, operation string) []*field {
	var adapted []*field
	for _, f := range fields {
		f := *f
		f.sentence = own.Sentences[f.Name]
		if slices.Contains(own.Members, f.Name) || slices.Contains(own.Members, operation+"."+f.Name) {
			f.plan = &plan{shape: f.Shape}
		}
		adapted = append(adapted, &f)
	}
	return adapted
}

// Check returns AWS's refusal of an input, a pointer to the type that the checker was made for, or nil. An *op.Error lists each fault.
//
// Where a Go field says nothing of whether a text that is "" was sent, sent tells: the request as maps, lists and scalars. Nil means
// that no empty text was sent.
func (c *Checker) Check(input, sent any) error {
	if c == nil {
		return nil
	}
	r := check{Checker: c}
	r.structure(c.plan, reflect.ValueOf(input).Elem(), sent)
	if r.faults == nil {
		return nil
	}
	var e constraint.Errors
	for _, f := range r.faults {
		if f.sentence != "" {
			return &op.Error{Code: c.code, Message: "The specified value for " + f.at + " is invalid. " + f.sentence}
		}
		e.Fault(f.at, f.shown, f.must)
	}
	return e.ErrAs(c.code)
}

// check is one input under check.
type check struct {
	*Checker
	faults []fault
}

// fault is what one member breaks.
type fault struct {
	at       string // the member, as tags.1.member.key
	shown    string // its value as 'x' or null, or "" where it must not show
	must     string
	breach   breach
	sentence string // what is answered instead, if any
}

// add notes a constraint that the value under check breaks. Its place is for its parents to say.
func (r *check) add(s *Shape, shown string, b breach) {
	r.say(s, shown, s.must(b))
	r.faults[len(r.faults)-1].breach = b
}

// say notes a fault in words.
func (r *check) say(s *Shape, shown, must string) {
	if r.hidden || s.Sensitive {
		shown = ""
	}
	r.faults = append(r.faults, fault{shown: shown, must: must})
}

// within says that the faults from the n-th on lie below a place.
func (r *check) within(place string, n int) {
	for i := range r.faults[n:] {
		f := &r.faults[n+i]
		if f.at != "" {
			f.at = "." + f.at
		}
		f.at = place + f.at
	}
}

func (r *check) structure(p *plan, v reflect.Value, sent any) {
	for _, f := range p.fields {
		member, n := v.FieldByIndex(f.index), len(r.faults)
		var was any
		if members, ok := sent.(map[string]any); ok {
			was = members[f.Name]
		}
		if missing(member, was) {
			if f.Required {
				r.faults = append(r.faults, fault{at: f.lower, shown: r.null(), must: "Member must not be null"})
			}
			continue
		}
		if r.value(f.plan, member, was); len(r.faults) == n {
			continue
		}
		if f.sentence != "" && slices.ContainsFunc(r.faults[n:], func(is fault) bool { return is.breach == unmatched }) {
			r.faults = append(r.faults[:n], fault{sentence: f.sentence})
		}
		r.within(f.lower, n)
	}
}

func (r *check) null() string {
	if r.hidden {
		return ""
	}
	return "null"
}

// missing reports whether a member was not sent. Numbers and the like that are no pointers are taken to be there.
func missing(v reflect.Value, was any) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return v.IsNil()
	case reflect.String:
		return v.Len() == 0 && was == nil
	}
	return false
}

func (r *check) value(p *plan, v reflect.Value, sent any) {
	switch p.holds {
	case pointer:
		r.value(p.elem, v.Elem(), sent)
	case structure:
		r.structure(p, v, sent)
	case list:
		r.list(p, v, sent)
	case dictionary:
		r.dictionary(p, v, sent)
	case text:
		r.text(p.shape, v.String())
	case binary:
		if b := p.shape.size(v.Len()); b != 0 {
			r.add(p.shape, "", b)
		}
	case number:
		if b := p.shape.between(v.Int()); b != 0 {
			r.add(p.shape, "'"+strconv.FormatInt(v.Int(), 10)+"'", b)
		}
	}
}

func (r *check) text(s *Shape, value string) {
	broken := s.breaches(value)
	if broken == 0 {
		return
	}
	for _, b := range breaches {
		if broken&b != 0 {
			r.add(s, "'"+value+"'", b)
		}
	}
}
