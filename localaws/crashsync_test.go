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
// a request and its answer the log must have been synced.
func TestCrashSyncBeforeAnswer(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("strace is not installed (Debian, Ubuntu: sudo apt-get install strace): nothing else sees what the kernel is asked")
	}
	dir, trace := t.TempDir(), t.TempDir()+"/trace"
	process, client := startProcess(t, dir, strace, "-f", "-y", "-s", "64", "-o", trace, "-e", "trace=read,write,fsync,fdatasync")
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
	answered, synced := 0, false
	for line := range strings.Lines(string(text)) {
		switch {
		case strings.Contains(line, `"POST / HTTP/1.1`):
			synced = false
		case strings.Contains(line, "sync") && strings.HasSuffix(line, "= 0\n"):
			synced = true
		case strings.Contains(line, `"HTTP/1.1 200 OK`):
			if answered++; !synced {
				t.Errorf("answer %d was written before a sync ended", answered)
			}
		}
	}
	if answered != writes {
		t.Errorf("the trace shows %d answers, want %d", answered, writes)
	}
	t.Logf("%d answers, each after a sync", answered)
}
