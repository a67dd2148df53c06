package main

import (
	"strconv"
	"strings"
)

// style is how a run of characters looks.
type style struct {
	colour string // as SVG names it; "" is the foreground
	bold   bool
	faint  bool
}

// run is text of one style.
type run struct {
	style style
	text  string
}

// colours are the eight of ECMA-48, and the bright ones after them.
var colours = [16]string{
	"#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4",
	"#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#f0f6fc",
}

// runs reads a line's escape sequences. Those that are no colours are dropped.
func runs(line string) []run {
	var all []run
	var now style
	for line != "" {
		text, rest, escaped := strings.Cut(line, "\x1b[")
		if text != "" {
			all = append(all, run{now, text})
		}
		if !escaped {
			break
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r >= '@' && r <= '~' })
		if end < 0 {
			break
		}
		if rest[end] == 'm' {
			now = now.with(strings.Split(rest[:end], ";"))
		}
		line = rest[end+1:]
	}
	return all
}

// with changes a style by the parameters of "select graphic rendition".
func (s style) with(parameters []string) style {
	for _, p := range parameters {
		n, err := strconv.Atoi(p)
		if err != nil {
			n = 0 // an empty parameter resets
		}
		switch {
		case n == 0:
			s = style{}
		case n == 1:
			s.bold = true
		case n == 2:
			s.faint = true
		case n == 22:
			s.bold, s.faint = false, false
		case n >= 30 && n <= 37:
			s.colour = colours[n-30]
		case n == 39:
			s.colour = ""
		case n >= 90 && n <= 97:
			s.colour = colours[n-90+8]
		}
	}
	return s
}

// plain returns a line without its escape sequences.
func plain(line string) string {
	var text strings.Builder
	for _, r := range runs(line) {
		text.WriteString(r.text)
	}
	return strings.TrimRight(text.String(), " ")
}
