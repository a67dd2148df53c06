package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"aircon/aircontest"
	"aircon/internal/doctor"
	"aircon/localaws"
)

// TestRows makes each of the ways in which this setup fails in the field for real, in a script of its own, testdata/rows/NN.txtar: the
// symptom is its first line, doctor, lint or another command must name the cause, the mend is run word for word, and what is left is
// healthy. Finding AC0NN is that of row NN. Besides the commands of TestScripts they have:
//
//	ready VERSION           an MWAA environment "analytics" with all that the script's aircon.yaml declares, or else one connection, applied and healthy
//	secret FILE [NAME]      stores a file's text, with ${VARIABLES}, as the secret airflow/connections/my_postgres_db, or another
//	finding ID WORDS…       expects that the last command printed the finding, and each of the words
//	healthy                 expects that doctor has nothing to say any more
func TestRows(t *testing.T) {
	postgres := aircontest.NewPostgres(t)
	for name, command := range scriptCommands {
		if rowCommands[name] == nil {
			rowCommands[name] = command
		}
	}
	testscript.Run(t, testscript.Params{
		Dir:                 rowScripts,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			return setUp(e, postgres, localaws.Options{})
		},
		Cmds: rowCommands,
	})
}

const rowScripts = "testdata/rows"

var rowCommands = map[string]func(*testscript.TestScript, bool, []string){
	"ready": readyCommand, "secret": secretCommand, "finding": findingCommand, "healthy": healthyCommand,
}

// rowSpec is what a script has that brings no aircon.yaml of its own.
const rowSpec = `version: 1
environments:
  analytics:
    connections:
      my_postgres_db:
        conn_type: postgres
        host: ${DB_HOST}
        port: ${DB_PORT}
        login: ${DB_ROLE}
        password: {env: DB_PASSWORD}
        schema: ${DB_NAME}
        extra: {sslmode: verify-full, sslrootcert: "${DB_CA}"}
`

func readyCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ready VERSION")
	}
	environmentCommand(ts, false, []string{"analytics", args[0]})
	path := ts.MkAbs(defaultSpec)
	if _, err := os.Stat(path); err != nil {
		ts.Check(os.WriteFile(path, []byte(rowSpec), 0o600))
	}
	substCommand(ts, false, []string{defaultSpec})
	ts.Check(ts.Exec("aircon", "apply", "--yes"))
	healthyCommand(ts, false, nil)
}

func secretCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 || len(args) > 2 {
		ts.Fatalf("usage: secret FILE [NAME]")
	}
	name := "airflow/connections/my_postgres_db"
	if len(args) == 2 {
		name = args[1]
	}
	text := strings.TrimSuffix(os.Expand(ts.ReadFile(args[0]), ts.Getenv), "\n")
	input, err := json.Marshal(map[string]string{"SecretId": name, "SecretString": text})
	ts.Check(err)
	callCommand(ts, false, []string{"secretsmanager", "PutSecretValue", string(input)})
}

func findingCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: finding ID WORDS…")
	}
	printed := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	for _, words := range args {
		if strings.Contains(printed, words) == neg {
			ts.Fatalf("printed %q: %t", words, neg)
		}
	}
}

func healthyCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: healthy")
	}
	ts.Check(ts.Exec("aircon", "doctor", "--fail-on", "warning"))
}

// ownFindings are the findings of rows whose causes have findings of their own.
var ownFindings = map[int]string{43: "AC152", 44: "AC147"}

// unmended are the rows whose mend is not run, with the reason.
var unmended = map[int]string{
	17: "which connection may write is for whoever rotates to say",
	18: "the proxy and its credentials are RDS's",
}

var mendRun = regexp.MustCompile(`(?m)^mend\b[^\n]*\n(?:[^\n]*\n)*?(?:healthy|exec aircon (?:exec [^\n]*-- aircon )?(?:doctor|lint|scan|cost|plan|get|ls))`)

// rowsTable is the list of rows for the guide, with the script that makes each. A row without one, whose script does not expect its finding, or does not run
// the mend and look again, is an error.
func rowsTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| row | what a user sees | finding | made for real, and mended, in |\n| --- | --- | --- | --- |\n")
	for row := 1; row <= 52; row++ {
		id := cmp.Or(ownFindings[row], fmt.Sprintf("AC%03d", row))
		kind, known := doctor.Lookup(id)
		path := fmt.Sprintf("%s/%02d.txtar", rowScripts, row)
		text, err := os.ReadFile(path)
		if err != nil || !known {
			t.Errorf("row %d: finding known: %t; script: %v", row, known, err)
			continue
		}
		symptom, script, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
		if !strings.Contains(script, "\nfinding "+id) {
			t.Errorf("%s does not expect %s", path, id)
		}
		why, excused := unmended[row]
		if mendRun.MatchString(script) == excused {
			t.Errorf("%s runs the mend and looks again: %t", path, !excused)
		}
		if excused {
			why = ": " + why
		}
		fmt.Fprintf(&b, "| %d | %s | [%s](findings.md#%s) %s | [%s](../cmd/aircon/%s)%s |\n",
			row, strings.ReplaceAll(symptom, "|", `\|`), id, strings.ToLower(id), kind.Title, filepath.Base(path), path, why)
	}
	return b.String()
}
