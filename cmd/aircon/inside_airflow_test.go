//go:build oracle

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"aircon/internal/doctor"
)

// TestInsideAgainstReal asks workers of real Airflows of the versions in INSIDE_AIRFLOW, separated by spaces, through local AWS's InvokeRestApi: make
// test-inside.
func TestInsideAgainstReal(t *testing.T) {
	versions := strings.Fields(os.Getenv("INSIDE_AIRFLOW"))
	if len(versions) == 0 {
		t.Fatal("INSIDE_AIRFLOW names no version")
	}
	for _, version := range versions {
		t.Run(version, func(t *testing.T) { insideReal(t, version) })
	}
}

func insideReal(t *testing.T, version string) {
	s := realStage(t, version)
	realAirflow(t, s)
	examine := func(status int, words ...string) *doctor.Report {
		t.Helper()
		c := s.command(t.Context(), append([]string{"doctor", "--inside", "--output", "json"}, words...))
		out, _ := c.Output()
		if got := c.ProcessState.ExitCode(); got != status {
			t.Fatalf("status %d:\n%s", got, out)
		}
		if bytes.Contains(out, []byte(s.env["PGPASSWORD"])) {
			t.Error("it shows the password")
		}
		r := new(doctor.Report)
		if err := json.Unmarshal(out, r); err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		return r
	}
	call := func(service, operation, input string) {
		t.Helper()
		if _, err := callLocal(t.Context(), s.env, service, operation, input); err != nil {
			t.Fatal(err)
		}
	}

	// Without the DAG only that view is missing.
	unseen := func(u doctor.Unchecked) bool { return strings.Contains(u.Why, "aircon doctor --print-probe-dag") }
	if r := examine(exitDone); !slices.ContainsFunc(r.Unchecked, unseen) || r.Connections[0].Outcome != doctor.Works {
		t.Errorf("without the DAG: %+v", r.Unchecked)
	}
	file, err := s.output(t.Context(), exitDone, []string{"doctor", "--print-probe-dag"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.write("dags/aircon_probe.py", file); err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); ; {
		if _, err := callLocal(t.Context(), s.env, "mwaa", "InvokeRestApi", invocation("GET", "/dags/aircon_probe", "{}")); err == nil {
			break
		} else if time.Since(begun) > 2*time.Minute {
			t.Fatal(err)
		}
		if err := nap(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	// A worker sees all of it, and this machine need not.
	r := examine(exitDone, "--connect=false")
	last := r.Connections[0].Arrows[len(r.Connections[0].Arrows)-1]
	if r.Connections[0].Outcome != doctor.Works || last.From != doctor.FromWorker || len(r.Connections[0].Findings) > 0 {
		t.Errorf("%+v", r.Connections[0])
	}
	for _, v := range r.Vantage {
		if v.Name == doctor.FromWorker && !strings.Contains(v.Seen, "Airflow "+version) {
			t.Errorf("another Airflow answered: %s", v.Seen)
		}
	}

	// A login that the worker is refused, and a role without its policy.
	broken := func(arrow doctor.Arrow, id, words string, with ...string) {
		t.Helper()
		v := examine(exitFindings, with...).Connections[0]
		if v.BrokenAt != arrow || !slices.ContainsFunc(v.Findings, func(f doctor.Finding) bool { return f.ID == id && strings.Contains(f.Seen, words) }) {
			t.Errorf("broken at %q: %+v", v.BrokenAt, v.Findings)
		}
	}
	text, err := json.Marshal(map[string]any{
		"conn_type": "postgres", "host": s.env["PGHOST"], "port": s.env["PGPORT"], "login": s.env["PGUSER"], "password": "canary", "schema": s.env["PGDATABASE"],
	})
	if err != nil {
		t.Fatal(err)
	}
	input, err := json.Marshal(map[string]string{"SecretId": "airflow/connections/" + demoConnection, "SecretString": string(text)})
	if err != nil {
		t.Fatal(err)
	}
	call("secretsmanager", "PutSecretValue", string(input))
	broken(doctor.ArrowLogin, "AC185", "password authentication failed", "--connect=false")
	call("iam", "PutRolePolicy", `{"RoleName": "`+demoEnvironment+`-execution", "PolicyName": "guard", "PolicyDocument":
		"{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Deny\", \"Action\": \"secretsmanager:GetSecretValue\", \"Resource\": \"*\"}}"}`)
	v := examine(exitFindings).Connections[0]
	if !slices.ContainsFunc(v.Arrows, func(step doctor.Step) bool {
		return step.From == doctor.FromWorker && strings.Contains(step.Seen, "AccessDeniedException") && strings.Contains(step.Seen, "explicit deny")
	}) {
		t.Errorf("a role that is refused: %+v", v.Arrows)
	}
}
