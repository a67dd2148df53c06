package dagtest

import (
	"crypto/sha256"
	_ "embed" // of the programs
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

//go:embed local_settings.py
var localSettings []byte

// Prepare lets the tasks of the Airflow in home, an AIRFLOW_HOME, say who they are when they call AWS. It is called before Airflow starts.
func Prepare(home string) error {
	dir := filepath.Join(home, "config") // on Python's path in all versions
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "airflow_local_settings.py"), localSettings, 0o600)
}

// Options are the configuration options that a test goes before all others with: no schedule starts a run, and no DAG waits paused.
//
// Source: config.yml of Airflow 2.10.3 and 3.3.1, [scheduler] use_job_schedule: "Turn off scheduler use of cron intervals by setting this
// to False. DAGs submitted manually in the web UI or with trigger_dag will still run."
func Options() map[string]string {
	return map[string]string{"scheduler.use_job_schedule": "False", "core.dags_are_paused_at_creation": "False"}
}

// appID is what local_settings.py has a task's process put into the user agent of its calls to AWS.
func appID(dag, task string, mapIndex int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", dag, task, mapIndex))
	return hex.EncodeToString(sum[:])[:16]
}
