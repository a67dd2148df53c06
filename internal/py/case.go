package py

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// Lower is str.lower(): Unicode's full mapping, with the two forms of the Greek sigma.
func Lower(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	if strings.ContainsAny(text, "İΣ") {
		return aroundSurrogates(text, cases.Lower(language.Und).String)
	}
	return aroundSurrogates(text, func(s string) string { return strings.Map(unicode.ToLower, s) })
}

// Upper is str.upper(): Unicode's full mapping, which makes SS of ß.
func Upper(text string) string {
	if isASCII(text) {
		return strings.ToUpper(text)
	}
	return aroundSurrogates(text, cases.Upper(language.Und).String)
}

// aroundSurrogates maps what lies between lone surrogates, which have no case.
func aroundSurrogates(text string, mapping func(string) string) string {
	if !HasSurrogate(text) {
		return mapping(text)
	}
	var b strings.Builder
	from := 0
	for i := 0; i < len(text); {
		if !surrogateAt(text[i:]) {
			i++
			continue
		}
		b.WriteString(mapping(text[from:i]))
		b.WriteString(text[i : i+3])
		i += 3
		from = i
	}
	b.WriteString(mapping(text[from:]))
	return b.String()
}
