package cost

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"aircon/lookup"
)

// Workload is what an Airflow's DAG files ask for.
type Workload struct {
	Files []File `json:"files"`
}

// File is a DAG file.
type File struct {
	Path    string   `json:"path"`
	Lookups []Lookup `json:"lookups,omitempty"` // at its top level: made whenever the file is parsed
	DAGs    []DAG    `json:"dags,omitempty"`
}

// DAG is one DAG of a file.
type DAG struct {
	ID       string  `json:"id"`
	Schedule string  `json:"schedule,omitempty"`       // a cron expression, a preset, or timedelta(minutes=5); "" for none
	Runs     float64 `json:"runs_per_month,omitempty"` // instead of a schedule: of DAGs that are triggered
	Tasks    []Task  `json:"tasks,omitempty"`
}

// Task is one or several tasks of a DAG that look up the same.
type Task struct {
	Operator string   `json:"operator,omitempty"` // one of Operators, which look Connection up; "" for none of them
	ConnID   string   `json:"conn_id,omitempty"`  // the operator's connection
	Count    int      `json:"count,omitempty"`    // how many tasks; 0 means 1
	Retries  float64  `json:"retries,omitempty"`  // further attempts that a task takes on average
	Lookups  []Lookup `json:"lookups,omitempty"`  // in its own code
}

// Lookup is one thing that is looked up.
type Lookup struct {
	Kind    lookup.Kind `json:"kind,omitempty"` // connection or variable; "" means connection
	ID      string      `json:"id"`
	Times   int         `json:"times,omitempty"`   // how often at a time; 0 means 1
	Missing bool        `json:"missing,omitempty"` // whether Secrets Manager has no such secret
}

// Operators are how often an operator or hook looks its connection up in one run (measured in all eight versions).
var Operators = map[string]int{"PostgresHook": 1, "SQLExecuteQueryOperator": 2}

// ParseWorkload reads a workload from JSON. Unknown members are errors.
func ParseWorkload(text []byte) (Workload, error) {
	var w Workload
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return w, fmt.Errorf("read the workload: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return w, errors.New("read the workload: there is something behind its end")
	}
	for i := range w.Files {
		for j := range w.Files[i].DAGs {
			if err := w.Files[i].DAGs[j].check(); err != nil {
				return w, fmt.Errorf("%s: %w", w.Files[i].Path, err)
			}
		}
	}
	return w, nil
}

func (d *DAG) check() error {
	if d.Schedule != "" && d.Runs != 0 {
		return fmt.Errorf("DAG %q has both a schedule and runs_per_month", d.ID)
	}
	if _, err := RunsPerMonth(d.Schedule); err != nil {
		return fmt.Errorf("DAG %q: %w", d.ID, err)
	}
	for _, t := range d.Tasks {
		if _, known := Operators[t.Operator]; t.Operator != "" && (!known || t.ConnID == "") || t.Operator == "" && t.ConnID != "" {
			return fmt.Errorf("DAG %q: a task's operator is PostgresHook or SQLExecuteQueryOperator, with a conn_id", d.ID)
		}
	}
	return nil
}

// runs is how often the DAG runs in a month.
func (d *DAG) runs() float64 {
	n, err := RunsPerMonth(d.Schedule)
	if err != nil || d.Schedule == "" {
		return d.Runs
	}
	return n
}

// count is how many tasks it stands for.
func (t *Task) count() float64 { return float64(max(t.Count, 1)) }

// lookups are all that one run of the task looks up, but for its file's top level.
func (t *Task) lookups() []Lookup {
	all := slices.Clone(t.Lookups)
	if t.Operator != "" {
		all = append(all, Lookup{ID: t.ConnID, Times: Operators[t.Operator]})
	}
	return all
}

func (l *Lookup) kind() lookup.Kind {
	if l.Kind == "" {
		return lookup.Connection
	}
	return l.Kind
}

func (l *Lookup) times() float64 { return float64(max(l.Times, 1)) }

// tasks is how many task runs the file's DAGs have in a month, retries included.
func (f *File) tasks() float64 {
	var n float64
	for i := range f.DAGs {
		for j := range f.DAGs[i].Tasks {
			t := &f.DAGs[i].Tasks[j]
			n += f.DAGs[i].runs() * t.count() * (1 + t.Retries)
		}
	}
	return n
}

// clone copies a workload so far that its lookups can be changed.
func (w Workload) clone() Workload {
	w.Files = slices.Clone(w.Files)
	for i := range w.Files {
		w.Files[i].Lookups = slices.Clone(w.Files[i].Lookups)
		w.Files[i].DAGs = slices.Clone(w.Files[i].DAGs)
		for j := range w.Files[i].DAGs {
			tasks := slices.Clone(w.Files[i].DAGs[j].Tasks)
			for k := range tasks {
				tasks[k].Lookups = slices.Clone(tasks[k].Lookups)
			}
			w.Files[i].DAGs[j].Tasks = tasks
		}
	}
	return w
}

// MarkMissing sets Missing of every lookup by the names of the secrets that there are: what the worker's backend asks for, or else the server's. An
// operator whose connection is missing becomes a lookup that misses.
func (w Workload) MarkMissing(worker, server *lookup.Backend, names []string) {
	missing := func(l *Lookup) bool {
		for _, b := range []*lookup.Backend{worker, server} {
			if b == nil {
				continue
			}
			if asked := b.Names(l.kind(), l.ID, "").Asked; len(asked) > 0 {
				return !slices.ContainsFunc(asked, func(name string) bool { return slices.Contains(names, name) })
			}
		}
		return true
	}
	for i := range w.Files {
		for j := range w.Files[i].DAGs {
			for k := range w.Files[i].DAGs[j].Tasks {
				t := &w.Files[i].DAGs[j].Tasks[k]
				if l := (Lookup{ID: t.ConnID, Times: Operators[t.Operator]}); t.Operator != "" && missing(&l) {
					t.Operator, t.ConnID, t.Lookups = "", "", append(t.Lookups, l)
				}
			}
		}
	}
	w.each(func(l *Lookup) { l.Missing = missing(l) })
}
