package cost

import (
	"cmp"
	"math"
	"slices"
	"time"

	"aircon"
	"aircon/lookup"
)

// Airflow is whose lookups are counted.
type Airflow struct {
	Runtime aircon.Runtime  // the versions; the side does not matter
	Worker  *lookup.Backend // whom tasks and the DAG processor ask; nil: Secrets Manager is no backend of theirs
	Server  *lookup.Backend // whom the Execution API of Airflow 3 asks; nil likewise

	UseCache bool          // [secrets] use_cache
	CacheTTL time.Duration // [secrets] cache_ttl_seconds; 0 means Airflow's default of 15 minutes

	Interval   time.Duration // min_file_process_interval; 0 means Airflow's default of 30 seconds
	Processors int           // how many DAG processors parse all files: on MWAA one a scheduler; 0 means 1
	Processes  int           // parsing_processes of each; 0 means Airflow's default of 2
	ParseTime  time.Duration // how long a file takes to parse; 0 means that parsing keeps up with the interval

	Secrets  int // how many are stored
	Replicas int // in how many further regions each of them is
}

// Use is what one source of lookups costs in a month.
type Use struct {
	When   string      `json:"when"` // one of Parsing, TopLevel, InTasks
	Kind   lookup.Kind `json:"kind"`
	ID     string      `json:"id"`
	File   string      `json:"file"`
	Calls  float64     `json:"calls"`  // a month
	Again  float64     `json:"again"`  // of them: asked again by the Execution API
	Misses float64     `json:"misses"` // of them: for a secret that does not exist
}

// When a lookup is made.
const (
	Parsing  = "parsing"            // at the top level of a file, by the DAG processor
	TopLevel = "top level in tasks" // the same, in each task's process
	InTasks  = "tasks"              // by the task itself
)

// Bill is a month's.
type Bill struct {
	Secrets        float64 `json:"secrets"` // replicas included
	SecretsDollars float64 `json:"secrets_dollars"`
	Calls          float64 `json:"calls"`
	CallsDollars   float64 `json:"calls_dollars"`
	Dollars        float64 `json:"dollars"`
	Uses           []Use   `json:"uses"` // the most calls first
}

// Sum adds up the calls of a bill that fit.
func (b Bill) Sum(of func(Use) float64) (n float64) {
	for _, u := range b.Uses {
		n += of(u)
	}
	return n
}

// Forecast bills a month.
func Forecast(a Airflow, w Workload, p Prices) Bill {
	b := Bill{Secrets: float64(a.Secrets * (1 + a.Replicas)), Uses: a.uses(w)}
	b.SecretsDollars = p.secrets(b.Secrets)
	b.Calls = b.Sum(func(u Use) float64 { return u.Calls })
	b.CallsDollars = p.calls(b.Calls)
	b.Dollars = b.SecretsDollars + b.CallsDollars
	return b
}

func (a *Airflow) uses(w Workload) []Use {
	all := a.parsing(w)
	for i := range w.Files {
		f := &w.Files[i]
		for _, l := range f.Lookups {
			all = append(all, a.use(TopLevel, f, l, f.tasks()*l.times()))
		}
		for j := range f.DAGs {
			for k := range f.DAGs[j].Tasks {
				t := &f.DAGs[j].Tasks[k]
				for _, l := range t.lookups() {
					all = append(all, a.use(InTasks, f, l, f.DAGs[j].runs()*t.count()*(1+t.Retries)*l.times()))
				}
			}
		}
	}
	all = slices.DeleteFunc(all, func(u Use) bool { return u.Calls == 0 })
	slices.SortStableFunc(all, func(x, y Use) int { return cmp.Compare(y.Calls, x.Calls) })
	return all
}

// use is what a number of lookups costs.
func (a *Airflow) use(when string, f *File, l Lookup, lookups float64) Use {
	first, again := a.Asks(l)
	u := Use{When: when, Kind: l.kind(), ID: l.ID, File: f.Path, Calls: lookups * (first + again), Again: lookups * again}
	if l.Missing {
		u.Misses = u.Calls
	}
	return u
}

// Asks is how often one lookup calls Secrets Manager: by whoever looks up, and once more by the Execution API of Airflow 3, which a worker and
// a DAG processor ask for what they do not find.
func (a *Airflow) Asks(l Lookup) (first, again float64) {
	first = asks(a.Worker, l)
	if a.Runtime.Airflow.Major >= 3 && (l.Missing || first == 0) {
		if seen, routed := lookup.Routed(l.kind(), l.ID, a.Runtime); routed {
			l.ID = seen
			again = asks(a.Server, l)
		}
	}
	return first, again
}

func asks(b *lookup.Backend, l Lookup) float64 {
	if b == nil {
		return 0
	}
	return float64(len(b.Names(l.kind(), l.ID, "").Asked))
}

// interval is how long a file waits for its next parse: at least min_file_process_interval, and longer where the processes do not keep up.
func (a *Airflow) interval(files int) time.Duration {
	least := cmp.Or(a.Interval, 30*time.Second)
	busy := time.Duration(files) * a.ParseTime / time.Duration(cmp.Or(a.Processes, 2))
	return max(least, busy)
}

// Caches reports whether use_cache is on and does anything: it came in 2.7, and the Task SDK of 3.0 and 3.1 has none.
func (a *Airflow) Caches() bool {
	v := a.Runtime.Airflow
	return a.UseCache && v.AtLeast(2, 7) && (v.Major < 3 || v.AtLeast(3, 2))
}

// parsing counts the lookups of the DAG processors, which share nothing.
func (a *Airflow) parsing(w Workload) []Use {
	interval := a.interval(len(w.Files))
	parses := float64(Month) / float64(interval) * float64(max(a.Processors, 1))
	var all []Use
	for i := range w.Files {
		f := &w.Files[i]
		for _, l := range f.Lookups {
			lookups := parses * l.times()
			if a.Caches() && a.kept(l) {
				lookups *= a.missRate(w, l, interval)
			}
			all = append(all, a.use(Parsing, f, l, lookups))
		}
	}
	return all
}

// kept reports whether the cache keeps what comes of a lookup: what was found, and in Airflow 2 that a variable is missing.
func (a *Airflow) kept(l Lookup) bool {
	return !l.Missing || l.kind() == lookup.Variable && a.Runtime.Airflow.Major < 3
}

// missRate is the share of an id's lookups that the cache does not answer: one each time that it expires. All files of a DAG processor share it.
func (a *Airflow) missRate(w Workload, l Lookup, interval time.Duration) float64 {
	var each float64
	for i := range w.Files {
		for _, other := range w.Files[i].Lookups {
			if other.kind() == l.kind() && other.ID == l.ID {
				each += other.times()
			}
		}
	}
	gap := float64(interval) / each
	// The first lookup after the entry has expired asks; the entry is valid for as long as it is not older than its time to live.
	answered := math.Floor(float64(cmp.Or(a.CacheTTL, 15*time.Minute)) / gap)
	return 1 / (answered + 1)
}
