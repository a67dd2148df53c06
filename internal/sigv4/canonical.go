package sigv4

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// buffers holds the canonical requests being built.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}

// target returns path and query as they were sent, still escaped.
func target(r *http.Request) (path, query string) {
	uri := r.RequestURI
	if uri == "" || uri[0] != '/' {
		path, query = r.URL.EscapedPath(), r.URL.RawQuery
	} else {
		path, query, _ = strings.Cut(uri, "?")
	}
	if path == "" {
		path = "/"
	}
	return path, query
}

// appendCanonical appends the canonical request: method, path, query, headers, their names, the body's hash.
func (c *claim) appendCanonical(dst []byte, r *http.Request, path, query string, body []byte) []byte {
	dst = append(dst, r.Method...)
	dst = append(dst, '\n')
	dst = appendEscaped(dst, path, '/')
	dst = append(dst, '\n')
	dst = c.appendQuery(dst, query)
	dst = append(dst, '\n')
	n := 0
	for name := range strings.SplitSeq(c.signed, ";") {
		if n < len(c.values) {
			dst = appendHeader(dst, r, name, c.values[n])
		} else {
			dst = appendHeader(dst, r, name, headerValues(r, name))
		}
		n++
	}
	dst = append(dst, '\n')
	dst = append(dst, c.signed...)
	dst = append(dst, '\n')
	sum := sha256.Sum256(body)
	return hex.AppendEncode(dst, sum[:])
}

// sign makes the string to sign of a canonical request and signs it.
func (c *claim) sign(canonical []byte, key *[32]byte) [32]byte {
	sum := sha256.Sum256(canonical)
	text := make([]byte, 0, 256)
	text = append(text, algorithm...)
	text = append(text, '\n')
	text = append(text, c.stamp...)
	text = append(text, '\n')
	text = append(text, c.scope...)
	text = append(text, '\n')
	text = hex.AppendEncode(text, sum[:])
	return hmacSHA256(key[:], text)
}

// appendHeader appends one header as name:value,value with a line feed. Values are nil of those that the server takes out of the map.
func appendHeader(dst []byte, r *http.Request, name string, values []string) []byte {
	dst = append(dst, name...)
	dst = append(dst, ':')
	switch {
	case values != nil:
		for i, value := range values {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendTrimmed(dst, value)
		}
	case isHost(name):
		dst = appendTrimmed(dst, r.Host)
	case strings.EqualFold(name, "content-length"):
		dst = strconv.AppendInt(dst, r.ContentLength, 10)
	case strings.EqualFold(name, "transfer-encoding"):
		dst = append(dst, strings.Join(r.TransferEncoding, ",")...)
	}
	return append(dst, '\n')
}

// taken reports whether the request had a header of this name that the server takes out of the map: there are three.
func taken(r *http.Request, name string) bool {
	return isHost(name) && r.Host != "" ||
		strings.EqualFold(name, "content-length") && r.ContentLength >= 0 ||
		strings.EqualFold(name, "transfer-encoding") && len(r.TransferEncoding) > 0
}

func isHost(name string) bool { return strings.EqualFold(name, "host") || name == ":authority" }

// headerValues finds a header by its name in any case.
func headerValues(r *http.Request, name string) []string {
	var canonical [64]byte
	if len(name) > len(canonical) {
		return r.Header[textproto.CanonicalMIMEHeaderKey(name)]
	}
	first := true
	for i := range len(name) {
		b := name[i]
		switch {
		case first && 'a' <= b && b <= 'z':
			b -= 'a' - 'A'
		case !first && 'A' <= b && b <= 'Z':
			b += 'a' - 'A'
		}
		canonical[i], first = b, b == '-'
	}
	return r.Header[string(canonical[:len(name)])] // the compiler makes no string for this
}

// appendTrimmed appends a header's value without space around it and with each run of spaces as one.
func appendTrimmed(dst []byte, value string) []byte {
	value = strings.Trim(value, " \t")
	for i := range len(value) {
		if value[i] != ' ' || value[i-1] != ' ' {
			dst = append(dst, value[i])
		}
	}
	return dst
}

// appendQuery appends the parameters but for the signature itself, escaped in one way, sorted by name and value.
func (c *claim) appendQuery(dst []byte, query string) []byte {
	if query == "" {
		return dst
	}
	pairs := make([][]byte, 0, 16)
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		if c.presigned && name == "X-Amz-Signature" {
			continue
		}
		one := appendEscaped(nil, unescape(name), 0)
		one = append(one, '=')
		pairs = append(pairs, appendEscaped(one, unescape(value), 0))
	}
	slices.SortFunc(pairs, comparePairs)
	return append(dst, bytes.Join(pairs, []byte("&"))...)
}

// comparePairs orders by name first: "a=" comes before "a-=", though '-' sorts before '='.
func comparePairs(a, b []byte) int {
	nameA, valueA, _ := bytes.Cut(a, []byte("="))
	nameB, valueB, _ := bytes.Cut(b, []byte("="))
	if order := bytes.Compare(nameA, nameB); order != 0 {
		return order
	}
	return bytes.Compare(valueA, valueB)
}

// unescape undoes percent-escapes and takes + for a space. What is not a valid escape stays as it is: the signature
// then fails for a client that meant something else.
func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		var one [1]byte
		switch {
		case s[i] == '+':
			out = append(out, ' ')
		case s[i] == '%' && i+2 < len(s) && decodeByte(one[:], s[i+1:i+3]):
			out = append(out, one[0])
			i += 2
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

func decodeByte(dst []byte, digits string) bool {
	_, err := hex.Decode(dst, []byte(digits))
	return err == nil
}

// appendEscaped percent-escapes all but A-Z a-z 0-9 - . _ ~ and keep (0 for none).
func appendEscaped(dst []byte, s string, keep byte) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(s) {
		b := s[i]
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9',
			b == '-', b == '.', b == '_', b == '~', b == keep && keep != 0:
			dst = append(dst, b)
		default:
			dst = append(dst, '%', digits[b>>4], digits[b&15])
		}
	}
	return dst
}

// normalize removes doubled slashes and dot segments from a path that is still escaped (RFC 3986, section 5.2.4).
func normalize(path string) string {
	if !strings.Contains(path, "//") && !strings.Contains(path, "/.") {
		return path
	}
	var kept []string
	segments := strings.Split(path, "/")
	for _, segment := range segments {
		switch segment {
		case "", ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, segment)
		}
	}
	out := "/" + strings.Join(kept, "/")
	if last := segments[len(segments)-1]; len(kept) > 0 && (last == "" || last == "." || last == "..") {
		out += "/"
	}
	return out
}
