package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"aircon/cost"
	"aircon/internal/doctor"
)

// costing is what the user asked of cost.
type costing struct {
	at       targetFlags
	out      output
	failOn   string
	airflow  airflowFlags
	load     workloadFlags
	prices   cost.Prices
	events   string
	window   time.Duration
	workload string
	roots    []string // DAG folders to scan
}

func newCost(w world) *cobra.Command {
	k := costing{prices: cost.DefaultPrices}
	c := &cobra.Command{
		Use:   "cost [DAGS…]",
		Short: "forecast a month's bill of Secrets Manager, and say what each mend would save",
		Long: `cost counts the calls that an Airflow makes in a month: at each parse of its DAG files, and in each run of their tasks. It knows what
differs by version: Airflow 3 asks twice for what it does not find, use_cache serves parsing alone and nothing in 3.0, a lookup
pattern or a null prefix keeps calls from being made at all.

The Airflow is the environment's of the spec or --environment; flags go before it, and without either they say it all. The DAG files are those
of DAGS, as scan finds them, each with one DAG that runs by --schedule; those that a --workload lists; or as many as flags say. With --events
the calls are counted in an audit log instead: local AWS's (aircon local logs --output json) or CloudTrail's.`,
		Example: `  aircon cost dags --environment analytics --schedule @hourly
  aircon cost --environment analytics --dag-files 40 --top-level 3 --schedule '@hourly' --tasks 8
  aircon cost --airflow 3.0.6 --secrets 25 --workload dags.json --output json
  aircon local logs --output json | aircon cost --events - --window 24h`,
		Args: takes(0, 1000),
		RunE: func(c *cobra.Command, roots []string) error {
			k.roots = roots
			return k.run(c, w)
		},
	}
	k.at.flag(c)
	k.out.flag(c)
	k.airflow.flag(c)
	k.load.flag(c)
	f := c.Flags()
	f.StringVar(&k.workload, "workload", "", "FILE of JSON that lists DAG files with their lookups, DAGs and tasks: see docs/cost.md")
	f.StringVar(&k.events, "events", "", "FILE of events to count the calls of, or - for standard input")
	f.DurationVar(&k.window, "window", 0, "the time that the events cover (default: from the first to the last)")
	f.Float64Var(&k.prices.Secret, "price-secret", k.prices.Secret, "US dollars for a secret a month")
	f.Float64Var(&k.prices.Calls, "price-calls", k.prices.Calls, "US dollars for 10,000 calls")
	f.StringVar(&k.failOn, "fail-on", "error", "exit with 1 at findings of this severity: error or warning")
	return c
}

// costs is what --output json prints.
type costs struct {
	Bill     cost.Bill        `json:"bill"`
	Savings  []cost.Saving    `json:"savings"`
	Measured *measured        `json:"measured,omitempty"`
	Findings []doctor.Finding `json:"findings"`
	Prices   pricing          `json:"prices"`
}

type pricing struct {
	Secret float64 `json:"secret_month"`
	Calls  float64 `json:"calls_10000"`
	AsOf   string  `json:"as_of"`
}

// measured is what was counted, and what it would be in a month.
type measured struct {
	cost.Measured
	PerMonth float64 `json:"calls_per_month"`
	Dollars  float64 `json:"dollars_per_month"`
	Known    bool    `json:"extrapolated"` // false where the events cover no time
}

func (k *costing) run(c *cobra.Command, w world) error {
	if err := errors.Join(k.out.check(), oneOf("--fail-on", k.failOn, "error", "warning")); err != nil {
		return err
	}
	result := costs{Savings: []cost.Saving{}, Findings: []doctor.Finding{}, Prices: pricing{k.prices.Secret, k.prices.Calls, k.prices.AsOf.Format(time.DateOnly)}}
	var err error
	if k.events != "" {
		err = k.measure(w, &result)
	} else {
		err = k.forecast(c, w, &result)
	}
	if err != nil {
		return err
	}
	if err := k.out.print(w, result, func() { showCosts(w.terminal(), result) }); err != nil {
		return err
	}
	if k.failOn == "warning" && len(result.Findings) > 0 {
		return statusError(exitFindings)
	}
	return nil
}

// forecast bills a month of what the environment, the flags and the workload say.
func (k *costing) forecast(c *cobra.Command, w world, result *costs) error {
	load, err := k.readWorkload()
	if err != nil {
		return err
	}
	site, err := k.site(c.Context(), w)
	if err != nil {
		return err
	}
	airflow, err := k.airflow.apply(c.Context(), c.Flags(), site)
	if err != nil {
		return err
	}
	switch {
	case site.version == "" && site.names == nil && k.nothing():
		return usageError{errors.New("cost needs something to count: DAG folders, --workload FILE, --events FILE, " +
			"how many there are (--dag-files, --secrets), an environment (--environment), or a spec")}
	case len(k.roots) > 0 && k.workload != "":
		return usageError{errors.New("DAGS and --workload both say which DAG files there are: leave one out")}
	case len(k.roots) > 0:
		if load, err = k.load.scannedWorkload(c.Context(), k.roots, airflow.Runtime); err != nil {
			return err
		}
	case len(load.Files) == 0:
		if load, err = k.load.workload(site.ids); err != nil {
			return err
		}
	}
	if site.names != nil {
		load.MarkMissing(airflow.Worker, airflow.Server, site.names)
	}
	result.Bill = cost.Forecast(airflow, load, k.prices)
	result.Savings = cost.Savings(airflow, load, k.prices)
	result.Findings = costFindings(airflow, result.Bill, result.Savings)
	return nil
}

func (k *costing) readWorkload() (cost.Workload, error) {
	if k.workload == "" {
		return cost.Workload{}, nil
	}
	text, err := os.ReadFile(k.workload)
	if err != nil {
		return cost.Workload{}, usageError{err}
	}
	load, err := cost.ParseWorkload(text)
	if err != nil {
		return load, badInput{fmt.Errorf("%s: %w", k.workload, err)}
	}
	return load, nil
}

// measure counts the calls in a log.
func (k *costing) measure(w world, result *costs) error {
	log, name := w.in, "standard input"
	if k.events != "-" {
		file, err := os.Open(k.events)
		if err != nil {
			return usageError{err}
		}
		defer file.Close()
		log, name = file, k.events
	}
	counted, err := cost.Measure(log, k.window)
	if err != nil {
		return badInput{fmt.Errorf("%s: %w", name, err)}
	}
	m := measured{Measured: counted}
	m.PerMonth, m.Known = counted.PerMonth(counted.Calls)
	m.Dollars = m.PerMonth / 10_000 * k.prices.Calls
	result.Measured = &m
	result.Findings = measuredFindings(&m)
	return nil
}

// nothing reports whether neither DAG files, flags nor a workload say what there is.
func (k *costing) nothing() bool {
	return len(k.roots) == 0 && k.workload == "" && k.load.files == 0 && k.airflow.secrets == 0
}

// site reads the environment that is meant, if one is.
func (k *costing) site(ctx context.Context, w world) (site, error) {
	target, err := k.at.load()
	if errors.Is(err, errNoSpec) {
		return site{}, nil
	}
	if err != nil {
		return site{}, err
	}
	if k.airflow.offline || target.Spec != nil && !target.Spec.MWAA() {
		return siteOf(target.Spec), nil
	}
	api, err := k.at.connect(ctx, target)
	if err != nil {
		return site{}, err
	}
	progress := w.terminal().Progress("reading " + target.Name)
	defer progress.Stop()
	return readSite(ctx, api, target.Target)
}
