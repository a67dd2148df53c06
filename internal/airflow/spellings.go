package airflow

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// spellings are how a secret may stand in what Airflow prints, besides quotation marks and backslashes: as it is, quoted in a URL, in hexadecimal and
// base64, with single quotation marks doubled; a text of several lines also line by line.
func spellings(secret string) []string {
	quoted := strings.ReplaceAll(url.QueryEscape(secret), "+", "%20") // by Python's quote, which by default leaves slashes
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), quoted, strings.ReplaceAll(quoted, "%2F", "/")}
	for _, text := range inJSON(secret) {
		all = append(append(all, hex.EncodeToString([]byte(text))), base64Parts(text)...)
	}
	if strings.Contains(secret, "'") { // in YAML and SQL
		all = append(all, strings.ReplaceAll(secret, "'", "''"))
	}
	if lines := strings.Split(secret, "\n"); len(lines) > 1 {
		for _, line := range lines {
			if line = strings.TrimSpace(line); len(line) > 2*shortest {
				all = append(all, line)
			}
		}
	}
	return all
}

// base64Parts are what the base64 of a longer text has of the secret, wherever in it the secret begins: without the characters at both ends that
// hang on its neighbours too.
func base64Parts(secret string) []string {
	var parts []string
	for shift, first := range []int{0, 2, 3} {
		whole := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), secret...))
		last := len(whole)
		if (shift+len(secret))%3 != 0 {
			last--
		}
		if last-first < 2*shortest {
			continue // too short to be the secret's alone
		}
		part := whole[first:last]
		parts = append(parts, part, strings.NewReplacer("+", "-", "/", "_").Replace(part))
	}
	return parts
}

// spelled returns how much of a secret a text's beginning spells, and whether all of it. JSON and Python's repr put backslashes before what
// they quote, once more each time that they are nested, and write characters outside of ASCII in other ways: botocore's debug log has the repr
// of bytes that are JSON with JSON in it.
func spelled(secret, text string) (at int, whole bool) {
	slashes := false // whether the backslashes before were read, which those of the next character cannot be told from
	for _, c := range secret {
		at += style(text[at:])
		var n int
		switch {
		case c != '\\':
			n = character(c, text[at:], slashes)
		case slashes:
			continue
		default:
			n = len(text[at:]) - len(strings.TrimLeft(text[at:], `\`))
		}
		if n == 0 {
			return at, false
		}
		at, slashes = at+n, c == '\\'
	}
	return at, true
}

// style returns how long the control sequences are that a text begins with, by which a terminal changes colours: Rich's tracebacks in 3.0.6 have them
// around the digits of a text (ECMA-48, SGR).
func style(text string) int {
	at := 0
	for strings.HasPrefix(text[at:], "\x1b[") {
		end := strings.IndexFunc(text[at+2:], func(c rune) bool { return c != ';' && !unicode.IsDigit(c) })
		if end < 0 || text[at+2+end] != 'm' {
			break
		}
		at += 2 + end + 1
	}
	return at
}

// plain reports whether nobody writes a character in another way.
func plain(c rune) bool { return c < utf8.RuneSelf && (unicode.IsLetter(c) || unicode.IsDigit(c)) }

// character returns how long a text's beginning is that writes a character.
func character(c rune, text string, slashes bool) int {
	if c < utf8.RuneSelf && text != "" && text[0] == byte(c) {
		return 1
	}
	if plain(c) {
		return 0
	}
	rest := strings.TrimLeft(text, `\`)
	before := len(text) - len(rest)
	if strings.HasPrefix(rest, string(c)) {
		return before + utf8.RuneLen(c)
	}
	if before == 0 && !slashes {
		return 0
	}
	return escape(c, before, rest)
}

// escape returns how long backslashes and what follows them are, where they write a character.
func escape(c rune, before int, rest string) int {
	for _, form := range escapes(c) {
		at, ok := before, true
		left := rest
		for i, part := range form {
			if i > 0 { // the backslashes before the first were counted
				trimmed := strings.TrimLeft(left, `\`)
				ok = ok && len(trimmed) < len(left)
				at += len(left) - len(trimmed)
				left = trimmed
			}
			ok = ok && len(left) >= len(part) && (left[:len(part)] == part || len(part) > 1 && left[:1] == part[:1] && strings.EqualFold(left[:len(part)], part))
			if !ok {
				break
			}
			at, left = at+len(part), left[len(part):]
		}
		if ok {
			return at
		}
	}
	return 0
}
