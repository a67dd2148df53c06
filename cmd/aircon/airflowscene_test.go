//go:build airflow

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"aircon/mwaa"
)

// versionsToRun are those of AIRFLOW_VERSIONS, or all.
func versionsToRun() []string {
	if named := strings.Fields(os.Getenv("AIRFLOW_VERSIONS")); len(named) > 0 {
		return named
	}
	return mwaa.Versions()
}

// formsSpec declares the same connection twice, and in Airflow 3 a third time: that one's id is not among those that workers ask Secrets Manager for.
const formsSpec = `version: 1
environments:
  analytics:
    connections:
      json_form: &warehouse
        conn_type: postgres
        host: %s
        port: %s
        login: %s
        password: {env: PGPASSWORD}
        schema: %s
        extra: {sslmode: verify-full, sslrootcert: %q}
      uri_form:
        <<: *warehouse
        format: uri
`

const serversSpec = `      servers_alone: *warehouse
`

// inVersion is an environment of one version, whose Airflow runs beside a local AWS and a real PostgreSQL.
type inVersion struct {
	*stage
	ctx     context.Context
	test    *testing.T
	shown   *bytes.Buffer
	version string
	conns   []string
	markers int

	created, ran time.Duration // to AVAILABLE; the first run, from its trigger to success
}

// startVersion starts a local AWS with a bucket that has a DAG file.
func startVersion(t *testing.T, ctx context.Context, version, dag string, local ...string) *inVersion {
	t.Helper()
	self, err := exec.LookPath("aircon")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "version-") // t.TempDir's own is closed to PostgreSQL's user
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	v := &inVersion{ctx: ctx, test: t, shown: new(bytes.Buffer), version: version, conns: []string{"json_form", "uri_form"}}
	w := world{in: strings.NewReader(""), out: v.shown, err: io.Discard, getenv: func(string) string { return "" }}
	v.stage = &stage{t: w.terminal(), self: self, dir: dir}
	v.check(os.Chmod(dir, 0o711)) //nolint:gosec // to be passed through, not read
	hooked := `["uri_form"]`
	if v.servers() {
		v.conns = append(v.conns, "servers_alone")
		hooked = `["uri_form", "servers_alone"]`
	}
	v.check(os.MkdirAll(filepath.Join(dir, "buckets/analytics-dags/dags"), 0o700))
	v.check(os.WriteFile(filepath.Join(dir, "buckets/analytics-dags/dags/etl.py"), []byte(strings.Replace(dag, "CONNECTIONS", hooked, 1)), 0o600))
	t.Cleanup(func() {
		if err := v.close(context.Background()); err != nil {
			t.Error(err)
		}
		if left := processesNaming(t, dir); len(left) > 0 {
			t.Errorf("processes are left: %q", left)
		}
	})
	v.check(v.local(ctx, local...))
	return v
}

// servers reports whether the version has servers that ask for what workers do not find.
func (v *inVersion) servers() bool { return strings.HasPrefix(v.version, "3.") }

func (v *inVersion) check(err error) {
	v.test.Helper()
	if err != nil {
		v.test.Fatalf("%v\n%s", err, v.shown)
	}
}

func (v *inVersion) must(text string, err error) string {
	v.test.Helper()
	v.check(err)
	return text
}

// call calls local AWS as the account's administrator.
func (v *inVersion) call(service, operation string, input any) []byte {
	v.test.Helper()
	text, err := json.Marshal(input)
	v.check(err)
	answer, err := callLocal(v.ctx, v.env, service, operation, string(text))
	v.check(err)
	return answer
}

// aircon runs a command, and returns how it ended and what it printed.
func (v *inVersion) aircon(args ...string) (int, string) {
	v.test.Helper()
	out, err := v.command(v.ctx, args).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		v.test.Fatal(err)
	}
	code := exitDone
	if err != nil {
		code = exit.ExitCode()
	}
	return code, string(out)
}

// apply stores the connections, and returns what it printed.
func (v *inVersion) apply() string {
	v.test.Helper()
	text := fmt.Sprintf(formsSpec, v.env["PGHOST"], v.env["PGPORT"], v.env["PGUSER"], v.env["PGDATABASE"], v.env["PGSSLROOTCERT"])
	if v.servers() {
		text += serversSpec
	}
	v.check(os.WriteFile(filepath.Join(v.dir, "aircon.yaml"), []byte(text), 0o600))
	code, out := v.aircon("apply", "--yes")
	if code != exitDone {
		v.test.Fatalf("apply: %d\n%s", code, out)
	}
	return out
}

// sql runs a statement as the connections' role, and returns the rows' only column.
func (v *inVersion) sql(statement string) []string {
	v.test.Helper()
	at := url.URL{Scheme: "postgres", User: url.UserPassword(v.env["PGUSER"], v.env["PGPASSWORD"]), Host: v.env["PGHOST"] + ":" + v.env["PGPORT"], Path: v.env["PGDATABASE"]}
	db, err := pgx.Connect(v.ctx, at.String()+"?sslmode=verify-full&sslrootcert="+url.QueryEscape(v.env["PGSSLROOTCERT"]))
	v.check(err)
	rows, err := db.Query(v.ctx, statement)
	v.check(err)
	values, err := pgx.CollectRows(rows, pgx.RowTo[string])
	v.check(errors.Join(err, db.Close(v.ctx)))
	return values
}

// run triggers a run through MWAA's InvokeRestApi, waits for its end, and returns how long it took.
func (v *inVersion) run(id, want string) time.Duration {
	v.test.Helper()
	v.invokeUntil("GET", "/dags/etl", "{}", func([]byte) bool { return true })
	body := `{"dag_run_id": "` + id + `"}`
	if v.servers() {
		body = `{"dag_run_id": "` + id + `", "logical_date": null}`
	}
	begun := time.Now()
	v.invokeUntil("POST", "/dags/etl/dagRuns", body, func([]byte) bool { return true })
	var got struct {
		RestApiResponse struct{ State string }
	}
	v.invokeUntil("GET", "/dags/etl/dagRuns/"+id, "{}", func(answer []byte) bool {
		v.check(json.Unmarshal(answer, &got))
		return got.RestApiResponse.State == "success" || got.RestApiResponse.State == "failed"
	})
	if got.RestApiResponse.State != want {
		v.test.Fatalf("the run %s ended with %s:\n%s", id, got.RestApiResponse.State, v.taskLogs(id))
	}
	return time.Since(begun)
}

// invokeUntil asks Airflow's REST API until the answer is as wanted. What is not there yet is waited for.
func (v *inVersion) invokeUntil(method, path, body string, well func(answer []byte) bool) {
	v.test.Helper()
	for {
		answer, err := callLocal(v.ctx, v.env, "mwaa", "InvokeRestApi", invocation(method, path, body))
		if err == nil && well(answer) {
			return
		}
		if err != nil && (method != "GET" || !strings.Contains(err.Error(), "404")) {
			v.test.Fatalf("%s %s: %v", method, path, err)
		}
		v.check(nap(v.ctx))
	}
}

// taskLogs is what the logs of all tasks of a run say.
func (v *inVersion) taskLogs(run string) string {
	v.test.Helper()
	files, err := filepath.Glob(filepath.Join(v.home(), "logs", "dag_id=etl", "run_id="+run, "task_id=*", "attempt=1.log"))
	v.check(err)
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		v.check(err)
		fmt.Fprintf(&all, "%s\n%s\n", file, text)
	}
	return all.String()
}

// taskLog is what the log of a run's task says.
func (v *inVersion) taskLog(run, task string) string {
	v.test.Helper()
	files, err := filepath.Glob(filepath.Join(v.home(), "logs", "dag_id=etl", "run_id="+run, "task_id="+task, "attempt=1.log"))
	v.check(err)
	if len(files) != 1 {
		v.test.Fatalf("the logs of task %s are %q", task, files)
	}
	text, err := os.ReadFile(files[0])
	v.check(err)
	return string(text)
}

// home is the directory of the environment's Airflow.
func (v *inVersion) home() string {
	v.test.Helper()
	return v.must(findAirflowHome(filepath.Join(v.dir, demoState), demoEnvironment))
}
