package model

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Lists and maps of structures are checked member by member. Of those of scalars AWS shows the whole and all constraints of the
// members: Value '[a, b]' at 'names' failed to satisfy constraint: Member must satisfy constraint: [Member must …, Member must …].

func (r *check) list(p *plan, v reflect.Value, sent any) {
	if b := p.shape.size(v.Len()); b != 0 {
		r.add(p.shape, shownList(p, v), b)
	}
	elements, _ := sent.([]any)
	scalars := p.elem.inner().holds == text
	for i := range v.Len() {
		var was any
		if i < len(elements) {
			was = elements[i]
		}
		n := len(r.faults)
		r.value(p.elem, v.Index(i), was)
		switch {
		case len(r.faults) == n:
		case scalars:
			r.faults = r.faults[:n]
			r.say(p.elem.shape, shownList(p, v), "Member must satisfy constraint: ["+p.elem.shape.all()+r.nulls+"]")
			return
		default:
			r.within(strconv.Itoa(i+1)+".member", n)
		}
	}
}

func (r *check) dictionary(p *plan, v reflect.Value, sent any) {
	if b := p.shape.size(v.Len()); b != 0 {
		r.add(p.shape, shownMap(p, v), b)
	}
	if texts, ok := v.Interface().(map[string]string); ok { // reflection's walk over a map allocates
		r.texts(p, v, texts)
		return
	}
	members, _ := sent.(map[string]any)
	for _, key := range sorted(v) {
		if n := len(r.faults); p.shape.Key.breaches(key.String()) != 0 {
			r.say(p.shape, shownMap(p, v), "Map keys must satisfy constraint: ["+p.shape.Key.all()+r.nulls+"]")
		} else if r.value(p.elem, v.MapIndex(key), members[key.String()]); len(r.faults) > n {
			r.within(key.String()+".member", n)
		}
	}
}

// texts checks a map of texts: one fault for its keys, one for its values.
func (r *check) texts(p *plan, v reflect.Value, entries map[string]string) {
	keys, values := p.shape.Key, p.shape.Element
	badKey, badValue := false, false
	for key, value := range entries {
		badKey = badKey || keys.breaches(key) != 0
		badValue = badValue || values.breaches(value) != 0
	}
	if badKey {
		r.say(p.shape, shownMap(p, v), "Map keys must satisfy constraint: ["+keys.all()+r.nulls+"]")
	}
	if badValue {
		r.say(p.shape, shownMap(p, v), "Map value must satisfy constraint: ["+values.all()+r.nulls+"]")
	}
}

// inner is the plan of what a pointer points to.
func (p *plan) inner() *plan {
	for p.holds == pointer {
		p = p.elem
	}
	return p
}

// shownList writes a list of texts as faults show it, and nothing of one that holds anything else or what is sensitive.
func shownList(p *plan, v reflect.Value) string {
	if p.elem.holds != text || p.elem.shape.Sensitive {
		return ""
	}
	var values []string
	for i := range v.Len() {
		values = append(values, v.Index(i).String())
	}
	return "'[" + strings.Join(values, ", ") + "]'"
}

// shownMap does so with a map.
func shownMap(p *plan, v reflect.Value) string {
	if p.elem.holds != text || p.elem.shape.Sensitive || p.shape.Key.Sensitive {
		return ""
	}
	var entries []string
	for _, key := range sorted(v) {
		entries = append(entries, key.String()+"="+v.MapIndex(key).String())
	}
	return "'{" + strings.Join(entries, ", ") + "}'"
}

// sorted returns a map's keys in the order of their bytes, so that a refusal is always worded the same.
func sorted(v reflect.Value) []reflect.Value {
	keys := map[string]reflect.Value{}
	for _, key := range v.MapKeys() {
		keys[key.String()] = key
	}
	var in []reflect.Value
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		in = append(in, keys[name])
	}
	return in
}
