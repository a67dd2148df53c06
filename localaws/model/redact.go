package model

import (
	"bytes"
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

// Redacted writes an operation's decoded input as CloudTrail's requestParameters: a JSON object without the sensitive members and
// without blobs, or nil where nothing is left of it. Members begin in lower case but for REST (source: the events in each service's
// guide). An operation that no table knows is left out entirely.
func Redacted(service, operation string, input any) json.RawMessage {
	s := Of(service)
	if s == nil {
		return nil
	}
	o := s.Operation(operation)
	if o == nil {
		return nil
	}
	return s.redact(o.Input, input)
}

// RedactedOutput writes an operation's output as CloudTrail's responseElements, by the same rules. Of temporary credentials it leaves
// out the session token too, which CloudTrail keeps.
func RedactedOutput(service, operation string, output any) json.RawMessage {
	s := Of(service)
	if s == nil {
		return nil
	}
	o := s.Operation(operation)
	if o == nil {
		return nil
	}
	return s.redact(o.Output, output)
}

func (s *Service) redact(shape *Shape, v any) json.RawMessage {
	rv := reflect.ValueOf(v)
	if shape == nil || !rv.IsValid() || rv.Kind() == reflect.Pointer && rv.IsNil() {
		return nil
	}
	w := redactor{rest: s.Protocol == "rest-json"}
	if !w.value(planOf(shape, rv.Type()), rv) || w.String() == "{}" {
		return nil
	}
	return w.Bytes()
}

// redactor writes JSON.
type redactor struct {
	bytes.Buffer
	rest bool
}

// value writes a value, unless it was not sent or must not show: then it reports false and has written nothing.
func (w *redactor) value(p *plan, v reflect.Value) bool {
	if p.shape.Sensitive {
		if w.rest && !v.IsZero() {
			w.WriteString(redacted)
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
		w.Write(strconv.AppendInt(w.AvailableBuffer(), v.Int(), 10))
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
	w.Write(text)
	return true
}

// text writes a string: most need no escapes, and each request passes here.
func (w *redactor) text(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return w.json(s)
		}
	}
	w.WriteByte('"')
	w.WriteString(s)
	w.WriteByte('"')
	return true
}

func (w *redactor) structure(p *plan, v reflect.Value) {
	w.WriteByte('{')
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
	w.WriteByte('}')
}

// entry writes a name and its value after what the object has already, unless the value is left out.
func (w *redactor) entry(name string, p *plan, v reflect.Value) {
	before := w.Len()
	if w.Bytes()[before-1] != '{' {
		w.WriteByte(',')
	}
	w.text(name)
	w.WriteByte(':')
	if !w.value(p, v) {
		w.Truncate(before)
	}
}

func (w *redactor) list(p *plan, v reflect.Value) bool {
	w.WriteByte('[')
	for i := range v.Len() {
		before := w.Len()
		if w.Bytes()[before-1] != '[' {
			w.WriteByte(',')
		}
		if !w.value(p.elem, v.Index(i)) {
			w.Truncate(before)
		}
	}
	w.WriteByte(']')
	return true
}

func (w *redactor) dictionary(p *plan, v reflect.Value) bool {
	w.WriteByte('{')
	entries := map[string]reflect.Value{}
	for _, key := range v.MapKeys() {
		entries[key.String()] = v.MapIndex(key)
	}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		w.entry(name, p.elem, entries[name])
	}
	w.WriteByte('}')
	return true
}
