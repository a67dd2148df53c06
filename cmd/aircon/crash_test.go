//go:build crash && unix

package main

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
)

// crashScenario is a command that is killed. Its account is made by the commands before it, undisturbed.
type crashScenario struct {
	name   string
	before [][]string
	args   []string
	quiet  []string // the command that finds nothing to do afterwards; nil where there is none
	status int      // the command's, where nobody kills it
	rows   rowsOf   // of the metastore; the zero value is a dozen
	most   int      // runs, where not as many as are asked for
}

var (
	applyFirst  = []string{"apply", "--yes", "--file", "first.yaml"}
	applySecond = []string{"apply", "--yes", "--prune", "--file", "second.yaml"}
	planFirst   = []string{"plan", "--fail-on-changes", "--file", "first.yaml"}
	planSecond  = []string{"plan", "--fail-on-changes", "--prune", "--file", "second.yaml"}
	destroyAll  = []string{"destroy", "--yes", "--file", "first.yaml"}
	ofMetastore = []string{"--metastore", "sqlite:///airflow.db", "--fernet-keys", "file:fernet.key"}
	migrateHere = append([]string{"migrate", "--yes", "--declare", "--file", "first.yaml"}, ofMetastore...)
	fillOld     = append([]string{"migrate", "--yes", "--file", "old.yaml"}, ofMetastore...)
	migrateMany = append([]string{"migrate", "--yes", "--environment", crashEnvironment, "--clean-up"}, ofMetastore...)
	migrateOver = []string{"migrate", "--yes", "--declare", "--file", "first.yaml", "--from", "secretsmanager:airflow/connections", "--from-region", oldRegion}
)

// oldRegion is where the connections are that migrate takes to another region.
const oldRegion = "eu-central-1"

var crashScenarios = []crashScenario{
	{name: "first", args: applyFirst, quiet: planFirst},
	{name: "change and prune", before: [][]string{applyFirst}, args: applySecond, quiet: planSecond},
	{name: "destroy", before: [][]string{applyFirst}, args: destroyAll},
	{name: "migrate", args: migrateHere, quiet: planFirst},
	{name: "migrate to what is applied", before: [][]string{applyFirst}, args: append(migrateHere, "--clean-up"), quiet: planFirst},
	{name: "migrate between regions", before: [][]string{fillOld}, args: migrateOver, quiet: planFirst},
	{name: "migrate many", args: migrateMany, status: exitFindings, rows: rowsOf{manyConnections, brokenOnes}, most: 50},
	{name: "restore changed", before: [][]string{applyFirst, destroyAll}, args: applySecond, quiet: planSecond},
}

// TestCrashApply kills aircon with signal 9 in the middle of apply and destroy, RUNS times for each scenario, runs the same command again, and
// expects the state of AWS that an undisturbed run makes. Every other kill is at a random moment; the others are before or after a certain call
// takes effect, each write first. A rerun may be killed too. SEED repeats a run.
func TestCrashApply(t *testing.T) {
	runs, seed := number(t, "RUNS", 200), uint64(number(t, "SEED", int(time.Now().UnixNano()>>10)))
	binary := filepath.Join(t.TempDir(), "aircon")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, s := range crashScenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Logf("SEED=%d RUNS=%d", seed, runs)
			runs := runs
			if s.most > 0 {
				runs = min(runs, s.most)
			}
			c := newCrash(t, binary, s)
			random := rand.New(rand.NewPCG(seed, 0))
			points := c.points(random)
			for i := range runs {
				kill := killing{after: 1 + time.Duration(random.Int64N(int64(c.took)))}
				if i%2 == 1 {
					kill = points[i/2%len(points)]
				}
				c.run(t, kill, random)
				if t.Failed() {
					t.Fatalf("run %d: killed %s", i, kill)
				}
			}
			t.Logf("%d runs converged: %d kills, %d of them after the first write and before the last, %d of %d points of calls hit; %d reruns had work left (an undisturbed run: %d calls, %d writes, %s)",
				runs, c.kills, c.midway, min(len(points), runs/2), len(points), c.worked, len(c.calls), c.writes, c.took.Round(time.Millisecond))
			if c.midway < runs/4 {
				t.Errorf("only %d of %d runs were killed midway", c.midway, runs)
			}
		})
	}
}

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s=%q is not a number", variable, text)
	}
	return n
}

// killing says when a process is killed; the zero value says never.
type killing struct {
	after time.Duration // from its start
	call  int           // or at its call of this number, from 1
	late  bool          // whether that call takes effect before
}

func (k killing) String() string {
	switch {
	case k.after > 0:
		return "after " + k.after.String()
	case k.late:
		return fmt.Sprintf("after call %d took effect", k.call)
	}
	return fmt.Sprintf("before call %d", k.call)
}

// crash is a scenario with what an undisturbed run of it does.
type crash struct {
	binary string
	base   crashAccount
	args   []string
	status int      // of an undisturbed run
	want   string   // the state that it leaves
	calls  []string // operations in their order
	writes int
	took   time.Duration

	kills, midway, worked int
}

// newCrash makes the scenario's account and runs its command undisturbed in a copy of it.
func newCrash(t *testing.T, binary string, s crashScenario) *crash {
	t.Helper()
	c := &crash{binary: binary, base: newCrashAccount(t, cmp.Or(s.rows, rowsOf{12, 0})), args: s.args, status: s.status}
	aws := openCrashAWS(t, c.base)
	for _, args := range s.before {
		c.must(t, aws, args, exitDone)
	}
	c.must(t, aws, []string{"version"}, exitDone) // brings the binary into memory
	c.base = aws.close(t)
	aws = openCrashAWS(t, c.base.copied(t))
	defer aws.close(t)
	began := time.Now()
	c.calls, c.took = c.must(t, aws, s.args, c.status), time.Since(began)
	c.writes = countWrites(c.calls)
	if s.quiet != nil {
		c.must(t, aws, s.quiet, exitDone)
	}
	c.want = aws.state(t)
	return c
}

// points lists the moments before and after each call, those of writes first, otherwise in random order.
func (c *crash) points(random *rand.Rand) []killing {
	var writes, reads []killing
	for i, call := range c.calls {
		to := &reads
		if isWrite(call) {
			to = &writes
		}
		*to = append(*to, killing{call: i + 1}, killing{call: i + 1, late: true})
	}
	for _, all := range [][]killing{writes, reads} {
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	return append(writes, reads...)
}

// run kills the command, now and then again, and then lets it end.
func (c *crash) run(t *testing.T, kill killing, random *rand.Rand) {
	t.Helper()
	aws := openCrashAWS(t, c.base.copied(t))
	defer aws.close(t)
	done := 0
	for {
		calls, killed := c.start(t, aws, c.args, c.status, kill)
		done += countWrites(calls)
		if !killed {
			break // it was quicker
		}
		c.kills++
		aws.checkNothingLost(t)
		if done > 0 && done < c.writes {
			c.midway++
		}
		if random.IntN(4) > 0 {
			break
		}
		kill = killing{after: 1 + time.Duration(random.Int64N(int64(c.took)))}
	}
	if countWrites(c.must(t, aws, c.args, c.status)) > 0 {
		c.worked++
	}
	if changed := diff.Diff(c.want, aws.state(t)); changed != "" {
		t.Errorf("a rerun leaves another state (- undisturbed, + killed and run again):\n%s", changed)
	}
}

// must runs a command to its end, whose status must be that.
func (c *crash) must(t *testing.T, aws *crashAWS, args []string, status int) (calls []string) {
	t.Helper()
	calls, killed := c.start(t, aws, args, status, killing{})
	if killed {
		t.Fatal("a process that nobody killed was killed")
	}
	return calls
}

// start runs a command with the AWS calls served, and kills it as it is told. It returns the operations that were called.
func (c *crash) start(t *testing.T, aws *crashAWS, args []string, want int, kill killing) (calls []string, killed bool) {
	t.Helper()
	var out bytes.Buffer
	process := exec.Command(c.binary, args...)
	process.Dir, process.Stdout, process.Stderr = aws.specs, &out, &out
	var dead atomic.Bool
	end := func() {
		dead.Store(true)
		_ = process.Process.Kill()
	}
	url, stop := aws.serve(kill, end)
	process.Env = append(without(os.Environ(), "AWS_", "AIRFLOW_"), aws.environ(url)...)
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	if kill.after > 0 {
		defer time.AfterFunc(kill.after, end).Stop()
	}
	_ = process.Wait() // its status says it
	calls = stop()
	if bytes.Contains(out.Bytes(), []byte(canaryPrefix)) {
		t.Fatalf("a secret is shown:\n%s", out.Bytes())
	}
	status, _ := process.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() && status.Signal() == syscall.SIGKILL && dead.Load() {
		return calls, true
	}
	if got := process.ProcessState.ExitCode(); got != want {
		t.Fatalf("%s ends with %d:\n%s", strings.Join(args, " "), got, out.Bytes())
	}
	return calls, false
}

func isWrite(operation string) bool {
	return !slices.ContainsFunc([]string{"Get", "List", "Describe", "Batch"}, func(p string) bool { return strings.HasPrefix(operation, p) })
}

func countWrites(calls []string) (n int) {
	for _, call := range calls {
		if isWrite(call) {
			n++
		}
	}
	return n
}
