package main

import (
	"context"

	"aircon"
	"aircon/cost"
	"aircon/dags"
	"aircon/lookup"
)

// scannedWorkload is what the DAG files in folders ask for. A scan does not tell when DAGs run nor how many tasks they have: each file counts as
// one DAG with the schedule of the flags, each place that looks something up in a task as a task, and --tasks as the least number of them.
func (f *workloadFlags) scannedWorkload(ctx context.Context, roots []string, rt aircon.Runtime) (cost.Workload, error) {
	if err := f.check(); err != nil {
		return cost.Workload{}, err
	}
	found, err := scanFolders(ctx, roots, rt)
	if err != nil {
		return cost.Workload{}, badInput{err}
	}
	var w cost.Workload
	for _, file := range found.files {
		w.Files = append(w.Files, f.scannedFile(file))
	}
	return w, nil
}

func (f *workloadFlags) scannedFile(file *dags.File) cost.File {
	d := cost.DAG{ID: file.Name, Schedule: f.schedule}
	out := cost.File{Path: file.Name}
	for i := range file.Uses {
		u := &file.Uses[i]
		if u.Dynamic() {
			continue // what it asks for shows only when it runs
		}
		l := cost.Lookup{Kind: lookup.Kind(u.Kind), ID: u.ID, Times: max(1, cost.Operators[u.Callee])}
		if u.When == dags.Parse {
			out.Lookups = append(out.Lookups, l)
		} else {
			d.Tasks = append(d.Tasks, cost.Task{Lookups: []cost.Lookup{l}})
		}
	}
	if more := f.tasks - len(d.Tasks); more > 0 {
		d.Tasks = append(d.Tasks, cost.Task{Count: more})
	}
	out.DAGs = []cost.DAG{d}
	return out
}
