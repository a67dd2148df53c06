package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"aircon/aircontest"
	"aircon/localaws"
	"aircon/localaws/mwaa"
	"aircon/localaws/secretsmanager"
)

// TestMain lets the scripts run this test binary as aircon, as the AWS CLI, and as a program that asks AWS with what credentials it finds.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"aircon": main, "airflow": airflowMain, "aws": awsMain, "as-task": asTaskMain})
}

// TestScripts runs the scripts of testdata/script, each of which reads as a user's session at a terminal. Each has a local AWS of its
// own, with the administrator's keys in its environment, and a database of its own on a real PostgreSQL.
//
// Besides testscript's commands they have:
//
//	answers                      puts EC2 and RDS beside local AWS: they answer from the files in answers/, which fit the environment of a script
//	elsewhere REGION SECRET      lets another region have a secret, beside local AWS
//	replace FILE OLD NEW         replaces a text that a file has; \n stands for a line break
//	environment NAME VERSION     makes an MWAA environment with its execution role
//	account NUMBER               goes on as the administrator of another account, which is made where it is missing, or of the first again
//	call SERVICE OPERATION JSON  calls the local AWS as the account's administrator, as "aircon local call" does, and sets KEY to the KeyId in the answer
//	sql STATEMENT…               runs statements as the superuser of the script's PostgreSQL
//	fault JSON                   begins a fault in the local AWS, as "aircon local fault add" does
//	metastore FILE STATEMENT…    runs statements in an SQLite database of Airflow's, which is made with the table connection where it is missing
//	identity FILE [RECIPIENT]    makes an age identity, as age-keygen does, and a file of its recipient
//	mend                         runs, as a shell would, the command that was printed last after "type", and answers its question
//	mend ID                      the same for the mend of one finding, where several were printed
//	mend edit WORDS…             expects that the last mend in words has these, which the script has carried out just before
//	mend sql                     runs, as they stand, the statements that doctor printed last after "sql", as the superuser
//	subst FILE…                  replaces ${NAME} in files by the variable's value
func TestScripts(t *testing.T) {
	postgres := aircontest.NewPostgres(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup:               func(e *testscript.Env) error { return setUp(e, postgres, localaws.Options{}) },
		Cmds:                scriptCommands,
	})
}

var scriptCommands = map[string]func(*testscript.TestScript, bool, []string){
	"account":     accountCommand,
	"answers":     answersCommand,
	"elsewhere":   elsewhereCommand,
	"environment": environmentCommand,
	"call":        callCommand,
	"fault":       faultCommand,
	"identity":    identityCommand,
	"mend":        mendCommand,
	"replace":     replaceCommand,
	"metastore":   metastoreCommand,
	"sql":         sqlCommand,
	"subst":       substCommand,
	"zip":         zipCommand,
}

// local is the variable of a script's environment under which its local AWS is kept.
type localKey struct{}

// testKey is the same for the test that it runs in.
type testKey struct{}

// postgresKey is the same for its PostgreSQL.
type postgresKey struct{}

func setUp(e *testscript.Env, postgres *aircontest.Postgres, o localaws.Options) error {
	t := e.T().(testing.TB)
	o.MWAA = mwaa.Options{Create: -1, Update: -1, Delete: -1}
	if o.SecretsManager.Rotators == nil {
		o.SecretsManager.Rotators = map[string]secretsmanager.Rotator{rotationFunction: secretsmanager.RotatorFunc(leaveAsIs)}
	}
	aws := aircontest.NewLocalAWS(t, o)
	e.Values[testKey{}] = t
	e.Values[localKey{}], e.Values[postgresKey{}] = aws, postgres
	for name, value := range aws.Env() {
		e.Setenv(name, value)
	}
	e.Setenv("AWS_CONFIG_FILE", os.DevNull)
	e.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	setDatabase(e.Setenv, postgres, postgres.NewDatabase(t))
	return nil
}

// setDatabase tells a script where its database is.
func setDatabase(setenv func(name, value string), server *aircontest.Postgres, db aircontest.Database) {
	for name, value := range map[string]string{
		"DB_HOST": server.Host, "DB_PORT": strconv.Itoa(server.Port), "DB_CA": server.CAFile,
		"DB_NAME": db.Name, "DB_ROLE": db.Role, "DB_PASSWORD": db.Password.Reveal(),
	} {
		setenv(name, value)
	}
}

// rotationFunction is the ARN of a rotation function that a script's secrets may have. It does nothing.
const rotationFunction = "arn:aws:lambda:us-east-1:123456789012:function:rotate"

func leaveAsIs(context.Context, secretsmanager.Event) error { return nil }

func environmentCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: environment NAME VERSION")
	}
	aws := ts.Value(localKey{}).(*aircontest.LocalAWS)
	ts.Check(makeEnvironment(context.Background(), aws.Env(), args[0], args[1]))
}

func accountCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: account NUMBER")
	}
	aws := ts.Value(localKey{}).(*aircontest.LocalAWS)
	keys, account := aws.Administrator, ""
	if args[0] != localaws.DefaultAccount {
		var err error
		account = args[0]
		keys, err = aws.AddAccount(account)
		ts.Check(err)
	}
	ts.Setenv("ACCOUNT", account)
	ts.Setenv("AWS_ACCESS_KEY_ID", keys.AccessKeyID)
	ts.Setenv("AWS_SECRET_ACCESS_KEY", keys.SecretAccessKey)
}

func callCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: call SERVICE OPERATION JSON")
	}
	env := ts.Value(localKey{}).(*aircontest.LocalAWS).Env()
	if ts.Getenv("ACCOUNT") != "" {
		env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"] = ts.Getenv("AWS_ACCESS_KEY_ID"), ts.Getenv("AWS_SECRET_ACCESS_KEY")
	}
	answer, err := callLocal(context.Background(), env, args[0], args[1], strings.Join(args[2:], " "))
	if (err != nil) != neg {
		ts.Fatalf("call %s %s: %v", args[0], args[1], err)
	}
	if found := keyID.FindSubmatch(answer); found != nil {
		ts.Setenv("KEY", string(found[1]))
	}
}

func faultCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fault JSON")
	}
	var fault localaws.Fault
	ts.Check(json.Unmarshal([]byte(args[0]), &fault))
	_, err := ts.Value(localKey{}).(*aircontest.LocalAWS).AddFault(fault)
	ts.Check(err)
}

func sqlCommand(ts *testscript.TestScript, neg bool, statements []string) {
	if neg || len(statements) == 0 {
		ts.Fatalf("usage: sql STATEMENT…")
	}
	ts.Value(postgresKey{}).(*aircontest.Postgres).Exec(ts.Value(testKey{}).(testing.TB), "", statements...)
}

func identityCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: identity FILE [RECIPIENT]")
	}
	made, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(made.String()+"\n"), 0o600))
	for _, name := range args[1:] {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(made.Recipient().String()+"\n"), 0o600))
	}
}

var keyID = regexp.MustCompile(`"KeyId":"([^"]+)"`)

// typed finds the command that is printed as a finding's mend.
var typed = regexp.MustCompile(`(?m)^ +type +(.*)$`)

// statements finds the ones that doctor prints as a finding's mend.
var statements = regexp.MustCompile(`(?m)^ +sql +(.*)$`)

// worded finds the mends that are printed in words.
var worded = regexp.MustCompile(`(?m)^ +mend +(.*)$`)

// asks finds the commands that ask before they do something.
var asks = regexp.MustCompile(`^aircon (apply|lint|migrate|doctor .*--fix)`)

func mendCommand(ts *testscript.TestScript, neg bool, args []string) {
	form, printed := typed, ts.ReadFile("stdout")
	switch {
	case len(args) > 1 && args[0] == "edit":
		mendEdit(ts, printed, args[1:])
		return
	case len(args) == 1 && args[0] == "sql":
		form, args = statements, nil
	case len(args) == 1 && findingID.MatchString(args[0]):
		printed, args = paragraph(printed, args[0]), nil
	}
	found := form.FindAllStringSubmatch(printed, -1)
	if neg || len(args) > 0 || len(found) == 0 {
		ts.Fatalf("no mend of this form was printed")
	}
	if form == statements {
		sqlCommand(ts, false, strings.Split(strings.TrimSuffix(found[len(found)-1][1], ";"), "; "))
		return
	}
	for _, line := range typed.FindAllStringSubmatch(lastOf(printed, found[len(found)-1][0]), -1) {
		if asks.MatchString(line[1]) {
			line[1] += " --yes"
		}
		ts.Check(ts.Exec("sh", "-c", line[1]))
	}
}

// lastOf is the part of a report that prints a line last, which is about one finding: its mend may be several commands.
func lastOf(report, line string) string {
	parts := strings.Split(report, "\n\n")
	for len(parts) > 1 && !strings.Contains(parts[len(parts)-1], line) {
		parts = parts[:len(parts)-1]
	}
	return parts[len(parts)-1]
}

// paragraph is the part of a report that is about one finding.
func paragraph(report, id string) string {
	for _, part := range strings.Split(report, "\n\n")[1:] {
		if first, _, _ := strings.Cut(part, "\n"); strings.Contains(first, " "+id+" ") {
			return part
		}
	}
	return ""
}

func mendEdit(ts *testscript.TestScript, printed string, words []string) {
	found := worded.FindAllStringSubmatch(printed, -1)
	for _, w := range words {
		if len(found) == 0 || !strings.Contains(found[len(found)-1][1], w) {
			ts.Fatalf("the last mend does not say %q", w)
		}
	}
}

// zipCommand puts the files of a folder into an archive.
func zipCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: zip ARCHIVE FOLDER")
	}
	archive, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	z := zip.NewWriter(archive)
	ts.Check(errors.Join(z.AddFS(os.DirFS(ts.MkAbs(args[1]))), z.Close(), archive.Close()))
}

func substCommand(ts *testscript.TestScript, neg bool, files []string) {
	if neg || len(files) == 0 {
		ts.Fatalf("usage: subst FILE…")
	}
	for _, name := range files {
		text := os.Expand(ts.ReadFile(name), func(variable string) string {
			if value := ts.Getenv(variable); value != "" {
				return value
			}
			return "$" + variable
		})
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(strings.TrimPrefix(text, "\n")), 0o600))
	}
}
