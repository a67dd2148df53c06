package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"aircon/internal/doctor"
	"aircon/internal/near"
	"aircon/internal/term"
)

func newExplain(w world) *cobra.Command {
	var out output
	c := &cobra.Command{
		Use:   "explain [ID…]",
		Short: "say what a finding's id means, why it happens, and how to mend it",
		Long: `explain prints the catalogue's entry for the ids that doctor and lint show. Without an id it lists all of them.
A number alone will do: 14 is AC014.`,
		Example: "  aircon explain AC003\n  aircon explain\n  aircon explain AC003 --output json",
		Args:    takes(0, math.MaxInt),
		RunE: func(_ *cobra.Command, ids []string) error {
			kinds, err := kindsOf(ids)
			if err != nil {
				return err
			}
			t := w.terminal()
			return out.print(w, explained{kinds}, func() {
				if len(ids) == 0 {
					listKinds(t, kinds)
					return
				}
				for i, k := range kinds {
					if i > 0 {
						fmt.Fprintln(t.Out)
					}
					showKind(t, k)
				}
			})
		},
	}
	c.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var words []string
		for _, k := range doctor.Catalogue() {
			words = append(words, k.ID+"\t"+k.Title)
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
	out.flag(c)
	return c
}

// explained is what --output json prints.
type explained struct {
	Findings []doctor.Kind `json:"findings"`
}

// kindsOf looks ids up, as people write them; without any it returns the whole catalogue.
func kindsOf(ids []string) ([]doctor.Kind, error) {
	if len(ids) == 0 {
		return doctor.Catalogue(), nil
	}
	var kinds []doctor.Kind
	for _, id := range ids {
		k, ok := doctor.Lookup(fullID(id))
		if !ok {
			return nil, unknownID(id)
		}
		kinds = append(kinds, k)
	}
	return kinds, nil
}

// fullID is an id in its full form: ac3, 3 and AC003 are the same.
func fullID(id string) string {
	number := strings.TrimPrefix(strings.ToUpper(id), "AC")
	return "AC" + strings.Repeat("0", max(0, 3-len(number))) + number
}

// unknownID refuses an id, and names the nearest ones that exist.
func unknownID(id string) error {
	var ids []string
	for _, k := range doctor.Catalogue() {
		ids = append(ids, k.ID)
	}
	nearest, ok := near.Nearest(fullID(id), ids)
	if !ok {
		return usageError{fmt.Errorf("there is no finding %q;  aircon explain  lists all", id)}
	}
	k, _ := doctor.Lookup(nearest)
	return usageError{fmt.Errorf("there is no finding %q; the nearest is %s, %s;  aircon explain  lists all", id, k.ID, k.Title)}
}

func listKinds(t *term.Terminal, kinds []doctor.Kind) {
	var table term.Table
	for _, k := range kinds {
		table.Row(markCell(severityMarks[k.Severity]), term.Cell{Text: k.ID}, term.Cell{Text: string(k.Arrow), Style: term.Faint}, term.Cell{Text: k.Title})
	}
	t.Table(&table)
}

func showKind(t *term.Terminal, k doctor.Kind) {
	fmt.Fprintf(t.Out, "%s %s %s\n", t.Mark(severityMarks[k.Severity]), k.ID, t.Paint(term.Bold, k.Title))
	table := term.Table{Indent: 2}
	for _, row := range [][2]string{
		{"is", string(k.Severity) + ", at the arrow " + string(k.Arrow)},
		{"means", k.Means},
		{"why", k.Why},
		{"mend", k.Mend},
		{"read on", "docs/" + k.Topic},
	} {
		table.Row(term.Cell{Text: row[0], Style: term.Faint}, term.Cell{Text: row[1]})
	}
	t.Table(&table)
}
