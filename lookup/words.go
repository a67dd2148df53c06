package lookup

import (
	"slices"

	"aircon/internal/py"
)

// conn fields in the order in which SecretsManagerBackend writes them, each with the keys of a secret that stand for it.
var fieldWords = []struct {
	field string
	words []string
}{
	{"login", []string{"login", "user", "username", "user_name"}},
	{"password", []string{"password", "pass", "key"}},
	{"host", []string{"host", "remote_host", "server"}},
	{"port", []string{"port"}},
	{"schema", []string{"database", "schema"}},
	{"conn_type", []string{"conn_type", "conn_id", "connection_type", "engine"}},
	{"extra", []string{"extra"}},
}

// Keys returns the keys of a JSON secret that the backend reads, by the field that they stand for. The error is what
// bad extra_conn_words raise at each secret that is JSON.
func (b *Backend) Keys() (map[string][]string, error) {
	keys, problem := b.keys()
	if problem != nil {
		return nil, problem
	}
	return keys, nil
}

func (b *Backend) keys() (map[string][]string, *Problem) {
	keys := map[string][]string{}
	for _, f := range fieldWords {
		keys[f.field] = slices.Clone(f.words)
	}
	if !py.Truth(b.words) {
		return keys, nil
	}
	extra, is := b.words.(*py.Dict)
	if !is {
		return nil, wordsProblem("AttributeError", "extra_conn_words is a "+py.TypeName(b.words)+", and must be an object")
	}
	for field, more := range extra.All() {
		if field == "user" {
			field = "login"
		}
		if _, found := keys[field]; !found {
			return nil, wordsProblem("KeyError", "extra_conn_words names a field that there is not: "+field)
		}
		words, problem := wordList(field, more)
		if problem != nil {
			return nil, problem
		}
		keys[field] = append(keys[field], words...)
	}
	return keys, nil
}

// wordList is what list.extend takes from a value: a list's texts, an object's keys, a text's characters.
func wordList(field string, value any) ([]string, *Problem) {
	var words []string
	switch value := value.(type) {
	case string:
		for _, character := range value {
			words = append(words, string(character))
		}
	case *py.Dict:
		for key := range value.All() {
			words = append(words, key)
		}
	case []any:
		for _, item := range value {
			if word, is := item.(string); is { // what is not text never equals a key
				words = append(words, word)
			}
		}
	default:
		return nil, wordsProblem("TypeError", "extra_conn_words for "+field+" are a "+py.TypeName(value)+", and must be a list")
	}
	return words, nil
}

func wordsProblem(class, message string) *Problem {
	return &Problem{Step: StepWords, Code: class, Message: message}
}

// standardised gives the secret's values under the names of Connection's fields, and each field's key. The first key that
// stands for a field wins, in the secret's own order, even when its value is null; keys that stand for nothing vanish.
func standardised(secret *py.Dict, keys map[string][]string) (fields *py.Dict, from map[string]string) {
	fields, from = new(py.Dict), map[string]string{}
	for _, f := range fieldWords {
		fields.Set(f.field, nil)
		for key, value := range secret.All() {
			if slices.Contains(keys[f.field], key) {
				fields.Set(f.field, value)
				from[f.field] = key
				break
			}
		}
	}
	return fields, from
}

// unquoted percent-decodes every value, as providers before 9.0 do on request. It fails on what is not text, except an
// object as extra, which stays.
func unquoted(fields *py.Dict) *Problem {
	for _, f := range fieldWords {
		value, _ := fields.Get(f.field)
		_, isDict := value.(*py.Dict)
		if value == nil || isDict && f.field == "extra" {
			continue
		}
		text, is := value.(string)
		if !is {
			return &Problem{Step: StepRead, Code: "TypeError", Message: "are_secret_values_urlencoded is on, and " +
				f.field + " is a " + py.TypeName(value) + ", which cannot be decoded"}
		}
		fields.Set(f.field, py.Unquote(text))
	}
	return nil
}
