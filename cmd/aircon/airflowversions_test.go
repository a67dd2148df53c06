//go:build airflow

package main

import (
	"bufio"
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
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"aircon/internal/airflow"
	"aircon/internal/doctor"
	"aircon/localaws"
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

// formsDAG writes a row through each connection: by the operator, and by the hook.
const formsDAG = `from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.postgres.hooks.postgres import PostgresHook

try:
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:  # Airflow 2
    from airflow.operators.python import PythonOperator


def write(conn_id, run_id):
    PostgresHook(conn_id).run("INSERT INTO orders VALUES (%s, %s)", parameters=(conn_id, run_id))


with DAG("etl", schedule=None, start_date=datetime(2026, 1, 1), catchup=False):
    SQLExecuteQueryOperator(task_id="json_form", conn_id="json_form", sql="INSERT INTO orders VALUES ('json_form', '{{ run_id }}')")
    for conn_id in CONNECTIONS:
        PythonOperator(task_id=conn_id, python_callable=write, op_args=[conn_id, "{{ run_id }}"])
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

// TestAirflowVersions holds the whole chain against a real Airflow of each version: connections that apply stored are used by a DAG as the
// execution role; without the policy its tasks fail, and doctor says why; what doctor prints mends it. What came of it stands in
// docs/airflow-versions.md. UPDATE_DOCS=1 writes it there.
func TestAirflowVersions(t *testing.T) {
	for _, version := range versionsToRun() {
		t.Run(version, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
			defer cancel()
			v := startVersion(t, ctx, version, formsDAG, "local", "--directory", demoState, "--address", "127.0.0.1:0", "--database", demoEnvironment, "--airflow-runtime", "--buckets", "buckets")
			v.create()
			if out := v.apply(); strings.Contains(out, "update options") {
				t.Errorf("Airflow starts again:\n%s", out)
			}
			v.sql("CREATE TABLE orders (conn_id text, run_id text)")

			v.ran = v.run("first", "success")
			v.wrote("first")
			first := v.asked("first")

			policy := v.takePolicy()
			v.run("denied", "failed")
			log := v.taskLog("denied", "json_form")
			denied := v.asked("denied")
			finding := v.mend()

			v.run("mended", "success")
			v.wrote("mended")
			if back := v.must(v.attachedPolicy(ctx)); back != policy {
				t.Errorf("the role has %s instead of %s", back, policy)
			}
			if code, out := v.aircon("doctor", "json_form", "uri_form"); code != exitDone {
				t.Errorf("doctor is not content: %d\n%s", code, out)
			}
			holdVersion(t, versionRow{
				version: version, failure: failureIn(t, log), finding: finding, asked: whoAsked(t, version, first, denied),
				created: v.created, ran: v.ran, memory: v.idleMemory(),
			})
		})
	}
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

// create has the environment made with the options that apply would give it, so that Airflow starts once.
func (v *inVersion) create() {
	installed := time.Now()
	code, out := v.aircon("local", "airflow", "--airflow", v.version, "--install-only")
	if code != exitDone {
		v.test.Fatal(out)
	}
	v.test.Logf("Airflow %s was brought in %s", v.version, time.Since(installed).Round(time.Second))
	v.call("iam", "CreateRole", map[string]any{"RoleName": demoEnvironment + "-execution", "AssumeRolePolicyDocument": fmt.Sprintf(trustPolicy, localaws.DefaultAccount)})
	begun := time.Now()
	v.call("mwaa", "CreateEnvironment", map[string]any{
		"Name": demoEnvironment, "AirflowVersion": v.version, "ExecutionRoleArn": "arn:aws:iam::" + localaws.DefaultAccount + ":role/" + demoEnvironment + "-execution",
		"SourceBucketArn": "arn:aws:s3:::" + demoEnvironment + "-dags", "DagS3Path": "dags", "AirflowConfigurationOptions": v.options(),
		"NetworkConfiguration": map[string]any{"SubnetIds": []string{"subnet-00000000000000001", "subnet-00000000000000002"}, "SecurityGroupIds": []string{"sg-00000000000000001"}},
	})
	v.check(awaitAvailable(v.ctx, v.env, demoEnvironment))
	v.created = time.Since(begun)
}

// options are the environment's. In Airflow 3 workers have a pattern of their own, which leaves one connection out: whoever asks for that one
// is a server.
func (v *inVersion) options() map[string]string {
	ids := slices.Sorted(slices.Values(v.conns))
	kwargs := func(ids []string) string {
		return fmt.Sprintf(`{"connections_prefix": "airflow/connections", "connections_lookup_pattern": "^(?-i:%s)$"}`, strings.Join(ids, "|"))
	}
	options := map[string]string{mwaa.OptionBackend: mwaa.BackendClass, mwaa.OptionBackendKwargs: kwargs(ids)}
	if v.servers() {
		options[mwaa.OptionWorkersBackend] = mwaa.BackendClass
		options[mwaa.OptionWorkersBackendKwargs] = kwargs([]string{"json_form", "uri_form"})
	}
	return options
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
		v.test.Fatalf("the run %s ended with %s:\n%s", id, got.RestApiResponse.State, v.taskLog(id, "uri_form"))
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

// wrote expects a row of a run through each connection.
func (v *inVersion) wrote(run string) {
	v.test.Helper()
	got := v.sql("SELECT conn_id FROM orders WHERE run_id = '" + run + "' ORDER BY conn_id")
	if want := slices.Sorted(slices.Values(v.conns)); !slices.Equal(got, want) {
		v.test.Errorf("the run %s wrote through %q instead of %q", run, got, want)
	}
}

// takePolicy detaches the policy that apply made, and returns its ARN.
func (v *inVersion) takePolicy() string {
	v.test.Helper()
	arn := v.must(v.attachedPolicy(v.ctx))
	v.call("iam", "DetachRolePolicy", map[string]any{"RoleName": demoEnvironment + "-execution", "PolicyArn": arn})
	return arn
}

// mend lets doctor find what is wrong and carries out what it prints. It returns the finding's id.
func (v *inVersion) mend() string {
	v.test.Helper()
	code, out := v.aircon("doctor", "json_form", "uri_form", "--output", "json")
	var report doctor.Report
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != exitFindings {
		v.test.Fatalf("doctor: %d, %v\n%s", code, err, out)
	}
	var ids []string
	for _, f := range allFindings(&report) {
		if f.Severity == doctor.Error && !slices.Contains(ids, f.ID) {
			ids = append(ids, f.ID)
		}
	}
	if len(ids) != 1 {
		v.test.Fatalf("doctor finds %q instead of one thing", ids)
	}
	_, printed := v.aircon("doctor", "json_form", "uri_form")
	found := typed.FindStringSubmatch(paragraph(printed, ids[0]))
	if found == nil {
		v.test.Fatalf("doctor prints no command:\n%s", printed)
	}
	line := found[1]
	if asks.MatchString(line) {
		line += " --yes"
	}
	c := v.command(v.ctx, nil)
	shell := exec.CommandContext(v.ctx, "sh", "-c", line)
	shell.Dir, shell.Env = c.Dir, c.Env
	if out, err := shell.CombinedOutput(); err != nil {
		v.test.Fatalf("%s: %v\n%s", line, err, out)
	}
	return ids[0]
}

// taskLog is what the log of a run's task says.
func (v *inVersion) taskLog(run, task string) string {
	v.test.Helper()
	home := filepath.Join(v.dir, demoState, "airflow", demoEnvironment)
	files, err := filepath.Glob(filepath.Join(home, "logs", "dag_id=etl", "run_id="+run, "task_id="+task, "attempt=1.log"))
	v.check(err)
	if len(files) != 1 {
		v.test.Fatalf("the logs of task %s are %q", task, files)
	}
	text, err := os.ReadFile(files[0])
	v.check(err)
	return string(text)
}

// asked counts the calls of GetSecretValue since the last time, by the secret's name. All must be Airflow's, and with the execution role's credentials.
func (v *inVersion) asked(run string) map[string]int {
	v.test.Helper()
	count := map[string]int{}
	agent := "exec-env/Amazon_MWAA_" + strings.ReplaceAll(v.version, ".", "")
	role := "assumed-role/" + demoEnvironment + "-execution/"
	for _, event := range v.eventsSinceMarker() {
		if event.EventName != "GetSecretValue" || !strings.Contains(event.UserAgent, "exec-env/") {
			continue
		}
		var in struct{ SecretID string }
		v.check(json.Unmarshal(event.RequestParameters, &in))
		if !strings.Contains(event.UserAgent, agent) || !strings.Contains(event.UserIdentity.ARN, role) {
			v.test.Errorf("%s: %s was asked for by %s, %s", run, in.SecretID, event.UserIdentity.ARN, event.UserAgent)
		}
		count[strings.TrimPrefix(in.SecretID, "airflow/connections/")]++
	}
	return count
}

// eventsSinceMarker are those of the audit log between the last two markers, of which it sets one.
func (v *inVersion) eventsSinceMarker() []localaws.Event {
	v.test.Helper()
	v.markers++
	v.call("iam", "ListRoles", map[string]any{})
	for {
		events, markers := v.events()
		if markers == v.markers {
			return events
		}
		v.check(nap(v.ctx))
	}
}

// events reads the audit log: what lies between the last marker and the one before, and how many markers there are.
func (v *inVersion) events() (events []localaws.Event, markers int) {
	v.test.Helper()
	file, err := os.Open(filepath.Join(v.dir, demoState, localaws.AuditFile))
	v.check(err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	var all []localaws.Event
	for lines.Scan() {
		var event localaws.Event
		if json.Unmarshal(lines.Bytes(), &event) != nil {
			break // half a line: the rest comes
		}
		all = append(all, event)
		if event.EventName == "ListRoles" {
			markers++
			events, all = all, nil
		}
	}
	return events, markers
}

// notDefined is the last that every Airflow says, whatever the cause.
var notDefined = regexp.MustCompile("The conn_id `json_form` isn't defined")

// failureIn words what a task's log says of a connection that the role may not read.
func failureIn(t *testing.T, log string) string {
	t.Helper()
	if !notDefined.MatchString(log) {
		t.Errorf("the task failed for another reason:\n%s", log)
	}
	if strings.Contains(log, "AccessDeniedException") {
		return "AccessDeniedException, then: isn't defined"
	}
	return "isn't defined"
}

// whoAsked words who asked for the connections, by the calls of a run that succeeds and of one that is refused. The operator looks up twice, the
// hook once. In Airflow 2 the tasks ask. In Airflow 3 a worker asks, and where it finds nothing the API server does: once more for what is
// refused, and alone for what workers do not ask for.
func whoAsked(t *testing.T, version string, first, denied map[string]int) string {
	t.Helper()
	wantFirst, wantDenied, who := map[string]int{"json_form": 2, "uri_form": 1}, map[string]int{"json_form": 1, "uri_form": 1}, "the task"
	if strings.HasPrefix(version, "3.") {
		wantFirst["servers_alone"] = 1
		wantDenied = map[string]int{"json_form": 2, "uri_form": 2, "servers_alone": 1}
		who = "the worker; then the API server"
	}
	if fmt.Sprint(first) != fmt.Sprint(wantFirst) || fmt.Sprint(denied) != fmt.Sprint(wantDenied) {
		t.Errorf("Secrets Manager was asked %v instead of %v, and %v instead of %v without the policy", first, wantFirst, denied, wantDenied)
	}
	return who
}

// idleMemory is what Airflow's processes take when no task runs, in MiB.
func (v *inVersion) idleMemory() int {
	v.test.Helper()
	home := filepath.Join(v.dir, demoState, "airflow", demoEnvironment)
	for last := 0; ; {
		now := airflow.Memory(home)
		if now > 0 && last > 0 && now*100 > last*99 && now*99 < last*100 {
			return now
		}
		last = now
		v.check(nap(v.ctx))
	}
}
