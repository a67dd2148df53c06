package cost

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"aircon/lookup"
)

// office is an Airflow with something of everything to save.
func office() Workload {
	return Workload{[]File{
		{
			Path:    "dags/sales.py",
			Lookups: []Lookup{{Kind: lookup.Variable, ID: "region"}, {Kind: lookup.Variable, ID: "bucket"}, {ID: "crm", Missing: true}},
			DAGs:    []DAG{{ID: "sales", Schedule: "@hourly", Tasks: []Task{{Operator: "SQLExecuteQueryOperator", ConnID: "db.main", Count: 10}}}},
		},
		{Path: "dags/quiet.py", DAGs: []DAG{{ID: "quiet", Schedule: "@daily", Tasks: []Task{{Lookups: []Lookup{{ID: "legacy", Missing: true}}}}}}},
	}}
}

func TestSavings(t *testing.T) {
	w := newWorld(t, "3.3.1", `{}`)
	a := w.airflow
	a.Secrets, a.Replicas, a.Processors = 3, 1, 2
	bill := Forecast(a, office(), DefaultPrices)
	parses := 730.0 * 3600 / 30 * 2
	tasks := 7300.0
	if want := 4*parses + 4*tasks + 2*tasks + 2*730.0/24; math.Abs(bill.Calls-want) > 1e-6 {
		t.Errorf("%v calls, want %v", bill.Calls, want)
	}
	if want := 6*0.40 + bill.Calls/10_000*0.05; math.Abs(bill.Dollars-want) > 1e-9 {
		t.Errorf("%v dollars, want %v", bill.Dollars, want)
	}
	var got []string
	for _, s := range Savings(a, office(), DefaultPrices) {
		got = append(got, s.What+" | "+s.Mend)
	}
	want := []string{
		"move the lookups at the top level of DAG files into the tasks that need them | in dags/sales.py: call Variable.get, Connection.get and hooks inside of tasks, or use {{ var.value.KEY }} and {{ conn.ID }} in templates",
		"parse DAG files less often | dag_processor.min_file_process_interval = 300",
		`let the lookup pattern keep out the connections that Secrets Manager does not have | "connections_lookup_pattern": "^(?-i:db\\.main)$"  in secrets.backend_kwargs`,
		"merge 2 variables into one | store them as one JSON object, and read it once: Variable.get(\"settings\", deserialize_json=True)",
		"cache what parsing looks up | secrets.use_cache = True",
		"keep the secrets in one region | aws secretsmanager remove-regions-from-replication, for each secret",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestPrintedPatternSavesWhatIsSaid opens an Airflow with the kwarg that the saving prints, and makes the lookups again.
func TestPrintedPatternSavesWhatIsSaid(t *testing.T) {
	load := Workload{[]File{{Path: "f", DAGs: []DAG{{Runs: 1, Tasks: []Task{{Lookups: []Lookup{{ID: "db.main"}, {ID: "dbxmain", Missing: true}, {Kind: lookup.Variable, ID: "v", Missing: true}}}}}}}}}
	for _, version := range versions {
		before := newWorld(t, version, `{}`)
		before.store(load)
		before.airflow.Interval = Month
		calls := before.live(load, 0)
		for _, s := range Savings(before.airflow, load, DefaultPrices) {
			kwarg, printed := strings.CutSuffix(s.Mend, "  in secrets.backend_kwargs")
			if !printed {
				t.Fatalf("%s: what else would help here? %+v", version, s)
			}
			after := newWorld(t, version, "{"+kwarg+"}")
			after.store(load)
			if got := after.live(load, 0); float64(calls-got) != s.Calls || s.Calls == 0 {
				t.Errorf("%s: %s: %d calls, then %d, and it says %v less", version, s.Mend, calls, got, s.Calls)
			}
		}
	}
}

// TestNoSavingIsMoreThanTheBill draws Airflows: nothing is saved twice over, and the order is that of the dollars.
func TestNoSavingIsMoreThanTheBill(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		load := drawWorkload(rt)
		a := newWorld(t, rapid.SampledFrom(versions).Draw(rt, "version"), `{}`).airflow
		a.Secrets, a.Replicas, a.Interval = rapid.IntRange(0, 9).Draw(rt, "secrets"), rapid.IntRange(0, 2).Draw(rt, "replicas"), time.Hour
		bill := Forecast(a, load, DefaultPrices)
		last := math.Inf(1)
		for _, s := range Savings(a, load, DefaultPrices) {
			if s.Dollars > bill.Dollars+1e-9 || s.Dollars > last {
				rt.Fatalf("%+v of %v, after %v", s, bill.Dollars, last)
			}
			last = s.Dollars
		}
	})
}

// TestSlowParsing expects what two processes cannot keep up with to be parsed less often.
func TestSlowParsing(t *testing.T) {
	w := newWorld(t, "2.10.3", `{}`)
	w.airflow.ParseTime = 10 * time.Second
	var load Workload
	for range 60 {
		load.Files = append(load.Files, File{Path: "f", Lookups: []Lookup{{ID: "x"}}})
	}
	if got, want := Forecast(w.airflow, load, DefaultPrices).Calls, 60*730.0*3600/300; math.Abs(got-want) > 1e-6 {
		t.Errorf("got %v, want %v", got, want)
	}
	w.airflow.Processes = 60
	if got, want := Forecast(w.airflow, load, DefaultPrices).Calls, 60*730.0*3600/30; math.Abs(got-want) > 1e-6 {
		t.Errorf("with enough processes: got %v, want %v", got, want)
	}
}

func TestParseWorkload(t *testing.T) {
	w, err := ParseWorkload([]byte(`{"files": [{"path": "a.py", "lookups": [{"kind": "variable", "id": "v"}], "dags": [{"id": "d", "schedule": "@daily", "tasks": [{"operator": "PostgresHook", "conn_id": "x", "count": 2}]}]}]}`))
	if err != nil || w.Files[0].DAGs[0].Tasks[0].Count != 2 {
		t.Errorf("%+v %v", w, err)
	}
	for text, want := range map[string]string{
		`{"file": []}`: "unknown field", `{} {}`: "behind its end", `nothing`: "invalid character",
		`{"files": [{"path": "a.py", "dags": [{"id": "d", "schedule": "sometimes"}]}]}`:                                 `a.py: DAG "d": the schedule "sometimes"`,
		`{"files": [{"path": "a.py", "dags": [{"id": "d", "schedule": "@daily", "runs_per_month": 2}]}]}`:               "both a schedule and runs_per_month",
		`{"files": [{"path": "a.py", "dags": [{"id": "d", "tasks": [{"operator": "BashOperator", "conn_id": "x"}]}]}]}`: "PostgresHook or SQLExecuteQueryOperator",
		`{"files": [{"path": "a.py", "dags": [{"id": "d", "tasks": [{"operator": "PostgresHook"}]}]}]}`:                 "with a conn_id",
	} {
		if _, err := ParseWorkload([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
