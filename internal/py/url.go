package py

import (
	"net/netip"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// URLError says why urlsplit or one of its result's properties raises ValueError. It holds none of the URL.
type URLError struct{ Message string }

// Error returns the message.
func (e *URLError) Error() string { return e.Message }

// URL is urlsplit's result. Its parts are as written: no percent sign is read.
type URL struct {
	Scheme   string // lower-cased
	Netloc   string // user, password, host and port
	Path     string
	Query    string // after the first ?, up to #
	Fragment string
}

// SplitURL is urllib.parse.urlsplit of CPython 3.11.4 to 3.11.11 and 3.12.0 to 3.12.8: text around brackets is not refused yet.
// Errors are [*URLError].
func SplitURL(text string) (URL, error) {
	text = strings.TrimLeft(text, controlsAndSpace)
	if strings.ContainsAny(text, "\t\r\n") {
		text = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(text)
	}
	var u URL
	if i := strings.IndexByte(text, ':'); i > 0 && isLetter(text[0]) && isScheme(text[:i]) {
		u.Scheme, text = strings.ToLower(text[:i]), text[i+1:]
	}
	if rest, found := strings.CutPrefix(text, "//"); found {
		end := strings.IndexAny(rest, "/?#")
		if end < 0 {
			end = len(rest)
		}
		u.Netloc, text = rest[:end], rest[end:]
		if err := checkBrackets(u.Netloc); err != nil {
			return URL{}, err
		}
	}
	text, u.Fragment, _ = strings.Cut(text, "#")
	u.Path, u.Query, _ = strings.Cut(text, "?")
	return u, checkNetloc(u.Netloc)
}

const controlsAndSpace = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f "

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isScheme(text string) bool {
	for i := range len(text) {
		if c := text[i]; !isLetter(c) && !isDigit(c) && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func checkBrackets(netloc string) error {
	open, closed := strings.Contains(netloc, "["), strings.Contains(netloc, "]")
	if open != closed {
		return &URLError{"a bracket without its partner around the host"}
	}
	if !open {
		return nil
	}
	_, after, _ := strings.Cut(netloc, "[")
	host, _, _ := strings.Cut(after, "]")
	if strings.HasPrefix(host, "v") {
		if !isIPvFuture(host) {
			return &URLError{"what stands in brackets is no address"}
		}
		return nil
	}
	if !isIPv6(host) {
		return &URLError{"what stands in brackets is no IPv6 address"}
	}
	return nil
}

// isIPvFuture is the expression \Av[a-fA-F0-9]+\..+\Z, whose dot takes no newline.
func isIPvFuture(host string) bool {
	digits, rest, found := strings.Cut(host[1:], ".")
	return found && digits != "" && isHex(digits) && rest != "" && !strings.Contains(rest, "\n")
}

func isHex(text string) bool {
	for i := range len(text) {
		if _, ok := hexDigit(text[i]); !ok {
			return false
		}
	}
	return true
}

// checkNetloc refuses what NFKC, which IDNA applies to host names, turns into a delimiter.
func checkNetloc(netloc string) error {
	if isASCII(netloc) {
		return nil
	}
	plain := strings.NewReplacer("@", "", ":", "", "#", "", "?", "").Replace(netloc)
	normal := norm.NFKC.String(plain)
	if normal != plain && strings.ContainsAny(normal, "/?#@:") {
		return &URLError{"a character that Unicode's normal form NFKC turns into one of / ? # @ :"}
	}
	return nil
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

// User returns what stands before the last @, split at its first colon, and which of the two are there.
func (u URL) User() (name string, hasName bool, password string, hasPassword bool) {
	at := strings.LastIndexByte(u.Netloc, '@')
	if at < 0 {
		return "", false, "", false
	}
	name, password, hasPassword = strings.Cut(u.Netloc[:at], ":")
	return name, true, password, hasPassword
}

// HostPort returns what stands after the last @.
func (u URL) HostPort() string { return u.Netloc[strings.LastIndexByte(u.Netloc, '@')+1:] }

// Host returns the property hostname: without brackets, and lower-cased up to the first percent sign. "" stands for None.
func (u URL) Host() string {
	host, _ := u.hostInfo()
	name, zone, found := strings.Cut(host, "%")
	name = Lower(name)
	if found {
		return name + "%" + zone
	}
	return name
}

// Port returns the property port, from 0 to 65535, and whether there is one.
func (u URL) Port() (Digits, bool, error) {
	_, port := u.hostInfo()
	if port == "" {
		return "", false, nil
	}
	for i := range len(port) {
		if !isDigit(port[i]) {
			return "", false, &URLError{"the port is not a whole number"}
		}
	}
	port = strings.TrimLeft(port, "0")
	switch {
	case port == "":
		port = "0"
	case len(port) > 5 || len(port) == 5 && port > "65535":
		return "", false, &URLError{"the port is not between 0 and 65535"}
	}
	return Digits(port), true, nil
}

func (u URL) hostInfo() (host, port string) {
	info := u.HostPort()
	if _, bracketed, found := strings.Cut(info, "["); found {
		host, after, _ := strings.Cut(bracketed, "]")
		_, port, _ = strings.Cut(after, ":")
		return host, port
	}
	host, port, _ = strings.Cut(info, ":")
	return host, port
}

// ParseQuery is dict(parse_qsl(query, keep_blank_values=True)): all values are strings.
func ParseQuery(query string) *Dict {
	dict := new(Dict)
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		key, value, _ := strings.Cut(part, "=")
		dict.Set(unquotePlus(key), unquotePlus(value))
	}
	return dict
}

func unquotePlus(text string) string { return Unquote(strings.ReplaceAll(text, "+", " ")) }

// Unquote is urllib.parse.unquote: percent signs are read as UTF-8, what is no UTF-8 becomes U+FFFD, and a percent sign
// without two hexadecimal digits stays.
func Unquote(text string) string {
	if strings.IndexByte(text, '%') < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	// Python decodes each run of ASCII by itself, so that bytes of one character do not meet across other text.
	for len(text) > 0 {
		n := asciiPrefix(text)
		if n == 0 {
			n = len(text) - len(strings.TrimLeftFunc(text, func(r rune) bool { return r >= 0x80 }))
			b.WriteString(text[:n])
		} else {
			writeDecoded(&b, unquoteBytes(text[:n]))
		}
		text = text[n:]
	}
	return b.String()
}

func asciiPrefix(text string) int {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return i
		}
	}
	return len(text)
}

func unquoteBytes(text string) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			high, ok1 := hexDigit(text[i+1])
			low, ok2 := hexDigit(text[i+2])
			if ok1 && ok2 {
				out = append(out, high<<4|low)
				i += 2
				continue
			}
		}
		out = append(out, text[i])
	}
	return out
}

// Quote is urllib.parse.quote(text, safe=""): all but letters, digits and _.-~ is written as percent signs. It returns false for
// a text with a lone surrogate, where Python raises UnicodeEncodeError.
func Quote(text string) (string, bool) { return quote(text, false) }

// QuotePlus is urllib.parse.quote_plus, which urlencode uses: [Quote] with a plus sign for a space.
func QuotePlus(text string) (string, bool) { return quote(text, true) }

func quote(text string, plus bool) (string, bool) {
	if HasSurrogate(text) {
		return "", false
	}
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, len(text)+8)
	for i := range len(text) {
		switch c := text[i]; {
		case isLetter(c), isDigit(c), c == '_', c == '.', c == '-', c == '~':
			out = append(out, c)
		case c == ' ' && plus:
			out = append(out, '+')
		default:
			out = append(out, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(out), true
}

// isIPv6 reports whether ipaddress.ip_address takes a text for an IPv6 address, which may have a scope after a percent sign.
func isIPv6(text string) bool {
	text, scope, scoped := strings.Cut(text, "%")
	if scoped && (scope == "" || strings.Contains(scope, "%")) {
		return false
	}
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is6()
}
