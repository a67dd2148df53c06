package model

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// redacted stands in logs for a sensitive value in a service whose own logs keep the member (MWAA user guide, "Viewing audit logs in
// AWS CloudTrail": "AirflowConfigurationOptions": "***").
const redacted = `"***"`

// AppendRedacted writes an operation's decoded input after dst as CloudTrail's requestParameters: a JSON object without the sensitive
// members and without blobs. Where nothing is left of it, dst stays as it was. Members begin in lower case but for REST (source: the
// events in each service's guide). An operation that no table knows is left out entirely.
func AppendRedacted(dst []byte, service, operation string, input any) []byte {
	s, o := find(service, operation)
	if o == nil {
		return dst
	}
	return s.redact(dst, o.Input, input)
}

// AppendRedactedOutput writes an operation's output after dst as CloudTrail's responseElements, by the same rules. Of temporary
// credentials it leaves out the session token too, which CloudTrail keeps.
func AppendRedactedOutput(dst []byte, service, operation string, output any) []byte {
	s, o := find(service, operation)
	if o == nil {
		return dst
	}
	return s.redact(dst, o.Output, output)
}

// find returns an operation and its service, or nil for one that no table knows.
func find(service, operation string) (*Service, *Operation) {
	s := Of(service)
	if s == nil {
		return nil, nil
	}
	return s, s.Operation(operation)
}

func (s *Service) redact(dst []byte, shape *Shape, v any) []byte {
	rv := reflect.ValueOf(v)
	if shape == nil || !rv.IsValid() || rv.Kind() == reflect.Pointer && rv.IsNil() {
		return dst
	}
	w := redactor{dst: dst, rest: s.Protocol == "rest-json"}
	if !w.value(planOf(shape, rv.Type()), rv) || string(w.dst[len(dst):]) == "{}" {
		return dst
	}
	return w.dst
}

// redactor writes JSON.
type redactor struct {
	dst  []byte
	rest bool
}

// value writes a value, unless it was not sent or must not show: then it reports false and has written nothing.
func (w *redactor) value(p *plan, v reflect.Value) bool {
	if p.shape.Sensitive {
		if w.rest && !v.IsZero() {
			w.dst = append(w.dst, redacted...)
			return true
		}
		return false
	}
	switch p.holds {
	case pointer:
		return !v.IsNil() && w.value(p.elem, v.Elem())
	case structure:
		w.structure(p, v)
	case list:
		return !v.IsNil() && w.list(p, v)
	case dictionary:
		return !v.IsNil() && w.dictionary(p, v)
	case text:
		return v.Len() > 0 && w.text(v.String())
	case number:
		w.dst = strconv.AppendInt(w.dst, v.Int(), 10)
	case other:
		if t, isTime := v.Interface().(time.Time); isTime {
			return !t.IsZero() && w.json(t.UTC().Format(timeFormat))
		}
		return w.json(v.Interface())
	default: // blobs and documents
		return false
	}
	return true
}

// timeFormat is how CloudTrail writes dates in events.
const timeFormat = "Jan 2, 2006, 3:04:05 PM"

// json writes what encoding/json does. Scalars never fail.
func (w *redactor) json(v any) bool {
	text, err := json.Marshal(v)
	if err != nil {
		return false
	}
	w.dst = append(w.dst, text...)
	return true
}

// text writes a string: most need no escapes, and each request passes here.
func (w *redactor) text(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return w.json(s)
		}
	}
	w.dst = append(append(append(w.dst, '"'), s...), '"')
	return true
}

func (w *redactor) structure(p *plan, v reflect.Value) {
	w.dst = append(w.dst, '{')
	for _, f := range p.fields {
		if f.Name == "SessionToken" {
			continue
		}
		name := f.lower
		if w.rest {
			name = f.Name
		}
		w.entry(name, f.plan, v.FieldByIndex(f.index))
	}
	w.dst = append(w.dst, '}')
}

// entry writes a name and its value after what the object has already, unless the value is left out.
func (w *redactor) entry(name string, p *plan, v reflect.Value) {
	before := len(w.dst)
	if w.dst[before-1] != '{' {
		w.dst = append(w.dst, ',')
	}
	w.text(name)
	w.dst = append(w.dst, ':')
	if !w.value(p, v) {
		w.dst = w.dst[:before]
	}
}

func (w *redactor) list(p *plan, v reflect.Value) bool {
	w.dst = append(w.dst, '[')
	for i := range v.Len() {
		before := len(w.dst)
		if w.dst[before-1] != '[' {
			w.dst = append(w.dst, ',')
		}
		if !w.value(p.elem, v.Index(i)) {
			w.dst = w.dst[:before]
		}
	}
	w.dst = append(w.dst, ']')
	return true
}

func (w *redactor) dictionary(p *plan, v reflect.Value) bool {
	w.dst = append(w.dst, '{')
	entries := map[string]reflect.Value{}
	for _, key := range v.MapKeys() {
		entries[key.String()] = v.MapIndex(key)
	}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		w.entry(name, p.elem, entries[name])
	}
	w.dst = append(w.dst, '}')
	return true
}
