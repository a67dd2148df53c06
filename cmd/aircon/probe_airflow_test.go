//go:build oracle

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"aircon/aircontest"
)

// TestProbeAgainstReal lets real Airflow of each version in PROBE_PYTHONS (VERSION=PYTHON, separated by spaces) look connections up that are well and
// that are not: make test-probe.
func TestProbeAgainstReal(t *testing.T) {
	pairs := strings.Fields(os.Getenv("PROBE_PYTHONS"))
	if len(pairs) == 0 {
		t.Fatal("PROBE_PYTHONS names no Python with Airflow: make test-probe brings some")
	}
	postgres := aircontest.NewPostgres(t)
	for _, pair := range pairs {
		version, python, _ := strings.Cut(pair, "=")
		t.Run(version, func(t *testing.T) { probeReal(t, postgres, version, python) })
	}
}

func probeReal(t *testing.T, postgres *aircontest.Postgres, version, python string) {
	s := newCanarySessionOf(t, version, postgres)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	s.file("aircon.yaml", s.spec("verify-full"))
	s.run("", "apply", "--yes")
	probed := func(status int) map[string]probedConn {
		t.Helper()
		c := exec.Command("aircon", "probe", "--python", python, "--output", "json")
		var complaints bytes.Buffer
		c.Stderr = &complaints
		out, err := c.Output()
		if got := c.ProcessState.ExitCode(); got != status {
			t.Fatalf("status %d: %v\n%s%s", got, err, out, &complaints)
		}
		s.clean("probe", string(out)+complaints.String())
		var report probeReport
		if err := json.Unmarshal(out, &report); err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		if report.Airflow != version {
			t.Errorf("Airflow %s answered", report.Airflow)
		}
		all := map[string]probedConn{}
		for _, c := range report.Connections {
			all[c.ConnID] = c
		}
		return all
	}
	for id, c := range probed(exitDone) {
		if c.Found != "SecretsManagerBackend" || c.Hook == nil || c.Hook.User != s.db.Role || len(c.Differs) > 0 {
			t.Errorf("%s: %+v, hook %+v", id, c, c.Hook)
		}
	}

	// What Airflow swallows: a port that is none, a login that is refused, a role without its policy.
	s.put("db", "postgres://u:p@h:port/d")
	s.put("as_uri", "postgres://"+s.db.Role+":wrong@"+postgres.Host+":"+strconv.Itoa(postgres.Port)+"/"+s.db.Name)
	all := probed(exitFindings)
	if c := all["db"]; c.Found != "" || c.Sources[0].Result != "raised" || c.Sources[0].Error.String() != "ValueError" {
		t.Errorf("a port that is none: %+v", c)
	}
	if c := all["as_uri"]; c.Hook == nil || c.Hook.Error == nil || !strings.Contains(c.Hook.Error.Message, "password authentication failed") {
		t.Errorf("a login that is refused: %+v, hook %+v", c, c.Hook)
	}
	s.call("iam", "DetachRolePolicy", map[string]string{
		"RoleName": "analytics-execution", "PolicyArn": "arn:aws:iam::123456789012:policy/aircon/aircon-us-east-1-analytics-1",
	})
	if c := probed(exitFindings)["db"]; c.Found != "" || len(c.Sources) == 0 || c.Sources[0].Error == nil || c.Sources[0].Error.Code != "AccessDeniedException" {
		t.Errorf("a role without its policy: %+v", c)
	}
	if entries, err := filepath.Glob(filepath.Join(os.Getenv("XDG_CACHE_HOME"), "aircon", "airflow", "*", "airflow.db")); err != nil || len(entries) > 0 {
		t.Errorf("the probe made a metastore: %v, %v", entries, err)
	}
}
