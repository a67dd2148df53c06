package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"aircon/internal/doctor"
	"aircon/internal/report"
	"aircon/internal/term"
)

// examination is what the user asked of doctor.
type examination struct {
	at     targetFlags
	out    reporting
	failOn string
	probe  bool
	limit  time.Duration
	second string
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
  aircon doctor --environment analytics --output json`,
		RunE: func(c *cobra.Command, ids []string) error { return x.run(c.Context(), w, ids) },
	}
	x.at.flag(c)
	x.out.flag(c)
	c.Flags().StringVar(&x.failOn, "fail-on", "error", "exit with 1 at findings of this severity: error or warning")
	c.Flags().BoolVar(&x.probe, "connect", true, "open the databases from this machine")
	c.Flags().StringVar(&x.second, "admin-conn", "", "conn_id of another login of the server: where PostgreSQL refuses a login, ask with it which cause it is")
	c.Flags().DurationVar(&x.limit, "connect-timeout", doctor.ProbeTime, "how long opening a database may take")
	return c
}

func (x *examination) run(ctx context.Context, w world, ids []string) error {
	if err := x.out.check(); err != nil {
		return err
	}
	if err := oneOf("--fail-on", x.failOn, "error", "warning"); err != nil {
		return err
	}
	ignore, err := x.out.ignore()
	if err != nil {
		return err
	}
	target, api, err := x.at.open(ctx)
	if err != nil {
		return err
	}
	d := doctor.Doctor{AWS: api, Ignore: ignore}
	if x.probe {
		d.Probe = doctor.Connect(api, x.limit)
		if d.SecondLogin = x.second; x.second != "" {
			d.Narrow = doctor.AskRole(api, x.limit)
		}
	}
	t := w.terminal()
	progress := t.Progress("examining " + target.Name)
	examined, err := d.Examine(ctx, target.Target, ids)
	progress.Stop()
	if err != nil {
		return err
	}
	document := func() report.Document { return report.Examined(release, examined, doctor.Severity(x.failOn)) }
	if err := x.out.report(w, document, examined, func() { showReport(t, examined) }); err != nil {
		return err
	}
	if examined.Broken() || x.failOn == "warning" && !examined.Healthy() {
		return statusError(exitFindings)
	}
	return nil
}

// showReport prints what doctor found: the environment first, then each connection with its arrows.
func showReport(t *term.Terminal, r *doctor.Report) {
	fmt.Fprintf(t.Out, "environment %s, Airflow %s\n", r.Environment, r.Airflow)
	for _, v := range r.Vantage {
		fmt.Fprintf(t.Out, "  seen from %s\n", v)
	}
	for _, f := range r.Findings {
		showFinding(t, f)
	}
	for _, v := range r.Connections {
		showVerdict(t, v)
	}
	showIgnored(t, r.Ignored)
	for _, u := range r.Unchecked {
		fmt.Fprintf(t.Out, "%s unchecked: %s: %s\n", t.Mark(term.Skipped), u.What, u.Why)
	}
}

// showIgnored lists what is left out of account, one line each.
func showIgnored(t *term.Terminal, ignored []doctor.Ignored) {
	for _, i := range ignored {
		about := ""
		if i.ConnID != "" {
			about = " of " + term.Clean(i.ConnID)
		}
		fmt.Fprintf(t.Out, "%s ignored: %s%s, %s: %s\n", t.Mark(term.Skipped), i.ID, about, i.Title, term.Clean(i.Reason))
	}
}

var outcomeMarks = map[doctor.Outcome]term.Mark{
	doctor.Works: term.OK, doctor.WorksWithWarnings: term.Warning, doctor.Broken: term.Failed, doctor.Unknown: term.Skipped,
}

var stateMarks = map[doctor.State]term.Mark{
	doctor.StateOK: term.OK, doctor.StateWarning: term.Warning, doctor.StateBroken: term.Failed,
	doctor.StateUnchecked: term.Skipped, doctor.StateIgnored: term.Skipped,
}

func showVerdict(t *term.Terminal, v doctor.Verdict) {
	verdict := string(v.Outcome)
	if v.BrokenAt != "" {
		verdict += " at " + string(v.BrokenAt)
	}
	fmt.Fprintf(t.Out, "\n%s %s: %s\n", t.Mark(outcomeMarks[v.Outcome]), term.Clean(v.ConnID), verdict)
	table := term.Table{Indent: 4}
	for _, s := range v.Arrows {
		table.Row(markCell(stateMarks[s.State]), term.Cell{Text: string(s.Arrow)}, term.Cell{Text: s.Seen, Style: styleOf(s.State)})
	}
	t.Table(&table)
	for _, f := range v.Findings {
		showFinding(t, f)
	}
}

var markStyles = map[term.Mark]term.Style{term.OK: term.Good, term.Warning: term.Warn, term.Failed: term.Bad, term.Skipped: term.Faint}

// markCell is a mark as a table's cell, in its colour.
func markCell(m term.Mark) term.Cell { return term.Cell{Text: m.String(), Style: markStyles[m]} }

func styleOf(s doctor.State) term.Style {
	if s == doctor.StateUnchecked || s == doctor.StateIgnored {
		return term.Faint
	}
	return term.Plain
}

var severityMarks = map[doctor.Severity]term.Mark{doctor.Error: term.Failed, doctor.Warning: term.Warning, doctor.Info: term.Skipped}

// showFinding prints one finding: what, where, why, and what to type next.
func showFinding(t *term.Terminal, f doctor.Finding) {
	fmt.Fprintf(t.Out, "\n  %s %s %s\n", t.Mark(severityMarks[f.Severity]), f.ID, f.Title)
	table := term.Table{Indent: 4}
	for _, row := range [][2]string{
		{"seen", f.Seen}, {"where", f.Where}, {"means", f.Means}, {"mend", f.Mend.Text}, {"type", commandLine(f.Mend.Command)}, {"sql", strings.Join(f.Mend.SQL, " ")},
	} {
		if row[1] != "" {
			table.Row(term.Cell{Text: row[0], Style: term.Faint}, term.Cell{Text: term.Clean(row[1])})
		}
	}
	t.Table(&table)
}

// commandLine quotes a command as a shell wants it.
func commandLine(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = shellQuote(word)
	}
	return strings.Join(quoted, " ")
}
