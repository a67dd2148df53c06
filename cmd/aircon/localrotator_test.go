package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/rogpeppe/go-internal/testscript"

	sm "aircon/localaws/secretsmanager"
)

func init() { scriptCommands["function"] = functionCommand }

// functionCommand serves a rotation function as Lambda's runtime interface emulator does, which calls the local AWS of a directory as any client, and
// writes each step that is done into the file steps.
func functionCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: function VARIABLE DIRECTORY")
	}
	steps, directory := ts.MkAbs("steps"), ts.MkAbs(args[1])
	function := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var e sm.Event
		err := json.NewDecoder(r.Body).Decode(&e)
		if err == nil {
			err = rotateStep(r, directory, e)
		}
		if err != nil {
			fmt.Fprintf(w, `{"errorMessage": %q, "errorType": "Exception"}`, err)
			return
		}
		f, err := os.OpenFile(steps, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		defer f.Close()
		fmt.Fprintln(f, e.Step)
		fmt.Fprint(w, "null")
	}))
	ts.Defer(function.Close)
	ts.Setenv(args[0], function.URL)
}

// rotateStep makes a value in createSecret, and moves AWSCURRENT in finishSecret.
func rotateStep(r *http.Request, directory string, e sm.Event) error {
	env, err := (&localFlags{directory: directory}).environment(r.Context())
	if err != nil {
		return err
	}
	client := secretsmanager.New(secretsmanager.Options{
		Region: env["AWS_REGION"], BaseEndpoint: aws.String(env["AWS_ENDPOINT_URL"]),
		Credentials: credentials.NewStaticCredentialsProvider(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], ""),
	})
	switch e.Step {
	case "createSecret":
		_, err = client.PutSecretValue(r.Context(), &secretsmanager.PutSecretValueInput{
			SecretId: &e.SecretId, ClientRequestToken: &e.ClientRequestToken, SecretString: aws.String("rotated"), VersionStages: []string{"AWSPENDING"},
			RotationToken: &e.RotationToken,
		})
	case "finishSecret":
		now, failed := client.GetSecretValue(r.Context(), &secretsmanager.GetSecretValueInput{SecretId: &e.SecretId})
		if failed != nil {
			return failed
		}
		_, err = client.UpdateSecretVersionStage(r.Context(), &secretsmanager.UpdateSecretVersionStageInput{
			SecretId: &e.SecretId, VersionStage: aws.String("AWSCURRENT"), MoveToVersionId: &e.ClientRequestToken, RemoveFromVersionId: now.VersionId,
		})
	}
	return err
}

// TestRotatorFlags: what --rotator takes, and what it says of the rest.
func TestRotatorFlags(t *testing.T) {
	const arn, url = "arn:aws:lambda:us-east-1:123456789012:function:rotate", "http://127.0.0.1:9000/2015-03-31/functions/function/invocations"
	tests := map[string]struct {
		flags    []string
		anywhere bool
		want     string // "" or what the error says
	}{
		"none":                {nil, false, ""},
		"the emulator":        {[]string{arn + "=" + url}, false, ""},
		"two":                 {[]string{arn + "=" + url, arn + "2=http://localhost:9001/"}, false, ""},
		"IPv6":                {[]string{arn + "=http://[::1]:9000/"}, false, ""},
		"another machine":     {[]string{arn + "=http://10.0.0.1:9000/"}, false, "such as 127.0.0.1, or any with --rotator-anywhere"},
		"allowed elsewhere":   {[]string{arn + "=http://10.0.0.1:9000/"}, true, ""},
		"no URL":              {[]string{arn}, false, `the rotator "" is no URL of HTTP`},
		"no HTTP":             {[]string{arn + "=ftp://127.0.0.1/"}, false, "is no URL of HTTP"},
		"no function":         {[]string{"rotate=" + url}, false, "does not begin with a Lambda function's ARN"},
		"a role":              {[]string{"arn:aws:iam::123456789012:role/rotate=" + url}, false, "does not begin with a Lambda function's ARN"},
		"one function, twice": {[]string{arn + "=" + url, arn + "=" + url}, false, "names " + arn + " twice"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := readRotators(tt.flags, tt.anywhere)
			switch {
			case tt.want == "" && (err != nil || len(got) != len(tt.flags)):
				t.Errorf("%v, %v", got, err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}
