package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"aircon/exchange"
	"aircon/internal/migrate"
	"aircon/internal/spec"
)

// importing is what the user asked of import.
type importing struct {
	source  fileSource
	to      string
	at      targetFlags
	secrets secretPlaces
	as      runtimeFlags
	out     output
	yes     bool // of --to secretsmanager
	adopt   bool
}

func newImport(w world) *cobra.Command {
	var i importing
	c := &cobra.Command{
		Use:   "import FILE [CONN_ID…]",
		Short: "declare the connections of a file in a spec, with their secrets in files of their own",
		Long: `import reads a file of connections, as Airflow does, and declares them, all or those named, in the spec: a new one, or below those
that it has. FILE has one of these forms, told by its name (.json, .yaml, .env) and its text, or by --form:

` + formList() + `

A file that is encrypted with age is opened by --identity. No secret gets into the spec: each password, and each member of extra that
seems secret, is written to a file of mode 0600 below --secrets, or as a variable to --secrets-env, and the spec points there.
A connection that Airflow could not read, or a spec cannot say, is told and left out.

With --to secretsmanager they become secrets of the environment instead, as aircon migrate --from FILE makes them: shown, asked for, written
and proven.`,
		Example: `  aircon import connections.json --environment analytics
  aircon import connections.yaml my_postgres_db --secrets-env .env
  aircon import connections.json.age --identity key.txt
  aircon import .env --environment analytics --file analytics.yaml
  aircon import connections.json --to secretsmanager`,
		Args: takes(1, 1<<16),
		RunE: func(c *cobra.Command, args []string) error {
			i.source.path = args[0]
			return i.run(c.Context(), w, args[1:])
		},
	}
	c.Flags().StringVar(&i.source.form, "form", "", "the file's form: "+strings.Join(exchange.Names(), ", ")+" (default: by its name)")
	c.Flags().StringVar(&i.source.identity, "identity", "", "file of the age identity that opens the file")
	i.at.flag(c)
	c.Flags().StringVar(&i.to, "to", "spec", "where they go: spec, or secretsmanager")
	c.Flags().BoolVarP(&i.yes, "yes", "y", false, "of --to secretsmanager: do not ask")
	c.Flags().BoolVar(&i.adopt, "adopt", false, "of --to secretsmanager: overwrite secrets that exist already and aircon did not make")
	c.Flags().StringVar(&i.secrets.dir, "secrets", "secrets", "the directory for the secrets' files; a relative one starts where the spec is")
	c.Flags().StringVar(&i.secrets.env, "secrets-env", "", "write the secrets as variables to this file instead, for a shell to read before plan and apply")
	c.Flags().StringVar(&i.as.airflow, "airflow", newestAirflow(), "which Airflow's reading of the file counts")
	i.out.flag(c)
	return c
}

func (i *importing) run(ctx context.Context, w world, ids []string) error {
	if err := i.out.check(); err != nil {
		return err
	}
	if err := oneOf("--to", i.to, "spec", "secretsmanager"); err != nil {
		return err
	}
	if i.to == "secretsmanager" {
		source := migrationSource{from: i.source.path, file: i.source}
		m := migrating{at: i.at, source: source, out: i.out, format: string(migrate.JSON), yes: i.yes, adopt: i.adopt}
		return m.run(ctx, w, ids)
	}
	i.at.file = cmp.Or(i.at.file, defaultSpec)
	return i.declare(w, ids)
}

// declare declares them in the spec.
func (i *importing) declare(w world, ids []string) error {
	rt, err := i.as.runtime()
	if err != nil {
		return err
	}
	g, err := i.source.read(rt)
	if err != nil {
		return err
	}
	if err := g.only(ids); err != nil {
		return err
	}
	into, err := i.open()
	if err != nil {
		return err
	}
	i.secrets.begin(i.at.file)
	declared, losses, problems := i.secrets.declare(g.Connections, into.refused)
	report := moved{From: g.From, To: "spec", File: i.at.file, Losses: losses, Problems: append(g.Problems, problems...), Notes: g.Notes}
	report.Connections = declared.Keys()
	if len(declared) > 0 {
		text, err := into.with(declared)
		if err != nil {
			return err
		}
		if err := i.secrets.write(); err != nil {
			return err
		}
		if err := into.write(text); err != nil {
			return err
		}
	}
	if err := report.show(w, &i.out, false); err != nil {
		return err
	}
	if !i.out.json() && len(declared) > 0 {
		fmt.Fprint(w.out, i.secrets.next())
	}
	return nil
}

// specFile is the spec that connections are declared in.
type specFile struct {
	path        string
	text        []byte // nil: it is a new one
	environment string
	declared    spec.Environment // what the file says of it, or no more than its name
	opts        spec.Options
}

// open reads the spec, if there is one, and finds the environment.
func (i *importing) open() (*specFile, error) {
	s := &specFile{path: i.at.file, environment: i.at.environment, opts: specOptions(i.at.literal)}
	text, err := os.ReadFile(i.at.file)
	if errors.Is(err, fs.ErrNotExist) {
		if s.environment == "" {
			return nil, usageError{fmt.Errorf("%s is a new spec: name the environment that it begins with, --environment NAME", i.at.file)}
		}
		s.declared.Name = s.environment
		return s, nil
	}
	if err != nil {
		return nil, usageError{err}
	}
	file, err := spec.Parse(i.at.file, text, s.opts)
	if err != nil {
		return nil, badInput{err}
	}
	chosen, err := (&targetFlags{environment: i.at.environment}).choose(file)
	if err != nil {
		return nil, err
	}
	s.text, s.environment, s.declared = text, chosen.Name, *chosen
	return s, nil
}

// refused says why the spec would not be read with a connection, or nothing.
func (s *specFile) refused(c *spec.Connection) string {
	e := &s.declared
	alone := spec.Environment{Name: e.Name, Kind: e.Kind, AirflowVersion: e.AirflowVersion, Backend: e.Backend, Policy: e.Policy, Connections: spec.Named[*spec.Connection]{c}}
	file := spec.File{Version: 1, Environments: spec.Named[*spec.Environment]{&alone}}
	text, err := file.Write()
	if err != nil {
		return err.Error()
	}
	var problems spec.Problems
	if _, err = spec.Parse(s.path, text, s.opts); errors.As(err, &problems) {
		_, what, _ := strings.Cut(problems[0].What, ": ")
		return "a spec would be refused with it: " + cmp.Or(what, problems[0].What)
	}
	return ""
}

// with gives the spec's text with the connections declared.
func (s *specFile) with(declared spec.Named[*spec.Connection]) ([]byte, error) {
	if s.text == nil {
		env := &spec.Environment{Name: s.environment, Connections: declared}
		file := spec.File{Version: 1, Environments: spec.Named[*spec.Environment]{env}}
		return file.Write()
	}
	text, err := spec.AddConnections(s.path, s.text, s.opts, s.environment, declared)
	if err != nil {
		return nil, badInput{fmt.Errorf("%w; --file writes to another spec", err)}
	}
	return text, nil
}

// write replaces the spec at once.
func (s *specFile) write(text []byte) error {
	if s.text == nil {
		return writeNew(s.path, text)
	}
	return replaceFile(s.path, text)
}
