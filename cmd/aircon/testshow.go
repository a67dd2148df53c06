package main

import (
	"cmp"
	"fmt"
	"strings"

	"aircon/internal/dagtest"
	"aircon/internal/report"
	"aircon/internal/term"
)

// testSuites are a suite for each DAG with a case for each task, and one of the files that cannot be imported.
func testSuites(r *dagtest.Result) []report.Suite {
	var suites []report.Suite
	for i := range r.DAGs {
		d := &r.DAGs[i]
		s := report.Suite{Name: d.ID}
		for j := range d.Tasks {
			s.Cases = append(s.Cases, testCase(&d.Tasks[j]))
		}
		if run := (report.Case{Name: "run"}); d.State != dagtest.Success {
			run.Failure = "the run: " + runState(d)
			s.Cases = append(s.Cases, run)
		}
		suites = append(suites, s)
	}
	if len(r.ImportErrors) > 0 {
		s := report.Suite{Name: "import"}
		for _, e := range r.ImportErrors {
			s.Cases = append(s.Cases, report.Case{Name: e.File, Failure: lastLine(e.Text) + "\n" + e.Text})
		}
		suites = append(suites, s)
	}
	return suites
}

func testCase(t *dagtest.Task) report.Case {
	c := report.Case{Name: taskName(t), Seconds: t.Seconds}
	for i := range t.Connections {
		c.Out += connectionLine(&t.Connections[i]) + "\n"
	}
	switch {
	case t.State == dagtest.Skipped, t.State == dagtest.UpstreamFailed, t.State == dagtest.Removed:
		c.Skipped = t.State
	case !t.Well():
		c.Failure = cmp.Or(t.Reason, t.State) + "\n" + strings.Join(t.Log, "\n")
	}
	return c
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

func runState(d *dagtest.DAG) string {
	if d.Late {
		return d.State + " when the time was over"
	}
	return d.State
}

func taskName(t *dagtest.Task) string {
	if t.MapIndex >= 0 {
		return fmt.Sprintf("%s[%d]", t.ID, t.MapIndex)
	}
	return t.ID
}

// connectionLine says what came of a connection.
func connectionLine(c *dagtest.Connection) string {
	a := c.Fields
	if a == nil {
		return c.ID + ": " + c.Outcome
	}
	text := c.ID + ": " + a.Type
	if a.Login != "" {
		text += " " + a.Login + "@"
	} else if a.Host != "" {
		text += " "
	}
	text += a.Host
	if a.Port != 0 {
		text += fmt.Sprintf(":%d", a.Port)
	}
	if a.Schema != "" {
		text += "/" + a.Schema
	}
	return text
}

// showTest prints the result for a person.
func showTest(t *term.Terminal, r *dagtest.Result) {
	mark := func(well bool) string { return t.Mark(map[bool]term.Mark{true: term.OK, false: term.Failed}[well]) }
	for i := range r.DAGs {
		d := &r.DAGs[i]
		fmt.Fprintf(t.Out, "%s %s  %s\n", mark(d.Well()), term.Clean(d.ID), runState(d))
		for j := range d.Tasks {
			task := &d.Tasks[j]
			fmt.Fprintf(t.Out, "  %s %s  %s  %.1f s\n", mark(task.Well()), term.Clean(taskName(task)), task.State, task.Seconds)
			for k := range task.Connections {
				fmt.Fprintf(t.Out, "      %s\n", term.Clean(connectionLine(&task.Connections[k])))
			}
			for _, line := range task.Log {
				fmt.Fprintf(t.Out, "      %s\n", t.Paint(term.Faint, term.Clean("| "+line)))
			}
		}
	}
	for _, e := range r.ImportErrors {
		fmt.Fprintf(t.Out, "%s %s cannot be imported: %s\n", mark(false), term.Clean(e.File), term.Clean(lastLine(e.Text)))
	}
	for i := range r.Elsewhere {
		fmt.Fprintf(t.Out, "  asked for outside of tasks: %s\n", term.Clean(connectionLine(&r.Elsewhere[i])))
	}
	well := 0
	for i := range r.DAGs {
		if r.DAGs[i].Well() {
			well++
		}
	}
	fmt.Fprintf(t.Out, "\n%s %d of %d DAGs succeeded in Airflow %s\n", mark(r.Passed), well, len(r.DAGs), r.Airflow)
}
