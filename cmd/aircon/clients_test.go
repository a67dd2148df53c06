//go:build clients

package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"aircon/aircontest"
)

// clientsDocument is the guide whose code the scripts run.
const clientsDocument = "../../docs/clients.md"

// The clients as their own package managers bring them, unchanged. scripts/clients.sh brings them or finds them, and says which
// of these tests to leave out because this machine has no such client; here a client that is missing is a failure.

// TestClientsPip drives local AWS with boto3 and the AWS CLI.
func TestClientsPip(t *testing.T) { runClients(t, "pip", "aws", "python") }

// TestClientsNode drives it with the SDK for JavaScript v3.
func TestClientsNode(t *testing.T) { runClients(t, "npm", "aws", "node") }

// TestClientsGo drives it with the program for the SDK for Go v2 that docs/clients.md holds.
func TestClientsGo(t *testing.T) { runClients(t, "golang", "aws", "go") }

// TestClientsJava drives it with the SDK for Java v2.
func TestClientsJava(t *testing.T) { runClients(t, "java", "aws", "java") }

// TestClientsTerraform drives it with Terraform's AWS provider.
func TestClientsTerraform(t *testing.T) { runClients(t, "terraform", "aws", "terraform") }

// TestClientsAirflow lets a real Airflow 2.10.3 read what the AWS CLI or apply stored.
func TestClientsAirflow(t *testing.T) { runClients(t, "airflow", "aws", "airflow-python") }

// runClients runs the scripts of testdata/clients/kind with the clients first on their PATH. They have the commands of TestScripts, and
//
//	assume ROLE              goes on with the keys of a session of the role, which the AWS CLI gets from local STS
//	snippet HEADING FILE…    writes the code blocks below a heading of docs/clients.md to the files, one each
func runClients(t *testing.T, kind string, programs ...string) {
	bin := os.Getenv("AIRCON_CLIENTS")
	if bin == "" {
		t.Fatal("AIRCON_CLIENTS is not set: make test-clients sets it")
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: scripts/clients.sh brings it", err)
		}
	}
	postgres := aircontest.NewPostgres(t)
	commands := maps.Clone(scriptCommands)
	commands["assume"], commands["snippet"] = assumeCommand, snippetCommand
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "clients", kind),
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("AIRCON_CLIENTS", bin)
			e.Setenv("NODE_PATH", filepath.Join(filepath.Dir(bin), "node_modules"))
			return setUpClients(e, postgres)
		},
		Cmds: commands,
	})
}

// setUpClients gives the AWS CLI and boto3 a profile "task", which assumes the execution role of the environment analytics by itself.
func setUpClients(e *testscript.Env, postgres *aircontest.Postgres) error {
	if err := setUp(e, postgres); err != nil {
		return err
	}
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
	return os.WriteFile(config, []byte("[profile task]\nrole_arn = arn:aws:iam::123456789012:role/analytics-execution\n"+
		"credential_source = Environment\nrole_session_name = task\n"), 0o600)
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
