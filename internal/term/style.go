package term

import (
	"fmt"
	"strings"
	"unicode"

	"charm.land/lipgloss/v2"
)

// Style is how a text looks where colour is shown. The sixteen basic colours are used alone, as every terminal lets its user choose them.
type Style uint8

// The styles.
const (
	Plain Style = iota
	Bold
	Faint
	Good // green
	Warn // yellow
	Bad  // red
	Note // cyan
)

var styles = [...]lipgloss.Style{
	Plain: lipgloss.NewStyle(),
	Bold:  lipgloss.NewStyle().Bold(true),
	Faint: lipgloss.NewStyle().Faint(true),
	Good:  lipgloss.NewStyle().Foreground(lipgloss.Green),
	Warn:  lipgloss.NewStyle().Foreground(lipgloss.Yellow),
	Bad:   lipgloss.NewStyle().Foreground(lipgloss.Red),
	Note:  lipgloss.NewStyle().Foreground(lipgloss.Cyan),
}

// Paint returns text in the style where Out shows colour, and cleaned text alone where it does not.
func (t *Terminal) Paint(style Style, text string) string { return paint(t.Colour, style, text) }

func paint(colour bool, style Style, text string) string {
	text = Clean(text)
	if !colour || style == Plain {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = styles[style].Render(line)
		}
	}
	return strings.Join(lines, "\n")
}

// Mark is the sign at the beginning of a line.
type Mark uint8

// The marks.
const (
	NoMark  Mark = iota
	OK           // ✓ it works
	Warning      // ! it works, but
	Failed       // ✗ it does not
	Added        // + is made
	Changed      // ~ is changed in place
	Removed      // - is unmade
	Skipped      // · was not looked at
)

var marks = [...]struct {
	sign  string
	style Style
}{
	NoMark: {" ", Plain}, OK: {"✓", Good}, Warning: {"!", Warn}, Failed: {"✗", Bad},
	Added: {"+", Good}, Changed: {"~", Warn}, Removed: {"-", Bad}, Skipped: {"·", Faint},
}

// String returns the sign.
func (m Mark) String() string { return marks[m].sign }

// Mark returns the sign, in its colour where Out shows colour.
func (t *Terminal) Mark(m Mark) string { return t.Paint(marks[m].style, marks[m].sign) }

// Clean returns text with its control characters written out (\x1b), but for line breaks and tabs: nothing that a name or a message
// holds may move the cursor, change colours or ring the bell. Characters that reorder a line count as control characters.
func Clean(text string) string {
	if strings.IndexFunc(text, harmful) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case !harmful(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// harmful reports control characters other than line break and tab, and the format characters that switch a line's direction.
func harmful(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069
}
