package optionfile

import (
	"regexp"
	"strings"
)

// assignment is a line that gives something a value, be it in a comment.
var assignment = regexp.MustCompile(`^([\s#;/]*(?:export\s+)?[\w."-]+\s*[=:]\s*)\S.*$`)

// telling is what a line has that may hold a secret in another way, such as a command of a startup script.
var telling = regexp.MustCompile(`(?i)://\S*@|passw|secret|token|credential|authorization`)

// sectionHead is a section's line in airflow.cfg.
var sectionHead = regexp.MustCompile(`^\s*\[\w+\]\s*$`)

// Masked returns the text as it may be shown, line by line as many: of each setting the value that show returns, or, where it returns
// true, what is written; no value of anything else that is assigned, and no line between that may hold a secret. A value of several lines leaves the others of them empty.
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
		switch {
		case assignment.MatchString(l):
			lines[i] = assignment.ReplaceAllString(l, "${1}[redacted]")
		case telling.MatchString(l) && !sectionHead.MatchString(l):
			lines[i] = "[redacted]"
		}
	}
	return strings.Join(lines, "\n")
}
