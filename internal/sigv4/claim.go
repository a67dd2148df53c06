package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	stamp      = "20060102T150405Z"
	maxExpires = 604_800 // seconds; a week
)

// claim is what a request says of its own signature.
type claim struct {
	accessKeyID, date, region, service, term string
	scope                                    string       // date/region/service/aws4_request, as sent
	signed                                   string       // header names between semicolons, as sent
	values                                   [16][]string // of the first of them, once they are checked
	signature                                [32]byte
	token                                    string
	at                                       time.Time
	stamp                                    string // at, as the string to sign has it
	expires                                  time.Duration
	presigned                                bool
}

// read fills c from the Authorization header or from the query.
func (c *claim) read(r *http.Request, s Style) *Error {
	header, inHeader := first(r.Header, "Authorization")
	inQuery := strings.Contains(r.URL.RawQuery, "X-Amz-Algorithm")
	switch {
	case inHeader && inQuery:
		return s.fail(mismatch, "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")
	case inHeader:
		return c.readHeader(r, header, s)
	case inQuery:
		return c.readQuery(r.URL.Query(), s)
	default:
		return s.missing()
	}
}

func (c *claim) readHeader(r *http.Request, header string, s Style) *Error {
	name, rest, _ := strings.Cut(header, " ")
	if err := checkAlgorithm(name, s); err != nil {
		return err
	}
	var credential, signature string
	for rest != "" {
		part := rest
		if end := strings.IndexAny(rest, ", "); end >= 0 {
			part, rest = rest[:end], rest[end+1:]
		} else {
			rest = ""
		}
		if part == "" {
			continue
		}
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return s.fail(incomplete, "Invalid key=value pair (missing equal-sign) in Authorization header "+
				"(hashed with SHA-256 and encoded with Base64): '"+digest(header)+"'.")
		}
		switch key {
		case "Credential":
			credential = value
		case "SignedHeaders":
			c.signed = value
		case "Signature":
			signature = value
		}
	}
	date, hasDate := first(r.Header, "X-Amz-Date")
	if !hasDate {
		date, hasDate = first(r.Header, "Date")
	}
	var missing strings.Builder
	need := func(ok bool, what string) {
		if !ok {
			missing.WriteString("Authorization header requires " + what + " ")
		}
	}
	need(credential != "", "'Credential' parameter.")
	need(signature != "", "'Signature' parameter.")
	need(c.signed != "", "'SignedHeaders' parameter.")
	need(hasDate, "existence of either a 'X-Amz-Date' or a 'Date' header.")
	if missing.Len() > 0 {
		return s.fail(incomplete, missing.String()+"(Hashed with SHA-256 and encoded with Base64) Authorization="+digest(header))
	}
	c.token, _ = first(r.Header, "X-Amz-Security-Token")
	return c.parse(credential, signature, date, s)
}

func (c *claim) readQuery(q url.Values, s Style) *Error {
	var missing strings.Builder
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		if q.Get(name) == "" {
			missing.WriteString("AWS query-string parameters must include '" + name + "'. ")
		}
	}
	if missing.Len() > 0 {
		return s.fail(incomplete, missing.String()+"Re-examine the query-string parameters.")
	}
	if err := checkAlgorithm(q.Get("X-Amz-Algorithm"), s); err != nil {
		return err
	}
	if text := q.Get("X-Amz-Expires"); text != "" {
		seconds, err := strconv.Atoi(text)
		switch {
		case err != nil:
			return s.fail(incomplete, "X-Amz-Expires should be a number")
		case seconds < 0:
			return s.fail(incomplete, "X-Amz-Expires must be non-negative")
		case seconds > maxExpires:
			return s.fail(incomplete, "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")
		}
		c.expires = time.Duration(seconds) * time.Second
	}
	c.presigned = true
	c.signed = q.Get("X-Amz-SignedHeaders")
	c.token = q.Get("X-Amz-Security-Token")
	return c.parse(q.Get("X-Amz-Credential"), q.Get("X-Amz-Signature"), q.Get("X-Amz-Date"), s)
}

// checkAlgorithm refuses what this package cannot verify. Another scheme altogether, such as Basic, is left to fail for
// the parameters that it lacks, as it does at AWS.
func checkAlgorithm(name string, s Style) *Error {
	if name == algorithm || !strings.HasPrefix(name, "AWS") {
		return nil
	}
	if strings.HasPrefix(name, "AWS4-ECDSA-P256-SHA256") {
		return s.fail(incomplete, "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'. "+
			"This endpoint does not accept SigV4A; sign with AWS4-HMAC-SHA256.")
	}
	return s.fail(incomplete, "Unsupported AWS 'algorithm'. Sign with AWS4-HMAC-SHA256.")
}

// parse reads the credential scope, the signature and the date.
func (c *claim) parse(credential, signature, date string, s Style) *Error {
	rest, ok := credential, true
	for _, part := range []*string{&c.accessKeyID, &c.date, &c.region, &c.service} {
		if *part, rest, ok = strings.Cut(rest, "/"); !ok {
			break
		}
	}
	if !ok || strings.Contains(rest, "/") {
		return s.fail(incomplete, "Credential must have exactly 5 slash-delimited elements, "+
			"e.g. keyid/date/region/service/term, got '"+credential+"'")
	}
	c.term, c.scope = rest, credential[len(c.accessKeyID)+1:]
	// A signature that is not 64 hexadecimal digits in lower case stays zero, which no request's signature is.
	if len(signature) == hex.EncodedLen(len(c.signature)) && strings.ToLower(signature) == signature {
		if _, err := hex.Decode(c.signature[:], []byte(signature)); err != nil {
			c.signature = [32]byte{}
		}
	}
	if c.at, ok = parseStamp(date); !ok {
		var err error
		if c.at, err = http.ParseTime(date); err != nil || c.presigned {
			return s.fail(incomplete, "Date must be in ISO-8601 'basic format'. Got '"+date+
				"'. See http://en.wikipedia.org/wiki/ISO_8601")
		}
		date = c.at.UTC().Format(stamp)
	}
	c.at, c.stamp = c.at.UTC(), date
	return nil
}

// parseStamp reads a date as 20060102T150405Z. It is what time.Parse reads, several times faster.
func parseStamp(s string) (time.Time, bool) {
	if len(s) != len(stamp) || s[8] != 'T' || s[15] != 'Z' {
		return time.Time{}, false
	}
	number := func(from, to int) int {
		n := 0
		for _, b := range []byte(s[from:to]) {
			if b < '0' || b > '9' {
				return -1
			}
			n = n*10 + int(b-'0')
		}
		return n
	}
	year, month, day := number(0, 4), number(4, 6), number(6, 8)
	hour, minute, second := number(9, 11), number(11, 13), number(13, 15)
	at := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	// A field out of its range, such as the 31st of June, would move the others.
	valid := year >= 0 && hour >= 0 && minute >= 0 && second >= 0 &&
		at.Year() == year && int(at.Month()) == month && at.Day() == day && at.Hour() == hour && at.Minute() == minute && at.Second() == second
	return at, valid
}

// digest is how AWS quotes an Authorization header without showing it.
func digest(header string) string {
	sum := sha256.Sum256([]byte(header))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// first returns the first value of a header whose name is in canonical form.
func first(h http.Header, name string) (string, bool) {
	values := h[name]
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}
