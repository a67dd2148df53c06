//go:build airflow

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"aircon/internal/airflow"
	"aircon/internal/doctor"
	"aircon/localaws"
	"aircon/mwaa"
)

// formsDAG writes a row through each connection: by the operator, and by the hook.
const formsDAG = `from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.postgres.hooks.postgres import PostgresHook

try:
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:  # Airflow 2
    from airflow.operators.python import PythonOperator


def write(conn_id, run):
    PostgresHook(conn_id).run("INSERT INTO orders VALUES (%s, %s)", parameters=(conn_id, run))


with DAG("etl", schedule=None, start_date=datetime(2026, 1, 1), catchup=False):
    SQLExecuteQueryOperator(task_id="json_form", conn_id="json_form", sql="INSERT INTO orders VALUES ('json_form', '{{ run_id }}')")
    for conn_id in CONNECTIONS:
        PythonOperator(task_id=conn_id, python_callable=write, op_args=[conn_id, "{{ run_id }}"])
`

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
	n, err := airflow.IdleMemory(v.ctx, v.home())
	v.check(err)
	return n
}
