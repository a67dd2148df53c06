package edit_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aircon/internal/edit"
)

func TestApply(t *testing.T) {
	for _, test := range []struct {
		name    string
		edits   []edit.Edit
		want    string
		applied int
	}{
		{"none", nil, "abcdef", 0},
		{"one in another's place", []edit.Edit{{From: 1, To: 3, Text: "X"}}, "aXdef", 1},
		{"any order", []edit.Edit{{From: 4, To: 5, Text: "Y"}, {From: 0, To: 1, Text: ""}}, "bcdYf", 2},
		{"put in", []edit.Edit{{From: 6, To: 6, Text: "!"}}, "abcdef!", 1},
		{"overlapping: the first", []edit.Edit{{From: 0, To: 3, Text: "X"}, {From: 2, To: 4, Text: "Y"}}, "Xdef", 1},
		{"the same twice", []edit.Edit{{From: 2, To: 2, Text: "X"}, {From: 2, To: 2, Text: "X"}}, "abXcdef", 1},
		{"outside", []edit.Edit{{From: 5, To: 9, Text: "X"}}, "abcdef", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, applied := edit.Apply("abcdef", test.edits)
			if got != test.want || applied != test.applied {
				t.Errorf("got %q (%d), want %q (%d)", got, applied, test.want, test.applied)
			}
		})
	}
}

func TestPlace(t *testing.T) {
	const text = "a\nbé\U0001f600d\n"
	for _, test := range []struct{ at, line, column int }{{0, 1, 1}, {2, 2, 1}, {strings.Index(text, "d"), 2, 4}, {len(text), 3, 1}, {-1, 1, 1}, {99, 3, 1}} {
		if line, column := edit.Place(text, test.at); line != test.line || column != test.column {
			t.Errorf("Place(%d) = %d:%d, want %d:%d", test.at, line, column, test.line, test.column)
		}
	}
}

func TestOffsetIsTheInverseOfPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("aé\n\U0001f600"))).Draw(t, "text")
		for at := range text {
			line, column := edit.Place(text, at)
			if got, ok := edit.Offset(text, line, column); !ok || got != at {
				t.Fatalf("Offset(%d, %d) = %d, %t; want %d", line, column, got, ok, at)
			}
		}
	})
	for _, none := range [][2]int{{3, 1}, {1, 3}, {1, 0}} {
		if at, ok := edit.Offset("a\nb", none[0], none[1]); ok {
			t.Errorf("%v is at %d", none, at)
		}
	}
}

// What no edit names stays, byte for byte.
func TestApplyKeepsTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z\n]{0,30}`).Draw(t, "text")
		from := rapid.IntRange(0, len(text)).Draw(t, "from")
		to := rapid.IntRange(from, len(text)).Draw(t, "to")
		with := rapid.StringMatching(`[A-Z]{0,5}`).Draw(t, "with")
		got, _ := edit.Apply(text, []edit.Edit{{From: from, To: to, Text: with}})
		if got != text[:from]+with+text[to:] {
			t.Fatalf("got %q", got)
		}
	})
}
