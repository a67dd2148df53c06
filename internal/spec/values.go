package spec

import (
	"aircon"
)

// Text is a text that may be left out, null, or given. The zero value is left out.
type Text struct {
	state textState
	text  string
}

type textState uint8

const (
	textLeftOut textState = iota
	textNull
	textGiven
)

// Given returns a text that the file gives.
func Given(text string) Text { return Text{textGiven, text} }

// Null returns a text that the file gives as null.
func Null() Text { return Text{state: textNull} }

// IsLeftOut reports whether the file says nothing.
func (t Text) IsLeftOut() bool { return t.state == textLeftOut }

// IsNull reports whether the file says null.
func (t Text) IsNull() bool { return t.state == textNull }

// IsZero is IsLeftOut, under the name by which yaml's omitempty asks.
func (t Text) IsZero() bool { return t.state == textLeftOut }

// Or returns t, or a given text where t is left out.
func (t Text) Or(otherwise string) Text {
	if t.state == textLeftOut {
		return Given(otherwise)
	}
	return t
}

// String returns the text, and "" where it is null or left out.
func (t Text) String() string { return t.text }

// Source says where a secret is. Exactly one of its members is set.
type Source struct {
	Place   `yaml:"-"`
	Env     string   `yaml:"env,omitempty" jsonschema:"minLength=1,description=Name of an environment variable"`
	File    string   `yaml:"file,omitempty" jsonschema:"minLength=1,description=Path of a file; a relative one starts where the spec is"`
	Command []string `yaml:"command,omitempty" jsonschema:"minItems=1,description=Program and arguments; no shell; what it prints on standard output"`
	Keep    bool     `yaml:"keep,omitempty" jsonschema:"enum=true,description=Whatever is stored already"`

	literal aircon.Secret // only with Options.AllowLiteralSecrets
}

// Literal returns a source that holds the secret itself.
func Literal(secret aircon.Secret) *Source { return &Source{literal: secret} }

// Object is a JSON object, its members in the order of the file, as JSON text.
type Object struct{ JSON }

// JSON is any JSON value as text, which may hold a secret.
type JSON struct{ text aircon.Secret }

// Text returns the JSON text.
func (j JSON) Text() aircon.Secret { return j.text }

// Named is a mapping whose values know their own key, in the order of the file.
type Named[T named] []T

type named interface{ name() *string }

func (e *Environment) name() *string { return &e.Name }
func (c *Connection) name() *string  { return &c.ID }
func (v *Variable) name() *string    { return &v.Key }
func (s *SecretField) name() *string { return &s.Key }

// Get returns the value under key, or T's zero value.
func (n Named[T]) Get(key string) T {
	for _, v := range n {
		if *v.name() == key {
			return v
		}
	}
	var none T
	return none
}

// Keys returns the keys in the order of the file.
func (n Named[T]) Keys() []string {
	keys := make([]string, len(n))
	for i, v := range n {
		keys[i] = *v.name()
	}
	return keys
}

func (c *Connection) note() string { return c.Note }
func (v *Variable) note() string   { return v.Note }

// NewJSON returns the JSON value that text holds. Whether it is JSON shows when it is used.
func NewJSON(text aircon.Secret) JSON { return JSON{text} }
