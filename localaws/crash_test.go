//go:build unix

package localaws

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"aircon/localaws/mwaa"
	sm "aircon/localaws/secretsmanager"
)

// serveVariable names the directory that this test binary serves, when it is run as a local AWS of its own.
const serveVariable = "AIRCON_TEST_SERVE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(serveVariable); dir != "" {
		if err := serveDirectory(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serveDirectory serves local AWS and prints its address, until it is killed.
func serveDirectory(dir string) error {
	const moment = time.Nanosecond // for what takes MWAA half an hour
	rotators, err := crashRotators()
	if err != nil {
		return err
	}
	s, err := New(Options{
		Directory: dir, MWAA: mwaa.Options{Create: moment, Update: moment}, SecretsManager: sm.Options{Rotators: rotators},
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	if os.Getenv(replaceVariable) != "" {
		return replaceForever(s)
	}
	return HTTP(s).Serve(l)
}

// startProcess runs a local AWS on dir as a process of its own, under the given wrapper such as strace.
func startProcess(t *testing.T, dir string, wrapper ...string) (process *exec.Cmd, client *secretsmanager.Client) {
	t.Helper()
	process, endpoint := launch(t, dir, wrapper...)
	return process, clientsOf(t, dir, endpoint).secrets
}

// launch does the same, and returns where it listens.
func launch(t *testing.T, dir string, wrapper ...string) (process *exec.Cmd, endpoint string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := slices.Concat(wrapper, []string{self})
	process = exec.Command(command[0], command[1:]...)
	process.Env = append(os.Environ(), serveVariable+"="+dir)
	process.Stderr = os.Stderr
	process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that a wrapper's child dies with it
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(process) })
	endpoint, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("local AWS did not start: %v", err)
	}
	return process, strings.TrimSpace(endpoint)
}

// stop kills the process with signal 9, unless it has ended.
func stop(process *exec.Cmd) {
	if process.ProcessState != nil {
		return
	}
	_ = syscall.Kill(-process.Process.Pid, syscall.SIGKILL)
	_ = process.Wait()
}

// TestCrash kills local AWS with signal 9 at random moments of a load of writes, starts it again, and expects every write that was
// acknowledged, and of the others all or nothing: secrets that are made, values, policies of a role, attachments,
// and options of environments. RUNS says how often.
func TestCrash(t *testing.T) {
	runs, dir := crashRuns(t), t.TempDir()
	process, endpoint := launch(t, dir)
	l := newLoad(t, clientsOf(t, dir, endpoint))
	inFlight := 0
	for range runs {
		l.start()
		time.Sleep(time.Duration(rand.IntN(30_000)) * time.Microsecond) // the random moment
		if l.flying.Load() > 0 {
			inFlight++
		}
		stop(process)
		l.wait()
		process, endpoint = launch(t, dir)
		l.clients = clientsOf(t, dir, endpoint)
		l.check(t)
	}
	l.checkMade(t)
	stop(process)
	t.Logf("%d kills, %d with a write in flight; of %d acknowledged writes none is lost, of %d others none is half there",
		runs, inFlight, l.acknowledged.Load(), l.attempted.Load()-l.acknowledged.Load())
	if inFlight < runs/2 {
		t.Errorf("only %d of %d kills met a write in flight", inFlight, runs)
	}
}
