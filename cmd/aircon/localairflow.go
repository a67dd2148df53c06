package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"aircon"
	"aircon/internal/airflow"
	"aircon/internal/term"
	"aircon/localaws"
	"aircon/mwaa"
)

// localAirflowFlags say which Airflow is run, and how.
type localAirflowFlags struct {
	local     *localFlags
	version   string // "" means the environment's
	bucket    string // directory; "" means an empty one
	metastore string
	triggerer bool
	install   bool // only
	life      time.Duration
	out       output
}

// The metastores.
const (
	onSQLite   = "sqlite"
	onPostgres = "postgres"
)

func newLocalAirflow(w world, local *localFlags) *cobra.Command {
	f := &localAirflowFlags{local: local}
	c := &cobra.Command{
		Use:   "airflow [ENVIRONMENT]",
		Short: "run a real Airflow as the environment would, without Docker",
		Long: `airflow runs Airflow for an environment of the running local AWS until it is interrupted: the version and packages of MWAA's image, the
environment's configuration options in MWAA's order of precedence, and the execution role's temporary credentials, which it renews.
Nothing of your own AWS settings reaches it. The first run of a version installs it into your cache, with uv or pip; that takes a minute.

--dags names a directory laid out as MWAA's bucket: dags/, plugins.zip or plugins/, requirements.txt, startup.sh. Without dags/ it is itself
the directory of DAGs. Changed DAG files are seen within seconds. The metastore and the logs stay in the local AWS's directory.

What differs from MWAA: one machine instead of containers and Celery; Airflow's own logging instead of CloudWatch's; the simple auth
manager in Airflow 3. New DAGs are not paused, and two tasks run at once, unless options say otherwise.`,
		Example: `  aircon local airflow --dags .
  aircon local airflow analytics --dags ./bucket --metastore postgres
  aircon local airflow --airflow 3.3.1 --install-only`,
		Args: takes(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := errors.Join(f.out.check(), f.check()); err != nil {
				return usageError{err}
			}
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			return f.run(c.Context(), w, name)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.version, "airflow", "", "the Airflow version; default: the environment's")
	flags.StringVar(&f.bucket, "dags", "", "directory laid out as MWAA's bucket, or of DAG files")
	flags.StringVar(&f.metastore, "metastore", onSQLite, "sqlite; or postgres: the PostgreSQL that aircon local --database runs")
	flags.BoolVar(&f.triggerer, "triggerer", false, "run a triggerer too, which deferrable operators need")
	flags.DurationVar(&f.life, "credentials-life", time.Hour, "how long the execution role's credentials are good for, each time that Airflow gets new ones")
	flags.BoolVar(&f.install, "install-only", false, "install the version, and start nothing; needs no local AWS with --airflow")
	f.out.flag(c)
	c.AddCommand(newLocalAirflowLogs(w, f), newLocalAirflowLogin(w, f))
	return c
}

func (f *localAirflowFlags) check() error {
	if f.version != "" && !mwaa.Supported(f.version) {
		return fmt.Errorf("--airflow %q: MWAA runs %s", f.version, strings.Join(mwaa.Versions(), ", "))
	}
	if f.metastore != onSQLite && f.metastore != onPostgres {
		return fmt.Errorf("--metastore %q: it is sqlite or postgres", f.metastore)
	}
	return nil
}

func (f *localAirflowFlags) run(ctx context.Context, w world, name string) error {
	bucket, err := f.openBucket()
	if err != nil {
		return err
	}
	if f.install && f.version != "" {
		_, err := f.installed(ctx, w, f.version, bucket.Requirements)
		return err
	}
	env, err := f.local.environment(ctx)
	if err != nil {
		return err
	}
	e, err := findEnvironment(ctx, env, name)
	if err != nil {
		return err
	}
	if f.version != "" {
		e.AirflowVersion = f.version
	}
	i, err := f.installed(ctx, w, e.AirflowVersion, bucket.Requirements)
	if err != nil || f.install {
		return err
	}
	return f.serve(ctx, w, env, e, i, bucket)
}

// openBucket looks at the directory of DAGs.
func (f *localAirflowFlags) openBucket() (airflow.Bucket, error) {
	if f.bucket == "" {
		return airflow.Bucket{}, nil
	}
	b, err := airflow.OpenBucket(f.bucket)
	if err != nil {
		return b, usageError{fmt.Errorf("--dags: %w", err)}
	}
	return b, nil
}

// installed brings a version, and says so while it takes.
func (f *localAirflowFlags) installed(ctx context.Context, w world, version, requirements string) (*airflow.Installed, error) {
	dir, err := airflow.DefaultCacheDir()
	if err != nil {
		return nil, err
	}
	t := w.terminal()
	progress := t.Progress("looking for Airflow " + version)
	defer progress.Stop()
	begun := time.Now()
	cache := airflow.Cache{Dir: dir, Environ: os.Environ(), Said: func(line string) { progress.Update(term.Clean(line)) }}
	if t.ErrTerminal {
		cache.Detail = cache.Said
	}
	i, err := cache.Install(ctx, version, requirements)
	progress.Stop()
	if err == nil && !f.out.json() {
		fmt.Fprintf(w.out, "Airflow %s is installed in %s (%s)\n", version, i.Dir, seconds(begun))
	}
	return i, err
}

func seconds(since time.Time) string { return fmt.Sprintf("%.1f s", time.Since(since).Seconds()) }

// serve runs Airflow until the context ends, or one of its processes does.
func (f *localAirflowFlags) serve(ctx context.Context, w world, env map[string]string, e *localMWAA, i *airflow.Installed, bucket airflow.Bucket) (err error) {
	home := airflowHome(f.local.directory, e.Arn)
	if bucket.DAGs == "" {
		bucket.DAGs = filepath.Join(home, "dags")
		if err := os.MkdirAll(bucket.DAGs, 0o700); err != nil {
			return err
		}
	}
	setup := airflow.Setup{
		Environment: e.Name, Account: e.account(), Region: env["AWS_REGION"], Options: e.AirflowConfigurationOptions, Bucket: bucket,
		Home: home, Triggerer: f.triggerer, Endpoint: env["AWS_ENDPOINT_URL"], Assume: assumer(env, e, f.life), Redeem: redeemer(env, e),
	}
	if f.metastore == onPostgres {
		if setup.Metastore, err = metastoreURL(ctx, env, f.local.directory, e); err != nil {
			return err
		}
	}
	t := w.terminal()
	progress := t.Progress("starting Airflow " + e.AirflowVersion)
	defer progress.Stop()
	begun := time.Now()
	a, err := airflow.Start(ctx, i, setup)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx))) }()
	healthy, cancel := context.WithTimeout(ctx, healthyTime)
	defer cancel()
	if err := a.Healthy(healthy); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	progress.Stop()
	if err := a.Announce(); err != nil {
		return err
	}
	if err := f.announce(w, a, e, home, begun); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-a.Failed():
		return err
	}
}

// healthyTime is how long Airflow may take to become healthy; on a machine of two cores it takes 5 to 13 s.
const healthyTime = 3 * time.Minute

// announce says how to reach Airflow.
func (f *localAirflowFlags) announce(w world, a *airflow.Airflow, e *localMWAA, home string, begun time.Time) error {
	if f.out.json() {
		return json.NewEncoder(w.out).Encode(map[string]string{"environment": e.Name, "airflow": e.AirflowVersion, "url": a.URL, "home": home})
	}
	fmt.Fprintf(w.out, "environment %s runs Airflow %s as the role %s: healthy after %s\n", e.Name, e.AirflowVersion, e.role(), seconds(begun))
	for _, lost := range a.Lost {
		w.terminal().Warn("%s, set by %s, has no effect: %s sets it", lost.Variable, lost.From, lost.By)
	}
	directory := " --directory " + shellQuote(f.local.directory)
	fmt.Fprintf(w.out, `web server: %s
log in with: aircon local airflow login %s%s
trigger a DAG: aircon local call mwaa InvokeRestApi '%s'%s
what its processes say: aircon local airflow logs %s --follow%s
Ctrl-C ends it
`, a.URL, e.Name, directory, triggerInput(e, "DAG_ID"), directory, e.Name, directory)
	return nil
}

// triggerInput is the input of InvokeRestApi that starts a run.
func triggerInput(e *localMWAA, dag string) string {
	body := `{}`
	if strings.HasPrefix(e.AirflowVersion, "3.") {
		body = `{"logical_date": null}`
	}
	return fmt.Sprintf(`{"Name": %q, "Method": "POST", "Path": "/dags/%s/dagRuns", "Body": %s}`, e.Name, dag, body)
}

// assumer gets the execution role's credentials from local AWS, which assumes the role as MWAA does.
func assumer(env map[string]string, e *localMWAA, life time.Duration) airflow.Assume {
	return func(ctx context.Context) (airflow.Credentials, error) {
		var got localaws.TaskCredentials
		in := map[string]any{"account": e.account(), "region": e.region(), "seconds": int(life.Seconds())}
		if err := askAdmin(ctx, env, http.MethodPost, "environments/"+e.Name+"/credentials", in, &got); err != nil {
			return airflow.Credentials{}, fmt.Errorf("the execution role of environment %s: %w", e.Name, err)
		}
		ends, err := time.Parse(time.RFC3339, got.Expiration)
		return airflow.Credentials{
			AccessKeyID: got.AccessKeyID, SecretAccessKey: aircon.NewSecret(got.SecretAccessKey), SessionToken: aircon.NewSecret(got.SessionToken),
			Expiration: ends, RoleARN: got.RoleARN,
		}, err
	}
}
