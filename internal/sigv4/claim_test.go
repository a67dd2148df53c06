package sigv4

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestParseStamp holds parseStamp against the standard library.
func TestParseStamp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9]{4}[01][0-9][0-3][0-9]T[0-2][0-9][0-6][0-9][0-6][0-9]Z|.{16}`).Draw(t, "stamp")
		want, err := time.Parse(stamp, text)
		got, ok := parseStamp(text)
		if ok != (err == nil) || ok && !got.Equal(want) {
			t.Fatalf("%q is read as %v, %v; time.Parse says %v, %v", text, got, ok, want, err)
		}
	})
}
