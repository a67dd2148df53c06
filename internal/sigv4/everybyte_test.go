package sigv4_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"aircon/internal/sigv4"
)

// wire is a signed request as it goes over the network: the text in parts, so that a byte of each can be changed.
type wire struct {
	method, path, query string
	header              [][2]string // names and values, in order
	body                string
	presigned           bool
}

// read parses the request as net/http's server does. It fails for what the server would refuse itself.
func (w wire) read() (*http.Request, []byte, error) {
	var text bytes.Buffer
	target := w.path
	if w.query != "" {
		target += "?" + w.query
	}
	fmt.Fprintf(&text, "%s %s HTTP/1.1\r\n", w.method, target)
	for _, h := range w.header {
		fmt.Fprintf(&text, "%s: %s\r\n", h[0], h[1])
	}
	fmt.Fprintf(&text, "Content-Length: %d\r\n\r\n%s", len(w.body), w.body)
	r, err := http.ReadRequest(bufio.NewReader(&text))
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(r.Body)
	return r, body, err
}

var exampleKeys = aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret}

// sdkSign signs with AWS's own code. The signature is in the header or, presigned, in the URL that it returns.
func sdkSign(r *http.Request, body []byte, token string, presigned bool) (*url.URL, http.Header, error) {
	sum := sha256.Sum256(body)
	keys := exampleKeys
	keys.SessionToken = token
	if !presigned {
		err := v4.NewSigner().SignHTTP(context.Background(), keys, r, hex.EncodeToString(sum[:]), "secretsmanager", "eu-west-1", signedAt)
		return r.URL, r.Header, err
	}
	uri, signed, err := v4.NewSigner().PresignHTTP(context.Background(), keys, r, hex.EncodeToString(sum[:]), "secretsmanager", "eu-west-1", signedAt)
	if err != nil {
		return nil, nil, err
	}
	u, err := url.Parse(uri)
	return u, signed, err
}

// drawWire makes a request at random and has the SDK sign it.
func drawWire(rnd *rand.Rand) (wire, error) {
	pick := func(words ...string) string { return words[rnd.IntN(len(words))] }
	text := func(alphabet string, most int) string {
		runes := []rune(alphabet)
		var b strings.Builder
		for range rnd.IntN(most + 1) {
			b.WriteRune(runes[rnd.IntN(len(runes))])
		}
		return b.String()
	}
	path := "/" + (&url.URL{Path: text("abZ09/.~+ %é*$:@-_", 16)}).EscapedPath()
	var pairs []string
	for range rnd.IntN(5) {
		pairs = append(pairs, url.QueryEscape(text("ab-=&+ ~é%", 8))+pick("", "="+url.QueryEscape(text("AZaz09 +/=~é%&", 12))))
	}
	body := text("{}\":abc \n\x00é", 40)
	r, err := http.NewRequest(pick("GET", "POST", "PUT", "DELETE", "PATCH"), "http://secretsmanager.eu-west-1.amazonaws.com:8080"+path, strings.NewReader(body))
	if err != nil {
		return wire{}, err
	}
	r.URL.RawQuery = strings.Join(pairs, "&")
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
	for range rnd.IntN(4) {
		r.Header.Add("X-Amz-Meta-"+text("AB", 3), text("a b,  c", 10))
	}
	w := wire{method: r.Method, body: body, presigned: rnd.IntN(3) == 0}
	u, header, err := sdkSign(r, []byte(body), pick("", "FwoGZXIvYXdzEBYaD"+text("abc/+=", 12)), w.presigned)
	if err != nil {
		return wire{}, err
	}
	w.path, w.query = u.EscapedPath(), u.RawQuery
	w.header = append(w.header, [2]string{"Host", r.URL.Host})
	for name, values := range header {
		for _, value := range values {
			if name != "Host" && name != "Content-Length" {
				w.header = append(w.header, [2]string{name, value})
			}
		}
	}
	return w, nil
}

// signatureOf finds the signature and the signed headers that a request claims.
func signatureOf(r *http.Request) (signature string, signed []string) {
	if a := r.Header.Get("Authorization"); a != "" {
		_, rest, _ := strings.Cut(a, "SignedHeaders=")
		names, signature, _ := strings.Cut(rest, ", Signature=")
		return signature, strings.Split(names, ";")
	}
	q := r.URL.Query()
	return q.Get("X-Amz-Signature"), strings.Split(q.Get("X-Amz-SignedHeaders"), ";")
}

// means reports whether the SDK, asked to sign r as it stands, makes the very signature that r carries: then the byte that was
// changed is one of spelling, such as the case of an escape's digits in the query, and r must still be accepted.
func means(r *http.Request, body []byte, presigned bool) bool {
	claimed, signed := signatureOf(r)
	again := &http.Request{Method: r.Method, URL: &url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath}, Host: r.Host, Header: http.Header{}}
	query := r.URL.Query()
	query.Del("X-Amz-Signature")
	again.URL.RawQuery = query.Encode()
	for _, name := range signed {
		if name = http.CanonicalHeaderKey(name); r.Header[name] != nil {
			again.Header[name] = slices.Clone(r.Header[name])
		}
	}
	if slices.Contains(signed, "content-length") {
		again.ContentLength = r.ContentLength
	}
	token := r.Header.Get("X-Amz-Security-Token")
	if presigned {
		token = query.Get("X-Amz-Security-Token")
	}
	u, header, err := sdkSign(again, body, token, presigned)
	if err != nil {
		return false
	}
	// The SDK writes these itself: the request must have come with the same.
	for _, name := range []string{"X-Amz-Date", "X-Amz-Credential", "X-Amz-Algorithm", "X-Amz-SignedHeaders"} {
		if presigned && u.Query().Get(name) != query.Get(name) {
			return false
		}
	}
	credential := func(h http.Header) string { before, _, _ := strings.Cut(h.Get("Authorization"), ","); return before }
	if !presigned && (header.Get("X-Amz-Date") != r.Header.Get("X-Amz-Date") || credential(header) != credential(r.Header)) {
		return false
	}
	made, _ := signatureOf(&http.Request{URL: u, Header: header})
	return made == claimed && claimed != ""
}

// changes says how each part of a request that the signature covers gets one byte changed. They report false where
// the request has no such part.
var changes = []struct {
	name   string
	change func(*wire, *rand.Rand) bool
}{
	{"method", func(w *wire, rnd *rand.Rand) bool { return changeByte(&w.method, 0, rnd) }},
	{"path", func(w *wire, rnd *rand.Rand) bool { return changeByte(&w.path, 1, rnd) }},
	{"query", func(w *wire, rnd *rand.Rand) bool { return changeByte(&w.query, 0, rnd) }},
	{"header", func(w *wire, rnd *rand.Rand) bool {
		h := &w.header[rnd.IntN(len(w.header))]
		return h[0] != "Authorization" && h[0] != "X-Amz-Date" && changeByte(&h[1], 0, rnd)
	}},
	{"body", func(w *wire, rnd *rand.Rand) bool { return changeByte(&w.body, 0, rnd) }},
	{"date", func(w *wire, rnd *rand.Rand) bool { return w.changeClaim("X-Amz-Date", "", "X-Amz-Date=", "&", rnd) }},
	{"scope", func(w *wire, rnd *rand.Rand) bool {
		return w.changeClaim("Authorization", "Credential=", "X-Amz-Credential=", "&", rnd)
	}},
	{"signature", func(w *wire, rnd *rand.Rand) bool {
		return w.changeClaim("Authorization", "Signature=", "X-Amz-Signature=", "&", rnd)
	}},
}

// changeByte changes a byte of a text from one place on to another that HTTP can carry there.
func changeByte(s *string, from int, rnd *rand.Rand) bool {
	if len(*s) <= from {
		return false
	}
	at := from + rnd.IntN(len(*s)-from)
	b := byte('!' + rnd.IntN('~'-'!'))
	if b >= (*s)[at] {
		b++
	}
	*s = (*s)[:at] + string(rune(b)) + (*s)[at+1:]
	return true
}

// changeClaim changes a byte of a header's value after a prefix or, in a presigned request, of a parameter.
func (w *wire) changeClaim(header, prefix, parameter, end string, rnd *rand.Rand) bool {
	within := func(text *string, start, end string) bool {
		head, rest, ok := strings.Cut(*text, start)
		if !ok {
			return false
		}
		value, tail, cut := strings.Cut(rest, end)
		changeByte(&value, 0, rnd)
		if *text = head + start + value; cut {
			*text += end + tail
		}
		return true
	}
	if w.presigned {
		return within(&w.query, parameter, end)
	}
	for i := range w.header {
		if w.header[i][0] == header {
			return within(&w.header[i][1], prefix, ",")
		}
	}
	return false
}

// TestEveryByteCounts sends CASES requests that the SDK signed, each of which must be accepted, and each of them again with one byte
// changed in each part, which must be refused. Whether a changed byte is one of spelling alone, the SDK's signer says.
func TestEveryByteCounts(t *testing.T) {
	cases := 2000
	if text := os.Getenv("CASES"); text != "" {
		var err error
		if cases, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	var v sigv4.Verifier
	accepts := func(w wire) (accepted, same bool) {
		r, body, err := w.read()
		if err != nil {
			return false, false
		}
		_, err = v.Verify(r, body, endpoint(), known)
		return err == nil, means(r, body, w.presigned)
	}
	refused, spelling := map[string]int{}, map[string]int{}
	for i := range cases {
		w, err := drawWire(rnd)
		if err != nil {
			t.Fatal(err)
		}
		if accepted, same := accepts(w); !accepted || !same {
			t.Fatalf("seed %d, case %d: signed by the SDK: accepted %v, signed alike again %v: %+v", seed, i, accepted, same, w)
		}
		for _, part := range changes {
			changed := w
			changed.header = slices.Clone(w.header)
			if !part.change(&changed, rnd) {
				continue
			}
			switch accepted, same := accepts(changed); {
			case accepted != same:
				t.Fatalf("seed %d, case %d: %s changed: accepted %v, means the same to the SDK %v:\n%+v\n%+v", seed, i, part.name, accepted, same, w, changed)
			case same:
				spelling[part.name]++
			default:
				refused[part.name]++
			}
		}
	}
	t.Logf("seed %d: %d requests accepted; with one byte changed refused: %v; other spellings of the same, accepted: %v", seed, cases, refused, spelling)
	for _, part := range changes {
		if refused[part.name] < cases/4 {
			t.Errorf("only %d requests had a byte of their %s changed", refused[part.name], part.name)
		}
	}
}
