//go:build airflow || oracle

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aircon/internal/supervise"
	"aircon/internal/term"
)

// realStage is a local AWS with PostgreSQL and an environment of an Airflow version, to which the demo's connection was applied. What is in dags/
// is for its Airflow, which realAirflow starts.
func realStage(t *testing.T, version string) *stage {
	t.Helper()
	self, err := exec.LookPath("aircon")
	if err != nil {
		t.Fatal(err)
	}
	var shown bytes.Buffer
	w := world{in: strings.NewReader(""), out: &shown, err: io.Discard, getenv: func(string) string { return "" }}
	dir, err := os.MkdirTemp("", "stage") // t.TempDir's own is closed to PostgreSQL's user
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: w.terminal(), self: self, dir: dir}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%v\n%s", err, &shown)
		}
	}
	t.Cleanup(func() { check(os.RemoveAll(dir)) })
	check(os.Chmod(dir, 0o711)) //nolint:gosec // to be passed through, not read
	d := demonstration{airflow: version}
	t.Cleanup(func() { check(s.close(context.WithoutCancel(t.Context()))) })
	check(d.chain(t.Context(), s))
	check(os.Mkdir(filepath.Join(s.dir, "dags"), 0o700))
	return s
}

// realAirflow runs the environment's Airflow until the end of the test, with more flags of local airflow.
func realAirflow(t *testing.T, s *stage, more ...string) {
	t.Helper()
	airflow, err := s.airflow(t.Context(), more...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := airflow.Stop(context.WithoutCancel(t.Context())); err != nil { // the test's own has ended by now, and would have it killed
			t.Error(err)
		}
	})
}

// chain makes what a DAG needs to find the connection.
func (d *demonstration) chain(ctx context.Context, s *stage) error {
	if err := s.local(ctx, "local", "--directory", demoState, "--address", "127.0.0.1:0", "--database", demoEnvironment); err != nil {
		return err
	}
	if err := s.aircon(ctx, exitDone, "local", "environment", demoEnvironment, "--airflow", d.airflow, "--directory", demoState); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.dir, "aircon.yaml"), []byte(d.spec(s.env)), 0o600); err != nil {
		return err
	}
	return s.quiet(ctx, "apply", "--yes")
}

// airflow starts the environment's Airflow in the background, with more flags, and returns when it is healthy.
func (s *stage) airflow(ctx context.Context, more ...string) (*supervise.Process, error) {
	args := append([]string{"local", "airflow", demoEnvironment, "--dags", ".", "--directory", demoState}, more...)
	fmt.Fprintf(s.t.Out, "%s\n", s.t.Paint(term.Note, "$ aircon "+commandLine(args)+" &"))
	c := s.command(context.WithoutCancel(ctx), args)
	stdout, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	var complaints bytes.Buffer
	c.Stderr = &complaints
	progress := s.t.Progress("starting Airflow")
	defer progress.Stop()
	p, err := supervise.Start(c, supervise.Options{Grace: time.Minute})
	if err != nil {
		return nil, err
	}
	interrupted := context.AfterFunc(ctx, func() { _ = p.Stop(context.WithoutCancel(ctx)) }) // its end is what is waited for then
	defer interrupted()
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		line := lines.Text()
		if strings.Contains(line, "healthy after") || strings.HasPrefix(line, "web server") {
			progress.Stop()
			fmt.Fprintf(s.t.Out, "  %s\n", line)
		}
		if strings.HasPrefix(line, "Ctrl-C") {
			go func() { _, _ = io.Copy(io.Discard, stdout) }() // so that it never waits for a reader
			return p, nil
		}
	}
	<-p.Done()
	return nil, fmt.Errorf("airflow did not start: %s", strings.TrimSpace(complaints.String()))
}

// call calls the stage's local AWS as its administrator, and reads an answer in JSON.
func (s *stage) call(t *testing.T, service, operation string, in, out any) {
	t.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := callLocal(t.Context(), s.env, service, operation, string(text))
	if err == nil && out != nil {
		err = json.Unmarshal(answer, out)
	}
	if err != nil {
		t.Fatalf("%s %s: %v", service, operation, err)
	}
}

// secret stores a text in Secrets Manager.
func (s *stage) secret(t *testing.T, name, text string) {
	t.Helper()
	s.call(t, "secretsmanager", "CreateSecret", map[string]string{"Name": name, "SecretString": text}, nil)
}

// mayRead lets the execution role read all secrets.
func (s *stage) mayRead(t *testing.T) {
	t.Helper()
	if _, err := callLocal(t.Context(), s.env, "iam", "PutRolePolicy", `{"RoleName": "`+demoEnvironment+`-execution", "PolicyName": "all", "PolicyDocument":
		"{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"secretsmanager:GetSecretValue\", \"Resource\": \"*\"}}"}`); err != nil {
		t.Fatal(err)
	}
}

// options sets configuration options of the environment, besides those that it has.
func (s *stage) options(t *testing.T, more map[string]string) {
	t.Helper()
	e, err := findEnvironment(t.Context(), s.env, demoEnvironment)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(e.AirflowConfigurationOptions, more)
	s.call(t, "mwaa", "UpdateEnvironment", map[string]any{"Name": demoEnvironment, "AirflowConfigurationOptions": e.AirflowConfigurationOptions}, nil)
	if err := awaitAvailable(t.Context(), s.env, demoEnvironment); err != nil {
		t.Fatal(err)
	}
}

// home is the directory of the environment's Airflow.
func (s *stage) home(t *testing.T) string {
	t.Helper()
	home, err := findAirflowHome(filepath.Join(s.dir, demoState), demoEnvironment)
	if err != nil {
		t.Fatal(err)
	}
	return home
}
