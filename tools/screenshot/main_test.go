package main

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestRuns(t *testing.T) {
	green := style{colour: colours[2]}
	for line, want := range map[string][]run{
		"plain":                        {{text: "plain"}},
		"\x1b[32m✓\x1b[0m works":       {{green, "✓"}, {text: " works"}},
		"\x1b[1;31mx\x1b[39m y":        {{style{colours[1], true, false}, "x"}, {style{bold: true}, " y"}},
		"\x1b[2mfaint\x1b[22m\x1b[m .": {{style{faint: true}, "faint"}, {text: " ."}},
		"\x1b[91mbright\x1b[Kx":        {{style{colour: colours[9]}, "bright"}, {style{colour: colours[9]}, "x"}},
		"cut off\x1b[3":                {{text: "cut off"}},
	} {
		if got := runs(line); !slices.Equal(got, want) {
			t.Errorf("runs(%q) = %v, want %v", line, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	lines := []string{"a", "\x1b[1mhere\x1b[m it begins", "b", " ", "here it ends", "c"}
	got, err := cut(lines, "here it", "ends")
	if err != nil || len(got) != 2 || got[1] != "b" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := cut(lines, "nowhere", ""); err == nil {
		t.Error("what no line holds was found")
	}
	if _, err := cut(lines, "b", "a nowhere"); err == nil {
		t.Error("an end that no line holds was found")
	}
}

// The picture is XML, and its text is the input's.
func TestPicture(t *testing.T) {
	lines := []string{`a <b> & "c"`, "", "\x1b[31m✗\x1b[m  broken"}
	var text []string
	d := xml.NewDecoder(strings.NewReader(picture(lines)))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if s, ok := token.(xml.CharData); ok && strings.TrimSpace(string(s)) != "" {
			text = append(text, string(s))
		}
	}
	if want := []string{`a <b> & "c"`, "✗", "  broken"}; !slices.Equal(text, want) {
		t.Errorf("the text is %q, want %q", text, want)
	}
}
