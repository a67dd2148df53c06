package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The measures of the picture, in pixels.
const (
	characterWidth = 7.8 // at a size of 13, in every font of the list, as textLength forces it
	lineHeight     = 18
	padding        = 16
	barHeight      = 28
)

const (
	background = "#0d1117"
	foreground = "#c9d1d9"
	fonts      = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
)

// picture draws lines as a terminal would show them.
func picture(lines []string) string {
	columns := 40
	for _, line := range lines {
		columns = max(columns, utf8.RuneCountInString(plain(line)))
	}
	width, height := float64(columns)*characterWidth+2*padding, len(lines)*lineHeight+2*padding+barHeight
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" viewBox="0 0 %[1]g %[2]d" font-family="%[3]s" font-size="13" fill="%[4]s">`+"\n",
		width, height, fonts, foreground)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", background)
	for i, colour := range []string{"#ff5f56", "#ffbd2e", "#27c93f"} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="6" fill="%s"/>`+"\n", padding+6+20*i, barHeight/2+4, colour)
	}
	for i, line := range lines {
		if plain(line) != "" {
			fmt.Fprintf(&b, `<text y="%d" xml:space="preserve">%s</text>`+"\n", barHeight+padding+(i+1)*lineHeight-5, spans(line))
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// spans puts each run of a line at its column, so that columns line up in every font.
func spans(line string) string {
	var b strings.Builder
	column := 0
	for _, r := range runs(line) {
		n := utf8.RuneCountInString(r.text)
		fmt.Fprintf(&b, `<tspan x="%.1f" textLength="%.1f"%s>%s</tspan>`,
			padding+float64(column)*characterWidth, float64(n)*characterWidth, r.style.attributes(), escape.Replace(r.text))
		column += n
	}
	return b.String()
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func (s style) attributes() string {
	var b strings.Builder
	if s.colour != "" {
		fmt.Fprintf(&b, ` fill="%s"`, s.colour)
	}
	if s.bold {
		b.WriteString(` font-weight="bold"`)
	}
	if s.faint {
		b.WriteString(` fill-opacity="0.65"`)
	}
	return b.String()
}
