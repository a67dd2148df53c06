//go:build unix

package startup

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "startup.sh")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRun(t *testing.T) {
	environ := []string{"PATH=" + os.Getenv("PATH"), "KEPT=as it was", "CHANGED=before"}
	for _, test := range []struct {
		name, script string
		exports      map[string]string
		prints, err  string
	}{
		{name: "exports", script: "export NEW=1 CHANGED=after KEPT='as it was'; NOT_EXPORTED=1", exports: map[string]string{"NEW": "1", "CHANGED": "after"}},
		{name: "several lines", script: "export TEXT=$'a\\nb=c\\n'", exports: map[string]string{"TEXT": "a\nb=c\n"}},
		{name: "exit counts too", script: "export A=1; exit 0; export B=2", exports: map[string]string{"A": "1"}},
		{name: "in its directory", script: "export WHERE=$(basename startup.*)", exports: map[string]string{"WHERE": "startup.sh"}},
		{name: "what it prints", script: "echo out; echo err >&2", exports: map[string]string{}, prints: "out\nerr\n"},
		{name: "fails", script: "echo why; exit 3", prints: "why\n", err: "exit status 3"},
		{name: "leaves something behind", script: "sleep 600 & export A=1", exports: map[string]string{"A": "1"}},
		{name: "nothing is left of its environment", script: "exec true", exports: map[string]string{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			exports, err := Run(t.Context(), script(t, test.script), environ, &out)
			if diff := cmp.Diff(test.exports, exports); diff != "" || out.String() != test.prints {
				t.Errorf("printed %q, exports (-want +got):\n%s", out.String(), diff)
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// A script that does not end is ended with its children when nobody waits any more.
func TestRunIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := writer(func(p []byte) (int, error) {
		cancel()
		return len(p), nil
	})
	begun := time.Now()
	if _, err := Run(ctx, script(t, "echo here; sleep 600; true"), os.Environ(), out); !errors.Is(err, context.Canceled) {
		t.Errorf("after %v: %v", time.Since(begun), err)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }
