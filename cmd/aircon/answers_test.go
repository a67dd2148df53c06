package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"aircon/internal/awsanswers"
)

// fitting makes recorded answers those of a script's environment.
var fitting = strings.NewReplacer(
	"eu-west-1", "us-east-1", "subnet-0a1b2c3d4e5f60001", "subnet-00000000000000001", "subnet-0a1b2c3d4e5f60002", "subnet-00000000000000002",
	"sg-0a1b2c3d4e5f600e1", "sg-00000000000000001",
)

func answersCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: answers")
	}
	const from = "../../internal/awsapi/testdata/answers"
	names, err := filepath.Glob(from + "/*.xml")
	ts.Check(err)
	dir := ts.MkAbs("answers")
	ts.Check(os.MkdirAll(dir, 0o700))
	for _, name := range names {
		text, err := os.ReadFile(name)
		ts.Check(err)
		ts.Check(os.WriteFile(filepath.Join(dir, filepath.Base(name)), []byte(fitting.Replace(string(text))), 0o600))
	}
	server := httptest.NewServer(awsanswers.Dir(dir))
	ts.Value(testKey{}).(testing.TB).Cleanup(server.Close)
	ts.Setenv("AWS_ENDPOINT_URL_EC2", server.URL)
	ts.Setenv("AWS_ENDPOINT_URL_RDS", server.URL)
	ts.Setenv("AWS_ENDPOINT_URL_ROUTE_53", server.URL)
}

// askAnswers makes a call of the AWS CLI's to a service that answers from files: --vpc-endpoint-id x is VpcEndpointId, a switch alone is true.
func askAnswers(at, operation string, args []string) error {
	form := url.Values{"Action": {camel(operation)}}
	for i := 0; i < len(args); i++ {
		name, is := strings.CutPrefix(args[i], "--")
		if !is {
			return fmt.Errorf("%s is no option", args[i])
		}
		value := "true"
		if i+1 < len(args) && !strings.HasPrefix(args[i+1], "--") {
			i++
			value = args[i]
		}
		form.Set(camel(name), value)
	}
	answer, err := http.PostForm(at, form)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", operation, text)
	}
	return err
}

func camel(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// elsewhereCommand lets another region have a secret, whose description is all that is asked for there.
func elsewhereCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: elsewhere REGION SECRET")
	}
	local, err := url.Parse(ts.Getenv("AWS_ENDPOINT_URL"))
	ts.Check(err)
	region, name := args[0], args[1]
	toLocal := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(local); r.Out.Host = r.In.Host }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), "/"+region+"/secretsmanager/") {
			toLocal.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.Header().Set("X-Amzn-Requestid", "8f7724cf-496f-496e-8fe3-example")
		fmt.Fprintf(w, `{"ARN": "arn:aws:secretsmanager:%s:123456789012:secret:%s-AbCdEf", "Name": %[2]q, "VersionIdsToStages": {"8f7724cf": ["AWSCURRENT"]}}`, region, name)
	}))
	ts.Value(testKey{}).(testing.TB).Cleanup(server.Close)
	ts.Setenv("AWS_ENDPOINT_URL", server.URL)
}

func replaceCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	breaks := strings.NewReplacer(`\n`, "\n")
	text, old := ts.ReadFile(args[0]), breaks.Replace(args[1])
	if !strings.Contains(text, old) {
		ts.Fatalf("%s has no %q", args[0], old)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, old, breaks.Replace(args[2]))), 0o600))
}
