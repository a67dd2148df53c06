package doctor

import "strings"

// pythonLiteral rewrites a dict in Python's notation as JSON: quotes, True, False, None, trailing commas. It knows no more
// than a person who pastes kwargs writes; whether the result is JSON is for the caller to see.
func pythonLiteral(text string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\'' || c == '"':
			end, ok := pythonString(&b, text[i:])
			if !ok {
				return "", false
			}
			i += end
		case isLetter(c):
			j := i
			for j < len(text) && isLetter(text[j]) {
				j++
			}
			b.WriteString(pythonWord(text[i:j]))
			i = j
		case c == ',' && closes(text[i+1:]):
			i++
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String(), true
}

// pythonString writes the string that text begins with in JSON's notation, and returns its length.
func pythonString(b *strings.Builder, text string) (int, bool) {
	quote := text[0]
	b.WriteByte('"')
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == quote:
			b.WriteByte('"')
			return i + 1, true
		case c == '\\' && i+1 < len(text) && text[i+1] == '\'':
			b.WriteByte('\'')
			i++
		case c == '\\' && i+1 < len(text):
			b.WriteString(text[i : i+2])
			i++
		case c == '"':
			b.WriteString(`\"`)
		default:
			b.WriteByte(c)
		}
	}
	return 0, false
}

func pythonWord(word string) string {
	switch word {
	case "True":
		return "true"
	case "False":
		return "false"
	case "None":
		return "null"
	}
	return word
}

// closes reports whether the next thing in text ends an object or a list.
func closes(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n")
	return strings.HasPrefix(text, "}") || strings.HasPrefix(text, "]")
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
