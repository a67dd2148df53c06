package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"aircon/internal/spec"
	"aircon/mwaa"
)

// kwarg is an argument of the backend that the spec decides. A nil value is null.
type kwarg struct {
	name      string
	value     any
	otherwise any  // Airflow's default
	prefix    bool // separators at its end do not count
	spellOut  bool // whether new arguments name it even where it is the default
}

// kwargs are the backend's arguments as they shall be.
type kwargs struct {
	text     string
	fields   []Field
	warnings []Warning
}

// kwargsFor changes the arguments that an environment has where the spec decides otherwise. All else in them stays.
func kwargsFor(e *spec.Environment, o *Observed) kwargs {
	var k kwargs
	text := o.backendText
	current, err := mwaa.ParseKwargs(text)
	if err != nil {
		k.warnings = append(k.warnings, Warning{"AC012", mwaa.OptionBackendKwargs, "what the environment has is not JSON, so that Airflow ignores it; it is replaced", ""})
		text = ""
	}
	result := current
	for _, a := range arguments(e) {
		var warning *Warning
		if result, warning = a.apply(&k, result, text == ""); warning != nil {
			k.warnings = append(k.warnings, *warning)
		}
	}
	if text == "" && !result.Get("connections_lookup_pattern", new(json.RawMessage)) {
		result, _ = result.Set("connections_lookup_pattern", mwaa.DefaultPattern) // a string always marshals
		k.fields = append(k.fields, Field{Name: "connections_lookup_pattern", New: mwaa.DefaultPattern})
	}
	k.text = text
	if len(k.fields) > 0 {
		k.text = result.Text()
	}
	return k
}

// apply sets the argument where Airflow would take another value for it.
func (a kwarg) apply(k *kwargs, current mwaa.Kwargs, fresh bool) (mwaa.Kwargs, *Warning) {
	var raw json.RawMessage
	has := current.Get(a.name, &raw)
	if !has {
		raw = marshal(a.otherwise)
	}
	if a.same(raw) && (!fresh || !a.spellOut) {
		return current, nil
	}
	set, err := current.Set(a.name, a.value)
	if err != nil {
		return current, &Warning{What: err.Error()}
	}
	var warning *Warning
	if len(set.Text()) > mwaa.MaxValueLength {
		fallback := map[string]any{"connections_lookup_pattern": mwaa.DefaultPattern, "variables_lookup_pattern": nil}[a.name]
		warning = &Warning{"", a.name, fmt.Sprintf("a pattern that names each id is longer than MWAA's %d characters; a wider one is used", mwaa.MaxValueLength), "write a pattern of your own"}
		a.value = fallback
		if set, err = current.Set(a.name, fallback); err != nil || a.same(raw) {
			return current, warning
		}
	}
	field := Field{Name: a.name, New: string(marshal(a.value))}
	if has {
		field.Old = string(raw)
	}
	k.fields = append(k.fields, field)
	return set, warning
}

func (a kwarg) same(raw json.RawMessage) bool {
	wanted := marshal(a.value)
	if a.prefix {
		var left, right *string
		if json.Unmarshal(raw, &left) != nil || json.Unmarshal(wanted, &right) != nil || left == nil || right == nil {
			return bytes.Equal(raw, wanted)
		}
		return strings.TrimRight(*left, "/") == strings.TrimRight(*right, "/")
	}
	return sameJSON(string(raw), string(wanted))
}

func marshal(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("texts and lists of texts always have a JSON form: " + err.Error())
	}
	return bytes.TrimSpace(b.Bytes())
}

// arguments lists what the spec decides. It decides nothing about kinds of which it declares nothing, unless it says so.
func arguments(e *spec.Environment) []kwarg {
	b := e.Backend
	if b == nil {
		b = &spec.Backend{}
	}
	var connections, variables []string
	if connections = e.Connections.Keys(); len(connections) == 0 {
		connections = nil
	}
	variables = e.Variables.Keys()
	var all []kwarg
	add := func(t spec.Text, declared bool, a kwarg) {
		if t.IsLeftOut() && !declared {
			return
		}
		a.spellOut = a.prefix
		all = append(all, a)
	}
	add(b.ConnectionsPrefix, len(connections) > 0, kwarg{name: "connections_prefix", prefix: true, value: valueOf(b.ConnectionsPrefix, spec.DefaultConnectionsPrefix), otherwise: spec.DefaultConnectionsPrefix})
	add(b.ConnectionsLookupPattern, len(connections) > 0, kwarg{name: "connections_lookup_pattern", value: pattern(b.ConnectionsLookupPattern, connections)})
	add(b.VariablesPrefix, len(variables) > 0, kwarg{name: "variables_prefix", prefix: true, value: valueOf(b.VariablesPrefix, spec.DefaultVariablesPrefix), otherwise: spec.DefaultVariablesPrefix})
	add(b.VariablesLookupPattern, len(variables) > 0, kwarg{name: "variables_lookup_pattern", value: pattern(b.VariablesLookupPattern, variables)})
	add(b.ConfigPrefix, false, kwarg{name: "config_prefix", prefix: true, value: valueOf(b.ConfigPrefix, spec.DefaultConfigPrefix), otherwise: spec.DefaultConfigPrefix})
	add(b.ConfigLookupPattern, false, kwarg{name: "config_lookup_pattern", value: valueOf(b.ConfigLookupPattern, "")})
	add(b.Sep, len(connections)+len(variables) > 0, kwarg{name: "sep", value: valueOf(b.Sep, spec.DefaultSep), otherwise: spec.DefaultSep})
	if len(b.ExtraConnWords) > 0 {
		all = append(all, kwarg{name: "extra_conn_words", value: b.ExtraConnWords})
	}
	return all
}

func valueOf(t spec.Text, otherwise string) any {
	if t.IsNull() {
		return nil
	}
	return t.Or(otherwise).String()
}

func pattern(t spec.Text, ids []string) any {
	switch {
	case t.IsNull():
		return nil
	case t.IsAuto():
		return mwaa.LookupPattern(ids)
	}
	return t.String()
}
