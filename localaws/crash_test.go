//go:build unix

package localaws

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
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
	s, err := New(Options{Directory: dir})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	return HTTP(s).Serve(l)
}

// startProcess runs a local AWS on dir as a process of its own, under the given wrapper such as strace.
func startProcess(t *testing.T, dir string, wrapper ...string) (process *exec.Cmd, client *secretsmanager.Client) {
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
	endpoint, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("local AWS did not start: %v", err)
	}
	keys, err := ReadCredentials(dir)
	if err != nil {
		t.Fatal(err)
	}
	return process, secretsmanager.New(secretsmanager.Options{
		BaseEndpoint: aws.String(strings.TrimSpace(endpoint)), Region: "eu-west-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(keys.AccessKeyID, keys.SecretAccessKey, ""),
	})
}

// TestCrash kills local AWS with signal 9 at random moments of a write load, starts it again, and expects every write that was
// acknowledged, and of the others all or nothing. RUNS says how often.
func TestCrash(t *testing.T) {
	runs := 5
	if s := os.Getenv("RUNS"); s != "" {
		var err error
		if runs, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	process, client := startProcess(t, dir)
	inFlight, total := 0, 0
	for run := range runs {
		l := load{client: client, prefix: fmt.Sprintf("run%d", run)}
		if l.run(process) > 0 {
			inFlight++
		}
		process, client = startProcess(t, dir)
		total += len(l.acknowledged)
		for name, value := range l.acknowledged {
			got, err := client.GetSecretValue(context.Background(), &secretsmanager.GetSecretValueInput{SecretId: aws.String(name)})
			if err != nil {
				t.Errorf("run %d: %s was acknowledged as %s and is lost: %v", run, name, value, err)
			} else if *got.SecretString != value && *got.SecretString != l.attempted[name] {
				t.Errorf("run %d: %s holds %s, and was acknowledged as %s", run, name, *got.SecretString, value)
			}
		}
	}
	stop(process)
	t.Logf("%d kills, %d with a write in flight, %d acknowledged secrets, none lost", runs, inFlight, total)
	if inFlight < runs/2 {
		t.Errorf("only %d of %d kills met a write in flight", inFlight, runs)
	}
}

// stop kills the process with signal 9.
func stop(process *exec.Cmd) {
	_ = syscall.Kill(-process.Process.Pid, syscall.SIGKILL)
	_ = process.Wait()
}

// load is what writers did until the process was killed.
type load struct {
	client *secretsmanager.Client
	prefix string
	flying atomic.Int32

	mu                      sync.Mutex
	acknowledged, attempted map[string]string // name to value
}

const writers = 8

// run writes until the process is killed, and returns how many writes were under way at that moment.
func (l *load) run(process *exec.Cmd) (flying int32) {
	l.acknowledged, l.attempted = map[string]string{}, map[string]string{}
	var all sync.WaitGroup
	started := make(chan struct{}, writers)
	for w := range writers {
		all.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%s-%d-%d", l.prefix, w, i)
				if !l.write(name, "created", l.create) {
					return
				}
				if i == 0 {
					started <- struct{}{}
				}
				if !l.write(name, "changed", l.put) {
					return
				}
			}
		})
	}
	for range writers {
		<-started
	}
	time.Sleep(time.Duration(rand.IntN(30_000)) * time.Microsecond) // the random moment
	flying = l.flying.Load()
	stop(process)
	all.Wait()
	return flying
}

func (l *load) write(name, value string, do func(name, value string) error) bool {
	l.note(l.attempted, name, value)
	l.flying.Add(1)
	defer l.flying.Add(-1)
	if do(name, value) != nil {
		return false
	}
	l.note(l.acknowledged, name, value)
	return true
}

func (l *load) note(m map[string]string, name, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m[name] = value
}

func (l *load) create(name, value string) error {
	_, err := l.client.CreateSecret(context.Background(), &secretsmanager.CreateSecretInput{Name: &name, SecretString: &value})
	return err
}

func (l *load) put(name, value string) error {
	_, err := l.client.PutSecretValue(context.Background(), &secretsmanager.PutSecretValueInput{SecretId: &name, SecretString: &value})
	return err
}
