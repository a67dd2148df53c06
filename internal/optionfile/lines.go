package optionfile

import (
	"strings"

	"aircon/mwaa"
)

// line is a line of the file without its end.
type line struct {
	text     string
	from, to int // of the text; the end of the line follows
	next     int // where the next line begins
}

func (f *File) lines(yield func(line) bool) {
	for at := 0; at < len(f.text); {
		end := strings.IndexByte(f.text[at:], '\n')
		next := at + end + 1
		if end < 0 {
			next = len(f.text)
		}
		text := strings.TrimRight(f.text[at:next], "\r\n")
		if !yield(line{text, at, at + len(text), next}) {
			return
		}
		at = next
	}
}

// parseConfig reads airflow.cfg as Python's configparser does: sections in brackets, option = value, further lines of a value indented,
// comments on lines of their own.
func (f *File) parseConfig() {
	section := ""
	for l := range f.lines {
		trimmed := strings.TrimSpace(l.text)
		indented := trimmed != "" && (l.text[0] == ' ' || l.text[0] == '\t')
		switch {
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
		case indented && len(f.Settings) > 0 && f.Settings[len(f.Settings)-1].section == section:
			f.continued(l, trimmed)
		case trimmed[0] == '[' && strings.HasSuffix(trimmed, "]"):
			section = strings.Trim(trimmed, "[]")
		default:
			f.configLine(section, l)
		}
	}
}

func (f *File) configLine(section string, l line) {
	at := strings.IndexAny(l.text, "=:")
	if at < 0 || section == "" {
		return
	}
	name := strings.TrimSpace(l.text[:at])
	value := strings.TrimSpace(l.text[at+1:])
	start := l.from + at + 1 + len(l.text[at+1:]) - len(strings.TrimLeft(l.text[at+1:], " \t"))
	keyAt := l.from + strings.Index(l.text, name)
	s := Setting{
		Option: strings.ToLower(section + "." + name), Value: value, Known: true, literal: true, section: section,
		key: span{keyAt, keyAt + len(name)}, value: span{start, start + len(value)}, whole: span{l.from, l.next}, offsets: verbatim(start, len(value)),
	}
	s.Variable = mwaa.Variable(s.Option)
	f.tail = l.next
	f.Settings = append(f.Settings, s)
}

// continued adds a further line to the last value, as configparser does, with a line break.
func (f *File) continued(l line, text string) {
	s := &f.Settings[len(f.Settings)-1]
	start := l.from + strings.Index(l.text, text)
	s.Value += "\n" + text
	s.offsets = append(s.offsets, verbatim(start, len(text))...)
	s.value.to, s.whole.to, f.tail = start+len(text), l.next, l.next
}

// verbatim are the offsets of a value that stands in the file as it is.
func verbatim(from, size int) []int {
	offsets := make([]int, size+1)
	for i := range offsets {
		offsets[i] = from + i
	}
	return offsets
}

// parseVariables reads NAME=value lines: those that set something of Airflow's. Quotes are read as a shell does; but JSON that stands bare in a .env file
// is taken as it stands, as Docker's env files and python-dotenv take it.
func (f *File) parseVariables() {
	skip := 0
	for l := range f.lines {
		if l.from < skip {
			continue // inside of a quoted value of several lines
		}
		rest := strings.TrimLeft(l.text, " \t")
		rest = strings.TrimLeft(strings.TrimPrefix(rest, "export "), " \t")
		name, value, is := strings.Cut(rest, "=")
		if !is || !strings.HasPrefix(name, "AIRFLOW_") || strings.ContainsAny(name, " \t\"'$") {
			continue
		}
		from := l.to - len(rest)
		s := Setting{Option: optionOf(name), Variable: name, key: span{from, from + len(name)}}
		end := l.to
		if strings.HasSuffix(f.Name, ".env") && strings.HasPrefix(value, "{") {
			f.bare(&s, l.to-len(value), strings.TrimRight(value, " \t"))
		} else {
			end = f.shellWord(&s, l.to-len(value))
		}
		s.whole = span{l.from, max(l.next, f.lineEnd(end))}
		skip, f.tail = s.whole.to, s.whole.to
		f.Settings = append(f.Settings, s)
	}
}

// bare takes a value as it stands at an offset.
func (f *File) bare(s *Setting, at int, value string) {
	s.Known, s.literal, s.Value = true, true, value
	s.value, s.offsets = span{at, at + len(value)}, verbatim(at, len(value))
}

// lineEnd is where the line after an offset begins.
func (f *File) lineEnd(at int) int {
	if end := strings.IndexByte(f.text[at:], '\n'); end >= 0 {
		return at + end + 1
	}
	return len(f.text)
}

// shellWord reads the word at an offset into the setting, and returns its end. What the shell would compute ($NAME outside of single
// quotes, backquotes) makes the value unknown.
func (f *File) shellWord(s *Setting, at int) int {
	s.Known, s.literal = true, true
	var b strings.Builder
	put := func(c byte, at int) {
		b.WriteByte(c)
		s.offsets = append(s.offsets, at)
	}
	i := at
	for quoting := byte(0); i < len(f.text); i++ {
		c := f.text[i]
		switch {
		case quoting == 0 && (c == '\n' || c == ' ' || c == '\t' || c == '\r'):
			s.value, s.Value, s.offsets = span{at, i}, b.String(), append(s.offsets, i)
			return i
		case quoting == 0 && (c == '"' || c == '\''), quoting != 0 && c == quoting:
			quoting ^= c
		case c == '\\' && quoting != '\'' && i+1 < len(f.text) && (quoting == 0 || strings.IndexByte("\"\\$`\n", f.text[i+1]) >= 0):
			i++
			put(f.text[i], i-1)
		case (c == '$' || c == '`') && quoting != '\'' && f.computed(i):
			s.Known = false
			put(c, i)
		default:
			put(c, i)
		}
	}
	s.value, s.Value, s.offsets = span{at, i}, b.String(), append(s.offsets, i)
	return i
}

// computed reports whether what stands at an offset is a variable or a command for the shell.
func (f *File) computed(at int) bool {
	if f.text[at] == '`' {
		return true
	}
	if at+1 >= len(f.text) {
		return false
	}
	c := f.text[at+1]
	return c == '{' || c == '(' || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
