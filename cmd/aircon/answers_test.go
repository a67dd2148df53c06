package main

import (
	"net/http/httptest"
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
	ts.Check(os.Mkdir(dir, 0o700))
	for _, name := range names {
		text, err := os.ReadFile(name)
		ts.Check(err)
		ts.Check(os.WriteFile(filepath.Join(dir, filepath.Base(name)), []byte(fitting.Replace(string(text))), 0o600))
	}
	server := httptest.NewServer(awsanswers.Dir(dir))
	ts.Value(testKey{}).(testing.TB).Cleanup(server.Close)
	ts.Setenv("AWS_ENDPOINT_URL_EC2", server.URL)
	ts.Setenv("AWS_ENDPOINT_URL_RDS", server.URL)
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
