package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"aircon"
	"aircon/exchange"
	"aircon/internal/awsapi"
	"aircon/internal/metastore"
	"aircon/internal/plan"
	"aircon/internal/spec"
)

// migrationSource says where connections come from.
type migrationSource struct {
	from      string
	file      fileSource
	metastore metastoreFlags
	keys      string // name of the variable
	region    string
	profile   string
	role      string
}

// secretsAt is what --from begins with before a prefix of Secrets Manager.
const secretsAt = "secretsmanager:"

// fernetVariable is where Airflow itself looks for its keys.
const fernetVariable = "AIRFLOW__CORE__FERNET_KEY"

func (s *migrationSource) flag(c *cobra.Command) {
	c.Flags().StringVar(&s.from, "from", "", "where the connections are, if not in the metastore: secretsmanager:PREFIX, spec, or a file")
	c.Flags().StringVar(&s.metastore.database, "metastore", "", "read Airflow's own database: its sql_alchemy_conn without the password, or env:NAME of the variable that holds all of it")
	c.Flags().StringVar(&s.metastore.rest, "rest", "", "read Airflow's own database through the REST API at this address of the web server, which masks passwords; "+restToken+" holds the token")
	c.Flags().StringVar(&s.keys, "fernet-keys", fernetVariable, "the variable that holds the Fernet keys, rotated ones behind commas, or file:PATH")
	c.Flags().StringVar(&s.file.form, "form", "", "the form of the file that --from names: "+strings.Join(exchange.Names(), ", ")+" (default: by its name)")
	c.Flags().StringVar(&s.file.identity, "identity", "", "file of the age identity that opens the file that --from names")
	c.Flags().StringVar(&s.region, "from-region", "", "of --from secretsmanager: its region (default: the environment's)")
	c.Flags().StringVar(&s.profile, "from-profile", "", "of --from secretsmanager: the profile of the AWS configuration (default: the environment's)")
	c.Flags().StringVar(&s.role, "from-role", "", "of --from secretsmanager: ARN of a role to assume first")
}

func (s *migrationSource) check() error {
	given := 0
	for _, text := range []string{s.from, s.metastore.database, s.metastore.rest} {
		if text != "" {
			given++
		}
	}
	if given != 1 {
		return usageError{errors.New("say where the connections are: --metastore, --rest, --from secretsmanager:PREFIX, --from spec, or --from FILE")}
	}
	return nil
}

// name says in words what is read.
func (s *migrationSource) name() string {
	switch {
	case s.metastore.database != "":
		return "the metastore"
	case s.metastore.rest != "":
		return "the REST API"
	}
	return s.from
}

// read gathers the connections; rows are those of the metastore, to know them again.
func (s *migrationSource) read(ctx context.Context, w world, place *plan.Place, at targetFlags, target loaded) (*gathered, []metastore.Stored, error) {
	rt := place.Runtime
	if prefix, is := strings.CutPrefix(s.from, secretsAt); is {
		g, err := s.secrets(ctx, s.account(at.account(target), place.Caller.Region), place, prefix)
		return g, nil, err
	}
	if s.from == "spec" {
		g, err := ofSpec(ctx, w, target)
		return g, nil, err
	}
	if s.from != "" {
		s.file.path = s.from
		g, err := s.file.read(rt)
		return g, nil, err
	}
	rows, err := s.rows(ctx, w, rt, at)
	if err != nil {
		return nil, nil, err
	}
	g := &gathered{From: s.name(), Runtime: rt}
	for _, row := range rows {
		if row.Reason != "" {
			g.Problems = append(g.Problems, exchange.Problem{ID: row.ID, Reason: row.Reason})
		} else {
			g.Connections = append(g.Connections, row.Conn)
		}
	}
	return g, rows, nil
}

func (s *migrationSource) rows(ctx context.Context, w world, rt aircon.Runtime, at targetFlags) ([]metastore.Stored, error) {
	if s.metastore.rest != "" {
		token := aircon.Secret{}
		if text := w.getenv(restToken); text != "" {
			token = aircon.NewSecret(text)
		}
		return metastore.ReadRESTWhole(ctx, &http.Client{Timeout: at.timeout}, s.metastore.rest, token, rt.Airflow)
	}
	text, err := s.keyText(w)
	if err != nil {
		return nil, err
	}
	keys, err := metastore.ParseKeys(text)
	if err != nil {
		return nil, badInput{fmt.Errorf("--fernet-keys %s: %w", s.keys, err)}
	}
	dsn, err := s.metastore.address(w)
	if err != nil {
		return nil, err
	}
	return metastore.ReadWhole(ctx, dsn, keys)
}

// keyText fetches the Fernet keys. A variable that is not set is none: Airflow may store its passwords in the clear.
func (s *migrationSource) keyText(w world) (aircon.Secret, error) {
	path, is := strings.CutPrefix(s.keys, "file:")
	if !is {
		return aircon.NewSecret(w.getenv(strings.TrimPrefix(s.keys, "env:"))), nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return aircon.Secret{}, usageError{fmt.Errorf("--fernet-keys: %w", err)}
	}
	return aircon.NewSecret(strings.TrimSpace(string(text))), nil
}

// account says how the account of the source is reached: as the environment's is, but for what flags say. A profile or a role of its own is
// not reached through the role that the spec assumes.
func (s *migrationSource) account(environment awsapi.Options, region string) awsapi.Options {
	source := environment
	if s.profile != "" || s.role != "" {
		source.AssumeRole = s.role
	}
	source.Profile = cmp.Or(s.profile, environment.Profile)
	source.Region = cmp.Or(s.region, region)
	return source
}

// secrets gathers what lies beneath a prefix of Secrets Manager, at the environment's place or elsewhere.
func (s *migrationSource) secrets(ctx context.Context, account awsapi.Options, place *plan.Place, prefix string) (*gathered, error) {
	api, err := awsapi.Open(ctx, account)
	if err != nil {
		return nil, err
	}
	e := &spec.Environment{
		Name: prefix, Kind: "self-managed", AirflowVersion: place.Runtime.Airflow.String(), Policy: "none",
		Backend: &spec.Backend{ConnectionsPrefix: spec.Given(prefix), VariablesPrefix: spec.Null()},
	}
	stored, err := plan.ReadStored(ctx, api.Plan(), e, true)
	if err != nil {
		return nil, err
	}
	at := stored.Caller
	if len(stored.Connections) == 0 {
		return nil, badInput{fmt.Errorf("no secret of the account %s in %s is beneath %s: --from-region, --from-profile and --from-role name another place",
			at.Account, at.Region, e.ConnectionsPrefix().Name("…"))}
	}
	g := &gathered{From: "Secrets Manager, beneath " + prefix, Runtime: place.Runtime}
	if at.Account != place.Caller.Account || at.Region != place.Caller.Region {
		g.From = fmt.Sprintf("Secrets Manager of the account %s in %s, beneath %s", at.Account, at.Region, prefix)
	}
	g.stored(stored)
	return g, nil
}
