//go:build unix

package supervise_test

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"aircon/internal/supervise"
)

// families are children with children that leave them. All hold the standard output that the test reads to its end.
var families = map[string]string{
	"a child in a session of its own":            `setsid sleep 1000 & echo ready; wait`,
	"a grandchild in a session of its own":       `sh -c 'setsid sh -c "sleep 1000; true" & wait' & echo ready; wait`,
	"a session that forks on, and won't stop":    `setsid sh -c 'trap "" TERM HUP; while :; do sleep 0.2; done' & trap "" TERM; echo ready; while :; do wait; done`,
	"an orphan in the child's session":           `sh -c 'sleep 1000 & exit'; echo ready; exec sleep 1000`,
	"an orphan whose name has parentheses in it": `cp "$(command -v sleep)" "$DIR/a) S 1 (b" && "$DIR/a) S 1 (b" 1000 & sleep 0.1; echo ready; exec sleep 1000`,
}

func TestFamilyOfAKilledParent(t *testing.T) {
	for name, script := range families {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), parentEnv+"="+script, "SUPERVISE_TEST_FAMILY=1", "DIR="+t.TempDir())
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewReader(out)
			if line, err := lines.ReadString('\n'); line != "ready\n" {
				t.Fatalf("child said %q, %v", line, err)
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
				t.Errorf("after the kill: %q, %v", rest, err)
			}
			_ = cmd.Wait()
		})
	}
}

func TestStopOfAFamily(t *testing.T) {
	for name, script := range families {
		t.Run(name, func(t *testing.T) {
			t.Setenv("DIR", t.TempDir())
			p, out := start(t, script, supervise.Options{Family: true, Grace: 300 * time.Millisecond})
			if sid, err := syscall.Getpgid(p.Pid()); err != nil || sid != p.Pid() {
				t.Errorf("the child is in the group %d, %v", sid, err)
			}
			if err := p.Stop(context.Background()); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(out); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFamilyEndsWithTheChild(t *testing.T) {
	p, out := start(t, `(trap "" HUP; sleep 1000) & echo ready; exit 3`, supervise.Options{Family: true})
	<-p.Done()
	if p.Err() == nil || p.Err().Error() != "exit status 3" {
		t.Errorf("ended with %v, want status 3", p.Err())
	}
	if _, err := io.ReadAll(out); err != nil { // hangs if the grandchild lives on
		t.Error(err)
	}
}

func TestFamilyOfNoProgram(t *testing.T) {
	for _, name := range []string{"/nonexistent/program", "/etc/passwd", "/"} {
		if _, err := supervise.Start(exec.Command(name), supervise.Options{Family: true}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
