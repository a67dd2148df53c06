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
	// text lies behind a pointer, so that even fmt's walk through a struct's unexported fields,
	// which calls no methods, prints an address.
	text *string
}

// NewSecret returns a secret that holds text. An empty text is a secret too.
func NewSecret(text string) Secret { return Secret{text: &text} }

// Reveal returns the text, and "" for a null secret. Each call is a place where a secret can leak.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsNull reports whether s is the zero value.
func (s Secret) IsNull() bool { return s.text == nil }

// Equal reports whether both are null or hold the same text.
func (s Secret) Equal(other Secret) bool {
	return s.IsNull() == other.IsNull() && s.Reveal() == other.Reveal()
}

// String returns [redacted], or "" for a null secret.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return redacted
}

// Format prints [redacted] for every verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// MarshalText gives "[redacted]", in JSON, YAML and wherever else text is marshalled.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue gives "[redacted]" to slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
