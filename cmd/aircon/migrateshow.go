package main

import (
	"fmt"
	"slices"
	"strings"

	"aircon/exchange"
	"aircon/internal/migrate"
	"aircon/internal/plan"
	"aircon/internal/term"
)

// migrated is what migrate reports. As JSON its shape is stable.
type migrated struct {
	From        string                `json:"from"`
	Environment string                `json:"environment"`
	Account     string                `json:"account"`
	Region      string                `json:"region"`
	Prefix      string                `json:"prefix"`
	Written     bool                  `json:"written"` // false with --dry-run
	Changes     []plan.Change         `json:"changes"` // what was to be written
	Connections []migrate.Result      `json:"connections"`
	Summary     map[migrate.State]int `json:"summary"`
	Warnings    []string              `json:"warnings"`
}

// report prints what became of each connection, and returns the exit status: 0 where all have arrived, or would.
func (r *migration) report(from string) error {
	slices.SortStableFunc(r.results, func(a, b migrate.Result) int { return strings.Compare(a.ID, b.ID) })
	m := migrated{
		From: from, Environment: r.place.Env.Name, Account: r.place.Caller.Account, Region: r.place.Caller.Region,
		Prefix: r.place.Env.ConnectionsPrefix().Text, Written: !r.how.dry, Changes: r.plan.Changes, Connections: r.results,
		Summary: migrate.Summary(r.results), Warnings: r.warnings(),
	}
	if err := r.how.out.print(r.w, m, func() { r.human(m) }); err != nil {
		return err
	}
	healthy := migrate.Arrived(r.results)
	if r.how.dry {
		healthy = m.Summary[migrate.Planned] == len(r.results)
	}
	if !healthy {
		return statusError(exitFindings)
	}
	return nil
}

// warnings say what else is needed before tasks find the connections.
func (r *migration) warnings() []string {
	all := []string{}
	switch name := r.place.Env.Name; {
	case r.place.Looks:
	case r.how.prefix != "":
		all = append(all, fmt.Sprintf("the environment %s does not look beneath %s: what is proven is what it would find with that prefix", name, r.place.Env.ConnectionsPrefix().Name("…")))
	default:
		all = append(all, fmt.Sprintf("the environment %s does not look in Secrets Manager beneath %s yet: aircon apply, of a spec that declares them, sets the option secrets.backend", name, r.place.Env.ConnectionsPrefix().Name("…")))
	}
	return all
}

// migrationMarks are what a state looks like.
var migrationMarks = map[migrate.State]term.Mark{
	migrate.Proven: term.OK, migrate.Cleaned: term.OK, migrate.Retained: term.Warning, migrate.Planned: term.Skipped,
}

// manyRows is from how many proven connections on only their number is shown.
const manyRows = 20

func (r *migration) human(m migrated) {
	t := r.w.terminal()
	if r.how.dry {
		r.showPlan()
	}
	table := term.Table{Heading: []string{"", "conn_id", "state", ""}}
	for _, result := range m.Connections {
		fine := result.State == migrate.Proven || result.State == migrate.Cleaned
		if fine && result.Opened == "" && m.Summary[result.State] > manyRows || result.State == migrate.Planned && r.how.dry {
			continue
		}
		mark, is := migrationMarks[result.State]
		if !is {
			mark = term.Failed
		}
		why := result.Reason
		if result.Opened != "" {
			why = strings.TrimPrefix(why+"; session opened: "+result.Opened, "; ")
		}
		table.Row(markCell(mark), term.Cell{Text: term.Clean(result.ID)}, term.Cell{Text: string(result.State)}, term.Cell{Text: term.Clean(why)})
	}
	t.Table(&table)
	showLosses(t, lossesOf(m.Connections))
	if m.Summary[migrate.Refused] > 0 {
		fmt.Fprintln(t.Out, "  --adopt takes over what is in the way and aircon did not make")
	}
	for _, warning := range m.Warnings {
		fmt.Fprintf(t.Out, "%s %s\n", t.Mark(term.Warning), warning)
	}
	fmt.Fprintf(t.Out, "%s\n", sumOf(m))
}

// lossesOf are what arrives otherwise, though no hook sees it.
func lossesOf(results []migrate.Result) []exchange.Loss {
	var all []exchange.Loss
	for _, r := range results {
		all = append(all, r.Losses...)
	}
	return all
}

// sumOf is the report in one line.
func sumOf(m migrated) string {
	var parts []string
	for _, state := range []migrate.State{migrate.Planned, migrate.Proven, migrate.Cleaned, migrate.Retained, migrate.Differs, migrate.Failed, migrate.Refused, migrate.Broken} {
		if n := m.Summary[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	if len(parts) == 0 {
		parts = []string{"none"}
	}
	return fmt.Sprintf("%s from %s: %s", howMany(len(m.Connections), "connection"), term.Clean(m.From), strings.Join(parts, ", "))
}

// showPlan shows what would be written: whole where it is short, and else a line for each secret.
func (r *migration) showPlan() {
	t := r.w.terminal()
	for _, c := range r.plan.Changes {
		fmt.Fprintf(t.Out, "%s %s secret %s", c.Action.Mark(), c.Action, term.Clean(c.Name))
		if c.Why != "" {
			fmt.Fprintf(t.Out, "  # %s", c.Why)
		}
		fmt.Fprintln(t.Out)
	}
	sum := r.plan.Summary()
	fmt.Fprintf(t.Out, "\n%d to create, %d to change, %d there already.\n", sum.Create, sum.Update, len(r.wholes)-len(r.plan.Changes)-len(r.plan.Refusals))
}
