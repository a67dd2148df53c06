package localaws

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestRefusals sends what is no good request, and expects what AWS answers.
func TestRefusals(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	const (
		jsonBody = "application/x-amz-json-1.1"
		formBody = "application/x-www-form-urlencoded; charset=utf-8"
	)
	for _, test := range []struct {
		name                             string
		method, path, kind, target, body string
		service                          string // to sign for; "" does not sign
		status                           int
		want                             string // a part of the answer
	}{
		{"unsigned JSON", "POST", "/", jsonBody, "secretsmanager.ListSecrets", "{}", "", 400, `{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}`},
		{"unsigned query", "POST", "/", formBody, "", "Action=GetCallerIdentity&Version=2011-06-15", "", 403, "<Code>MissingAuthenticationToken</Code>"},
		{"unsigned REST", "GET", "/environments", "", "", "", "", 403, `"MissingAuthenticationTokenException"`},
		{"unknown operation, JSON", "POST", "/", jsonBody, "secretsmanager.Nothing", "{}", "secretsmanager", 400, `{"__type":"UnknownOperationException"}`},
		{"no target", "POST", "/", jsonBody, "", "{}", "secretsmanager", 400, `{"__type":"UnknownOperationException"}`},
		{"another content type", "POST", "/", "text/html", "secretsmanager.ListSecrets", "<html>", "secretsmanager", 400, `{"__type":"UnknownOperationException"}`},
		{"GET for JSON", "GET", "/", jsonBody, "secretsmanager.ListSecrets", "", "secretsmanager", 400, `{"__type":"UnknownOperationException"}`},
		{"no JSON", "POST", "/", jsonBody, "secretsmanager.ListSecrets", "<html>", "secretsmanager", 400, `{"__type":"SerializationException"}`},
		{
			"another type", "POST", "/", jsonBody, "secretsmanager.GetSecretValue", `{"SecretId":1}`, "secretsmanager", 400,
			`{"__type":"SerializationException","Message":"NUMBER_VALUE can not be converted to a String"}`,
		},
		{"signed for another service", "POST", "/", jsonBody, "secretsmanager.ListSecrets", "{}", "kms", 400, "Credential should be scoped to correct service: 'secretsmanager'."},
		{
			"unknown action", "POST", "/", formBody, "", "Action=Nothing&Version=2010-05-08", "iam", 400,
			"<Type>Sender</Type>\n    <Code>InvalidAction</Code>\n    <Message>Could not find operation Nothing for version 2010-05-08</Message>",
		},
		{"another version", "POST", "/", formBody, "", "Action=GetUser&Version=2000-01-01", "iam", 400, "Could not find operation GetUser for version 2000-01-01"},
		{"no action", "POST", "/", formBody, "", "Version=2010-05-08", "iam", 400, "<Code>MissingAction</Code>"},
		{"percent", "POST", "/", formBody, "", "Action=%zz", "iam", 400, "<Code>MalformedInput</Code>"},
		{"a list's member", "POST", "/", formBody, "", "Action=ListUsers&Version=2010-05-08&MaxItems=x", "iam", 400, "MaxItems must be an Integer"},
		{"unknown path", "GET", "/nowhere", "", "", "", "airflow", 404, `{"__type":"UnknownOperationException"}`},
		{"REST, no JSON", "PUT", "/environments/x", "application/json", "", "{", "airflow", 400, `{"__type":"SerializationException"}`},
		{"unknown service", "GET", "/", "", "", "", "s3", 404, "local AWS has no service \\\"s3\\\""},
		{"too large", "POST", "/", jsonBody, "secretsmanager.ListSecrets", strings.Repeat(" ", maxBody+1), "secretsmanager", 413, "RequestEntityTooLargeException"},
		{"SigV4A", "POST", "/", jsonBody, "secretsmanager.ListSecrets", "{}", "sigv4a", 400, "SigV4A"},
	} {
		r := httptest.NewRequest(test.method, "http://local.test"+test.path, strings.NewReader(test.body))
		r.Header.Set("Content-Type", test.kind)
		if test.target != "" {
			r.Header.Set("X-Amz-Target", test.target)
		}
		switch test.service {
		case "":
		case "sigv4a":
			r.Header.Set("Authorization", "AWS4-ECDSA-P256-SHA256 Credential=A/20260101/secretsmanager/aws4_request, SignedHeaders=host, Signature=00")
		default:
			signAs(t, r, s.Administrator(), test.service)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%s: got %d %s\nwant %d %s", test.name, w.Code, w.Body, test.status, test.want)
		}
		if w.Header().Get("X-Amzn-Requestid") == "" {
			t.Errorf("%s: the answer has no request id", test.name)
		}
		if test.status == http.StatusRequestEntityTooLarge && w.Header().Get("Connection") != "close" {
			t.Errorf("%s: the connection stays open", test.name)
		}
	}
}

// TestShortBody ends a request's body before its Content-Length.
func TestShortBody(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(s)
	defer ts.Close()
	c, err := net.Dial("tcp", ts.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: local.test\r\nX-Amz-Target: secretsmanager.ListSecrets\r\nContent-Length: 10\r\n\r\n{}"); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "IncompleteBody") {
		t.Errorf("got %d %s", answer.StatusCode, body)
	}
}

// TestTimeouts expects that a client which sends its headers by the byte is not waited for.
func TestTimeouts(t *testing.T) {
	h := HTTP(http.NotFoundHandler())
	if h.ReadHeaderTimeout == 0 || h.ReadTimeout == 0 || h.WriteTimeout == 0 || h.IdleTimeout == 0 || h.MaxHeaderBytes == 0 {
		t.Errorf("the server has no limit on one of these: %+v", h)
	}
}
