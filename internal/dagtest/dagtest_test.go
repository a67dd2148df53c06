package dagtest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"aircon/internal/airflow"
	"aircon/localaws"
)

// fakeAirflow answers as Airflow's REST API does. Each look at a run takes it a state further; Airflow knows a DAG at the second look.
type fakeAirflow struct {
	states map[string][]string // of each DAG's run
	tasks  string              // answer about task instances
	looks  map[string]int
	posted map[string]string
	asked  []string
}

func (f *fakeAirflow) Invoke(_ context.Context, role string, c airflow.Call) (int, []byte, error) {
	f.asked = append(f.asked, c.Method+" "+c.Path)
	parts := strings.Split(strings.TrimPrefix(c.Path, "/dags/"), "/")
	states, there := f.states[parts[0]]
	f.looks[c.Path]++
	switch {
	case role != "Admin":
		return http.StatusForbidden, nil, nil
	case !there, len(parts) == 1 && f.looks[c.Path] < 2:
		return http.StatusNotFound, []byte(`{"title": "DAG not found"}`), nil
	case c.Method == http.MethodPost:
		f.posted[parts[0]] = string(c.Body)
		return http.StatusOK, []byte(`{}`), nil
	case len(parts) == 4:
		if c.Query.Get("offset") != "0" {
			return http.StatusOK, []byte(`{"task_instances": [{"task_id": "last", "map_index": 1, "state": "skipped", "try_number": 1, "duration": 0.5}], "total_entries": 2}`), nil
		}
		return http.StatusOK, []byte(f.tasks), nil
	case len(parts) == 3:
		state := states[min(f.looks[c.Path], len(states))-1]
		return http.StatusOK, []byte(`{"state": "` + state + `"}`), nil
	}
	return http.StatusOK, []byte(`{}`), nil
}

func newFake(states map[string][]string) *fakeAirflow {
	return &fakeAirflow{states: states, looks: map[string]int{}, posted: map[string]string{}, tasks: `{"task_instances": [
		{"task_id": "first", "map_index": -1, "state": null, "try_number": 0, "duration": null}], "total_entries": 2}`}
}

func runnerOf(f *fakeAirflow, version string) *Runner {
	return &Runner{API: f, Version: version, Pause: func(ctx context.Context) error { return ctx.Err() }, Said: func(string) {}}
}

func TestRunWaitsForTheEndOfAll(t *testing.T) {
	f := newFake(map[string][]string{"orders": {"queued", "running", "success"}, "items": {"failed"}})
	dags, err := runnerOf(f, "3.3.1").Run(t.Context(), []string{"orders", "items"})
	if err != nil {
		t.Fatal(err)
	}
	tasks := []Task{{ID: "first", MapIndex: -1, State: "none"}, {ID: "last", MapIndex: 1, State: "skipped", Try: 1, Seconds: 0.5}}
	want := []DAG{{ID: "orders", State: "success", Tasks: tasks}, {ID: "items", State: "failed", Tasks: tasks}}
	if !reflect.DeepEqual(dags, want) {
		t.Errorf("got %+v", dags)
	}
	if !strings.Contains(f.posted["orders"], `"logical_date":null`) {
		t.Errorf("Airflow 3 was asked for a run with %s", f.posted["orders"])
	}
	if !strings.Contains(strings.Join(f.asked, "\n"), "PATCH /dags/orders\nPOST /dags/orders/dagRuns") {
		t.Errorf("a paused DAG would wait for ever: %q", f.asked)
	}
}

func TestRunForAirflow2(t *testing.T) {
	f := newFake(map[string][]string{"orders": {"success"}})
	if _, err := runnerOf(f, "2.10.3").Run(t.Context(), []string{"orders"}); err != nil || f.posted["orders"] != `{"dag_run_id":"aircon-test"}` {
		t.Errorf("posted %s, %v", f.posted["orders"], err)
	}
}

func TestRunHasAConf(t *testing.T) {
	for version, want := range map[string]string{
		"2.10.3": `{"conf":{"day":"2026-01-31"},"dag_run_id":"aircon-test"}`,
		"3.3.1":  `{"conf":{"day":"2026-01-31"},"dag_run_id":"aircon-test","logical_date":null}`,
	} {
		f := newFake(map[string][]string{"orders": {"success"}})
		r := runnerOf(f, version)
		r.Conf = json.RawMessage(`{"day": "2026-01-31"}`)
		if _, err := r.Run(t.Context(), []string{"orders"}); err != nil || f.posted["orders"] != want {
			t.Errorf("%s: posted %s, %v", version, f.posted["orders"], err)
		}
	}
}

func TestRunSaysHowFarItCame(t *testing.T) {
	f := newFake(map[string][]string{"orders": {"running"}})
	pauses := 0
	r := runnerOf(f, "2.10.3")
	r.Pause = func(context.Context) error {
		if pauses++; pauses > 3 {
			return context.DeadlineExceeded
		}
		return nil
	}
	dags, err := r.Run(t.Context(), []string{"orders", "unread"})
	if err != nil {
		t.Fatal(err)
	}
	if dags[0].State != "queued" || !dags[0].Late || dags[1].State != Unknown || !dags[1].Late || dags[1].Well() {
		t.Errorf("got %+v", dags)
	}
}

func TestRunFailsWithWhatAirflowSays(t *testing.T) {
	f := newFake(map[string][]string{"orders": {"success"}})
	f.tasks = `<html>`
	if _, err := runnerOf(f, "2.10.3").Run(t.Context(), []string{"orders"}); err == nil || !strings.Contains(err.Error(), "/taskInstances") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := runnerOf(f, "2.10.3").Run(ctx, []string{"unread"}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted, it says %v", err)
	}
}

// The logs are as the two Airflows write them.
const (
	log2 = `[2026-11-30T20:50:02.846+0000] {taskinstance.py:3311} ERROR - Task failed with exception
Traceback (most recent call last):
  File "/dags/misses.py", line 10, in miss
    conn = Connection.get_connection_from_secrets(conn_id)
  File "/airflow/models/connection.py", line 537, in get_connection_from_secrets
    raise AirflowNotFoundException(f"The conn_id ` + "`{conn_id}`" + ` isn't defined")
airflow.exceptions.AirflowNotFoundException: The conn_id ` + "`nowhere`" + ` isn't defined after hunter22
[2026-11-30T20:50:02.853+0000] {local_task_job_runner.py:266} INFO - Task exited with return code 1
`
	log3 = `{"timestamp":"2026-11-30T20:50:02.8Z","level":"error","event":"Task failed with exception","error_detail":[{"exc_type":"AirflowNotFoundException","exc_value":"The conn_id ` + "`nowhere`" + ` isn't defined after hunter22"},{"exc_type":"KeyError","exc_value":"'x'"}]}
{"timestamp":"2026-11-30T20:50:02.9Z","level":"info","event":"Task finished"}
`
)

func TestReadOfLogs(t *testing.T) {
	mask := func(text string) string { return strings.ReplaceAll(text, "hunter22", "***") }
	for name, text := range map[string]string{"2.10.3": log2, "3.3.1": log3} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			r := Result{DAGs: []DAG{{ID: "misses", Tasks: []Task{{ID: "miss", MapIndex: 3, State: "failed"}, {ID: "unborn", MapIndex: -1, State: "none"}}}}}
			dir := filepath.Join(home, "logs", "dag_id=misses", "run_id=aircon-test", "task_id=miss", "map_index=3")
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			for try, text := range map[string]string{"2": "Traceback (most recent call last):\nValueError: of an earlier try\n", "10": text} {
				if err := os.WriteFile(filepath.Join(dir, "attempt="+try+".log"), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := r.Read(home, mask); err != nil {
				t.Fatal(err)
			}
			task := r.DAGs[0].Tasks[0]
			if !strings.HasSuffix(task.Reason, "AirflowNotFoundException: The conn_id `nowhere` isn't defined after ***") {
				t.Errorf("the reason is %q", task.Reason)
			}
			if want := []Connection{{ID: "nowhere", Outcome: NotDefined}}; !reflect.DeepEqual(task.Connections, want) {
				t.Errorf("the connections are %+v", task.Connections)
			}
			if last := task.Log[len(task.Log)-1]; last != task.Reason {
				t.Errorf("the log ends with %q", last)
			}
		})
	}
}

// event is a line of local AWS's audit log.
func event(t *testing.T, operation, role, secret, agent, code string) localaws.Event {
	t.Helper()
	parameters, err := json.Marshal(map[string]string{"secretId": secret})
	if err != nil {
		t.Fatal(err)
	}
	return localaws.Event{
		EventTime: time.Unix(0, 0).UTC().Format(time.RFC3339), EventName: operation, UserAgent: agent, ErrorCode: code, RequestParameters: parameters,
		UserIdentity: localaws.EventIdentity{ARN: "arn:aws:sts::123456789012:assumed-role/" + role + "/AmazonMWAA-airflow"},
	}
}

func TestAttribution(t *testing.T) {
	// The ids were made by Python, as local_settings.py makes them.
	const read, mapped = "Boto3/1.35 md/Botocore#1.35 app/012b145a7c3002bf", "Boto3/1.35 app/35fa89b04fcced25"
	if got := [2]string{appID("reads", "read", -1), appID("reads", "read", 4)}; !strings.HasSuffix(read, got[0]) || !strings.HasSuffix(mapped, got[1]) {
		t.Fatalf("the ids are %q", got)
	}
	r := Result{DAGs: []DAG{{ID: "reads", State: "success", Tasks: []Task{
		{ID: "read", MapIndex: -1, State: "success", Connections: []Connection{{ID: "denied", Outcome: NotDefined}}}, {ID: "read", MapIndex: 4, State: "success"},
	}}}}
	r.Attribute([]localaws.Event{
		event(t, "GetSecretValue", "analytics-execution", "airflow/connections/warehouse", read, ""),
		event(t, "GetSecretValue", "analytics-execution", "airflow/connections/warehouse", read, ""),
		event(t, "GetSecretValue", "analytics-execution", "airflow/connections/denied", read, "AccessDenied"),
		event(t, "GetSecretValue", "analytics-execution", "airflow/connections/second", mapped, ""),
		event(t, "GetSecretValue", "analytics-execution", "airflow/connections/top", "Boto3/1.35", ""),
		event(t, "GetSecretValue", "analytics-execution", "airflow/variables/key", read, ""),
		event(t, "GetSecretValue", "administrator", "airflow/connections/other", read, ""),
		event(t, "DescribeSecret", "analytics-execution", "airflow/connections/other", read, ""),
	}, "/analytics-execution/", func(secret string) (string, bool) { return strings.CutPrefix(secret, "airflow/connections/") })
	at := func(id, outcome string) Connection {
		return Connection{ID: id, Outcome: outcome, Secret: "airflow/connections/" + id}
	}
	if got, want := r.DAGs[0].Tasks[0].Connections, []Connection{at("denied", "AccessDenied"), at("warehouse", Found)}; !reflect.DeepEqual(got, want) {
		t.Errorf("the first task asked for %+v", got)
	}
	if got, want := r.DAGs[0].Tasks[1].Connections, []Connection{at("second", Found)}; !reflect.DeepEqual(got, want) {
		t.Errorf("the second task asked for %+v", got)
	}
	if want := []Connection{at("top", Found)}; !reflect.DeepEqual(r.Elsewhere, want) {
		t.Errorf("no task asked for %+v", r.Elsewhere)
	}
}

func TestJudgement(t *testing.T) {
	well := Task{State: "success"}
	for name, c := range map[string]struct {
		result Result
		passed bool
	}{
		"all well":            {Result{DAGs: []DAG{{State: "success", Tasks: []Task{well, {State: "skipped"}}}}}, true},
		"a failed run":        {Result{DAGs: []DAG{{State: "failed", Tasks: []Task{well}}}}, false},
		"a failed task in it": {Result{DAGs: []DAG{{State: "success", Tasks: []Task{well, {State: "failed"}}}}}, false},
		"upstream failed":     {Result{DAGs: []DAG{{State: "success", Tasks: []Task{{State: "upstream_failed"}}}}}, false},
		"late":                {Result{DAGs: []DAG{{State: "running", Late: true}}}, false},
		"import error":        {Result{DAGs: []DAG{{State: "success"}}, ImportErrors: []ImportError{{"a.py", "NameError"}}}, false},
	} {
		if c.result.Judge(); c.result.Passed != c.passed {
			t.Errorf("%s: passed is %v", name, c.result.Passed)
		}
	}
}
