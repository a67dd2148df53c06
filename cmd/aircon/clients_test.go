//go:build clients

package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"aircon/aircontest"
	"aircon/localaws"
	"aircon/localaws/secretsmanager"
)

// clientsDocument is the guide whose code the scripts run.
const clientsDocument = "../../docs/clients.md"

// The clients as their own package managers bring them, unchanged. scripts/clients.sh brings them or finds them, and says which
// of these tests to leave out because this machine has no such client; here a client that is missing is a failure.

// TestClientsPip drives local AWS with boto3 and the AWS CLI.
func TestClientsPip(t *testing.T) { runClients(t, "pip", "aws", "python") }

// TestClientsNode drives it with the SDK for JavaScript v3.
func TestClientsNode(t *testing.T) { runClients(t, "npm", "aws", "node") }

// TestClientsGo drives it with the SDK for Go v2.
func TestClientsGo(t *testing.T) { runClients(t, "golang", "aws", "go") }

// TestClientsJava drives it with the SDK for Java v2.
func TestClientsJava(t *testing.T) { runClients(t, "java", "aws", "java") }

// TestClientsTerraform drives it with Terraform's AWS provider.
func TestClientsTerraform(t *testing.T) { runClients(t, "terraform", "aws", "terraform") }

// TestClientsAirflow lets a real Airflow 2.10.3 read what the AWS CLI or apply stored.
func TestClientsAirflow(t *testing.T) { runClients(t, "airflow", "aws", "airflow-python") }

// TestClientsRows has the AWS CLI itself carry out the mends that are commands of its. Airflow's commands are the scripts' own: the metastores there have no
// table but one.
func TestClientsRows(t *testing.T) {
	alone := t.TempDir()
	if err := os.Symlink(filepath.Join(clients(t), "aws"), filepath.Join(alone, "aws")); err != nil {
		t.Fatal(err)
	}
	first(t, alone, "aws")
	TestRows(t)
}

// clientsFirst puts the directory of the clients first on the PATH, and expects the programs there.
func clientsFirst(t *testing.T, programs ...string) (bin string) {
	t.Helper()
	bin = clients(t)
	first(t, bin, programs...)
	return bin
}

// clients is the directory of the clients.
func clients(t *testing.T) string {
	t.Helper()
	bin := os.Getenv("AIRCON_CLIENTS")
	if bin == "" {
		t.Fatal("AIRCON_CLIENTS is not set: make test-clients sets it")
	}
	return bin
}

// first puts a directory first on the PATH, and expects the programs there.
func first(t *testing.T, bin string, programs ...string) {
	t.Helper()
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: scripts/clients.sh brings it", err)
		}
	}
}

// runClients runs the scripts of testdata/clients/kind with the clients first on their PATH. They have the commands of TestScripts, and
//
//	reader                   makes a role that may read the secrets client/page-… and nothing else
//	assume ROLE              goes on with the keys of a session of the role, which the AWS CLI gets from local STS
//	snippet HEADING FILE…    writes the code blocks below a heading of docs/clients.md to the files, one each
//
// PROGRAMS is testdata/clients/kind, with programs that each make the same calls and so print session.txt.
func runClients(t *testing.T, kind string, programs ...string) {
	bin := clientsFirst(t, programs...)
	postgres := aircontest.NewPostgres(t)
	commands := maps.Clone(scriptCommands)
	commands["assume"], commands["reader"], commands["snippet"] = assumeCommand, readerCommand, snippetCommand
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "clients", kind),
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("AIRCON_CLIENTS", bin)
			e.Setenv("NODE_PATH", filepath.Join(filepath.Dir(bin), "node_modules"))
			return setUpClients(e, postgres, kind)
		},
		Cmds: commands,
	})
}

// awsConfig has profiles by which the AWS CLI and boto3 assume roles by themselves.
const awsConfig = `[profile task]
role_arn = arn:aws:iam::123456789012:role/analytics-execution
credential_source = Environment
role_session_name = task
[profile reader]
role_arn = arn:aws:iam::123456789012:role/reader
credential_source = Environment
role_session_name = session
[profile tasks]
role_arn = arn:aws:iam::123456789012:role/airflow/tasks
credential_source = Environment
role_session_name = tasks
`

// setUpClients gives a script its local AWS, in which secrets are rotated by the function named rotate, and what its clients need.
func setUpClients(e *testscript.Env, postgres *aircontest.Postgres, kind string) error {
	var function rotation
	if err := setUp(e, postgres, localaws.Options{SecretsManager: secretsmanager.Options{
		Rotators: map[string]secretsmanager.Rotator{rotationFunction: &function},
	}}); err != nil {
		return err
	}
	function.env = e.Values[localKey{}].(*aircontest.LocalAWS).Env()
	config := filepath.Join(e.WorkDir, "aws.config")
	e.Setenv("AWS_CONFIG_FILE", config)
	e.Setenv("HOME", e.WorkDir) // where the AWS CLI caches the sessions of roles
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			return err
		}
		e.Setenv(name, strings.TrimSpace(string(value)))
	}
	module, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	e.Setenv("MODULE", module)
	e.Setenv("PROGRAMS", filepath.Join(module, "cmd", "aircon", "testdata", "clients", kind))
	expected, err := os.ReadFile("testdata/clients/session.txt")
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(config, []byte(awsConfig), 0o600), os.WriteFile(filepath.Join(e.WorkDir, "session.txt"), expected, 0o600))
}

// rotation is a rotation function in AWS's four steps, of which two have nothing to do here: there is no database behind the secret.
type rotation struct{ env map[string]string }

// Rotate does a step, with the administrator's keys.
func (r *rotation) Rotate(ctx context.Context, e secretsmanager.Event) error {
	call := func(operation, input string, arguments ...any) ([]byte, error) {
		return callLocal(ctx, r.env, "secretsmanager", operation, fmt.Sprintf(input, arguments...))
	}
	switch e.Step {
	case "createSecret":
		_, err := call("PutSecretValue", `{"SecretId": %q, "ClientRequestToken": %q, "SecretString": %q, "VersionStages": ["AWSPENDING"]}`,
			e.SecretId, e.ClientRequestToken, rand.Text())
		return err
	case "finishSecret":
		answer, err := call("GetSecretValue", `{"SecretId": %q}`, e.SecretId)
		if err != nil {
			return err
		}
		var current struct{ VersionId string }
		if err := json.Unmarshal(answer, &current); err != nil {
			return err
		}
		_, err = call("UpdateSecretVersionStage", `{"SecretId": %q, "VersionStage": "AWSCURRENT", "MoveToVersionId": %q, "RemoveFromVersionId": %q}`,
			e.SecretId, e.ClientRequestToken, current.VersionId)
		return err
	}
	return nil
}

func readerCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: reader")
	}
	env := ts.Value(localKey{}).(*aircontest.LocalAWS).Env()
	for _, call := range [][2]string{
		{"CreateRole", `{"RoleName": "reader", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": {
			"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}}}`},
		{"PutRolePolicy", `{"RoleName": "reader", "PolicyName": "pages", "PolicyDocument": {"Version": "2012-10-17", "Statement": {
			"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:us-east-1:123456789012:secret:client/page-*"}}}`},
	} {
		_, err := callLocal(context.Background(), env, "iam", call[0], call[1])
		ts.Check(err)
	}
}

func assumeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: assume ROLE")
	}
	ts.Check(ts.Exec("aws", "sts", "assume-role", "--role-arn", "arn:aws:iam::123456789012:role/"+args[0], "--role-session-name", "task",
		"--query", "Credentials.[AccessKeyId,SecretAccessKey,SessionToken]", "--output", "text"))
	keys := strings.Fields(ts.ReadFile("stdout"))
	if len(keys) != 3 {
		ts.Fatalf("assume-role printed %d fields", len(keys))
	}
	for i, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
		ts.Setenv(name, keys[i])
	}
}

var codeBlock = regexp.MustCompile("(?ms)^```[a-z]+\n(.*?)^```$") //nolint:gocritic // with (?m) the second ^ begins a line

func snippetCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: snippet HEADING FILE…")
	}
	text, err := os.ReadFile(clientsDocument)
	ts.Check(err)
	_, section, found := strings.Cut(string(text), "\n## "+args[0]+"\n")
	if !found {
		ts.Fatalf("%s has no heading %q", clientsDocument, args[0])
	}
	section, _, _ = strings.Cut(section, "\n## ")
	blocks := codeBlock.FindAllStringSubmatch(section, -1)
	if len(blocks) != len(args)-1 {
		ts.Fatalf("%q has %d code blocks, and %d files are named: each block must be run", args[0], len(blocks), len(args)-1)
	}
	for i, name := range args[1:] {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(blocks[i][1]), 0o600))
	}
}
