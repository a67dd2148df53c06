package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/rogpeppe/go-internal/testscript"

	"aircon/aircontest"
	"aircon/localaws"
	"aircon/localaws/model"
	"aircon/localaws/mwaa"
)

// The commands with which scripts make AWS, the way to it and the machine misbehave:
//
//	faulty FAULT [OPERATION]  puts a server before the local AWS that shows a fault, at one operation or at all; the file calls names the last
//	skewed OFFSET [honest]    goes on with a local AWS whose clock is off; honest: its Date header says so, as AWS's does
//	expired                   goes on with the credentials of a role session that has ended
//	busy VARIABLE             listens on a port until the script ends, and sets VARIABLE to its address
//	newer DIRECTORY           makes a data directory of a newer version's; older takes it back
//	rubbish FILE KIND         writes a file that nobody should have to read
//	fails STATUS COMMAND…     runs a command that must end with the status, saying why on standard error, and so that a user can bear it
//	until FILE TEXT           waits until a file that a background command writes holds a text
func init() {
	for name, command := range map[string]func(*testscript.TestScript, bool, []string){
		"faulty": faultyCommand, "skewed": skewedCommand, "expired": expiredCommand, "busy": busyCommand,
		"newer":   schemaCommand("INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)"),
		"older":   schemaCommand("DELETE FROM goose_db_version WHERE version_id = 999"),
		"rubbish": rubbishCommand, "fails": failsCommand, "until": untilCommand,
	} {
		scriptCommands[name] = command
	}
}

// faults are what can come instead of an answer of AWS's.
var faults = map[string]http.HandlerFunc{
	"hang": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	"reset": func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_ = conn.(*net.TCPConn).SetLinger(0) // so that closing sends RST
		_ = conn.Close()
	},
	"truncate": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"ARN": "arn:aws:`)
		panic(http.ErrAbortHandler)
	},
	"html":     page(http.StatusOK),
	"html502":  page(http.StatusBadGateway),
	"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) },
	"empty":    func(http.ResponseWriter, *http.Request) {},
	"number":   func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "42") },
	"throttle": refusal(http.StatusBadRequest, "ThrottlingException", "Rate exceeded"),
	"internal": refusal(http.StatusInternalServerError, "InternalServiceError", "An error occurred on the server side."),
	"skew":     refusal(http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
}

// page answers as a captive portal or a proxy does.
func page(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<!doctype html><html><body>Please sign in to the network.</body></html>")
	}
}

// refusal answers in the protocol of the request, as AWS does.
func refusal(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amzn-Requestid", "11111111-2222-3333-4444-555555555555")
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
			w.Header().Set("Content-Type", "text/xml")
			w.WriteHeader(status)
			fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>11111111-2222-3333-4444-555555555555</RequestId></ErrorResponse>`, code, message)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.Header().Set("X-Amzn-Errortype", code)
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"__type":%q,"message":%q}`, code, message)
	}
}

func faultyCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 || len(args) > 2 {
		ts.Fatalf("usage: faulty FAULT [OPERATION]")
	}
	fault, ok := faults[args[0]]
	if !ok {
		ts.Fatalf("there is no fault %q", args[0])
	}
	local, err := url.Parse(ts.Value(localKey{}).(*aircontest.LocalAWS).URL)
	ts.Check(err)
	healthy := httputil.NewSingleHostReverseProxy(local)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client has gone
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if len(args) == 1 || operationOf(r, body) == args[1] {
			_ = os.WriteFile(ts.MkAbs("calls"), []byte(operationOf(r, body)), 0o600) // for until, which fails without it
			fault(w, r)
			return
		}
		healthy.ServeHTTP(w, r)
	}))
	ts.Defer(server.Close)
	ts.Setenv("AWS_ENDPOINT_URL", server.URL)
}

// operationOf names the operation that a request asks for.
func operationOf(r *http.Request, body []byte) string {
	if _, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		return operation
	}
	if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") != "" {
		return form.Get("Action")
	}
	for _, o := range model.Of("airflow").Operations {
		prefix, _, named := strings.Cut(o.URI, "{")
		if r.Method == o.Method && (r.URL.Path == prefix || named && strings.HasPrefix(r.URL.Path, prefix)) {
			return o.Name
		}
	}
	return ""
}

// another goes on with a local AWS of its own that has the clock.
func another(ts *testscript.TestScript, clock *aircontest.Clock) *aircontest.LocalAWS {
	local := aircontest.NewLocalAWS(ts.Value(testKey{}).(testing.TB), localaws.Options{Wall: clock.Now, MWAA: mwaa.Options{Create: -1, Update: -1, Delete: -1}})
	for name, value := range local.Env() {
		ts.Setenv(name, value)
	}
	return local
}

func skewedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 || len(args) > 2 {
		ts.Fatalf("usage: skewed OFFSET [honest]")
	}
	offset, err := time.ParseDuration(args[0])
	ts.Check(err)
	clock := aircontest.NewClock(time.Now().Add(offset))
	local := another(ts, clock)
	if len(args) == 1 {
		return
	}
	dated := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Date", clock.Now().UTC().Format(http.TimeFormat))
		local.ServeHTTP(rw, r)
	}))
	ts.Defer(dated.Close)
	ts.Setenv("AWS_ENDPOINT_URL", dated.URL)
}

// expiredCommand assumes a role two hours ago, for an hour.
func expiredCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: expired")
	}
	clock := aircontest.NewClock(time.Now())
	local := another(ts, clock)
	ts.Check(makeEnvironment(context.Background(), local.Env(), "expired", "3.3.1"))
	clock.Advance(-2 * time.Hour)
	answer := sendAt(ts, local, clock.Now(), url.Values{
		"Action": {"AssumeRole"}, "Version": {model.Of("sts").APIVersion}, "RoleSessionName": {"yesterday"},
		"RoleArn": {"arn:aws:iam::" + localaws.DefaultAccount + ":role/expired-execution"},
	})
	clock.Advance(2 * time.Hour)
	for variable, element := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AccessKeyId", "AWS_SECRET_ACCESS_KEY": "SecretAccessKey", "AWS_SESSION_TOKEN": "SessionToken",
	} {
		value, err := xmlText(answer, element)
		ts.Check(err)
		ts.Setenv(variable, value)
	}
}

// sendAt sends a call to STS, signed as of a time.
func sendAt(ts *testscript.TestScript, local *aircontest.LocalAWS, at time.Time, form url.Values) []byte {
	body := form.Encode()
	sum := sha256.Sum256([]byte(body))
	r, err := http.NewRequest(http.MethodPost, local.URL+"/", strings.NewReader(body))
	ts.Check(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	keys := aws.Credentials{AccessKeyID: local.Administrator.AccessKeyID, SecretAccessKey: local.Administrator.SecretAccessKey}
	ts.Check(v4.NewSigner().SignHTTP(context.Background(), keys, r, hex.EncodeToString(sum[:]), "sts", localaws.DefaultRegion, at))
	answer, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	ts.Check(err)
	if answer.StatusCode != http.StatusOK {
		ts.Fatalf("sts: %s", text)
	}
	return text
}

func busyCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: busy VARIABLE")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv(args[0], l.Addr().String())
}

// schemaCommand changes the version of a data directory's schema.
func schemaCommand(statement string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 1 {
			ts.Fatalf("usage: newer DIRECTORY")
		}
		db, err := sql.Open("sqlite", ts.MkAbs(filepath.Join(args[0], "aircon.db")))
		ts.Check(err)
		_, err = db.Exec(statement)
		ts.Check(errors.Join(err, db.Close()))
	}
}

// rubbish is what rubbishCommand writes, by kind.
var rubbish = map[string]func() string{
	"10MB":   func() string { return "version: 1\n" + strings.Repeat("# filler\n", 10<<20/9) },
	"deep":   func() string { return "version: 1\nenvironments: " + strings.Repeat("[", 100_000) },
	"binary": func() string { return "\x7fELF\x02\x01\x01" + strings.Repeat("\x00\xff", 4096) },
	"bomb": func() string {
		var b strings.Builder
		b.WriteString("version: 1\nenvironments:\n  e:\n    variables:\n      a: {json: &a [x, x, x, x, x, x, x, x, x, x]}\n")
		for c := 'b'; c <= 'k'; c++ {
			fmt.Fprintf(&b, "      %c: {json: &%c [%s]}\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", c-1), 10), ", "))
		}
		return b.String()
	},
	"ring": func() string {
		return "version: 1\nenvironments:\n  e:\n    variables:\n      a: {json: &a {deeper: *a}}\n"
	},
	"long": func() string {
		return `{"conn_type": "postgres", "password": "` + strings.Repeat("canary", 12_000) + `"}`
	},
	"id": func() string {
		return "version: 1\nenvironments: {e: {connections: {" + strings.Repeat("x", 600) + ": {conn_type: postgres}}}}\n"
	},
}

func rubbishCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 || rubbish[args[1]] == nil {
		ts.Fatalf("usage: rubbish FILE KIND")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(rubbish[args[1]]()), 0o600))
}

func failsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: fails STATUS COMMAND…")
	}
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); !errors.As(err, &exit) || strconv.Itoa(exit.ExitCode()) != args[0] {
		ts.Fatalf("ended with %v, not with status %s", err, args[0])
	}
	said, printed := ts.ReadFile("stderr"), ts.ReadFile("stdout")
	switch {
	case !strings.Contains(said, "aircon: ") && args[0] != strconv.Itoa(exitFindings): // findings are the output itself
		ts.Fatalf("does not say why")
	case len(said) > 4000:
		ts.Fatalf("says %d bytes, which nobody reads", len(said))
	case strings.Contains(said+printed, "canary"):
		ts.Fatalf("shows a secret")
	case strings.Contains(said, "goroutine ") || strings.Contains(said, ".go:"):
		ts.Fatalf("shows a stack")
	case strings.Contains(said+printed, "\x1b"):
		ts.Fatalf("shows escape codes where there is no terminal")
	case slices.Contains(args, "json") && printed != "" && !json.Valid([]byte(printed)):
		ts.Fatalf("prints what is no JSON")
	}
}

// untilCommand gives up after a time that only a hanging command needs.
func untilCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: until FILE TEXT")
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if text, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && bytes.Contains(text, []byte(args[1])) {
			return
		}
	}
	ts.Fatalf("%s never held %q", args[0], args[1])
}
