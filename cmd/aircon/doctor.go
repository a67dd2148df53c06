package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"aircon/internal/awsapi"
	"aircon/internal/doctor"
	"aircon/internal/pause"
	"aircon/internal/probe"
	"aircon/internal/report"
	"aircon/internal/spec"
	"aircon/lookup"
)

// examination is what the user asked of doctor.
type examination struct {
	at        targetFlags
	out       reporting
	failOn    string
	probe     bool
	limit     time.Duration
	second    string
	metastore metastoreFlags
	checks    time.Duration
	whole     bool

	network bool
	regions []string

	fix, yes    bool
	every       time.Duration // between the examinations of --watch; 0: it is one
	printPolicy bool

	inside      bool
	insideTime  time.Duration
	printInside bool         // only: the DAG that --inside asks
	said        func(string) // how far a worker is; nil: nobody listens
}

func newDoctor(w world) *cobra.Command {
	var x examination
	c := &cobra.Command{
		Use:   "doctor [CONN_ID…]",
		Short: "say for each connection whether it works and, if not, where it breaks, why, and how to mend it",
		Long: `doctor walks the whole chain for real: MWAA's options, the lookup pattern, IAM and KMS as the execution role, the secret, its text,
PostgresHook's arguments, network, TLS, login, database and a query. It only reads, unless --fix is given: that carries out the mends which do
no more than the plan would, asks before each other, and looks again.

Without a CONN_ID it examines all that the spec declares, or, without a spec, all under the backend's prefix.`,
		Example: `  aircon doctor
  aircon doctor my_postgres_db
  aircon doctor --environment analytics --output json
  aircon doctor --regions us-east-1,eu-central-1
  aircon doctor --fix               # carry out the mends, then look again
  aircon doctor --watch=30s         # print what changes
  aircon doctor --print-probe-dag > dags/aircon_probe.py
  aircon doctor --inside            # what a worker of the environment sees, by that DAG
  aircon doctor --print-policy      # the least policy that doctor itself needs`,
		RunE: func(c *cobra.Command, ids []string) error {
			if c.Flags().Changed("watch") && x.every <= 0 {
				return usageError{errors.New("--watch takes a time above 0, such as 30s")}
			}
			return x.run(c.Context(), w, ids)
		},
	}
	x.at.flag(c)
	x.out.flag(c)
	c.Flags().StringVar(&x.failOn, "fail-on", "error", "exit with 1 at findings of this severity: error or warning")
	c.Flags().BoolVar(&x.probe, "connect", true, "open the databases from this machine")
	x.metastore.flag(c)
	c.Flags().StringVar(&x.second, "admin-conn", "", "conn_id of another login of the server: where PostgreSQL refuses a login, ask with it which cause it is")
	c.Flags().DurationVar(&x.limit, "connect-timeout", doctor.ProbeTime, "how long opening a database may take")
	c.Flags().DurationVar(&x.checks, "time-limit", 30*time.Second, "how long each check may take; what takes longer is unchecked")
	c.Flags().BoolVarP(&x.whole, "verbose", "v", false, "show the arrows of connections that work, too, where there are more than a few")
	c.Flags().BoolVar(&x.network, "network", true, "judge the ways from the environment's subnets by what EC2 and RDS describe")
	c.Flags().StringSliceVar(&x.regions, "regions", nil, "further regions in which to look for a secret that is missing")
	c.Flags().BoolVar(&x.fix, "fix", false, "carry out the commands that mend what was found, asking before those that do more than the plan; then look again")
	c.Flags().BoolVarP(&x.yes, "yes", "y", false, "with --fix: do not ask; what takes away a deny is left alone then")
	c.Flags().DurationVar(&x.every, "watch", 0, "look again at this interval until Ctrl-C, and print what changes")
	c.Flags().Lookup("watch").NoOptDefVal = "1m"
	c.Flags().BoolVar(&x.inside, "inside", false, "ask a worker of the environment, too, through MWAA's InvokeRestApi and the probe DAG; the verdict follows what it sees")
	c.Flags().DurationVar(&x.insideTime, "inside-timeout", doctor.InsideTime, "how long the probe DAG's run may take")
	c.Flags().BoolVar(&x.printInside, "print-probe-dag", false, "print the probe DAG for the environment's DAG folder, and nothing else")
	c.Flags().BoolVar(&x.printPolicy, "print-policy", false, "print the least policy that doctor itself needs here, and nothing else")
	return c
}

func (x *examination) run(ctx context.Context, w world, ids []string) error {
	if err := x.out.check(); err != nil {
		return err
	}
	if err := oneOf("--fail-on", x.failOn, "error", "warning"); err != nil {
		return err
	}
	if err := x.check(); err != nil {
		return err
	}
	if x.printInside {
		_, err := fmt.Fprint(w.out, probe.DAG())
		return err
	}
	ignore, err := x.out.ignore()
	if err != nil {
		return err
	}
	metastore, err := x.metastore.open(w, x.at.timeout)
	if err != nil {
		return err
	}
	target, api, err := x.at.open(ctx)
	if err != nil {
		return err
	}
	d := x.doctor(api, ignore)
	if x.inside {
		d.Inside = x.askWorker(api)
	}
	d.Metastore, d.MetastoreFlags, d.Local = metastore, x.metastore.words(), lookup.Environ(os.Environ())
	if target.Spec != nil {
		d.Stated = func(airflow string) ([]doctor.Finding, error) { return statedBy(target.File, target.Spec, airflow) }
	}
	if x.printPolicy {
		text, err := d.Least(ctx, target.Target, ids)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(w.out, text)
		return err
	}
	return x.examine(ctx, w, func(ctx context.Context) (*doctor.Report, error) { return d.Examine(ctx, target.Target, ids) },
		x.whole || len(ids) > 0)
}

// check refuses flags that do not go together.
func (x *examination) check() error {
	switch {
	case x.checks <= 0:
		return usageError{errors.New("--time-limit takes a time such as 10s")}
	case x.every > 0 && x.fix:
		return usageError{errors.New("--watch only looks; leave out --fix")}
	case x.every > 0 && x.out.format != "human":
		return usageError{errors.New("--watch prints changes for people; leave out --output")}
	case x.insideTime <= 0:
		return usageError{errors.New("--inside-timeout takes a time such as 3m")}
	case x.yes && !x.fix:
		return usageError{errors.New("--yes goes with --fix")}
	}
	return nil
}

// doctor readies the examination.
func (x *examination) doctor(api *awsapi.Client, ignore spec.Reasons) *doctor.Doctor {
	d := &doctor.Doctor{AWS: api, Ignore: ignore, Limit: x.checks}
	if x.probe {
		d.Probe = doctor.Connect(api, x.limit)
		if d.SecondLogin = x.second; x.second != "" {
			d.Narrow = doctor.AskRole(api, x.limit)
		}
	}
	if x.network {
		d.Network = api
	}
	for _, region := range x.regions {
		d.Regions = append(d.Regions, doctor.Region{Name: region, Secrets: api.In(region)})
	}
	return d
}

// examine looks, once, again after mending, or until it is stopped, and says what came of it.
func (x *examination) examine(ctx context.Context, w world, look func(context.Context) (*doctor.Report, error), whole bool) error {
	t := w.terminal()
	progressing := func(ctx context.Context) (*doctor.Report, error) {
		progress := t.Progress("examining")
		defer progress.Stop()
		x.said = progress.Update
		return look(ctx)
	}
	var examined *doctor.Report
	var err error
	shown := x.every > 0
	if shown {
		watching := watch{every: x.every, examine: look, show: func(r *doctor.Report) { showReport(t, r, whole) }, t: t, now: time.Now, sleep: pause.For}
		examined, err = watching.run(ctx)
	} else if examined, err = progressing(ctx); err == nil && x.fix {
		examined, shown, err = x.mend(ctx, w, examined, progressing, whole)
	}
	if err != nil {
		return err
	}
	if !shown {
		document := func() report.Document { return report.Examined(release, examined, doctor.Severity(x.failOn)) }
		if err := x.out.report(w, document, examined, func() { showReport(t, examined, whole) }); err != nil {
			return err
		}
	}
	if examined.Broken() || x.failOn == "warning" && !examined.Healthy() {
		return statusError(exitFindings)
	}
	return nil
}

// mend carries out the mends of a report and looks again. It reports whether what it returns has been shown. The commands' own output stays
// out of a format for programs.
func (x *examination) mend(ctx context.Context, w world, r *doctor.Report, look func(context.Context) (*doctor.Report, error), whole bool) (*doctor.Report, bool, error) {
	human := x.out.format == "human"
	if human {
		showReport(w.terminal(), r, whole)
	} else {
		w.out = w.err
	}
	done, err := newMending(w, x.yes).run(ctx, r)
	if err != nil || !done {
		return r, human, err
	}
	r, err = look(ctx)
	return r, false, err
}
