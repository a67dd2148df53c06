package probe

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fakeREST answers as Airflow does, by method and path; a run is looked at as often as it has states.
type fakeREST struct {
	t       *testing.T
	dag     string   // answer to GET of the DAG; "" means 404
	refused int      // status of the trigger; 0: it is taken
	states  []string // of the run, in turn; the last one stays
	value   string   // what the task has pushed
	run     string
	conf    string
	paths   []string
}

func (f *fakeREST) InvokeREST(_ context.Context, environment, method, path string, body []byte) (int, []byte, error) {
	if environment != "analytics" || len(path) > pathLength {
		f.t.Errorf("%s, path of %d characters: %s", environment, len(path), path)
	}
	f.paths = append(f.paths, method+" "+path)
	run := "/dags/aircon_probe/dagRuns/" + f.run
	switch method + " " + path {
	case "GET /dags/aircon_probe":
		if f.dag == "" {
			return 404, []byte(`{"title": "DAG not found", "detail": "The DAG with dag_id: aircon_probe was not found"}`), nil
		}
		return 200, []byte(f.dag), nil
	case "POST /dags/aircon_probe/dagRuns":
		var in struct {
			Run  string `json:"dag_run_id"`
			Conf json.RawMessage
		}
		if err := json.Unmarshal(body, &in); err != nil {
			return 0, nil, err
		}
		f.run, f.conf = in.Run, string(in.Conf)
		if f.refused != 0 {
			return f.refused, []byte(`{"detail": "Forbidden"}`), nil
		}
		return 200, []byte(`{}`), nil
	case "GET " + run:
		state := f.states[0]
		if len(f.states) > 1 {
			f.states = f.states[1:]
		}
		return 200, []byte(`{"state": "` + state + `"}`), nil
	case "GET " + run + "/taskInstances/t/xcomEntries/r":
		text, err := json.Marshal(map[string]string{"key": "r", "value": f.value})
		return 200, text, err
	}
	return 500, []byte("no such path"), nil
}

const ready = `{"dag_id": "aircon_probe", "is_paused": false}`

func told(mark string) string {
	return `{"python": "3.12.1", "airflow": "3.3.1", "probe": "` + mark + `", "connections": [{"conn_id": "db", "sources": [], "found": "SecretsManagerBackend"}]}`
}

func TestWorker(t *testing.T) {
	for _, test := range []struct {
		name string
		rest fakeREST
		want string // of the error; "" means an answer
	}{
		{"an answer", fakeREST{dag: ready, states: []string{"queued", "running", "success"}, value: told(dagMark)}, ""},
		{"an attempt whose answer was lost", fakeREST{dag: ready, refused: 409, states: []string{"success"}, value: told(dagMark)}, ""},
		{"no DAG", fakeREST{}, "Airflow has no DAG aircon_probe: aircon doctor --print-probe-dag > dags/aircon_probe.py"},
		{"a paused DAG", fakeREST{dag: `{"is_paused": true}`}, `--path /dags/aircon_probe --body '{"is_paused": false}'`},
		{"no right to trigger it", fakeREST{dag: ready, refused: 403}, "Airflow answers 403 to POST /dags/aircon_probe/dagRuns: Forbidden"},
		{"a run that fails", fakeREST{dag: ready, states: []string{"running", "failed"}}, "of aircon_probe failed"},
		{"a run that nobody takes", fakeREST{dag: ready, states: []string{"queued"}}, "is still queued: no scheduler or worker has taken it"},
		{"another aircon's DAG", fakeREST{dag: ready, states: []string{"success"}, value: told("older")}, "is another version of aircon's"},
		{"what is no answer", fakeREST{dag: ready, states: []string{"success"}, value: "None"}, "is not the probe's"},
		{"an Airflow that cannot begin", fakeREST{dag: ready, states: []string{"success"}, value: `{"probe": "` + dagMark + `", "error": {"class": "ImportError"}}`}, "ImportError"},
		{"an answer too few", fakeREST{dag: ready, states: []string{"success"}, value: `{"probe": "` + dagMark + `", "connections": []}`}, "another number of connections"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.rest.t = t
			looks := 0
			ctx := lateContext{t.Context(), &looks}
			w := Worker{REST: &test.rest, Environment: "analytics", Airflow: "3.3.1", Pause: func(context.Context) error { looks++; return ctx.Err() }}
			a, err := w.Ask(ctx, []Question{{"db", true, true}})
			switch {
			case test.want == "" && err != nil:
				t.Fatal(err)
			case test.want == "" && (a.Connections[0].Found != "SecretsManagerBackend" || test.rest.conf != `{"connections":[{"conn_id":"db","open":true,"words":true}]}`):
				t.Errorf("%+v, asked with %s", a, test.rest.conf)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want …%s…", err, test.want)
			}
		})
	}
}

// lateContext is over once a worker has paused more than five times.
type lateContext struct {
	context.Context
	looks *int
}

func (c lateContext) Err() error {
	if *c.looks > 5 {
		return context.DeadlineExceeded
	}
	return c.Context.Err()
}

// dagAirflow is as much of Airflow 2 as the DAG file touches: it runs the task at once, with a conf from the environment.
const dagAirflow = `
import json, os
class DAG:
    def __init__(self, dag_id, **arguments): print("dag", dag_id, arguments["schedule"], arguments["is_paused_upon_creation"])
    def __enter__(self): return self
    def __exit__(self, *_): return False
class Run:
    conf = json.loads(os.environ["CONF"])
class Instance:
    def xcom_push(self, key, value): print("pushed", key, value)
def run(task_id, python_callable, retries):
    print("task", task_id)
    python_callable(dag_run=Run(), ti=Instance())
`

const fakeHook = `
class OperationalError(Exception): pass
OperationalError.__module__ = "psycopg2"
class PostgresHook:
    def __init__(self, postgres_conn_id): pass
    def get_first(self, sql): raise OperationalError("canary is refused")
`

// TestDAGFile runs the DAG file in a Python whose Airflow is a fake.
func TestDAGFile(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal("the tests need Python 3:", err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"airflow/__init__.py": "__version__ = '2.10.3'\n" + dagAirflow, "airflow/operators/python.py": "from airflow import run as PythonOperator\n",
		"airflow/configuration.py":                     strings.ReplaceAll(fakeAirflow, `"db", "etl"`, `"name.invalid", "etl"`),
		"airflow/providers/postgres/hooks/postgres.py": fakeHook, "aircon_probe.py": DAG(),
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command(python, filepath.Join(dir, "aircon_probe.py"))
	c.Env = []string{"PYTHONPATH=" + dir, `CONF={"connections": [{"conn_id": "db", "open": true, "words": true}, {"conn_id": "db", "open": true, "words": false},
		{"conn_id": "db", "open": false}, {"conn_id": "gone", "open": true}, {"conn_id": "broken", "open": true}]}`}
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	begun, text, _ := strings.Cut(string(out), "pushed r ")
	if !strings.Contains(begun, "dag aircon_probe None False\ntask t\n") {
		t.Errorf("it began with %s", begun)
	}
	var a Answers
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	if strings.Contains(text, "canary") || strings.Contains(text, "fields") || a.Probe != dagMark || a.Airflow != "2.10.3" || len(a.Connections) != 5 {
		t.Fatalf("it pushed %s", text)
	}
	spoken, mute, shut, gone, broken := a.Connections[0], a.Connections[1], a.Connections[2], a.Connections[3], a.Connections[4]
	if spoken.Reach == nil || spoken.Reach.Failed != "resolve" || spoken.Hook.Error.String() != "OperationalError: *** is refused" {
		t.Errorf("a connection that does not open: %+v, %+v", spoken.Reach, spoken.Hook)
	}
	if mute.Hook.Error.String() != "OperationalError" || shut.Hook != nil || shut.Found != "SecretsManagerBackend" {
		t.Errorf("without words %+v, not opened %+v", mute.Hook, shut)
	}
	if gone.Found != "" || gone.Sources[0].Error.Code != "AccessDeniedException" || gone.Sources[1].Result != "raised" {
		t.Errorf("what is swallowed: %+v", gone)
	}
	if broken.Sources[0].Result != "raised" || broken.Sources[0].Error.String() != "ValueError" {
		t.Errorf("what is raised: %+v", broken.Sources)
	}
}

func TestDAGHoldsNoPlaceholder(t *testing.T) {
	if text := DAG(); strings.Contains(text, "@PROBE@") || !strings.Contains(text, dagMark) || len(resultPath("1234567")) > pathLength {
		t.Errorf("the mark %s is not in the DAG file, or %s is too long", dagMark, resultPath("1234567"))
	}
}
