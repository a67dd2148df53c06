//go:build airflow

package main

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"aircon/internal/airflow"
)

// leakDAG asks for connections and a variable whose values are the canary, and prints it in every way that it knows.
const leakDAG = `import base64
import json
from datetime import datetime
from urllib.parse import quote, quote_plus

from airflow import DAG
from airflow.models import Variable
from airflow.providers.postgres.hooks.postgres import PostgresHook

try:
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:  # Airflow 2
    from airflow.operators.python import PythonOperator


def leak():
    connection = PostgresHook.get_connection("canary")
    secret = connection.password
    print("uri", PostgresHook.get_connection("canary_uri").get_uri(), "variable", Variable.get("canary"))
    print("JSON", json.dumps(secret), json.dumps(json.dumps(secret)), json.dumps(secret, ensure_ascii=False), repr(secret), repr(secret.encode()))
    print("URL", quote(secret), quote(secret, safe=""), quote_plus(secret), "hexadecimal", secret.encode().hex())
    for shift in range(3):
        padded = bytes(shift) + secret.encode()
        print("base64", base64.b64encode(padded), base64.urlsafe_b64encode(padded))
    raise RuntimeError("leaked: " + secret)


with DAG("leak", schedule=None, start_date=datetime(2026, 1, 1), catchup=False):
    PythonOperator(task_id="leak", python_callable=leak)
`

// brokenDAG cannot be imported, and says why with the canary.
const brokenDAG = `# Airflow looks into files that have the word DAG in them.
from airflow.providers.postgres.hooks.postgres import PostgresHook

raise RuntimeError("broken: " + PostgresHook.get_connection("canary").password)
`

// canaryStage is a stage whose environment looks up canaries, with more options.
func canaryStage(t *testing.T, version string, options map[string]string) *stage {
	t.Helper()
	s := realStage(t, version)
	s.canaries(t)
	s.mayRead(t)
	options["secrets.backend_kwargs"] = `{"connections_prefix": "airflow/connections", "variables_prefix": "airflow/variables"}` // without the spec's pattern
	s.options(t, options)
	return s
}

// Whatever real Airflow prints of a secret, with everything at DEBUG, is masked in all that aircon passes on: the logs of its processes, those of tasks
// and the import errors that the web server and InvokeRestApi give, the answers to CLI tokens, and doctor --inside.
func TestAirflowMasksSecrets(t *testing.T) {
	for _, version := range []string{"2.10.3", "3.0.6"} {
		t.Run(version, func(t *testing.T) {
			s := canaryStage(t, version, map[string]string{"logging.logging_level": "DEBUG"})
			probe, err := s.output(t.Context(), exitDone, []string{"doctor", "--print-probe-dag"})
			if err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{"leak.py": leakDAG, "broken.py": brokenDAG, "probe.py": probe} {
				if err := s.write("dags/"+name, text); err != nil {
					t.Fatal(err)
				}
			}
			realAirflow(t, s)
			s.leak(t, version)
			s.leakByCommands(t)
			s.leakByProcesses(t)
		})
	}
}

// aircon test reports a task that raised the canary in every way, and none of them.
func TestAirflowTestMasksSecrets(t *testing.T) {
	for _, version := range []string{"2.10.3", "3.0.6"} {
		t.Run(version, func(t *testing.T) {
			d := newDAGTest(t)
			text := strings.NewReplacer(`"canary_uri"`, `"mailer"`, `Variable.get("canary")`, `""`, `"canary"`, `"mailer"`, `"leaked: " + secret`, `"leaked: " + secret + json.dumps(secret)`).Replace(leakDAG)
			if err := os.WriteFile(filepath.Join(d.dir, "dags", "leak.py"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			c, out, complaints := d.command("--airflow", version, "--database", "warehouse=analytics", "--dag", "leak", "--output", "json")
			c.Env = append(c.Env, "MAILER_PASSWORD="+canary)
			err := c.Run()
			masksCanary(t, "aircon test", out.String()+complaints.String())
			if c.ProcessState.ExitCode() != exitFindings || !strings.Contains(out.String(), "leaked: ***") {
				t.Errorf("%v\n%s%s", err, out, complaints)
			}
		})
	}
}

// What real Airflow prints of secrets below  aircon exec --mask  is masked, in the frames and tables that fold them too.
func TestAirflowExecMasksSecrets(t *testing.T) {
	for _, version := range []string{"2.10.3", "3.0.6"} {
		t.Run(version, func(t *testing.T) {
			s := canaryStage(t, version, map[string]string{})
			folded := strings.Replace(leakDAG, "    raise", "    folded = [\"x\" * n + secret for n in range(46, 76, 3)]\n    raise", 1) // a frame shows the locals
			if err := s.write("dags/leak.py", folded); err != nil {
				t.Fatal(err)
			}
			s.env["XDG_CACHE_HOME"] = t.TempDir()                                                                                   // where Airflow's home is, and not its programs
			s.env["AIRFLOW__CORE__AUTH_MANAGER"] = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager" // as there is no other
			program := filepath.Join(filepath.Dir(installedAirflow(t, version).Python()), "airflow")
			run := func(want int, args ...string) string {
				t.Helper()
				out, err := s.output(t.Context(), want, slices.Concat([]string{"exec", "--mask", demoEnvironment, "--keep", "AIRFLOW__CORE__AUTH_MANAGER", "--dags", "dags", "--", program}, args))
				masksCanary(t, strings.Join(args, " "), out)
				if err != nil || !strings.Contains(out, masked) && args[0] != "db" {
					t.Errorf("%v:\n%s", err, out)
				}
				return out
			}
			run(0, "db", "migrate")
			for _, form := range []string{"table", "json", "yaml", "plain"} {
				run(0, "connections", "get", "canary", "--output", form)
			}
			run(0, "variables", "get", "canary")
			out := run(1, "dags", "test", "leak", "2026-01-01")
			t.Logf("%d KiB of dags test, with %d secrets masked, %d lines of frames", len(out)>>10, strings.Count(out, masked), strings.Count(out, "│\x1b[0m\n"))
			if version == "3.0.6" && !strings.Contains(out, "xxx"+masked+"\x1b[0m") {
				t.Errorf("no frame has a secret:\n%s", out)
			}
		})
	}
}

func installedAirflow(t *testing.T, version string) *airflow.Installed {
	t.Helper()
	cache, err := airflow.DefaultCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	installed, err := (&airflow.Cache{Dir: cache, Environ: os.Environ()}).Install(t.Context(), version, "")
	if err != nil {
		t.Fatal(err)
	}
	return installed
}

// canaries stores the canary as a password in both forms of a connection, and as a variable.
func (s *stage) canaries(t *testing.T) {
	t.Helper()
	object, err := json.Marshal(map[string]any{"conn_type": "postgres", "host": s.env["PGHOST"], "login": s.env["PGUSER"], "password": canary})
	if err != nil {
		t.Fatal(err)
	}
	s.secret(t, "airflow/connections/canary", string(object))
	s.secret(t, "airflow/connections/canary_uri", "postgres://etl:"+strings.ReplaceAll(url.QueryEscape(canary), "+", "%20")+"@"+s.env["PGHOST"]+"/x")
	s.secret(t, "airflow/variables/canary", canary)
}

// invoke asks Airflow's REST API through InvokeRestApi, in whose answer there must be no canary.
func (s *stage) invoke(t *testing.T, method, path, body string) string {
	t.Helper()
	answer, err := callLocal(t.Context(), s.env, "mwaa", "InvokeRestApi", invocation(method, path, body))
	if err != nil {
		return err.Error()
	}
	masksCanary(t, path, string(answer))
	return string(answer)
}

func masksCanary(t *testing.T, what, text string) {
	t.Helper()
	form := found(text)
	for _, part := range []string{"v%gel", "v%25gel"} { // of the canary, in whatever quotation
		if strings.Contains(text, part) {
			form += " " + part
		}
	}
	if form != "" {
		t.Errorf("%s shows the canary (%s):\n%s", what, form, text)
	}
}

// until asks until the answer holds a text.
func (s *stage) until(t *testing.T, path, want string) {
	t.Helper()
	for begun := time.Now(); ; {
		got := s.invoke(t, "GET", path, "{}")
		if strings.Contains(got, want) {
			return
		}
		if time.Since(begun) > 3*time.Minute {
			t.Fatalf("%s does not come to %s: %s", path, want, got)
		}
		if err := nap(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// leak lets a worker print the canary, and reads what Airflow gives of it.
func (s *stage) leak(t *testing.T, version string) {
	s.until(t, "/dags/leak", `"dag_id":"leak"`)
	body := `{"dag_run_id": "r"}`
	if strings.HasPrefix(version, "3.") {
		body = `{"dag_run_id": "r", "logical_date": null}`
	}
	s.invoke(t, "POST", "/dags/leak/dagRuns", body)
	s.until(t, "/dags/leak/dagRuns/r", `"state":"failed"`)
	if log := s.invoke(t, "GET", "/dags/leak/dagRuns/r/taskInstances/leak/logs/1", "{}"); !strings.Contains(log, "leaked: ***") || !strings.Contains(log, "base64 b") {
		t.Errorf("the task's log holds nothing of what was printed: %s", log)
	}
	s.until(t, "/importErrors", "broken: ***")
}

// leakByCommands has the command line print it, by a CLI token.
func (s *stage) leakByCommands(t *testing.T) {
	w := newWebServer(t, s)
	for _, command := range []string{"dags test leak", "tasks test leak leak 2026-01-02", "variables get canary", "dags list-import-errors"} {
		if _, stdout, stderr := w.run(command); !strings.Contains(stdout+stderr, masked) { // run looks for the canary
			t.Errorf("%s prints nothing secret:\n%s\n%s", command, stdout, stderr)
		}
	}
}

// masked stands where a secret stood.
const masked = "***"

// leakByProcesses reads the logs that are left, and what doctor reports of the connection.
func (s *stage) leakByProcesses(t *testing.T) {
	object, err := json.Marshal(map[string]any{
		"conn_type": "postgres", "host": s.env["PGHOST"], "port": s.env["PGPORT"], "login": s.env["PGUSER"], "password": canary, "schema": s.env["PGDATABASE"],
	})
	if err != nil {
		t.Fatal(err)
	}
	s.call(t, "secretsmanager", "PutSecretValue", map[string]string{"SecretId": "airflow/connections/" + demoConnection, "SecretString": string(object)}, nil)
	report, err := s.output(t.Context(), exitFindings, []string{"doctor", "--inside", "--output", "json"})
	masksCanary(t, "doctor --inside", report)
	if err != nil {
		t.Error(err)
	}
	shown, err := s.output(t.Context(), exitDone, []string{"local", "airflow", "logs", demoEnvironment, "--directory", demoState})
	masksCanary(t, "local airflow logs", shown)
	if err != nil || !strings.Contains(strings.ToLower(shown), "debug") {
		t.Errorf("the logs hold no debug line: %v", err)
	}
	t.Logf("%d KiB of process logs, with %d secrets masked", len(shown)>>10, strings.Count(shown, masked))
	files, err := filepath.Glob(filepath.Join(airflow.LogsDir(s.home(t)), "*.log"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		masksCanary(t, file, string(text))
	}
}
