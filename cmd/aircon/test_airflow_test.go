//go:build airflow

package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"aircon/internal/dagtest"
)

// mailerPassword is in the error that a DAG of testdata/dagtest raises.
const mailerPassword = "tea-for-the-mailer"

// dagTest is a user's folder, and where the command has its temporary files.
type dagTest struct {
	t         *testing.T
	dir, temp string
}

func newDAGTest(t *testing.T) *dagTest {
	t.Helper()
	temp, err := os.MkdirTemp("", "dagtest-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(temp, 0o755); err != nil { //nolint:gosec // entered by the user whom PostgreSQL runs as
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(temp) }) // of a test that failed
	d := &dagTest{t, t.TempDir(), temp}
	if err := os.CopyFS(d.dir, os.DirFS("testdata/dagtest")); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *dagTest) command(args ...string) (c *exec.Cmd, out, complaints *bytes.Buffer) {
	out, complaints = new(bytes.Buffer), new(bytes.Buffer)
	c = exec.Command("aircon", append([]string{"test", "."}, args...)...)
	c.Dir, c.Stdout, c.Stderr = d.dir, out, complaints
	c.Env = append(without(os.Environ(), "AWS_", "PG", "AIRFLOW_", "TMPDIR="), "TMPDIR="+d.temp, "MAILER_PASSWORD="+mailerPassword)
	return c, out, complaints
}

// run expects a status, and that nothing is left and nothing secret was said.
func (d *dagTest) run(status int, args ...string) string {
	d.t.Helper()
	before := d.files()
	c, out, complaints := d.command(append(args, "--database", "warehouse=analytics", "--sql", "analytics=fixtures.sql")...)
	if err := c.Run(); c.ProcessState.ExitCode() != status {
		d.t.Fatalf("%v instead of status %d\n%s%s", err, status, out, complaints)
	}
	if strings.Contains(out.String()+complaints.String(), mailerPassword) {
		d.t.Errorf("the password was shown:\n%s%s", out, complaints)
	}
	if after := d.files(); !slices.Equal(before, after) {
		d.t.Errorf("it left %q of %q", after, before)
	}
	return out.String()
}

// files are those of the folder, and of the temporary directory.
func (d *dagTest) files() []string {
	var names []string
	for _, dir := range []string{d.dir, d.temp} {
		err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
			names = append(names, path)
			return err
		})
		if err != nil {
			d.t.Fatal(err)
		}
	}
	return names
}

// TestAirflowRunsDAGs runs a DAG that reads a row, one that fails, one whose connection is missing, and a file that cannot be imported.
func TestAirflowRunsDAGs(t *testing.T) {
	for _, version := range []string{"2.10.3", "3.3.1"} {
		t.Run(version, func(t *testing.T) {
			var got dagtest.Result
			if err := json.Unmarshal([]byte(newDAGTest(t).run(exitFindings, "--airflow", version, "--output", "json")), &got); err != nil {
				t.Fatal(err)
			}
			if got.Passed || got.Airflow != version || got.Environment != "analytics" || len(got.DAGs) != 3 {
				t.Fatalf("got %+v", got)
			}
			states, tasks := map[string]string{}, map[string]dagtest.Task{}
			for _, d := range got.DAGs {
				states[d.ID] = d.State
				for _, task := range d.Tasks {
					tasks[d.ID+"."+task.ID] = task
				}
			}
			if want := map[string]string{"reads": "success", "fails": "failed", "misses": "failed"}; !maps.Equal(states, want) {
				t.Errorf("the runs are %v", states)
			}
			checkRead(t, tasks["reads.read"])
			fail := tasks["fails.fail"]
			if fail.State != "failed" || !strings.Contains(fail.Reason, "ValueError: no orders today, says ***") || len(fail.Connections) != 1 || fail.Connections[0].Fields.Host != "mail.example.com" {
				t.Errorf("fail: %+v", fail)
			}
			if state := tasks["fails.after"].State; state != "upstream_failed" {
				t.Errorf("after: %s", state)
			}
			miss := tasks["misses.miss"]
			if miss.State != "failed" || !strings.Contains(miss.Reason, "The conn_id `nowhere` isn't defined") || len(miss.Connections) != 1 || miss.Connections[0].ID != "nowhere" || miss.Connections[0].Outcome != dagtest.NotDefined {
				t.Errorf("miss: %+v", miss)
			}
			if len(got.ImportErrors) != 1 || got.ImportErrors[0].File != "broken.py" || !strings.Contains(got.ImportErrors[0].Text, "no_such_module") {
				t.Errorf("import errors: %+v", got.ImportErrors)
			}
		})
	}
}

func checkRead(t *testing.T, read dagtest.Task) {
	t.Helper()
	if read.State != "success" || read.Seconds <= 0 || len(read.Connections) != 1 {
		t.Fatalf("read: %+v", read)
	}
	c := read.Connections[0]
	if c.ID != "warehouse" || c.Outcome != dagtest.Found || c.Secret != "airflow/connections/warehouse" {
		t.Errorf("read asked for %+v", c)
	}
	if a := c.Fields; a == nil || a.Type != "postgres" || a.Host != "127.0.0.1" || a.Port == 0 || a.Schema != "analytics" {
		t.Errorf("read got %+v", c.Fields)
	}
}

// TestAirflowJUnit runs one DAG that passes, and asks for what a CI server reads.
func TestAirflowJUnit(t *testing.T) {
	out := newDAGTest(t).run(exitDone, "--airflow", "2.10.3", "--dag", "reads", "--output", "junit")
	var got struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Suites   []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Name string `xml:"name,attr"`
				Time string `xml:"time,attr"`
				Out  string `xml:"system-out"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Tests != 1 || got.Failures != 0 || len(got.Suites) != 1 || got.Suites[0].Name != "reads" || len(got.Suites[0].Cases) != 1 {
		t.Fatalf("got %s", out)
	}
	if c := got.Suites[0].Cases[0]; c.Name != "read" || c.Time == "" || !strings.Contains(c.Out, "warehouse: postgres aircon_test@127.0.0.1:") {
		t.Errorf("the case is %+v", c)
	}
}

// TestAirflowTestInterrupted presses Ctrl-C while Airflow starts: nothing may be left.
func TestAirflowTestInterrupted(t *testing.T) {
	d := newDAGTest(t)
	before := d.files()
	c, out, _ := d.command("--airflow", "2.10.3", "--database", "warehouse=analytics")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = write
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if err := write.Close(); err != nil {
		t.Fatal(err)
	}
	var text []byte
	for buffer := make([]byte, 4096); ; {
		n, err := read.Read(buffer)
		if text = append(text, buffer[:n]...); err != nil {
			break
		}
		if bytes.Contains(text, []byte("starting Airflow")) {
			if err := c.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			text = append(text[:0], "interrupted: "...)
		}
	}
	if err := c.Wait(); c.ProcessState.ExitCode() != exitUnreachable || !bytes.HasPrefix(text, []byte("interrupted: ")) {
		t.Errorf("%v, %s%s", err, out, text)
	}
	if after := d.files(); !slices.Equal(before, after) {
		t.Errorf("it left %q of %q", after, before)
	}
	if alive := processesNaming(t, d.temp); len(alive) > 0 {
		t.Errorf("it left processes: %q", alive)
	}
}

// processesNaming are the command lines of processes that name a directory.
func processesNaming(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil && bytes.Contains(text, []byte(dir)) {
			found = append(found, strings.ReplaceAll(string(text), "\x00", " "))
		}
	}
	return found
}
