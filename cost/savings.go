package cost

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"aircon/lookup"
	"aircon/mwaa"
)

// Saving is what one mend would take off a month's bill, were it the only one.
type Saving struct {
	What    string  `json:"what"`
	Mend    string  `json:"mend"`  // what to do or to write, exactly
	Calls   float64 `json:"calls"` // a month less
	Secrets float64 `json:"secrets"`
	Dollars float64 `json:"dollars"`
}

// mend is a way to pay less: what it makes of the Airflow and the workload.
type mend struct {
	what, text string
	airflow    Airflow
	workload   Workload
}

// slowParsing is the interval that suits DAG files which seldom change.
const slowParsing = 5 * time.Minute

// Savings says what each mend would save by itself, the most first. What saves nothing is left out.
func Savings(a Airflow, w Workload, p Prices) []Saving {
	now := Forecast(a, w, p)
	all := []Saving{}
	for _, m := range mends(a, w) {
		then := Forecast(m.airflow, m.workload, p)
		s := Saving{What: m.what, Mend: m.text, Calls: now.Calls - then.Calls, Secrets: now.Secrets - then.Secrets, Dollars: now.Dollars - then.Dollars}
		if s.Dollars > 0 {
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(x, y Saving) int { return cmp.Compare(y.Dollars, x.Dollars) })
	return all
}

func mends(a Airflow, w Workload) []mend {
	all := []mend{
		{"let the lookup pattern keep out the connections that Secrets Manager does not have", pattern("connections", w, lookup.Connection), a, w.without(lookup.Connection)},
		{"ask for no variables that Secrets Manager does not have", pattern("variables", w, lookup.Variable), a, w.without(lookup.Variable)},
		{"move the lookups at the top level of DAG files into the tasks that need them", "in " + Some(w.parsed()) +
			": call Variable.get, Connection.get and hooks inside of tasks, or use {{ var.value.KEY }} and {{ conn.ID }} in templates", a, w.inTasks()},
	}
	cached := a
	cached.UseCache = true
	all = append(all, mend{"cache what parsing looks up", "secrets.use_cache = True", cached, w})
	slow := a
	slow.Interval = max(a.Interval, slowParsing)
	all = append(all, mend{"parse DAG files less often", a.section() + ".min_file_process_interval = " + fmt.Sprint(slowParsing.Seconds()), slow, w})
	if n := len(w.ids(lookup.Variable, false)); n > 1 {
		fewer := a
		fewer.Secrets -= min(n-1, a.Secrets)
		all = append(all, mend{fmt.Sprintf("merge %d variables into one", n), `store them as one JSON object, and read it once: Variable.get("settings", deserialize_json=True)`, fewer, w.merged()})
	}
	if a.Replicas > 0 {
		alone := a
		alone.Replicas = 0
		all = append(all, mend{"keep the secrets in one region", "aws secretsmanager remove-regions-from-replication, for each secret", alone, w})
	}
	return all
}

// Some names the first of a list, and says how many more there are.
func Some(names []string) string {
	if len(names) <= 3 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s, %s and %d more", names[0], names[1], len(names)-2)
}

// section is that of the options of DAG processing.
func (a *Airflow) section() string {
	if a.Runtime.Airflow.Major >= 3 {
		return "dag_processor"
	}
	return "scheduler"
}

// pattern writes the kwarg with which the backend is asked only for what is there.
func pattern(kind string, w Workload, of lookup.Kind) string {
	ids := w.ids(of, false)
	if len(ids) == 0 {
		return fmt.Sprintf(`"%s_prefix": null  in secrets.backend_kwargs`, kind)
	}
	return fmt.Sprintf(`"%s_lookup_pattern": %s  in secrets.backend_kwargs`, kind, quoted(mwaa.LookupPattern(ids)))
}

func quoted(text string) string { return `"` + strings.ReplaceAll(text, `\`, `\\`) + `"` }

// ids lists what of a kind is looked up and is, or is not, in Secrets Manager.
func (w Workload) ids(kind lookup.Kind, missing bool) []string {
	seen := map[string]bool{}
	w.each(func(l *Lookup) {
		if l.kind() == kind && l.Missing == missing {
			seen[l.ID] = true
		}
	})
	var all []string
	for id := range seen {
		all = append(all, id)
	}
	slices.Sort(all)
	return all
}

// each calls do for every lookup: those of an operator are copies.
func (w Workload) each(do func(*Lookup)) {
	for i := range w.Files {
		f := &w.Files[i]
		for j := range f.Lookups {
			do(&f.Lookups[j])
		}
		for j := range f.DAGs {
			for k := range f.DAGs[j].Tasks {
				t := &f.DAGs[j].Tasks[k]
				for l := range t.Lookups {
					do(&t.Lookups[l])
				}
				if t.Operator != "" {
					do(&Lookup{ID: t.ConnID, Times: Operators[t.Operator]})
				}
			}
		}
	}
}

// parsed lists the files that look something up at their top level.
func (w Workload) parsed() (all []string) {
	for i := range w.Files {
		if len(w.Files[i].Lookups) > 0 {
			all = append(all, w.Files[i].Path)
		}
	}
	return all
}

// edit returns a copy in which each list of lookups is another.
func (w Workload) edit(change func([]Lookup) []Lookup) Workload {
	w = w.clone()
	for i := range w.Files {
		f := &w.Files[i]
		f.Lookups = change(f.Lookups)
		for j := range f.DAGs {
			for k := range f.DAGs[j].Tasks {
				t := &f.DAGs[j].Tasks[k]
				t.Lookups = change(t.Lookups)
			}
		}
	}
	return w
}

// without drops what the backend would not be asked for.
func (w Workload) without(kind lookup.Kind) Workload {
	return w.edit(func(list []Lookup) []Lookup {
		return slices.DeleteFunc(list, func(l Lookup) bool { return l.kind() == kind && l.Missing })
	})
}

// merged asks once for all variables where there were several.
func (w Workload) merged() Workload {
	return w.edit(func(list []Lookup) []Lookup {
		found := false
		return slices.DeleteFunc(list, func(l Lookup) bool {
			again := found && l.kind() == lookup.Variable && !l.Missing
			found = found || l.kind() == lookup.Variable && !l.Missing
			return again
		})
	})
}

// inTasks moves what is at the top level of files into one task of each of their DAGs.
func (w Workload) inTasks() Workload {
	w = w.clone()
	for i := range w.Files {
		f := &w.Files[i]
		for j := range f.DAGs {
			if len(f.DAGs[j].Tasks) > 0 && len(f.Lookups) > 0 {
				f.DAGs[j].Tasks = append(f.DAGs[j].Tasks, Task{Lookups: f.Lookups})
			}
		}
		f.Lookups = nil
	}
	return w
}
