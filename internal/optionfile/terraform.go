package optionfile

import (
	"regexp"
	"strings"

	"aircon/mwaa"
)

// argument is where the options of an aws_mwaa_environment begin.
var argument = regexp.MustCompile(`airflow_configuration_options\s*=\s*(?:tomap\(\s*)?\{`)

// parseTerraform reads the map of airflow_configuration_options: keys and quoted values. What is computed (a variable, a function) is a
// setting of unknown value.
func (f *File) parseTerraform() error {
	found := argument.FindStringIndex(f.text)
	if found == nil {
		return f.fail(0, "no airflow_configuration_options = {")
	}
	for at := found[1]; ; {
		at = f.skipHCL(at)
		if at >= len(f.text) {
			return f.fail(found[0], "the map of airflow_configuration_options does not end")
		}
		switch f.text[at] {
		case '}':
			return nil
		case ',':
			at++
			continue
		}
		next, err := f.attribute(at)
		if err != nil {
			return err
		}
		at = next
	}
}

// attribute reads key = value at an offset, and returns what follows.
func (f *File) attribute(at int) (int, error) {
	s := Setting{Known: true}
	end := at
	if f.text[at] == '"' {
		end = f.closing(at)
		s.Option, _ = decode(f.text, at, end)
	} else {
		for end < len(f.text) && !strings.ContainsRune(" \t=:\r\n", rune(f.text[end])) {
			end++
		}
		s.Option = strings.Trim(f.text[at:end], "()")
	}
	s.key, s.Variable = span{at, end}, mwaa.Variable(s.Option)
	from := f.skipHCL(end)
	if from >= len(f.text) || f.text[from] != '=' && f.text[from] != ':' {
		return 0, f.fail(from, "an option must be written \"section.option\" = \"value\"")
	}
	from = f.skipHCL(from + 1)
	to := f.expression(from)
	s.value, s.whole = span{from, to}, f.attributeSpan(at, to)
	f.hclValue(&s)
	f.tail = to
	f.Settings = append(f.Settings, s)
	return to, nil
}

var interpolation = regexp.MustCompile(`(^|[^$])\$\{|(^|[^%])%\{`)

// hclValue reads a value that is one quoted text, a number or a truth value.
func (f *File) hclValue(s *Setting) {
	text := f.text[s.value.from:s.value.to]
	switch {
	case len(text) > 1 && text[0] == '"' && f.closing(s.value.from) == s.value.to && !interpolation.MatchString(text):
		s.Value, s.offsets = decode(f.text, s.value.from, s.value.to)
		s.Value = strings.NewReplacer("$${", "${", "%%{", "%{").Replace(s.Value)
		if len(s.Value) != len(s.offsets)-1 {
			s.offsets = nil // escaped templates: the places inside are not kept
		}
		s.literal = true
	case scalar.MatchString(text):
		s.Value, s.offsets, s.literal = text, verbatim(s.value.from, len(text)), true
	default:
		inner, is := strings.CutPrefix(text, "jsonencode(")
		if is && strings.HasSuffix(inner, ")") {
			from := s.value.to - len(inner)
			s.Value, s.offsets, s.encoded = f.jsonencode(from, s.value.to-1)
		}
		s.Known = s.encoded
	}
}

var scalar = regexp.MustCompile(`^(-?[0-9.]+|true|false)$`)

// closing is the offset behind the quote that ends the text at an offset.
func (f *File) closing(at int) int {
	for i := at + 1; i < len(f.text); i++ {
		switch f.text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(f.text)
}

// expression is where the expression at an offset ends: at a comma, a line break or a brace outside of all brackets and texts.
func (f *File) expression(at int) int {
	depth, end := 0, at
	for i := at; i < len(f.text); i++ {
		switch c := f.text[i]; {
		case c == '"':
			i = f.closing(i) - 1
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case depth == 0 && (strings.IndexByte(",\n}#", c) >= 0 || strings.HasPrefix(f.text[i:], "//") || strings.HasPrefix(f.text[i:], "/*")):
			return end
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			continue
		}
		end = i + 1
	}
	return len(f.text)
}

// skipHCL skips white space and comments.
func (f *File) skipHCL(at int) int {
	for at < len(f.text) {
		rest := f.text[at:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			at++
		case rest[0] == '#' || strings.HasPrefix(rest, "//"):
			at = f.lineEnd(at)
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest, "*/")
			if end < 0 {
				return len(f.text)
			}
			at += end + 2
		default:
			return at
		}
	}
	return at
}

// attributeSpan is what to remove for an attribute: its lines where they hold nothing else, and else it and the comma behind it.
func (f *File) attributeSpan(from, to int) span {
	start, end := f.lineStart(from), f.lineEnd(to)
	after := strings.TrimLeft(f.text[to:end], " \t,\r\n")
	if strings.TrimSpace(f.text[start:from]) == "" && (after == "" || after[0] == '#' || strings.HasPrefix(after, "//")) {
		return span{start, end}
	}
	if rest := strings.TrimLeft(f.text[to:], " \t"); strings.HasPrefix(rest, ",") {
		to = len(f.text) - len(rest) + 1
	}
	return span{from, to}
}

func (f *File) lineStart(at int) int { return strings.LastIndexByte(f.text[:at], '\n') + 1 }
