package sigv4_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"pgregory.net/rapid"

	"aircon/internal/sigv4"
)

const (
	keyID  = "AKIDEXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" // AWS's published example key
)

var signedAt = time.Date(2026, 11, 22, 12, 30, 45, 0, time.UTC)

// request is a request as a client means it, before it is signed.
type request struct {
	method, path, query string
	header              http.Header
	body                string
	token               string
}

// sign signs q with the SDK, sends it over nothing, and returns it as a server's handler receives it.
func (q request) sign(t testing.TB, presign bool, expires string) (*http.Request, []byte) {
	t.Helper()
	req, err := http.NewRequest(q.method, "http://secretsmanager.eu-west-1.amazonaws.com:8080"+q.path, strings.NewReader(q.body))
	if err != nil {
		t.Fatal(err)
	}
	req.URL.RawQuery = q.query
	for name, values := range q.header {
		req.Header[name] = values
	}
	sum := sha256.Sum256([]byte(q.body))
	creds := aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret, SessionToken: q.token}
	signer := v4.NewSigner()
	if presign {
		if expires != "" {
			values := req.URL.Query()
			values.Set("X-Amz-Expires", expires)
			req.URL.RawQuery = values.Encode()
		}
		uri, signed, err := signer.PresignHTTP(context.Background(), creds, req, hex.EncodeToString(sum[:]), "secretsmanager", "eu-west-1", signedAt)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = signed
		if req.URL, err = url.Parse(uri); err != nil {
			t.Fatal(err)
		}
	} else if err := signer.SignHTTP(context.Background(), creds, req, hex.EncodeToString(sum[:]), "secretsmanager", "eu-west-1", signedAt); err != nil {
		t.Fatal(err)
	}
	return received(t, req), []byte(q.body)
}

// received turns a client's request into what the server's handler gets: through the wire's own text.
func received(t testing.TB, req *http.Request) *http.Request {
	t.Helper()
	got := httptest.NewRequest(req.Method, req.URL.RequestURI(), nil)
	got.Host, got.Header, got.ContentLength = req.URL.Host, req.Header.Clone(), req.ContentLength
	got.Header.Del("Host")
	return got
}

func endpoint() sigv4.Endpoint {
	return sigv4.Endpoint{
		Service: "secretsmanager", Region: "eu-west-1", Window: sigv4.WindowJSON,
		Style: sigv4.StyleJSON, Now: signedAt.Add(time.Minute),
	}
}

func known(id, _ string) (string, error) {
	if id != keyID {
		return "", sigv4.ErrInvalidToken
	}
	return secret, nil
}

func drawRequest(t *rapid.T) request {
	text := func(chars string, name string) string {
		return rapid.StringOfN(rapid.RuneFrom([]rune(chars)), 0, 12, -1).Draw(t, name)
	}
	q := request{
		method: rapid.SampledFrom([]string{"GET", "POST", "PUT", "DELETE", "PATCH"}).Draw(t, "method"),
		path:   "/" + (&url.URL{Path: text("ab/.~+ %é*$:@", "path")}).EscapedPath(),
		body:   rapid.String().Draw(t, "body"),
		header: http.Header{},
	}
	q.path = strings.Replace(q.path, "/./", "/", 1)
	var pairs []string
	for range rapid.IntRange(0, 4).Draw(t, "pairs") {
		pair := url.QueryEscape(text("ab-=&+ ~é%", "name"))
		if rapid.Bool().Draw(t, "has value") {
			pair += "=" + url.QueryEscape(text("AZaz09 +/=~é%&", "value"))
		}
		pairs = append(pairs, pair)
	}
	q.query = strings.Join(pairs, "&")
	q.header.Set("Content-Type", "application/x-amz-json-1.1")
	q.header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
	for range rapid.IntRange(0, 3).Draw(t, "headers") {
		q.header.Add("X-Amz-Meta-"+text("AB", "header"), text("a b,  c", "header value"))
	}
	if rapid.Bool().Draw(t, "session") {
		q.token = "FwoGZXIvYXdzEBYaD" + text("abc/+=", "token")
	}
	return q
}

// TestAcceptsWhatTheSDKSigns holds the SDK's signer against Verify in both directions: all it signs is accepted, and
// nothing is once one byte of what was signed differs.
func TestAcceptsWhatTheSDKSigns(t *testing.T) {
	var v sigv4.Verifier
	rapid.Check(t, func(rt *rapid.T) {
		q := drawRequest(rt)
		presign := rapid.Bool().Draw(rt, "presigned")
		r, body := q.sign(t, presign, "")
		id, err := v.Verify(r, body, endpoint(), known)
		if err != nil {
			rt.Fatalf("%s %s %v: %v", r.Method, r.RequestURI, r.Header, err)
		}
		want := sigv4.Identity{
			AccessKeyID: keyID, SessionToken: q.token, Region: "eu-west-1", Service: "secretsmanager",
			SignedAt: signedAt, Presigned: presign,
		}
		if id != want {
			rt.Fatalf("identity %+v, want %+v", id, want)
		}
		what, changed, changedBody := flip(rt, r, body)
		if id, err := v.Verify(changed, changedBody, endpoint(), known); err == nil {
			rt.Fatalf("%s changed and still accepted as %+v: %s %s %v", what, id, changed.Method, changed.RequestURI, changed.Header)
		}
	})
}

// flip changes one byte of what the signature covers.
func flip(t *rapid.T, r *http.Request, body []byte) (string, *http.Request, []byte) {
	c := r.Clone(context.Background())
	change := func(s string) string {
		i := rapid.IntRange(0, len(s)-1).Draw(t, "at")
		b := s[i] + 1
		for strings.IndexByte(" +%/&=?.;,", b) >= 0 || b > 'z' {
			b = 'A' + (b+1)%26 // neither an escape's begin nor a separator: those can mean the same in another spelling
		}
		if strings.EqualFold(string(b), string(s[i])) {
			b = '_'
		}
		return s[:i] + string(b) + s[i+1:]
	}
	var names []string
	for name := range c.Header {
		if name != "Authorization" && name != "Content-Length" && strings.TrimSpace(c.Header.Get(name)) != "" {
			names = append(names, name)
		}
	}
	parts := []string{"method", "body", "host", "target"}
	for _, name := range names {
		if strings.HasPrefix(name, "X-Amz-") || name == "Content-Type" && c.Header.Get("Authorization") != "" {
			parts = append(parts, name)
		}
	}
	if c.Header.Get("Authorization") != "" {
		parts = append(parts, "Authorization")
	}
	part := rapid.SampledFrom(parts).Draw(t, "part")
	switch part {
	case "method":
		c.Method = change(c.Method)
	case "body":
		body = append(bytes.Clone(body), 'x')
	case "host":
		c.Host = change(c.Host)
	case "target":
		c.RequestURI = "/" + change(c.RequestURI[1:]+"~")
		if u, err := url.ParseRequestURI(c.RequestURI); err == nil {
			c.URL = u
		}
	case "Authorization":
		value := c.Header.Get(part)
		cut := strings.Index(value, "=") + 1 // the algorithm's own name has a case of its own
		c.Header.Set(part, value[:cut]+change(value[cut:]))
	default:
		values := c.Header[part]
		i := rapid.IntRange(0, len(values)-1).Draw(t, "which")
		values[i] = "y" + values[i]
	}
	return part, c, body
}

// TestCanonicalForm names the corners one by one; the SDK signs each, or the expected answer is worked out beside it.
func TestCanonicalForm(t *testing.T) {
	tests := map[string]request{
		"nothing":                 {path: "/"},
		"doubled slashes":         {path: "//a//b/"},
		"dot segments":            {path: "/a/./b/../c"},
		"escaped space in path":   {path: "/a%20b"},
		"plus in path":            {path: "/a+b"},
		"tilde":                   {path: "/~a/%7Eb"},
		"unicode in path":         {path: "/%E1%88%B4"},
		"escaped slash in path":   {path: "/a%2Fb"},
		"parameter without value": {path: "/", query: "a&b="},
		"repeated parameter":      {path: "/", query: "a=2&a=1&a=10"},
		"name prefixes name":      {path: "/", query: "a-=1&a=2"},
		"plus in query":           {path: "/", query: "a=b+c%2Bd"},
		"unicode in query":        {path: "/", query: "%E1%88%B4=%C3%A9"},
		"repeated header":         {path: "/", header: http.Header{"X-Amz-Meta-A": {"2", "1"}}},
		"spaces in header":        {path: "/", header: http.Header{"X-Amz-Meta-A": {"  a   b  "}}},
		"empty header":            {path: "/", header: http.Header{"X-Amz-Meta-A": {""}}},
		"body":                    {path: "/", body: `{"SecretId":"é"}`},
		"session token":           {path: "/", token: "FwoGZXIvYXdzEBYaDA=="},
	}
	var v sigv4.Verifier
	for name, q := range tests {
		t.Run(name, func(t *testing.T) {
			q.method = http.MethodPost
			for _, presign := range []bool{false, true} {
				r, body := q.sign(t, presign, "")
				if _, err := v.Verify(r, body, endpoint(), known); err != nil {
					t.Errorf("presigned %v: %v", presign, err)
				}
			}
		})
	}
}

// TestPublishedExamples verifies signatures that AWS published: the IAM guide's ListUsers request, and the test
// suite's get-vanilla and get-slashes (whose path botocore normalises before it signs).
func TestPublishedExamples(t *testing.T) {
	tests := map[string]struct {
		service, target, host, stamp, signed, signature string
		header                                          http.Header
	}{
		"iam guide": {
			service: "iam", target: "/?Action=ListUsers&Version=2010-05-08", host: "iam.amazonaws.com", stamp: "20150830T123600Z",
			signed: "content-type;host;x-amz-date", signature: "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
			header: http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}},
		},
		"get-vanilla": {
			service: "service", target: "/", host: "example.amazonaws.com", stamp: "20150830T123600Z",
			signed: "host;x-amz-date", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
		},
		"get-slash normalised": {
			service: "service", target: "//", host: "example.amazonaws.com", stamp: "20150830T123600Z",
			signed: "host;x-amz-date", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
		},
	}
	var v sigv4.Verifier
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, tt.target, nil)
			r.Host = tt.host
			for header, values := range tt.header {
				r.Header[header] = values
			}
			r.Header.Set("X-Amz-Date", tt.stamp)
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/"+tt.service+
				"/aws4_request, SignedHeaders="+tt.signed+", Signature="+tt.signature)
			at, _ := time.Parse("20060102T150405Z", tt.stamp)
			e := sigv4.Endpoint{Service: tt.service, Region: "us-east-1", Style: sigv4.StyleQuery, Now: at}
			if _, err := v.Verify(r, nil, e, known); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestRefusals says for each way to be wrong which code and text come back. The texts are AWS's own, seen in the
// answers of its services.
func TestRefusals(t *testing.T) {
	authorization := func(from, to string) func(*http.Request, *sigv4.Endpoint) {
		return func(r *http.Request, _ *sigv4.Endpoint) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), from, to, 1))
		}
	}
	header := func(name, value string) func(*http.Request, *sigv4.Endpoint) {
		return func(r *http.Request, _ *sigv4.Endpoint) { r.Header.Set(name, value) }
	}
	drop := func(name string) func(*http.Request, *sigv4.Endpoint) {
		return func(r *http.Request, _ *sigv4.Endpoint) { r.Header.Del(name) }
	}
	at := func(d time.Duration) func(*http.Request, *sigv4.Endpoint) {
		return func(_ *http.Request, e *sigv4.Endpoint) { e.Now = signedAt.Add(d) }
	}
	anyRegion := func(region string) func(*http.Request, *sigv4.Endpoint) {
		return func(r *http.Request, e *sigv4.Endpoint) {
			e.Region = ""
			authorization("/eu-west-1/", "/"+region+"/")(r, e)
		}
	}
	const long = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	tests := map[string]struct {
		change              func(*http.Request, *sigv4.Endpoint)
		json, query, within string
	}{
		"not signed": {drop("Authorization"), "MissingAuthenticationTokenException", "MissingAuthenticationToken", "Authentication Token"},
		"signed twice": {
			func(r *http.Request, _ *sigv4.Endpoint) { r.URL.RawQuery = "X-Amz-Algorithm=AWS4-HMAC-SHA256" },
			"InvalidSignatureException", "SignatureDoesNotMatch", "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
		},
		"basic":           {header("Authorization", "Basic"), "IncompleteSignatureException", "IncompleteSignature", "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed"},
		"bearer token":    {header("Authorization", "Bearer abc"), "IncompleteSignatureException", "IncompleteSignature", "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '"},
		"no date":         {drop("X-Amz-Date"), "IncompleteSignatureException", "IncompleteSignature", "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."},
		"bad date":        {header("X-Amz-Date", "today"), "IncompleteSignatureException", "IncompleteSignature", "Date must be in ISO-8601 'basic format'. Got 'today'."},
		"scope parts":     {authorization("/aws4_request", ""), "IncompleteSignatureException", "IncompleteSignature", "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIDEXAMPLE/"},
		"sigv4a":          {authorization("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), "IncompleteSignatureException", "IncompleteSignature", "does not accept SigV4A"},
		"host unsigned":   {authorization("host;", ""), "IncompleteSignatureException", "IncompleteSignature", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		"target unsigned": {authorization(";x-amz-target", ""), "IncompleteSignatureException", "IncompleteSignature", "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."},
		"header added":    {header("X-Amz-Security-Token", "x"), "IncompleteSignatureException", "IncompleteSignature", "'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization."},
		"header gone":     {drop("Content-Type"), "IncompleteSignatureException", "IncompleteSignature", "'content-type' is named as a SignedHeader, but it does not exist in the HTTP request."},
		"too late": {
			at(5*time.Minute + time.Second), "InvalidSignatureException", "SignatureDoesNotMatch",
			"Signature expired: 20261122T123045Z is now earlier than 20261122T123046Z (20261122T123546Z - 5 min.)",
		},
		"too early": {
			at(-5*time.Minute - time.Second), "InvalidSignatureException", "SignatureDoesNotMatch",
			"Signature not yet current: 20261122T123045Z is still later than 20261122T123044Z (20261122T122544Z + 5 min.)",
		},
		"years ago":        {at(3 * 365 * 24 * time.Hour), "InvalidSignatureException", "SignatureDoesNotMatch", "Signature expired: 20261122T123045Z is now earlier than"},
		"wrong region":     {authorization("/eu-west-1/", "/us-east-1/"), "InvalidSignatureException", "SignatureDoesNotMatch", "Credential should be scoped to a valid region. "},
		"no region's name": {anyRegion("eu:west"), "InvalidSignatureException", "SignatureDoesNotMatch", "Credential should be scoped to a valid region. "},
		"endless region":   {anyRegion(strings.Repeat("r", 65)), "InvalidSignatureException", "SignatureDoesNotMatch", "Credential should be scoped to a valid region. "},
		"wrong service":    {authorization("/secretsmanager/", "/s3/"), "InvalidSignatureException", "SignatureDoesNotMatch", "Credential should be scoped to correct service: 'secretsmanager'. "},
		"wrong term":       {authorization("aws4_request", "aws5_request"), "InvalidSignatureException", "SignatureDoesNotMatch", "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. "},
		"wrong day": {
			authorization("/20261122/", "/20261121/"), "InvalidSignatureException", "SignatureDoesNotMatch",
			"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261121' != '20261122', from '20261122T123045Z'. ",
		},
		"unknown key":         {authorization("AKIDEXAMPLE", "AKIDUNKNOWN"), "UnrecognizedClientException", "InvalidClientTokenId", "The security token included in the request is invalid."},
		"signature cut short": {authorization("Signature=", "Signature=0"), "InvalidSignatureException", "SignatureDoesNotMatch", long},
		"signature of zeroes": {func(r *http.Request, _ *sigv4.Endpoint) {
			head, _, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
			r.Header.Set("Authorization", head+"Signature="+strings.Repeat("0", 64))
		}, "InvalidSignatureException", "SignatureDoesNotMatch", long},
	}
	var v sigv4.Verifier
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for style, code := range map[sigv4.Style]string{sigv4.StyleJSON: tt.json, sigv4.StyleRESTJSON: tt.json, sigv4.StyleQuery: tt.query} {
				q := request{method: "POST", path: "/", header: http.Header{
					"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {"secretsmanager.ListSecrets"},
				}}
				r, body := q.sign(t, false, "")
				e := endpoint()
				e.Style = style
				tt.change(r, &e)
				_, err := v.Verify(r, body, e, known)
				var refused *sigv4.Error
				if !errors.As(err, &refused) || refused.Code != code || !strings.Contains(refused.Message, tt.within) {
					t.Errorf("style %d: got %v, want %s: …%s…", style, err, code, tt.within)
				}
			}
		})
	}
}

// TestPresignedLifetime: a longer X-Amz-Expires keeps a request alive, a shorter one is not looked at (as with STS).
func TestPresignedLifetime(t *testing.T) {
	tests := map[string]struct {
		expires string
		after   time.Duration
		code    string
	}{
		"longer, alive":    {"3600", 59 * time.Minute, ""},
		"longer, over":     {"3600", 61 * time.Minute, "RequestExpired"},
		"shorter, alive":   {"60", 4 * time.Minute, ""},
		"shorter, over":    {"60", 6 * time.Minute, "InvalidSignatureException"},
		"over a week":      {"604801", 0, "IncompleteSignatureException"},
		"not a number":     {"soon", 0, "IncompleteSignatureException"},
		"negative":         {"-1", 0, "IncompleteSignatureException"},
		"none, in window":  {"", 4 * time.Minute, ""},
		"none, out of it":  {"", 6 * time.Minute, "InvalidSignatureException"},
		"before its start": {"3600", -6 * time.Minute, "InvalidSignatureException"},
	}
	var v sigv4.Verifier
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, body := request{method: "GET", path: "/"}.sign(t, true, tt.expires)
			e := endpoint()
			e.Now = signedAt.Add(tt.after)
			_, err := v.Verify(r, body, e, known)
			var refused *sigv4.Error
			errors.As(err, &refused)
			if (refused == nil) != (tt.code == "") || refused != nil && refused.Code != tt.code {
				t.Errorf("got %v, want %q", err, tt.code)
			}
		})
	}
}

// TestLookupErrors: what the lookup says of a token becomes AWS's answer, and its own trouble stays an error.
func TestLookupErrors(t *testing.T) {
	broken := errors.New("disk on fire")
	var v sigv4.Verifier
	r, body := request{method: "GET", path: "/", token: "session"}.sign(t, false, "")
	for answer, want := range map[error]string{
		sigv4.ErrExpiredToken: "ExpiredTokenException: The security token included in the request is expired",
		sigv4.ErrInvalidToken: "UnrecognizedClientException: The security token included in the request is invalid.",
		broken:                "looking up the access key: disk on fire",
	} {
		_, err := v.Verify(r, body, endpoint(), func(id, token string) (string, error) {
			if id != keyID || token != "session" {
				t.Errorf("looked up %q with %q", id, token)
			}
			return "", answer
		})
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestOverTheWire sends a signed request through a real server, which moves Host and Content-Length about.
func TestOverTheWire(t *testing.T) {
	var v sigv4.Verifier
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, err := v.Verify(r, body, endpoint(), known)
		fmt.Fprint(w, err)
	}))
	defer server.Close()
	body := `{"SecretId":"x"}`
	req, _ := http.NewRequest(http.MethodPost, server.URL+"/a%20b//c?x=1+2", strings.NewReader(body))
	sum := sha256.Sum256([]byte(body))
	creds := aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret}
	if err := v4.NewSigner().SignHTTP(context.Background(), creds, req, hex.EncodeToString(sum[:]), "secretsmanager", "eu-west-1", signedAt); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(req.Header.Get("Authorization"), "content-length") {
		t.Fatal("the SDK no longer signs content-length: this test means to cover it")
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got, _ := io.ReadAll(answer.Body); string(got) != "<nil>" {
		t.Errorf("%s", got)
	}
}

// FuzzVerify: nothing that a client can send makes Verify panic, or passes without the key.
func FuzzVerify(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=A/20261122/eu-west-1/secretsmanager/aws4_request, SignedHeaders=host;x-amz-date, Signature=00", "20261122T123045Z", "a=b", "body")
	f.Add("", "", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A/20261122/eu-west-1/secretsmanager/aws4_request&X-Amz-Date=20261122T123045Z&X-Amz-SignedHeaders=host&X-Amz-Signature=00&X-Amz-Expires=1", "")
	f.Add("AWS4-HMAC-SHA256 =,=", "20261122T1230", "%zz&=&;", "")
	f.Fuzz(func(t *testing.T, authorization, date, query, body string) {
		r := &http.Request{Method: http.MethodPost, Host: "localhost", URL: &url.URL{Path: "/", RawQuery: query}, Header: http.Header{}}
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		r.Header.Set("X-Amz-Date", date)
		var v sigv4.Verifier
		_, err := v.Verify(r, []byte(body), endpoint(), func(string, string) (string, error) { return "another key", nil })
		if err == nil {
			t.Error("accepted without the key")
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	q := request{method: "POST", path: "/", body: `{"SecretId":"airflow/connections/my_postgres_db"}`, token: strings.Repeat("t", 300), header: http.Header{
		"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {"secretsmanager.GetSecretValue"},
	}}
	r, body := q.sign(b, false, "")
	e := endpoint()
	var v sigv4.Verifier
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(r, body, e, known); err != nil {
			b.Fatal(err)
		}
	}
}

// TestOrderOfParameters: the signature is over the sorted parameters, in whatever order and spelling they were sent.
func TestOrderOfParameters(t *testing.T) {
	var v sigv4.Verifier
	r, body := request{method: http.MethodGet, path: "/", query: "b=2&a=1&a-=3&c=x+y&d"}.sign(t, false, "")
	for _, sent := range []string{"/?d&c=x%20y&a-=3&a=1&b=2", "/?c=x+y&&b=2&a=1&a%2D=3&d="} {
		r.RequestURI = sent
		if _, err := v.Verify(r, body, endpoint(), known); err != nil {
			t.Errorf("%s: %v", sent, err)
		}
	}
	r.RequestURI = "/?d&c=x%20y&a-=3&a=2&b=1"
	if _, err := v.Verify(r, body, endpoint(), known); err == nil {
		t.Error("accepted with two values exchanged")
	}
}

// TestManySignedHeaders signs more headers than a claim has room for, and expects each to count.
func TestManySignedHeaders(t *testing.T) {
	const n = 40
	name := func(i int) string { return fmt.Sprintf("X-Amz-Meta-%02d", i) }
	for changed := -1; changed < n; changed++ {
		r := httptest.NewRequest(http.MethodPost, "http://local.test/", http.NoBody)
		for i := range n {
			r.Header.Set(name(i), strconv.Itoa(i))
		}
		if _, _, err := sdkSign(r, nil, "", false); err != nil {
			t.Fatal(err)
		}
		if changed >= 0 {
			r.Header.Set(name(changed), "other")
		}
		var v sigv4.Verifier
		if _, err := v.Verify(r, nil, endpoint(), known); (err == nil) != (changed < 0) {
			t.Errorf("changed %d: %v", changed, err)
		}
	}
}
