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
	"aircon/internal/term"
	"aircon/lookup"
)

// getting is what the user asked of get.
type getting struct {
	at      targetFlags
	out     output
	runtime runtimeFlags
	reveal  bool
	asRole  bool
	here    bool // whether this process's own environment is searched
	format  string
}

func newGet(w world) *cobra.Command {
	var g getting
	c := &cobra.Command{
		Use:   "get CONN_ID",
		Short: "look a connection up as Airflow would, and show how the search went",
		Long: `get replays the search of an environment's tasks: each source asked, the name asked for, what came back, who won and what is shadowed.

The environment is the spec's or --environment's. Where there is neither, it is this process's own: the AIRFLOW__… and AIRFLOW_CONN_…
variables of a self-managed Airflow, with --airflow as its version.`,
		Example: `  aircon get my_postgres_db
  aircon get my_postgres_db --as-role      # with the execution role's own credentials
  aircon get my_postgres_db --environment analytics --output json
  aircon get my_postgres_db --reveal --format uri`,
		Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error { return g.run(c.Context(), w, args[0]) },
	}
	g.at.flag(c)
	g.out.flag(c)
	g.runtime.flag(c)
	c.Flags().BoolVar(&g.asRole, "as-role", false, "read with the execution role's own credentials; its trust policy must let you assume it")
	c.Flags().BoolVar(&g.reveal, "reveal", false, "print the connection, password included, and nothing else")
	c.Flags().StringVar(&g.format, "format", "json", "of --reveal: "+formatNames())
	return c
}

func (g *getting) run(ctx context.Context, w world, id string) error {
	if err := g.out.check(); err != nil {
		return err
	}
	to, err := formatNamed(g.format)
	if err != nil {
		return err
	}
	trace, err := g.trace(ctx, id)
	if err != nil {
		return err
	}
	if g.reveal && trace.Outcome == lookup.Found {
		text, err := to.write(ctx, id, trace.Conn, trace.Runtime.On(trace.Holder))
		if err != nil {
			return fmt.Errorf("write it as %s: %w", g.format, err)
		}
		_, err = fmt.Fprintln(w.out, text.Reveal())
		return err
	}
	if err := g.out.print(w, trace, func() {
		t := w.terminal()
		fmt.Fprintln(t.Out, t.Paint(term.Faint, "looked up "+g.eyes()))
		showTrace(t, trace)
	}); err != nil {
		return err
	}
	if trace.Outcome != lookup.Found {
		return statusError(exitFindings)
	}
	return nil
}

// eyes says whose credentials read the secrets.
func (g *getting) eyes() string {
	switch {
	case g.here:
		return "in this process's own environment, as Airflow " + g.runtime.airflow
	case g.asRole:
		return "with the execution role's credentials"
	}
	return "with your own credentials; --as-role looks with the execution role's"
}

// trace searches in the environment that is meant, or in this process's own where none is.
func (g *getting) trace(ctx context.Context, id string) (*lookup.Trace, error) {
	target, api, err := g.at.open(ctx)
	if errors.Is(err, errNoSpec) {
		g.here = true
		return g.own(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	d := doctor.Doctor{AWS: api}
	if g.asRole {
		d.Assume = func(role string) lookup.SecretsManager { return api.As(role, "aircon-get") }
	}
	return d.Trace(ctx, target.Target, id)
}

// own searches as an Airflow in this process's environment would.
func (g *getting) own(ctx context.Context, id string) (*lookup.Trace, error) {
	rt, err := g.runtime.runtime()
	if err != nil {
		return nil, err
	}
	search, err := lookup.Open(ctx, lookup.Options{Runtime: rt, Env: lookup.Environ(os.Environ()), Survey: true, Secrets: awsapi.Backend})
	if err != nil {
		return nil, err
	}
	return search.Connection(ctx, id)
}

// showTrace prints a search as a table, and what came of it.
func showTrace(t *term.Terminal, trace *lookup.Trace) {
	for _, w := range trace.Warnings {
		if w.Code == lookup.KwargsUnused {
			continue // MWAA's own default on Airflow 3, and nobody's fault
		}
		fmt.Fprintf(t.Out, "%s %s: %s\n", t.Mark(term.Warning), w.Where, w.Text)
	}
	table := term.Table{Heading: []string{"", "source", "asked for", "result", "took"}}
	for _, e := range trace.Entries {
		addEntry(&table, &e)
	}
	t.Table(&table)
	switch {
	case trace.Outcome == lookup.Found:
		fmt.Fprintf(t.Out, "\n%s %s is defined in %s\n", t.Mark(term.OK), term.Clean(trace.ID), trace.Entries[trace.Winner].Class)
		showConnection(t, trace)
	case trace.Error != nil:
		fmt.Fprintf(t.Out, "\n%s Airflow says: %s: %s\n", t.Mark(term.Failed), trace.Error.Class, term.Clean(trace.Error.Message))
		fmt.Fprintf(t.Out, "  aircon doctor %s  says why\n", term.Clean(trace.ID))
	default:
		id := term.Clean(trace.ID)
		fmt.Fprintf(t.Out, "\n%s no source that could be asked from here has %s\n", t.Mark(term.Failed), id)
		fmt.Fprintf(t.Out, "  unless the metastore has it, Airflow says: The conn_id `%s` isn't defined\n  aircon doctor %s  says why\n", id, id)
	}
}

var resultMarks = map[lookup.Result]term.Mark{
	lookup.Won: term.OK, lookup.Shadowed: term.Warning, lookup.Hidden: term.Failed, lookup.Raised: term.Failed, lookup.PassedOver: term.Failed,
}

// addEntry adds a source's rows: one for each name that it was asked for.
func addEntry(table *term.Table, e *lookup.Entry) {
	mark, ok := resultMarks[e.Result]
	if !ok {
		mark = term.Skipped
	}
	result := string(e.Result)
	if e.Reason != "" {
		result += ": " + string(e.Reason)
	}
	if e.Problem != nil {
		result += ": " + e.Problem.Error()
	}
	names := ""
	for _, ask := range e.Asked {
		if names != "" {
			names += ", "
		}
		names += ask.Name
	}
	took := ""
	if e.Took > 0 {
		took = e.Took.Round(100 * time.Microsecond).String()
	}
	table.Row(markCell(mark), term.Cell{Text: e.Class}, term.Cell{Text: names}, term.Cell{Text: result}, term.Cell{Text: took, Style: term.Faint})
	if e.Server != nil {
		for _, inner := range e.Server.Entries {
			inner.Class = "  on the server: " + inner.Class
			addEntry(table, &inner)
		}
	}
}

// showConnection prints the fields of the connection that was found, and what its text hides.
func showConnection(t *term.Terminal, trace *lookup.Trace) {
	if trace.Notes.Garbled() {
		fmt.Fprintf(t.Out, "  its fields are not shown: the text looks as if a special character in the password were not encoded (%s)\n", trace.Notes)
		return
	}
	c := trace.Conn
	table := term.Table{Indent: 2}
	for _, row := range [][2]string{
		{"conn_type", c.Type.String()},
		{"host", c.Host.String()},
		{"port", c.Port.String()},
		{"schema", c.Schema.String()},
		{"login", c.Login.String()},
		{"password", c.Password.String()},
		{"extra", extraNames(trace)},
	} {
		if row[1] != "" {
			table.Row(term.Cell{Text: row[0], Style: term.Faint}, term.Cell{Text: row[1]})
		}
	}
	t.Table(&table)
	for _, n := range trace.Notes {
		fmt.Fprintf(t.Out, "  %s %s\n", t.Mark(term.Warning), n)
	}
}

// extraNames lists the options in extra by name: any of their values may be a secret.
func extraNames(trace *lookup.Trace) string {
	members, err := trace.Conn.Extra.Members()
	if err != nil {
		return ""
	}
	names := ""
	for _, m := range members {
		if names != "" {
			names += ", "
		}
		names += m.Key
	}
	return names
}
