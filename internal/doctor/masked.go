package doctor

import (
	"strings"
	"unicode/utf8"

	"aircon"
	"aircon/internal/textfix"
)

// Masked returns a secret's text as it may be shown, line by line: what [Presentable] blanks is blanked, and so are comments and whatever
// cannot be read. Layout and mistakes stay, so that a text and what it was made into can be compared.
func Masked(text aircon.Secret) string {
	plain := text.Reveal()
	root, err := textfix.Read(strings.TrimPrefix(plain, "\ufeff"))
	if err != nil || root.Kind != textfix.Object {
		return blankLines(plain)
	}
	m := masker{text: strings.TrimPrefix(plain, "\ufeff")}
	m.node(root, hideNothing)
	m.between(len(m.text))
	if len(m.text) < len(plain) {
		return "[byte order mark]" + m.b.String()
	}
	return m.b.String()
}

// masker copies a text, and blanks what may be secret.
type masker struct {
	text string
	at   int // up to here it is done
	b    strings.Builder
}

// node writes what lies before a value, and the value.
func (m *masker) node(n *textfix.Node, hide hiding) {
	m.between(n.Start)
	switch {
	case n.Kind == textfix.Object && hide != hideAll:
		for _, member := range n.Members {
			m.between(member.Key.Start)
			m.key(member.Key)
			m.node(member.Value, hide.below(member.Key.Text))
		}
		m.between(n.End)
	case hide == hideNothing && n.Kind != textfix.List && n.Kind != textfix.Object, n.Kind == textfix.Null:
		m.b.WriteString(m.text[n.Start:n.End])
	case n.Kind == textfix.Text:
		m.quoted(m.text[n.Start:n.End], inside(n.Text, hide))
	default:
		m.b.WriteString(blankLines(m.text[n.Start:n.End]))
	}
	m.at = n.End
}

// key writes a key, blanked where it is no plain word.
func (m *masker) key(n *textfix.Node) {
	if textfix.Shown(n.Text) == n.Text {
		m.b.WriteString(m.text[n.Start:n.End])
	} else {
		m.quoted(m.text[n.Start:n.End], "")
	}
	m.at = n.End
}

// inside is what may be shown of a text: of an extra that is one, what its object may show.
func inside(text string, hide hiding) string {
	root, err := textfix.Read(text)
	if hide != hideText || err != nil || root.Kind != textfix.Object || strings.Contains(text, "\n") {
		return ""
	}
	m := masker{text: text}
	m.node(root, hideText)
	m.between(len(text))
	return m.b.String()
}

// quoted writes a text's quotes, and between them what may be shown, or a blank.
func (m *masker) quoted(source, shown string) {
	_, first := utf8.DecodeRuneInString(source)
	_, last := utf8.DecodeLastRuneInString(source)
	if first+last > len(source) {
		m.b.WriteString(blankLines(source))
		return
	}
	if shown == "" {
		shown = blankLines(source[first : len(source)-last])
	}
	m.b.WriteString(source[:first] + shown + source[len(source)-last:])
}

// between writes what stands between values: brackets, commas and white space as they are, and comments blanked.
func (m *masker) between(end int) {
	blank := false
	for _, c := range m.text[m.at:end] {
		plain := strings.ContainsRune("{}[]:,; \t\r\n", c) && !blank || c == '\n'
		switch {
		case plain:
			blank = false
			m.b.WriteRune(c)
		case !blank:
			blank = true
			m.b.WriteString("[redacted]")
		}
	}
	m.at = end
}

// blankLines blanks each line that has anything in it.
func blankLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = "[redacted]"
		}
	}
	return strings.Join(lines, "\n")
}
