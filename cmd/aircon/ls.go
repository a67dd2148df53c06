package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"aircon/internal/doctor"
	"aircon/internal/term"
	"aircon/lookup"
)

// listing is what the user asked of ls.
type listing struct {
	at        targetFlags
	out       output
	metastore metastoreFlags
}

func newLs(w world) *cobra.Command {
	var l listing
	c := &cobra.Command{
		Use:   "ls",
		Short: "list the connections of an environment: where each is defined, which source wins, which are shadowed",
		Long: `ls lists what the spec declares, what lies under the backend's prefix and, with --metastore or --rest, what Airflow's own database has: each
with the source that wins and those that are shadowed, and with when its secret was made, changed, rotated and last read. Airflow's own user interface
shows the metastore only. No password is read.`,
		Example: `  aircon ls
  aircon ls --environment analytics --output json
  aircon ls --metastore postgresql://airflow@localhost/airflow
  aircon ls --metastore env:AIRFLOW__DATABASE__SQL_ALCHEMY_CONN
  aircon ls --rest https://airflow.example.com   # AIRCON_REST_TOKEN holds the token`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return l.run(c.Context(), w) },
	}
	l.at.flag(c)
	l.out.flag(c)
	l.metastore.flag(c)
	return c
}

// listed is one connection, as --output json prints it.
type listed struct {
	ConnID    string   `json:"conn_id"`
	Declared  bool     `json:"declared"` // in the spec
	Defined   string   `json:"defined_in,omitempty"`
	Shadowed  []string `json:"shadowed_in"`
	Unchecked []string `json:"unchecked"`        // sources that could not be asked from here
	Secret    string   `json:"secret,omitempty"` // name of the secret that Airflow asks for
	Outcome   string   `json:"outcome"`
	Problem   string   `json:"problem,omitempty"` // why the secret does not count

	Created  *time.Time `json:"created,omitempty"`
	Changed  *time.Time `json:"changed,omitempty"` // text or labels
	Rotated  *time.Time `json:"rotated,omitempty"`
	LastUsed *time.Time `json:"last_used,omitempty"` // by the day
}

func (l *listing) run(ctx context.Context, w world) error {
	if err := l.out.check(); err != nil {
		return err
	}
	metastore, err := l.metastore.open(w, l.at.timeout)
	if err != nil {
		return err
	}
	target, api, err := l.at.open(ctx)
	if err != nil {
		return err
	}
	t := w.terminal()
	progress := t.Progress("looking up the connections of " + target.Name)
	d := doctor.Doctor{AWS: api, Metastore: metastore}
	found, err := d.Survey(ctx, target.Target)
	progress.Stop()
	if err != nil {
		return err
	}
	rows := make([]listed, 0, len(found))
	for _, s := range found {
		rows = append(rows, summary(s, target.Spec != nil && target.Spec.Connections.Get(s.ID) != nil))
	}
	return l.out.print(w, rows, func() { showList(t, rows) })
}

// summary is what a list says of a search.
func summary(s doctor.Surveyed, declared bool) listed {
	row := listed{ConnID: s.ID, Declared: declared, Shadowed: []string{}, Unchecked: []string{}, Outcome: string(s.Outcome)}
	for _, source := range s.Sources {
		if source.Wins {
			row.Defined = source.Class
		} else {
			row.Shadowed = append(row.Shadowed, source.Class)
		}
	}
	row.entries(s.Trace)
	if secret := s.Secret; secret != nil {
		row.Created, row.Changed, row.Rotated, row.LastUsed = when(secret.Created), when(secret.Changed), when(secret.Rotated), when(secret.Accessed)
		if !secret.Deleted.IsZero() {
			row.Problem = "its secret is scheduled for deletion, asked for on " + secret.Deleted.UTC().Format(time.DateOnly)
		}
	}
	return row
}

// entries notes the secret's name, what could not be asked, and the error that Airflow swallows.
func (row *listed) entries(t *lookup.Trace) {
	for _, e := range t.Entries {
		if e.Class == "SecretsManagerBackend" && len(e.Asked) > 0 && row.Secret == "" {
			row.Secret = e.Asked[0].Name
			if e.Problem != nil {
				row.Problem = e.Problem.Error()
			}
		}
		if e.Result == lookup.Unchecked {
			row.Unchecked = append(row.Unchecked, e.Class)
		}
		if e.Server != nil {
			row.entries(e.Server)
		}
	}
}

// when is nil for never.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// day is a date, or nothing for never.
func day(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.DateOnly)
}

// note says what there is to know of a row, and how it is marked.
func (row *listed) note() (term.Mark, string) {
	switch {
	case row.Defined == "" && row.Problem != "":
		return term.Failed, row.Problem
	case row.Defined == "" && len(row.Unchecked) > 0:
		return term.Failed, "not defined, unless " + strings.Join(row.Unchecked, ", ") + " has it: not asked"
	case row.Defined == "":
		return term.Failed, row.Outcome
	case len(row.Shadowed) > 0:
		return term.Warning, "shadowed: " + strings.Join(row.Shadowed, ", ")
	case !row.Declared:
		return term.OK, "not in the spec"
	}
	return term.OK, ""
}

func showList(t *term.Terminal, rows []listed) {
	if len(rows) == 0 {
		fmt.Fprintln(t.Out, "no connections: neither in a spec nor under the backend's prefix")
		return
	}
	table := term.Table{Heading: []string{"", "conn_id", "defined in", "secret", "created", "changed", "rotated", "last used", "note"}}
	for _, row := range rows {
		mark, note := row.note()
		table.Row(markCell(mark), term.Cell{Text: row.ConnID}, term.Cell{Text: row.Defined}, term.Cell{Text: row.Secret},
			term.Cell{Text: day(row.Created)}, term.Cell{Text: day(row.Changed)}, term.Cell{Text: day(row.Rotated)}, term.Cell{Text: day(row.LastUsed)},
			term.Cell{Text: note, Style: term.Faint})
	}
	t.Table(&table)
}
