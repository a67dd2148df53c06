package airflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// shortEscapes are those of one letter, in Python, JSON and YAML.
var shortEscapes = map[rune]string{
	'\n': "n", '\r': "r", '\t': "t", '\b': "b", '\f': "f", '\v': "v", '\a': "a", 0: "0", 0x1b: "e", 0x85: "N", 0xa0: "_", 0x2028: "L", 0x2029: "P",
}

// escapes are the ways to write a character with backslashes, without them: each part has some before it. Hexadecimal
// digits may be in capitals.
func escapes(c rune) [][]string {
	var forms [][]string
	if short, ok := shortEscapes[c]; ok {
		forms = append(forms, []string{short})
	}
	if first, second := utf16.EncodeRune(c); second != '\uFFFD' {
		forms = append(forms, []string{fmt.Sprintf("u%04x", first), fmt.Sprintf("u%04x", second)}, []string{fmt.Sprintf("U%08x", c)})
	} else {
		forms = append(forms, []string{fmt.Sprintf("u%04x", c)})
	}
	if c < 0x100 { // in YAML
		forms = append(forms, []string{fmt.Sprintf("x%02x", c)})
	}
	var bytes []string
	for _, part := range []byte(string(c)) {
		bytes = append(bytes, fmt.Sprintf("x%02x", part))
	}
	return append(forms, bytes)
}

// inJSON returns a text, and what JSON writes for it: as Go does, as Python does by default, and as both do when told otherwise.
func inJSON(text string) []string {
	var plain, ascii strings.Builder
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false)
	html, err := json.Marshal(text)
	if err := errors.Join(err, e.Encode(text)); err != nil {
		return []string{text} // no text fails
	}
	inner := strings.Trim(plain.String(), "\n")
	inner = inner[1 : len(inner)-1]
	for _, c := range inner {
		if c < utf8.RuneSelf {
			ascii.WriteRune(c)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, c) {
			fmt.Fprintf(&ascii, `\u%04x`, unit)
		}
	}
	return slices.Compact([]string{text, inner, ascii.String(), string(html[1 : len(html)-1])})
}
