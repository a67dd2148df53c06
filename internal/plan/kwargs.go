package plan

import (
	"bytes"
	"encoding/json"
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
	text     string // "" where MWAA's own do
	fields   []Field
	warnings []Warning
	tooLong  []string // patterns that name each id, but are longer than an option may be
}

// mwaaKwargs are those of an environment whose options name none.
var mwaaKwargs = func() mwaa.Kwargs {
	k, err := mwaa.ParseKwargs(mwaa.DefaultKwargs)
	if err != nil {
		panic("MWAA's own arguments are JSON: " + err.Error())
	}
	return k
}()

// kwargsFor changes the arguments that an environment has where the spec decides otherwise. All else in them stays.
func kwargsFor(e *spec.Environment, o *Observed) kwargs {
	k := kwargs{text: o.backendText}
	current, err := mwaa.ParseKwargs(k.text)
	broken := err != nil
	if broken {
		k.warnings = append(k.warnings, Warning{"AC012", mwaa.OptionBackendKwargs, "what the environment has is not JSON, so that Airflow ignores it; it is replaced", ""})
	} else if k.text == "" {
		current = mwaaKwargs
	}
	result := k.applyAll(arguments(e), current, false)
	if len(k.fields) == 0 && !broken {
		return k
	}
	if broken || k.text == "" { // ours replace MWAA's whole text, so they say all
		k.fields = nil
		result = keepPattern(&k, k.applyAll(arguments(e), mwaa.Kwargs{}, true))
	}
	k.text = result.Text()
	return k
}

func (k *kwargs) applyAll(all []kwarg, current mwaa.Kwargs, fresh bool) mwaa.Kwargs {
	k.tooLong = nil
	for _, a := range all {
		current = a.apply(k, current, fresh)
	}
	return current
}

// keepPattern keeps aws_default out of Secrets Manager, as MWAA's own arguments do, where nothing else says what is looked up.
func keepPattern(k *kwargs, new mwaa.Kwargs) mwaa.Kwargs {
	const name = "connections_lookup_pattern"
	if new.Get(name, &json.RawMessage{}) {
		return new
	}
	set, err := new.Set(name, mwaa.DefaultPattern)
	if err != nil {
		panic("a text always has a JSON form: " + err.Error())
	}
	k.fields = append(k.fields, Field{Name: name, New: string(marshal(mwaa.DefaultPattern))})
	return set
}

// apply sets the argument where Airflow would take another value for it, or where new arguments shall name it.
func (a kwarg) apply(k *kwargs, current mwaa.Kwargs, fresh bool) mwaa.Kwargs {
	var raw json.RawMessage
	has := current.Get(a.name, &raw)
	if !has {
		raw = marshal(a.otherwise)
	}
	set, err := current.Set(a.name, a.value)
	if err == nil && len(set.Text()) > mwaa.MaxValueLength {
		k.tooLong = append(k.tooLong, a.name)
		a.value = map[string]any{"connections_lookup_pattern": mwaa.DefaultPattern}[a.name]
		set, err = current.Set(a.name, a.value)
	}
	if err != nil {
		panic("texts and lists of texts always have a JSON form: " + err.Error())
	}
	if a.same(raw) && (!fresh || !a.spellOut) {
		return current
	}
	field := Field{Name: a.name, New: string(marshal(a.value))}
	if has {
		field.Old = string(raw)
	}
	k.fields = append(k.fields, field)
	return set
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
	connections, variables := e.Connections.Keys(), e.Variables.Keys()
	var all []kwarg
	add := func(t spec.Text, declared bool, a kwarg) {
		if t.IsLeftOut() && !declared {
			return
		}
		a.spellOut = a.prefix || a.value == nil
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

// Kwargs are the backend's arguments that a spec makes of an environment which has none of its own.
func Kwargs(e *spec.Environment) string {
	if text := kwargsFor(e, newObserved()).text; text != "" {
		return text
	}
	return mwaa.DefaultKwargs
}
