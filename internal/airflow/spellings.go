package airflow

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
)

// nested is how deep writings are looked for within one another: botocore's debug log has the repr of bytes that are JSON with JSON in it.
const nested = 3

// spellings are how a secret may stand in what Airflow prints: as it is, quoted in a URL, in hexadecimal and base64, and all of this inside JSON and
// Python's repr, as often as they are nested; a text of several lines also line by line.
func spellings(secret string) []string {
	quoted := strings.ReplaceAll(url.QueryEscape(secret), "+", "%20") // by Python's quote, which by default leaves slashes
	found := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), quoted, strings.ReplaceAll(quoted, "%2F", "/")}
	encoded := append([]string{secret}, written(found[:1], nil)...)
	for _, text := range encoded {
		found = append(append(found, hex.EncodeToString([]byte(text))), base64Parts(text)...)
	}
	round := found
	for range nested {
		round = written(round, found)
		found = append(found, round...)
	}
	if lines := strings.Split(secret, "\n"); len(lines) > 1 {
		for _, line := range lines {
			if line = strings.TrimSpace(line); len(line) > 2*shortest {
				found = append(found, line)
			}
		}
	}
	return found
}

// written writes each text in each way, and returns those that are neither known nor there already.
func written(texts, known []string) (fresh []string) {
	for _, text := range texts {
		for _, write := range writings {
			if w := write(text); w != text && !slices.Contains(known, w) && !slices.Contains(fresh, w) {
				fresh = append(fresh, w)
			}
		}
	}
	return fresh
}

// writings put a text inside another: JSON as Go writes it, JSON as Python does by default, Python's repr of a text in either kind of quotes,
// and of bytes.
var writings = []func(string) string{
	func(s string) string {
		quoted, err := json.Marshal(s)
		if err != nil {
			return s
		}
		return string(quoted[1 : len(quoted)-1])
	},
	func(s string) string { return escaped(s, `"`, asciiJSON) },
	func(s string) string { return escaped(s, "", nil) },
	func(s string) string { return escaped(s, `'`, nil) },
	func(s string) string { return escaped(s, "", bytesRepr) },
	func(s string) string { return escaped(s, `'`, bytesRepr) },
}

// escaped puts a backslash before backslashes and a quote, and writes what lies outside of ASCII in another way, where there is one.
func escaped(s, quote string, other func(rune) string) string {
	var b strings.Builder
	for _, c := range s {
		switch at := strings.IndexRune("\n\r\t", c); {
		case c == '\\' || string(c) == quote:
			b.WriteString(`\` + string(c))
		case at >= 0:
			b.WriteString([]string{`\n`, `\r`, `\t`}[at])
		case c > 126 && other != nil:
			b.WriteString(other(c))
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

func asciiJSON(c rune) string {
	if first, second := utf16.EncodeRune(c); second != '\uFFFD' {
		return fmt.Sprintf(`\u%04x\u%04x`, first, second)
	}
	return fmt.Sprintf(`\u%04x`, c)
}

func bytesRepr(c rune) string {
	var b strings.Builder
	for _, part := range []byte(string(c)) {
		fmt.Fprintf(&b, `\x%02x`, part)
	}
	return b.String()
}

// base64Parts are what the base64 of a longer text has of the secret, wherever in it the secret begins: without the characters at both ends that
// hang on its neighbours too.
func base64Parts(secret string) []string {
	var parts []string
	for shift := range 3 {
		whole := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), secret...))
		if len(whole) < 8+2*shortest {
			continue // too short to be the secret's alone
		}
		part := whole[4 : len(whole)-4]
		parts = append(parts, part, strings.NewReplacer("+", "-", "/", "_").Replace(part))
	}
	return parts
}
