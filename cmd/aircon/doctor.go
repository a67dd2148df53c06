package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"aircon/internal/doctor"
	"aircon/internal/report"
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
}

func newDoctor(w world) *cobra.Command {
	var x examination
	c := &cobra.Command{
		Use:   "doctor [CONN_ID…]",
		Short: "say for each connection whether it works and, if not, where it breaks, why, and how to mend it",
		Long: `doctor walks the whole chain for real: MWAA's options, the lookup pattern, IAM and KMS as the execution role, the secret, its text,
PostgresHook's arguments, network, TLS, login, database and a query. It only reads.

Without a CONN_ID it examines all that the spec declares, or, without a spec, all under the backend's prefix.`,
		Example: `  aircon doctor
  aircon doctor my_postgres_db
  aircon doctor --environment analytics --output json
  aircon doctor --regions us-east-1,eu-central-1`,
		RunE: func(c *cobra.Command, ids []string) error { return x.run(c.Context(), w, ids) },
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
	return c
}

func (x *examination) run(ctx context.Context, w world, ids []string) error {
	if err := x.out.check(); err != nil {
		return err
	}
	if err := oneOf("--fail-on", x.failOn, "error", "warning"); err != nil {
		return err
	}
	if x.checks <= 0 {
		return usageError{errors.New("--time-limit takes a time such as 10s")}
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
	d := doctor.Doctor{AWS: api, Ignore: ignore, Limit: x.checks, Metastore: metastore}
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
	t := w.terminal()
	progress := t.Progress("examining " + target.Name)
	examined, err := d.Examine(ctx, target.Target, ids)
	progress.Stop()
	if err != nil {
		return err
	}
	document := func() report.Document { return report.Examined(release, examined, doctor.Severity(x.failOn)) }
	if err := x.out.report(w, document, examined, func() { showReport(t, examined, x.whole || len(ids) > 0) }); err != nil {
		return err
	}
	if examined.Broken() || x.failOn == "warning" && !examined.Healthy() {
		return statusError(exitFindings)
	}
	return nil
}
