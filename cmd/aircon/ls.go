package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"aircon/internal/doctor"
	"aircon/internal/term"
	"aircon/lookup"
)

// listing is what the user asked of ls.
type listing struct {
	at  targetFlags
	out output
}

func newLs(w world) *cobra.Command {
	var l listing
	c := &cobra.Command{
		Use:   "ls",
		Short: "list the connections of an environment: where each is defined, which source wins, which are shadowed",
		Long: `ls lists what the spec declares and what lies under the backend's prefix, each with the sources that have it. Airflow's own
user interface shows the metastore only, and so none of these.`,
		Example: "  aircon ls\n  aircon ls --environment analytics --output json",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return l.run(c.Context(), w) },
	}
	l.at.flag(c)
	l.out.flag(c)
	return c
}

// listed is one connection, as --output json prints it.
type listed struct {
	ConnID   string   `json:"conn_id"`
	Declared bool     `json:"declared"` // in the spec
	Defined  string   `json:"defined_in,omitempty"`
	Shadowed []string `json:"shadowed_in"`
	Secret   string   `json:"secret,omitempty"` // name of the secret that Airflow asks for
	Outcome  string   `json:"outcome"`
}

func (l *listing) run(ctx context.Context, w world) error {
	if err := l.out.check(); err != nil {
		return err
	}
	target, api, err := l.at.open(ctx)
	if err != nil {
		return err
	}
	t := w.terminal()
	progress := t.Progress("looking up the connections of " + target.Name)
	d := doctor.Doctor{AWS: api}
	traces, err := d.Survey(ctx, target.Target)
	progress.Stop()
	if err != nil {
		return err
	}
	rows := make([]listed, 0, len(traces))
	for _, trace := range traces {
		rows = append(rows, summary(trace, target.Spec != nil && target.Spec.Connections.Get(trace.ID) != nil))
	}
	return l.out.print(w, rows, func() { showList(t, rows) })
}

// summary is what a list says of a search.
func summary(trace *lookup.Trace, declared bool) listed {
	row := listed{ConnID: trace.ID, Declared: declared, Shadowed: []string{}, Outcome: string(trace.Outcome)}
	for i, e := range trace.Entries {
		switch {
		case i == trace.Winner:
			row.Defined = e.Class
		case e.Result == lookup.Shadowed && e.Server == nil: // the Execution API finds the same secret once more
			row.Shadowed = append(row.Shadowed, e.Class)
		}
		if len(e.Asked) > 0 && row.Secret == "" && e.Class == "SecretsManagerBackend" {
			row.Secret = e.Asked[0].Name
		}
	}
	return row
}

func showList(t *term.Terminal, rows []listed) {
	if len(rows) == 0 {
		fmt.Fprintln(t.Out, "no connections: neither in a spec nor under the backend's prefix")
		return
	}
	table := term.Table{Heading: []string{"", "conn_id", "defined in", "secret", "note"}}
	for _, row := range rows {
		mark, note := term.OK, ""
		switch {
		case row.Defined == "":
			mark, note = term.Failed, row.Outcome
		case len(row.Shadowed) > 0:
			mark, note = term.Warning, fmt.Sprintf("shadowed: %v", row.Shadowed)
		case !row.Declared:
			note = "not in the spec"
		}
		table.Row(markCell(mark), term.Cell{Text: row.ConnID}, term.Cell{Text: row.Defined}, term.Cell{Text: row.Secret}, term.Cell{Text: note, Style: term.Faint})
	}
	t.Table(&table)
}
