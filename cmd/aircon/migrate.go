package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"aircon"
	"aircon/internal/awsapi"
	"aircon/internal/metastore"
	"aircon/internal/migrate"
	"aircon/internal/plan"
	"aircon/internal/spec"
	"aircon/pghook"
)

// migrating is what the user asked of migrate.
type migrating struct {
	at       targetFlags
	source   migrationSource
	out      output
	prefix   string
	format   string
	reformat bool // the format was asked for
	kmsKey   string
	adopt    bool
	yes, dry bool
	open     bool
	declare  bool
	cleanUp  bool
}

func newMigrate(w world) *cobra.Command {
	var m migrating
	c := &cobra.Command{
		Use:   "migrate [CONN_ID…]",
		Short: "move connections from Airflow's metastore to Secrets Manager, and prove that Airflow finds them",
		Long: `migrate reads connections, all or those named, shows what it would write to the environment's prefix in Secrets Manager, asks, and writes.
Then it looks each one up as the environment's Airflow does and compares it field by field. It can be killed anywhere and run again.

They come from Airflow's database (--metastore, with its Fernet keys in the variable that --fernet-keys names), from another place of Secrets
Manager (--from secretsmanager:PREFIX, with --from-region, --from-profile and --from-role for another region or account), or from a file
(--from FILE). Through Airflow's REST API (--rest) no password comes: it masks them, and what is masked is not written.

With --clean-up, what was proven is deleted from the metastore, after a question of its own. Nothing is deleted before proof, and no row
that somebody has changed in between.`,
		Example: `  aircon migrate --metastore env:AIRFLOW__DATABASE__SQL_ALCHEMY_CONN --dry-run
  aircon migrate --metastore env:AIRFLOW__DATABASE__SQL_ALCHEMY_CONN --declare my_postgres_db
  aircon migrate --metastore sqlite:////home/airflow/airflow.db --clean-up
  aircon migrate --environment analytics --from secretsmanager:old/connections --from-region eu-central-1
  aircon migrate --environment analytics --from connections.json --output json`,
		Args: takes(0, math.MaxInt),
		RunE: func(c *cobra.Command, ids []string) error {
			m.reformat = c.Flags().Changed("format")
			return m.run(c.Context(), w, ids)
		},
	}
	m.at.flag(c)
	m.out.flag(c)
	m.source.flag(c)
	c.Flags().StringVar(&m.prefix, "to-prefix", "", "the prefix to write to (default: the environment's own)")
	c.Flags().StringVar(&m.format, "format", string(migrate.JSON), "how the secrets are written: json, or uri; where it is given, secrets that are there in the other format too")
	c.Flags().StringVar(&m.kmsKey, "kms-key", "", "customer key for new secrets: ARN, id or alias (default: the account's aws/secretsmanager)")
	c.Flags().BoolVar(&m.adopt, "adopt", false, "overwrite secrets that exist already and aircon did not make")
	c.Flags().BoolVarP(&m.yes, "yes", "y", false, "do not ask; for --clean-up too")
	c.Flags().BoolVar(&m.dry, "dry-run", false, "show what would be written, and write nothing")
	c.Flags().BoolVar(&m.open, "open", false, "open a PostgreSQL session with each proven connection of that type")
	c.Flags().BoolVar(&m.declare, "declare", false, "declare them in the spec too, with {keep: true}, and apply it, so that lookup pattern and policy let tasks find them")
	c.Flags().BoolVar(&m.cleanUp, "clean-up", false, "delete from the metastore what was proven")
	return c
}

// migration is one under way.
type migration struct {
	w       world
	how     *migrating
	api     *awsapi.Client
	place   *plan.Place
	target  loaded
	stored  []metastore.Stored // rows of the metastore, where it is the source
	wholes  []plan.Whole
	results []migrate.Result
	plan    *plan.Plan
}

func (m *migrating) check() error {
	if err := m.out.check(); err != nil {
		return err
	}
	if err := oneOf("--format", m.format, string(migrate.JSON), string(migrate.URI)); err != nil {
		return err
	}
	if m.cleanUp && m.source.metastore.database == "" {
		return usageError{errors.New("--clean-up deletes from the metastore: it needs --metastore")}
	}
	return m.source.check()
}

func (m *migrating) run(ctx context.Context, w world, ids []string) error {
	if err := m.check(); err != nil {
		return err
	}
	g, stored, err := m.begin(ctx, w)
	if err != nil {
		return err
	}
	if err := g.gathered.only(ids); err != nil {
		return err
	}
	run := &migration{w: w, how: m, api: g.api, place: g.place, target: g.target, stored: stored}
	if err := run.prepare(ctx, &g.gathered); err != nil {
		return err
	}
	if m.dry {
		return run.report(g.From)
	}
	if err := run.carry(ctx); err != nil {
		return err
	}
	if m.cleanUp {
		if err := run.cleanUp(ctx); err != nil {
			return err
		}
	}
	return run.report(g.From)
}

// placed is what the source has, and where it goes.
type placed struct {
	gathered
	api    *awsapi.Client
	place  *plan.Place
	target loaded
}

// begin finds the place, and reads the source.
func (m *migrating) begin(ctx context.Context, w world) (*placed, []metastore.Stored, error) {
	target, api, err := m.at.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	e, declared := target.Spec, target.Spec != nil
	if m.declare && (!declared || m.prefix != "") {
		return nil, nil, usageError{errors.New("--declare adds to a spec, beneath its own prefix: name one with --file, and no --to-prefix")}
	}
	if !declared {
		e = &spec.Environment{Name: target.Name}
	}
	place, err := plan.FindPlace(ctx, api.Plan(), e, declared)
	if err != nil {
		return nil, nil, err
	}
	if m.prefix != "" {
		own := *e
		own.Backend = new(spec.Backend)
		if e.Backend != nil {
			*own.Backend = *e.Backend
		}
		own.Backend.ConnectionsPrefix = spec.Given(m.prefix)
		if place, err = plan.FindPlace(ctx, api.Plan(), &own, true); err != nil {
			return nil, nil, err
		}
	}
	progress := w.terminal().Progress("reading " + m.source.name())
	defer progress.Stop()
	g, stored, err := m.source.read(ctx, w, place, m.at, target)
	if err != nil {
		return nil, nil, err
	}
	return &placed{*g, api, place, target}, stored, nil
}

// prepare writes the texts and makes the plan.
func (r *migration) prepare(ctx context.Context, g *gathered) (err error) {
	how := migrate.Writing{Format: migrate.Format(r.how.format), Reformat: r.how.reformat, KMSKey: r.how.kmsKey}
	if r.wholes, r.results, err = migrate.Prepare(r.place, g.Connections, how); err != nil {
		return err
	}
	for _, p := range g.Problems {
		r.results = append(r.results, migrate.Result{ID: p.ID, State: migrate.Broken, Reason: p.Reason})
	}
	progress := r.w.terminal().Progress("reading what Secrets Manager has")
	defer progress.Stop()
	if r.plan, err = plan.MakeWhole(ctx, r.api.Plan(), r.place, r.wholes, plan.Options{Adopt: r.how.adopt}); err != nil {
		return err
	}
	migrate.Refuse(r.plan, r.results)
	return nil
}

// carry asks, writes and proves.
func (r *migration) carry(ctx context.Context) error {
	t := r.w.terminal()
	if len(r.plan.Changes) > 0 {
		if !r.how.out.json() {
			r.showPlan()
		}
		if err := agreed(ctx, r.w, r.how.yes, "write these secrets?"); err != nil {
			return err
		}
	}
	progress := t.Progress("")
	defer progress.Stop()
	tell := func(verb string) func(done, total int) {
		return func(done, total int) {
			if done%25 == 0 { // each is a line where nobody watches
				progress.Update(fmt.Sprintf("%s %d of %d", verb, done+1, total))
			}
		}
	}
	if err := migrate.Carry(ctx, r.api.Plan(), r.plan, r.results, tell("writing")); err != nil {
		return err
	}
	if r.how.declare {
		if err := r.declare(ctx); err != nil {
			return err
		}
	}
	prover, err := migrate.NewProver(ctx, r.place, r.api)
	if err != nil {
		return err
	}
	return prover.Prove(ctx, r.wholes, r.results, r.opener(), tell("proving"))
}

// opener opens sessions, where that is wanted.
func (r *migration) opener() func(context.Context, aircon.Connection) string {
	if !r.how.open {
		return nil
	}
	return func(ctx context.Context, c aircon.Connection) string {
		if c.Type != aircon.Text("postgres") {
			return ""
		}
		ctx, cancel := context.WithTimeout(ctx, min(r.how.at.timeout, 10*time.Second))
		defer cancel()
		report := pghook.Probe(ctx, c, r.place.Runtime, pghook.Options{})
		if report.OK() {
			return "yes"
		}
		return fmt.Sprintf("%s: %v", report.Failed, report.Err)
	}
}

// cleanUp deletes what was proven from the metastore.
func (r *migration) cleanUp(ctx context.Context) error {
	var rows []metastore.Stored
	for _, s := range r.stored {
		proven := func(result migrate.Result) bool { return result.ID == s.ID && result.State == migrate.Proven }
		if slices.ContainsFunc(r.results, proven) {
			rows = append(rows, s)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	question := fmt.Sprintf("delete from the metastore %s that Secrets Manager has been proven to hold?", howMany(len(rows), "connection"))
	if err := agreed(ctx, r.w, r.how.yes, question); err != nil {
		return err
	}
	dsn, err := r.how.source.metastore.address(r.w)
	if err != nil {
		return err
	}
	gone, err := metastore.Delete(ctx, dsn, rows)
	if err != nil {
		return err
	}
	for i := range r.results {
		result := &r.results[i]
		switch {
		case result.State != migrate.Proven:
		case slices.Contains(gone, result.ID):
			result.State = migrate.Cleaned
		default:
			result.State, result.Reason = migrate.Retained, "somebody has changed it in the metastore since it was read: it was not deleted"
		}
	}
	return nil
}
