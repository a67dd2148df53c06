package aircon

import (
	"fmt"
	"log/slog"
)

// redacted is what a Secret shows of itself.
const redacted = "[redacted]"

// Secret is a text that must never show: a password, or a secret's whole value. However it is printed,
// marshalled or logged, it reads [redacted]; only Reveal gives the text.
//
// The zero value is a null secret, which is not the same as an empty one.
type Secret struct {
	// held is a pointer to a pointer, so that even fmt's walk through a struct's unexported fields, which calls no methods, prints
	// an address. One pointer is not enough: for a verb that does not fit, such as %s of a struct, fmt follows it.
	held **held
}

// held is what a secret holds: nearly always text, but Airflow 3's workers keep a password that is a number.
type held struct {
	text string // as Python's str() writes it
	kind fieldKind
}

// NewSecret returns a secret that holds text. An empty text is a secret too.
func NewSecret(text string) Secret { return newSecret(held{text, fieldText}) }

func newSecret(h held) Secret {
	inner := &h
	return Secret{&inner}
}

// Reveal returns the text, and "" for a null secret. Each call is a place where a secret can leak.
func (s Secret) Reveal() string {
	if s.held == nil {
		return ""
	}
	return (*s.held).text
}

// RevealField returns what the secret holds as a field: text, but for a number or truth value where Airflow keeps one. Each call
// is a place where a secret can leak.
func (s Secret) RevealField() Field {
	if s.held == nil {
		return Field{}
	}
	return Field{(*s.held).kind, (*s.held).text}
}

// IsNull reports whether s is the zero value.
func (s Secret) IsNull() bool { return s.held == nil }

// IsText reports whether s holds text. It does not where a JSON text has a number or a truth value for a password.
func (s Secret) IsText() bool { return s.held != nil && (*s.held).kind == fieldText }

// Equal reports whether both are null or hold the same: a number is not the text of its digits.
func (s Secret) Equal(other Secret) bool {
	if s.held == nil || other.held == nil {
		return s.held == other.held
	}
	return **s.held == **other.held
}

// String returns [redacted], or "" for a null secret.
func (s Secret) String() string {
	if s.held == nil {
		return ""
	}
	return redacted
}

// GoString returns [redacted], or "" for a null secret.
func (s Secret) GoString() string { return s.String() }

// Format prints [redacted] for every verb, or nothing for a null secret.
func (s Secret) Format(f fmt.State, _ rune) {
	// Nothing can be done about a writer that fails; fmt reports it to its own caller.
	_, _ = fmt.Fprint(f, s.String())
}

// MarshalText gives "[redacted]", in JSON, YAML and wherever else text is marshalled.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue gives "[redacted]" to slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// secretOf returns a field as a secret.
func secretOf(f Field) Secret {
	if f.IsNull() {
		return Secret{}
	}
	return newSecret(held{f.text, f.kind})
}
