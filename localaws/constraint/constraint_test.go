package constraint_test

import (
	"strings"
	"testing"

	"aircon/localaws/constraint"
)

// TestWords holds the texts against answers of the live services.
func TestWords(t *testing.T) {
	tests := map[string]struct {
		check func(*constraint.Errors)
		want  string
	}{
		"nothing": {func(e *constraint.Errors) { e.Length("name", "é", 1, 1); e.Range("n", 1, 1, 2) }, ""},
		"too long": {
			func(e *constraint.Errors) { e.Length("tags.1.member.tagValue", strings.Repeat("v", 257), 0, 256) },
			"1 validation error detected: Value '" + strings.Repeat("v", 257) +
				"' at 'tags.1.member.tagValue' failed to satisfy constraint: Member must have length less than or equal to 256",
		},
		"not shown": {
			func(e *constraint.Errors) { e.Size("plaintext", 4097, 1, 4096) },
			"1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
		},
		"two": {
			func(e *constraint.Errors) { e.Length("a", "", 1, 2); e.Range("b", 5000, 1, 4096) },
			"2 validation errors detected: Value '' at 'a' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
				"Value '5000' at 'b' failed to satisfy constraint: Member must have value less than or equal to 4096",
		},
		"in other words": {
			func(e *constraint.Errors) { e.Fault("s", "null", "Member must not be null") },
			"1 validation error detected: Value null at 's' failed to satisfy constraint: Member must not be null",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var e constraint.Errors
			tt.check(&e)
			err := e.Err()
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || err.Error() != "ValidationException: "+tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

// TestPattern reads expressions as Java does: from end to end, and characters by four digits.
func TestPattern(t *testing.T) {
	for pattern, texts := range map[string]struct{ fits, fails string }{
		`[a-z]+`:                      {"a", "a?"},
		`^a|b$`:                       {"b", "ab"},
		`[\u0009\u000A\u0061-\u007A]`: {"\n", "A"},
		`[\u10000-\u10FFFF]+`:         {"0F", "\U0001F600"},
	} {
		if p := constraint.Matching(pattern); !p.Match(texts.fits) || p.Match(texts.fails) {
			t.Errorf("%s: %q %t, %q %t", pattern, texts.fits, p.Match(texts.fits), texts.fails, p.Match(texts.fails))
		}
	}
}

// TestLookahead holds the expression that stands for one with a lookahead against what that one says.
func TestLookahead(t *testing.T) {
	alias := constraint.Matching(`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`)
	for text, want := range map[string]bool{
		"abc": true, "a-b": true, "a1-b2-c3": true, "000": true, strings.Repeat("a", 63): true, "ab-c": true, "a-bc": true,
		"": false, "a": false, "ab": false, "-ab": false, "ab-": false, "a--b": false, "aB-": false, "a_b": false, "ab-\n": false,
	} {
		if alias.Match(text) != want {
			t.Errorf("%q matches: %t", text, !want)
		}
	}
}
