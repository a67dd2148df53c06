package dagtest

// Result is how a test went.
type Result struct {
	Environment  string        `json:"environment"`
	Airflow      string        `json:"airflow"`
	Passed       bool          `json:"passed"`
	DAGs         []DAG         `json:"dags"`
	ImportErrors []ImportError `json:"import_errors,omitempty"`
	// Elsewhere are lookups of no task: at the top of a DAG file, which each parse makes, or of Airflow 3's API server.
	Elsewhere []Connection `json:"elsewhere,omitempty"`
}

// DAG is one, with the run that it was given.
type DAG struct {
	ID    string `json:"dag_id"`
	State string `json:"state"` // of the run, in Airflow's words; Unknown where there was none when the time was over
	Late  bool   `json:"timed_out,omitempty"`
	Tasks []Task `json:"tasks"`
}

// Unknown is the state of a run that did not begin.
const Unknown = "not started"

// Task is a task instance.
type Task struct {
	ID          string       `json:"task_id"`
	MapIndex    int          `json:"map_index"` // -1 where the task is not mapped
	State       string       `json:"state"`     // in Airflow's words; "none" where it has none yet
	Try         int          `json:"try_number"`
	Seconds     float64      `json:"seconds"`
	Reason      string       `json:"reason,omitempty"` // the exception's, of a task that failed
	Log         []string     `json:"log,omitempty"`    // its last lines, of a task that failed
	Connections []Connection `json:"connections,omitempty"`
}

// Connection is one that was asked for.
type Connection struct {
	ID      string   `json:"conn_id"`
	Outcome string   `json:"outcome"`          // Found, NotDefined, or AWS's error code
	Secret  string   `json:"secret,omitempty"` // asked for; "" where Secrets Manager was not asked
	Fields  *Address `json:"resolved,omitempty"`
}

// The outcomes that are no error codes of AWS's.
const (
	Found      = "found"
	NotDefined = "not defined"
)

// Address is where a connection leads, without what is secret of it.
type Address struct {
	Type   string `json:"conn_type,omitempty"`
	Host   string `json:"host,omitempty"`
	Port   int    `json:"port,omitempty"`
	Login  string `json:"login,omitempty"`
	Schema string `json:"schema,omitempty"`
}

// The states of tasks and runs that count here, in Airflow's words (airflow.utils.state).
const (
	Success        = "success"
	Failed         = "failed"
	Skipped        = "skipped"
	UpstreamFailed = "upstream_failed"
	Removed        = "removed"
)

// Well reports whether a task did what it was to do. A skipped one did; one whose upstream failed did not.
func (t *Task) Well() bool { return t.State == Success || t.State == Skipped || t.State == Removed }

// Well reports whether the run succeeded, and each of its tasks: a run whose last task runs whatever happens succeeds though others failed.
func (d *DAG) Well() bool {
	for i := range d.Tasks {
		if !d.Tasks[i].Well() {
			return false
		}
	}
	return d.State == Success
}

// Judge sets Passed.
func (r *Result) Judge() {
	r.Passed = len(r.ImportErrors) == 0
	for i := range r.DAGs {
		r.Passed = r.Passed && r.DAGs[i].Well()
	}
}
