package airflow

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"aircon/internal/pause"
)

// Memory is what the processes of an environment's Airflow take together, in MiB: the proportional set size, which counts a page that several
// share once. It is 0 where none runs, or the system does not tell, as only Linux does.
func Memory(home string) int {
	kilobytes := 0
	for _, dir := range processesAt(home) {
		kilobytes += proportional(filepath.Join(dir, "smaps_rollup"))
	}
	return kilobytes / 1024
}

// calm is how long the memory stays the same when no task runs, and none is being put away.
const calm = time.Second

// IdleMemory waits until Memory stays the same within 1 %, and returns it.
func IdleMemory(ctx context.Context, home string) (int, error) {
	for last := 0; ; {
		now := Memory(home)
		if now == 0 || now*100 > last*99 && now*99 < last*100 {
			return now, nil
		}
		last = now
		if err := pause.For(ctx, calm); err != nil {
			return 0, err
		}
	}
}

// processesAt lists the directories in /proc of the processes that work in a directory, as all that an Airflow starts does.
func processesAt(home string) []string {
	var found []string
	links, _ := filepath.Glob("/proc/[0-9]*/cwd") // the pattern is well formed
	for _, link := range links {
		at, err := os.Readlink(link)
		if err == nil && (at == home || strings.HasPrefix(at, home+string(filepath.Separator))) {
			found = append(found, filepath.Dir(link))
		}
	}
	return found
}

// proportional reads the Pss of proc_pid_smaps_rollup(5), in kB. A process that has just ended has none.
func proportional(file string) int {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "Pss:"); ok {
			n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			return n
		}
	}
	return 0
}
