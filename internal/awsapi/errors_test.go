package awsapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"aircon"
	"aircon/lookup"
	"aircon/pghook"
)

// isolate keeps the machine's own AWS configuration out of a test.
func isolate(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": t.TempDir() + "/none", "AWS_SHARED_CREDENTIALS_FILE": t.TempDir() + "/none", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_PROFILE": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "",
		"AWS_ENDPOINT_URL": "", "AWS_DISABLE_HOST_PREFIX_INJECTION": "",
	} {
		t.Setenv(name, value)
	}
}

// keys are credentials for endpoints that check none.
func keys(t *testing.T) {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret-canary")
}

func jsonError(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Requestid", "req-1")
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"__type": %q, "message": %q}`, code, message)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	for _, test := range []struct {
		name        string
		serve       http.HandlerFunc
		want        []string
		unreachable bool
	}{
		{
			"access denied", jsonError(400, "AccessDeniedException", "User: x is not authorized to perform: secretsmanager:GetSecretValue"),
			[]string{"Secrets Manager: GetSecretValue: AccessDeniedException: User: x is not authorized", "(request req-1)", "aws sts get-caller-identity"},
			false,
		},
		{"expired", jsonError(400, "ExpiredTokenException", "The security token included in the request is expired"), []string{"ExpiredTokenException", "aws sso login"}, false},
		{"unknown keys", jsonError(400, "UnrecognizedClientException", "The security token included in the request is invalid."), []string{"AWS does not know these credentials"}, false},
		{"clock", jsonError(400, "InvalidSignatureException", "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z"), []string{"the clock of this machine is wrong"}, false},
		{"throttled", jsonError(400, "ThrottlingException", "Rate exceeded"), []string{"ThrottlingException: Rate exceeded", "AWS_RETRY_MODE=adaptive"}, false},
		{"not found", jsonError(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret."), []string{"ResourceNotFoundException: Secrets Manager can't find"}, false},
		{"HTML of a proxy", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(403)
			fmt.Fprint(w, "<html><body>Forbidden by policy</body></html>")
		}, []string{"NotAWS", "HTTP 403", "AWS_ENDPOINT_URL and HTTPS_PROXY"}, true},
		{"HTML with success", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>Welcome</html>") }, []string{"NotAWS", "HTTP 200"}, true},
		{"nothing at all", func(http.ResponseWriter, *http.Request) {}, []string{"Secrets Manager: GetSecretValue: NotAWS", "HTTP 200) is empty"}, true},
		{"reset", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				err = conn.(*net.TCPConn).SetLinger(0)
			}
			if err != nil {
				panic(err)
			}
			conn.Close()
		}, []string{"Unreachable", "cannot reach 127.0.0.1"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			isolate(t)
			keys(t)
			server := httptest.NewServer(test.serve)
			defer server.Close()
			c, err := Open(t.Context(), Options{Region: "eu-west-1", Endpoint: server.URL, MaxAttempts: 1})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.GetSecretValue(t.Context(), "db")
			wants(t, err, test.want, test.unreachable)
		})
	}
}

func TestAnswersOfSomethingElse(t *testing.T) {
	isolate(t)
	keys(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"status": "ok"}`) }))
	defer server.Close()
	c, err := Open(t.Context(), Options{Region: "eu-west-1", Endpoint: server.URL, MaxAttempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Environment(t.Context(), "analytics")
	wants(t, err, []string{"MWAA: GetEnvironment: NotAWS", "no Environment"}, true)
	_, err = c.Plan().Keys.KeyARN(t.Context(), "alias/airflow")
	wants(t, err, []string{"KMS: DescribeKey: NotAWS", "no KeyMetadata"}, true)
}

func wants(t *testing.T, err error, parts []string, unreachable bool) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	said := err.Error() + "\n" + e.Hint()
	for _, part := range parts {
		if !strings.Contains(said, part) {
			t.Errorf("got\n%s\nwant in it %q", said, part)
		}
	}
	if e.Unreachable() != unreachable {
		t.Errorf("unreachable is %v", e.Unreachable())
	}
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("shows a secret: %v", err)
	}
}

func TestWaysThatDoNotReachAWS(t *testing.T) {
	hangs := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hangs }))
	defer server.Close()
	defer close(hangs)
	closed := httptest.NewServer(nil)
	closed.Close()
	for _, test := range []struct {
		name   string
		opts   Options
		noKeys bool
		want   []string
	}{
		{"hangs", Options{Region: "eu-west-1", Endpoint: server.URL, MaxAttempts: 1, Timeout: 50 * time.Millisecond}, false, []string{"Timeout", "did not answer in time"}},
		{"refused", Options{Region: "eu-west-1", Endpoint: closed.URL, MaxAttempts: 1}, false, []string{"Unreachable", "connection refused"}},
		{"no such host", Options{Region: "eu-west-1", Endpoint: "http://aircon.invalid", MaxAttempts: 1}, false, []string{"Unreachable", "aircon.invalid"}},
		{"no credentials", Options{Region: "eu-west-1", Endpoint: closed.URL, MaxAttempts: 1}, true, []string{"MissingCredentials", "aircon local env"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			isolate(t)
			if !test.noKeys {
				keys(t)
			}
			c, err := Open(t.Context(), test.opts)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.GetSecretValue(t.Context(), "db")
			wants(t, err, test.want, true)
		})
	}
}

func TestOpenNamesWhatIsMissing(t *testing.T) {
	isolate(t)
	_, err := Open(t.Context(), Options{})
	wants(t, err, []string{"MissingRegion", "AWS_REGION"}, false)
	_, err = Open(t.Context(), Options{Region: "eu-west-1", Profile: "no-such"})
	wants(t, err, []string{`no profile "no-such"`, "list-profiles"}, false)
	for _, endpoint := range []string{"::nonsense", "ftp://x", "127.0.0.1:4566", "http://"} {
		_, err = Open(t.Context(), Options{Region: "eu-west-1", Endpoint: endpoint})
		wants(t, err, []string{"is not an address such as", "AWS_ENDPOINT_URL"}, false)
	}
}

func TestThrottledCallsAreRepeated(t *testing.T) {
	isolate(t)
	keys(t)
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls == 1 {
			jsonError(400, "ThrottlingException", "Rate exceeded")(w, r)
			return
		}
		fmt.Fprint(w, `{"SecretString": "text"}`)
	}))
	defer server.Close()
	c, err := Open(t.Context(), Options{Region: "eu-west-1", Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.GetSecretValue(t.Context(), "db"); err != nil || got.Text.Reveal() != "text" || calls != 2 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestInterruption(t *testing.T) {
	isolate(t)
	keys(t)
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // until then the server does not see that the client leaves
		cancel()
		<-r.Context().Done()
	}))
	defer server.Close()
	c, err := Open(ctx, Options{Region: "eu-west-1", Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.GetSecretValue(ctx, "db")
	wants(t, err, []string{"Cancelled"}, true)
	if !errors.Is(err, context.Canceled) {
		t.Error("the cause is lost")
	}
}

// TestMWAAHostPrefix asks MWAA on an endpoint of one's own, and looks at the host that the request names.
func TestMWAAHostPrefix(t *testing.T) {
	isolate(t)
	keys(t)
	var host string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host = r.Host
		fmt.Fprint(w, `{"Environment": {"Name": "analytics", "Status": "AVAILABLE"}}`)
	}))
	defer server.Close()
	t.Setenv("AWS_ENDPOINT_URL_MWAA", server.URL)
	c, err := Open(t.Context(), Options{Region: "eu-west-1", MaxAttempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	env, err := c.Plan().Environments.Environment(t.Context(), "analytics")
	if err != nil || env.Status != "AVAILABLE" || "http://"+host != server.URL {
		t.Errorf("got %+v from %q, %v", env, host, err)
	}
}

func TestTokenOfRDS(t *testing.T) {
	isolate(t)
	keys(t)
	c, err := Open(t.Context(), Options{Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	token, err := c.Token(t.Context(), pghook.TokenRequest{Service: pghook.RDS, Host: aircon.Text("db.example.eu-west-1.rds.amazonaws.com"), Port: aircon.Int(5432), Login: aircon.Text("etl")})
	if got := token.Password.Reveal(); err != nil || !strings.HasPrefix(got, "db.example.eu-west-1.rds.amazonaws.com:5432?Action=connect&DBUser=etl&") {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := c.Token(t.Context(), pghook.TokenRequest{Service: pghook.Redshift}); err == nil {
		t.Error("made a token of Redshift")
	}
}

func TestBackendFollowsItsKwargs(t *testing.T) {
	isolate(t)
	keys(t)
	var authorization string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorization = r.Header.Get("Authorization")
		fmt.Fprint(w, `{"ARN": "arn:x", "SecretString": "postgres://h", "VersionId": "v"}`)
	}))
	defer server.Close()
	s, err := Backend(t.Context(), lookup.Client{Region: "us-west-2", EndpointURL: server.URL, AccessKeyID: "AKIAKWARGS", SecretAccessKey: aircon.NewSecret("k")})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.GetSecretValue(t.Context(), "db")
	if err != nil || got.Text.Reveal() != "postgres://h" || !strings.Contains(authorization, "AKIAKWARGS/") || !strings.Contains(authorization, "/us-west-2/secretsmanager/") {
		t.Errorf("got %+v signed %q, %v", got, authorization, err)
	}
	if _, err := Backend(t.Context(), lookup.Client{RoleARN: "arn:aws:iam::123456789012:role/r", AssumeRoleMethod: "assume_role_with_saml"}); err == nil {
		t.Error("followed SAML")
	}
}
