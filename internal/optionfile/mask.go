package optionfile

import (
	"regexp"
	"strings"
)

// assignment is a line that gives something a value.
var assignment = regexp.MustCompile(`^(\s*(?:export\s+)?[\w."-]+\s*[=:]\s*)\S.*$`)

// Masked returns the text as it may be shown, line by line as many: of each setting the value that show returns, or, where it returns
// true, what is written; and no value of anything else that is assigned. A value of several lines leaves the others of them empty.
func (f *File) Masked(show func(*Setting) (string, bool)) string {
	var b strings.Builder
	done := 0
	for i := range f.Settings {
		s := &f.Settings[i]
		if s.value.from < done {
			continue
		}
		b.WriteString(f.maskedOther(done, s.key.from))
		b.WriteString(f.text[s.key.from:s.value.from])
		written := f.text[s.value.from:s.value.to]
		if value, verbatim := show(s); !verbatim {
			written = strings.ReplaceAll(f.written(value), "\n", " ") + strings.Repeat("\n", strings.Count(written, "\n"))
		}
		b.WriteString(written)
		done = s.value.to
	}
	b.WriteString(f.maskedOther(done, len(f.text)))
	return b.String()
}

// maskedOther is what stands between settings. JSON has nothing there but an environment's own members.
func (f *File) maskedOther(from, to int) string {
	text := f.text[from:to]
	if f.Format == Map || f.Format == Answer {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = assignment.ReplaceAllString(l, "${1}[redacted]")
	}
	return strings.Join(lines, "\n")
}
