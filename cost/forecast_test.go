package cost

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"aircon"
	"aircon/lookup"
)

// counting is a Secrets Manager that counts what it is asked.
type counting struct {
	stored map[string]bool
	calls  int
}

func (c *counting) GetSecretValue(_ context.Context, name string) (lookup.SecretValue, error) {
	c.calls++
	if c.stored[name] {
		return lookup.SecretValue{Text: aircon.NewSecret(`{"conn_type": "postgres"}`), ARN: "arn"}, nil
	}
	return lookup.SecretValue{}, notFound{}
}

type notFound struct{}

func (notFound) Error() string        { return "not found" }
func (notFound) ErrorCode() string    { return "ResourceNotFoundException" }
func (notFound) ErrorMessage() string { return "not found" }

// world is an Airflow whose lookups are made for real, by package lookup, which real Airflow's answers of all versions are held against.
type world struct {
	t       testing.TB
	secrets *counting
	search  *lookup.Search
	airflow Airflow
}

func newWorld(t testing.TB, version, kwargs string) *world {
	t.Helper()
	rt, err := aircon.RuntimeFor(version)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, secrets: &counting{stored: map[string]bool{}}}
	env := map[string]string{"AIRFLOW__SECRETS__BACKEND": lookup.BackendClass, "AIRFLOW__SECRETS__BACKEND_KWARGS": kwargs}
	w.search, err = lookup.Open(t.Context(), lookup.Options{
		Runtime: rt.On(aircon.Worker), Env: env, Secrets: func(context.Context, lookup.Client) (lookup.SecretsManager, error) { return w.secrets, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.airflow = Airflow{Runtime: rt, Worker: w.search.Settings().Backend}
	if server := w.search.Server(); server != nil {
		w.airflow.Server = server.Settings().Backend
	}
	return w
}

// store puts what the lookups do not miss into Secrets Manager.
func (w *world) store(load Workload) {
	load.each(func(l *Lookup) {
		if names := w.airflow.Worker.Names(l.kind(), l.ID, "").Asked; len(names) > 0 && !l.Missing {
			w.secrets.stored[names[0]] = true
		}
	})
}

func (w *world) look(l Lookup) {
	w.t.Helper()
	for range max(l.Times, 1) {
		var err error
		if l.kind() == lookup.Variable {
			_, err = w.search.Variable(w.t.Context(), l.ID, false)
		} else {
			_, err = w.search.Connection(w.t.Context(), l.ID)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// live makes the lookups of a month, scaled down: so many parses of each file, and so many runs of each DAG.
func (w *world) live(load Workload, parses int) int {
	w.secrets.calls = 0
	for _, f := range load.Files {
		parse := func() {
			for _, l := range f.Lookups {
				w.look(l)
			}
		}
		for range parses {
			parse()
		}
		for _, d := range f.DAGs {
			for _, task := range d.Tasks {
				for range int(d.Runs) * max(task.Count, 1) * (1 + int(task.Retries)) {
					parse()
					for _, l := range task.lookups() {
						w.look(l)
					}
				}
			}
		}
	}
	return w.secrets.calls
}

var versions = []string{"2.10.3", "3.0.6", "3.3.1"}

// TestForecastIsWhatLookupsAsk draws small Airflows and makes all of a month's lookups.
func TestForecastIsWhatLookupsAsk(t *testing.T) {
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			most := 0
			rapid.Check(t, func(rt *rapid.T) {
				kwargs := rapid.SampledFrom([]string{
					`{}`, `{"connections_lookup_pattern": "^a"}`, `{"variables_prefix": null}`, `{"connections_prefix": "", "variables_lookup_pattern": "^b"}`, `{"connections_prefix": null}`,
				}).Draw(rt, "kwargs")
				load := drawWorkload(rt)
				w := newWorld(t, version, kwargs)
				w.store(load)
				parses := rapid.IntRange(1, 4).Draw(rt, "parses")
				calls := w.live(load, parses)
				w.airflow.Interval = Month / time.Duration(parses)
				most = max(most, calls)
				if got := Forecast(w.airflow, load, DefaultPrices).Calls; math.Round(got*1e6)/1e6 != float64(calls) {
					rt.Fatalf("forecast %v calls, and the lookups make %d, with %s of %+v", got, calls, kwargs, load)
				}
			})
			if most < 20 {
				t.Errorf("no scenario made more than %d calls", most)
			}
		})
	}
}

func drawWorkload(rt *rapid.T) Workload {
	// Whether an id is in Secrets Manager is a property of the id, not of the lookup.
	ids := []string{"a1", "a2", "b1", "b2", "c/d", "e?f"}
	missing := map[string]bool{}
	for _, id := range ids {
		missing[id] = rapid.Bool().Draw(rt, "missing "+id)
	}
	lookups := func() (all []Lookup) {
		for range rapid.IntRange(0, 3).Draw(rt, "lookups") {
			id := rapid.SampledFrom(ids).Draw(rt, "id")
			kind := rapid.SampledFrom([]lookup.Kind{"", lookup.Connection, lookup.Variable}).Draw(rt, "kind")
			all = append(all, Lookup{Kind: kind, ID: id, Times: rapid.IntRange(0, 2).Draw(rt, "times"), Missing: missing[id]})
		}
		return all
	}
	var w Workload
	for i := range rapid.IntRange(1, 3).Draw(rt, "files") {
		f := File{Path: fmt.Sprintf("dags/%d.py", i), Lookups: lookups()}
		for range rapid.IntRange(0, 2).Draw(rt, "dags") {
			d := DAG{ID: "d", Runs: float64(rapid.IntRange(0, 3).Draw(rt, "runs"))}
			for range rapid.IntRange(0, 2).Draw(rt, "tasks") {
				task := Task{Count: rapid.IntRange(0, 2).Draw(rt, "count"), Retries: float64(rapid.IntRange(0, 1).Draw(rt, "retries")), Lookups: lookups()}
				if id := rapid.SampledFrom([]string{"", "a1", "a2"}).Draw(rt, "conn_id"); id != "" && !missing[id] {
					task.Operator, task.ConnID = rapid.SampledFrom([]string{"PostgresHook", "SQLExecuteQueryOperator"}).Draw(rt, "operator"), id
				}
				d.Tasks = append(d.Tasks, task)
			}
			f.DAGs = append(f.DAGs, d)
		}
		w.Files = append(w.Files, f)
	}
	return w
}

// TestCalls are the rows of what real Airflow was seen to ask: by hook and operator, by version, by what a search finds.
func TestCalls(t *testing.T) {
	task := func(operator string) Workload {
		return Workload{[]File{{Path: "f", DAGs: []DAG{{Runs: 1, Tasks: []Task{{Operator: operator, ConnID: "x"}}}}}}}
	}
	own := func(l Lookup) Workload {
		return Workload{[]File{{Path: "f", DAGs: []DAG{{Runs: 1, Tasks: []Task{{Lookups: []Lookup{l}}}}}}}}
	}
	for _, c := range []struct {
		name, version, kwargs string
		load                  Workload
		want                  float64
	}{
		{"PostgresHook", "2.10.3", `{}`, task("PostgresHook"), 1},
		{"PostgresHook", "3.3.1", `{}`, task("PostgresHook"), 1},
		{"SQLExecuteQueryOperator", "2.10.3", `{}`, task("SQLExecuteQueryOperator"), 2},
		{"SQLExecuteQueryOperator", "3.0.6", `{}`, task("SQLExecuteQueryOperator"), 2},
		{"missing", "2.10.3", `{}`, own(Lookup{ID: "x", Missing: true}), 1},
		{"missing", "3.0.6", `{}`, own(Lookup{ID: "x", Missing: true}), 2},
		{"missing", "3.3.1", `{}`, own(Lookup{ID: "x", Missing: true}), 2},
		{"kept out by the pattern", "3.3.1", `{"connections_lookup_pattern": "^y"}`, own(Lookup{ID: "x", Missing: true}), 0},
		{"an id with a slash has no route to the server", "3.3.1", `{}`, own(Lookup{ID: "x/y", Missing: true}), 1},
		{"a null prefix", "3.0.6", `{"variables_prefix": null}`, own(Lookup{Kind: lookup.Variable, ID: "x", Missing: true}), 0},
	} {
		t.Run(c.version+" "+c.name, func(t *testing.T) {
			w := newWorld(t, c.version, c.kwargs)
			w.store(c.load)
			w.airflow.Interval = Month
			got := Forecast(w.airflow, c.load, DefaultPrices).Calls
			if calls := w.live(c.load, 0); got != c.want || float64(calls) != c.want {
				t.Errorf("forecast %v, made %d, want %v", got, calls, c.want)
			}
		})
	}
}

// TestCache replays the cache of parsing, as SecretCache keeps it: an entry is asked for anew once it is older than its time to live.
func TestCache(t *testing.T) {
	for _, c := range []struct {
		name, version string
		missing       bool
		kind          lookup.Kind
		cached        bool
	}{
		{"2.10.3", "2.10.3", false, lookup.Connection, true},
		{"2.10.3, a missing connection is not kept", "2.10.3", true, lookup.Connection, false},
		{"2.10.3, a missing variable is", "2.10.3", true, lookup.Variable, true},
		{"3.0.6 has none", "3.0.6", false, lookup.Variable, false},
		{"3.3.1", "3.3.1", false, lookup.Variable, true},
		{"3.3.1, nothing missing is kept", "3.3.1", true, lookup.Variable, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				w := newWorld(t, c.version, `{}`)
				w.airflow.UseCache = true
				w.airflow.Interval = time.Duration(rapid.IntRange(300, 20_000).Draw(rt, "interval")) * time.Second
				w.airflow.CacheTTL = time.Duration(rapid.IntRange(1, 30_000).Draw(rt, "ttl")) * time.Second
				load := Workload{[]File{{Path: "f", Lookups: []Lookup{{Kind: c.kind, ID: "x", Missing: c.missing}}}}}
				w.store(load)
				w.secrets.calls = 0
				var kept time.Duration = -1
				for now := time.Duration(0); now < Month; now += w.airflow.Interval {
					if c.cached && kept >= 0 && now-kept <= w.airflow.CacheTTL {
						continue
					}
					first, again := w.airflow.Asks(load.Files[0].Lookups[0])
					w.secrets.calls += int(first + again)
					kept = now
				}
				got := Forecast(w.airflow, load, DefaultPrices).Calls
				if math.Abs(got-float64(w.secrets.calls)) > 3 { // what lies at the month's ends
					rt.Fatalf("forecast %v, and %d calls are made: interval %s, cache %s", got, w.secrets.calls, w.airflow.Interval, w.airflow.CacheTTL)
				}
			})
		})
	}
}
