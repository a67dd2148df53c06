package model

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// plan is how the values of a Go type hold a shape. It is worked out once.
type plan struct {
	shape  *Shape
	holds  holding
	fields []*field // of a structure, in the model's order
	elem   *plan    // of a pointer, a list and a map
}

// holding is how a Go value holds its shape.
type holding uint8

const (
	opaque holding = iota // in a type that nothing can be checked of, such as a document
	pointer
	structure
	list
	dictionary
	text
	binary
	number
	other // a truth value, a time: without constraints
)

// field is a member that the Go type has.
type field struct {
	*Member
	index    []int
	lower    string // the member's name as faults and logs write it
	plan     *plan
	sentence string // what the service answers where the pattern is not matched, in words of its own
}

type planKey struct {
	shape *Shape
	typ   reflect.Type
}

// plans holds complete ones only.
var plans sync.Map // planKey to *plan

// planOf works out how values of a type hold a shape.
func planOf(s *Shape, t reflect.Type) *plan {
	key := planKey{s, t}
	if p, ok := plans.Load(key); ok {
		return p.(*plan)
	}
	making := planner{}
	p := making.plan(s, t)
	for key, p := range making {
		plans.LoadOrStore(key, p)
	}
	return p
}

// planner holds the plans that are being made, so that shapes may contain themselves.
type planner map[planKey]*plan

var (
	timeType = reflect.TypeFor[time.Time]()
	rawType  = reflect.TypeFor[json.RawMessage]()
)

func (making planner) plan(s *Shape, t reflect.Type) *plan {
	key := planKey{s, t}
	if p := making[key]; p != nil {
		return p
	}
	p := &plan{shape: s}
	making[key] = p
	switch {
	case t == rawType:
	case t == timeType:
		p.holds = other
	case t.Kind() == reflect.Pointer:
		p.holds, p.elem = pointer, making.plan(s, t.Elem())
	case t.Kind() == reflect.Struct && s.Kind == Structure:
		p.holds = structure
		for _, m := range s.Members {
			if f := making.field(m, t); f != nil {
				p.fields = append(p.fields, f)
			}
		}
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 && s.Kind == Blob:
		p.holds = binary
	case t.Kind() == reflect.Slice && s.Kind == List:
		p.holds, p.elem = list, making.plan(s.Element, t.Elem())
	case t.Kind() == reflect.Map && s.Kind == Map:
		p.holds, p.elem = dictionary, making.plan(s.Element, t.Elem())
	default:
		p.holds = scalar(s.Kind, t.Kind())
	}
	return p
}

// scalar says how a Go kind holds a scalar shape.
func scalar(s Kind, t reflect.Kind) holding {
	switch {
	case t == reflect.String && s == String:
		return text
	case t >= reflect.Int && t <= reflect.Int64 && (s == Integer || s == Long):
		return number
	case t == reflect.Bool && s == Boolean, (t == reflect.Float64 || t == reflect.Float32) && s == Double:
		return other
	}
	return opaque
}

// field finds the Go field of a member, in embedded structs too.
func (making planner) field(m *Member, t reflect.Type) *field {
	for _, sf := range reflect.VisibleFields(t) {
		if !isMember(sf) || nameOf(sf) != m.Name {
			continue
		}
		return &field{Member: m, index: sf.Index, lower: lowerFirst(m.Name), plan: making.plan(m.Shape, sf.Type)}
	}
	return nil
}

// isMember reports whether a Go field stands for a member: embedded structs count as theirs.
func isMember(sf reflect.StructField) bool {
	return sf.IsExported() && sf.Tag.Get("json") != "-" && !(sf.Anonymous && sf.Type.Kind() == reflect.Struct)
}

// nameOf returns AWS's name of a Go field: its name outside of the body, its json tag, or its own.
func nameOf(sf reflect.StructField) string {
	if name := sf.Tag.Get("locationName"); name != "" {
		return name
	}
	if name, _, _ := strings.Cut(sf.Tag.Get("json"), ","); name != "" {
		return name
	}
	return sf.Name
}

func lowerFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[size:]
}
