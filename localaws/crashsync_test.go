//go:build crash && linux

package localaws

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// TestCrashSyncBeforeAnswer traces the system calls of a local AWS while it is written to, one request after the other: between
// a request and its answer the commit log must have been written and then synced.
func TestCrashSyncBeforeAnswer(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("strace is not installed (Debian, Ubuntu: sudo apt-get install strace): nothing else sees what the kernel is asked")
	}
	dir, trace := t.TempDir(), t.TempDir()+"/trace"
	process, client := startProcess(t, dir, strace, "-f", "-y", "-s", "64", "-o", trace, "-e", "trace=read,write,pwrite64,fsync,fdatasync")
	const writes = 20
	for i := range writes {
		_, err := client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String(fmt.Sprintf("traced-%d", i)), SecretString: aws.String("v")})
		fatal(t, err)
	}
	stop(process)
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	answered, state := 0, ""
	syncing := map[string]bool{} // threads in a call that syncs the log
	for line := range strings.Lines(string(text)) {
		thread, call, _ := strings.Cut(line, " ")
		call = strings.TrimSpace(call)
		ended := strings.HasSuffix(call, "= 0")
		switch {
		case strings.Contains(call, `"POST / HTTP/1.1`):
			state = "asked"
		case strings.HasPrefix(call, "pwrite64(") && strings.Contains(call, "/commits."):
			state = "written"
		case strings.HasPrefix(call, "fdatasync(") && strings.Contains(call, "/commits.") && state == "written":
			syncing[thread] = !ended
			if ended {
				state = "synced"
			}
		case strings.HasPrefix(call, "<... fdatasync resumed>") && syncing[thread] && ended:
			state, syncing[thread] = "synced", false
		case strings.Contains(call, `"HTTP/1.1 200 OK`):
			if answered++; state != "synced" {
				t.Errorf("answer %d was sent when the commit was %s", answered, state)
			}
		}
	}
	if answered != writes {
		t.Errorf("the trace shows %d answers, want %d", answered, writes)
	}
	t.Logf("%d answers, each after the log was written and synced", answered)
}
