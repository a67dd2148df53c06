package oracle

import (
	"aircon/internal/py"
)

// Verdict says how two answers to one case compare.
type Verdict string

// The verdicts, as agree.py names them.
const (
	Agree   Verdict = "agree"   // the same, as far as it counts
	Refused Verdict = "refused" // Airflow carries an object or a list where text belongs, and the other fails
	Skipped Verdict = "skipped" // this Airflow has no such thing
	Differ  Verdict = "differ"  // anything else
)

// textFields are the keys whose value is text, whatever Python carries there.
var textFields = map[string]bool{
	"conn_id": true, "conn_type": true, "description": true, "host": true, "login": true,
	"password": true, "schema": true, "user": true, "dbname": true,
}

// free are the keys whose value need not be the same.
var free = map[string]bool{"message": true, "log": true, "logged": true, "harness": true}

// Compare is agree.py's verdict on Airflow's answer and another's: see that file for what agreement means.
func Compare(airflow, other any) Verdict {
	dict, _ := airflow.(*py.Dict)
	if has(dict, "harness") || has(dict, "absent") {
		return Skipped
	}
	if equal(normal(airflow, ""), normal(other, "")) {
		return Agree
	}
	if otherDict, _ := other.(*py.Dict); odd(airflow) && has(otherDict, "error") {
		return Refused
	}
	return Differ
}

func has(dict *py.Dict, key string) bool {
	_, found := dict.Get(key)
	return found
}

// normal drops what is free and turns numbers in text fields into text.
func normal(value any, key string) any {
	switch v := value.(type) {
	case *py.Dict:
		return normalDict(v, key)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = normal(item, "")
		}
		return out
	case bool, py.Digits, float64:
		if textFields[key] {
			return py.Str(v)
		}
	}
	return value
}

func normalDict(dict *py.Dict, key string) *py.Dict {
	failure, _ := dict.Get("error")
	if _, is := failure.(string); is && key != "secrets" {
		out := py.NewDict(py.Item{Key: "error", Value: true})
		if asked, found := dict.Get("asked"); found {
			out.Set("asked", asked)
		}
		return out
	}
	out := new(py.Dict)
	for k, v := range dict.All() {
		if !free[k] && v != nil {
			out.Set(k, normal(v, k))
		}
	}
	return out
}

// odd reports whether an answer carries an object or a list where text belongs.
func odd(answer any) bool {
	switch v := answer.(type) {
	case *py.Dict:
		for key, item := range v.All() {
			_, isDict := item.(*py.Dict)
			_, isList := item.([]any)
			if textFields[key] && (isDict || isList) || odd(item) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if odd(item) {
				return true
			}
		}
	}
	return false
}

// equal is Python's ==: True is 1, 1 is 1.0, and the order of a dict's keys does not count.
func equal(a, b any) bool {
	switch a := a.(type) {
	case *py.Dict:
		b, is := b.(*py.Dict)
		return is && equalDicts(a, b)
	case []any:
		b, is := b.([]any)
		if !is || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case bool, py.Digits, float64:
		return py.NumbersEqual(a, b)
	}
	return a == b
}

func equalDicts(a, b *py.Dict) bool {
	if a.Len() != b.Len() {
		return false
	}
	for key, value := range a.All() {
		other, found := b.Get(key)
		if !found || !equal(value, other) {
			return false
		}
	}
	return true
}
