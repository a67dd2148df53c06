package model

import (
	"reflect"
	"slices"
)

// Misfit is one way in which a Go type fails to hold a shape.
type Misfit struct {
	Member string // such as Tags.Key; "" is the whole
	Kind   MisfitKind
}

// MisfitKind says what is wrong with a member.
type MisfitKind string

// The kinds of misfits.
const (
	Unread   MisfitKind = "the Go type has no field for it"
	Foreign  MisfitKind = "the model has no such member"
	Mistyped MisfitKind = "its field is of another type"
	Blind    MisfitKind = "its field does not tell 0 from nothing" // only inputs suffer from it
)

// Misfits says how a Go type, given by any value of it, fails to hold a shape. Tests of services' tables ask.
func (s *Shape) Misfits(v any) []Misfit {
	t := reflect.TypeOf(v)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	f := fitting{seen: map[planKey]bool{}}
	f.fit("", planOf(s, t), t)
	return f.misfits
}

type fitting struct {
	seen    map[planKey]bool
	misfits []Misfit
}

func (f *fitting) add(at string, kind MisfitKind) { f.misfits = append(f.misfits, Misfit{at, kind}) }

func (f *fitting) fit(at string, p *plan, t reflect.Type) {
	key := planKey{p.shape, t}
	if f.seen[key] {
		return
	}
	f.seen[key] = true
	switch p.holds {
	case opaque:
		if p.shape.Kind != Document {
			f.add(at, Mistyped)
		}
	case pointer, list, dictionary:
		f.fit(at, p.elem, t.Elem())
	case structure:
		if at != "" {
			at += "."
		}
		f.members(at, p, t)
		f.foreign(at, p, t)
	}
}

// members looks for a field for each member.
func (f *fitting) members(at string, p *plan, t reflect.Type) {
	for _, m := range p.shape.Members {
		i := slices.IndexFunc(p.fields, func(f *field) bool { return f.Member == m })
		if i < 0 {
			f.add(at+m.Name, Unread)
			continue
		}
		held := p.fields[i].plan
		if blind := held.holds == number || held.holds == other; blind && (m.Required || m.Shape.Min != nil) {
			f.add(at+m.Name, Blind)
		}
		f.fit(at+m.Name, held, t.FieldByIndex(p.fields[i].index).Type)
	}
}

// foreign looks for a member for each field.
func (f *fitting) foreign(at string, p *plan, t reflect.Type) {
	for _, sf := range reflect.VisibleFields(t) {
		if isMember(sf) && p.shape.Member(nameOf(sf)) == nil {
			f.add(at+nameOf(sf), Foreign)
		}
	}
}
