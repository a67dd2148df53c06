package main

import (
	"fmt"
	"strings"

	"aircon/internal/doctor"
	"aircon/internal/term"
)

// few is how many connections show all their arrows unasked.
const few = 3

// showReport prints what doctor found: the environment first, then each connection with its arrows. Of more than a few connections
// those that work take one line each, unless whole is asked for.
func showReport(t *term.Terminal, r *doctor.Report, whole bool) {
	fmt.Fprintf(t.Out, "environment %s, Airflow %s\n", r.Environment, r.Airflow)
	table := term.Table{Indent: 2}
	for _, v := range r.Vantage {
		table.Row(term.Cell{Text: string(v.Name), Style: term.Faint}, term.Cell{Text: v.Seen})
	}
	t.Table(&table)
	showWays(t, r.Network)
	for _, f := range r.Findings {
		showFinding(t, f)
	}
	whole = whole || len(r.Connections) <= few
	for i, v := range r.Connections {
		short := !whole && v.Outcome == doctor.Works
		if i == 0 || !short || r.Connections[i-1].Outcome != doctor.Works {
			fmt.Fprintln(t.Out)
		}
		showVerdict(t, v, short)
	}
	if len(r.Connections) > 1 {
		fmt.Fprintf(t.Out, "\n%d connections: %s\n", len(r.Connections), counted(r))
	}
	showIgnored(t, r.Ignored)
	var unchecked term.Table
	for _, u := range r.Unchecked {
		unchecked.Row(markCell(term.Skipped), term.Cell{Text: "unchecked: " + u.What + ": " + u.Why})
	}
	t.Table(&unchecked)
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

// counted says how many connections have each outcome.
func counted(r *doctor.Report) string {
	var parts []string
	for _, o := range []doctor.Outcome{doctor.Works, doctor.WorksWithWarnings, doctor.Broken, doctor.Unknown} {
		n := 0
		for _, v := range r.Connections {
			if v.Outcome == o {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	return strings.Join(parts, ", ")
}

func showVerdict(t *term.Terminal, v doctor.Verdict, short bool) {
	fmt.Fprintf(t.Out, "%s %s: %s\n", t.Mark(outcomeMarks[v.Outcome]), term.Clean(v.ConnID), verdictOf(v))
	if short {
		return
	}
	table := term.Table{Indent: 4}
	for _, s := range together(v.Arrows) {
		table.Row(markCell(stateMarks[s.State]), term.Cell{Text: string(s.Arrow)},
			term.Cell{Text: s.From.Short(), Style: term.Faint}, term.Cell{Text: s.Seen, Style: styleOf(s.State)})
	}
	t.Table(&table)
	for _, f := range v.Findings {
		showFinding(t, f)
	}
}

// together joins neighbours that are unchecked for the same reason into one row.
func together(steps []doctor.Step) []doctor.Step {
	var rows []doctor.Step
	for i := 0; i < len(steps); i++ {
		row, first := steps[i], i
		for row.State == doctor.StateUnchecked && i+1 < len(steps) && steps[i+1].State == row.State && steps[i+1].Seen == row.Seen && steps[i+1].From == row.From {
			i++
		}
		if i > first {
			row.Arrow += "…" + steps[i].Arrow
		}
		rows = append(rows, row)
	}
	return rows
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
	rows := [][2]string{{"seen", f.Seen}, {"where", f.Where}, {"means", f.Means}}
	for i, m := range append([]doctor.Mend{f.Mend}, f.Mend.Then...) {
		rows = append(rows, [2]string{[]string{"mend", "then"}[min(i, 1)], m.Text}, [2]string{"type", commandLine(m.Command)}, [2]string{"sql", strings.Join(m.SQL, " ")})
	}
	for _, row := range rows {
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
