package main

import (
	"fmt"
	"slices"

	"aircon/internal/doctor"
	"aircon/internal/term"
)

// alike are findings of one kind and severity; those that are only good to know are left out.
func alike(findings []doctor.Finding) [][]doctor.Finding {
	worth := slices.DeleteFunc(slices.Clone(findings), func(f doctor.Finding) bool { return f.Severity == doctor.Info })
	return byKey(worth, func(f doctor.Finding) string { return f.ID + string(f.Severity) })
}

// showAlike prints findings of one kind: what they mean once, each place on a line, of many that one mend ends the first few, and each mend once.
func (s *scanning) showAlike(t *term.Terminal, same []doctor.Finding) {
	first, many := same[0], ""
	if len(same) > 1 {
		many = fmt.Sprintf(": %d places", len(same))
	}
	fmt.Fprintf(t.Out, "\n  %s %s %s%s\n", t.Mark(severityMarks[first.Severity]), first.ID, first.Title, many)
	places, says := term.Table{Indent: 4}, term.Table{Indent: 4}
	says.Row(term.Cell{Text: "means", Style: term.Faint}, term.Cell{Text: first.Means})
	for i, ends := range byKey(same, func(f doctor.Finding) string { return f.Mend.Text }) {
		for j, f := range ends {
			if s.places > 0 && j == s.places {
				places.Row(term.Cell{Text: fmt.Sprintf("and %d more", len(ends)-j), Style: term.Faint})
				break
			}
			places.Row(term.Cell{Text: term.Clean(f.Where)}, term.Cell{Text: term.Clean(f.Seen)})
		}
		label := ""
		if i == 0 {
			label = "mend"
		}
		says.Row(term.Cell{Text: label, Style: term.Faint}, term.Cell{Text: term.Clean(ends[0].Mend.Text)})
	}
	t.Table(&places)
	t.Table(&says)
}

// byKey puts findings with the same key together, in the order in which each key first stands.
func byKey(findings []doctor.Finding, key func(doctor.Finding) string) [][]doctor.Finding {
	at := map[string]int{}
	var groups [][]doctor.Finding
	for _, f := range findings {
		i, known := at[key(f)]
		if !known {
			i = len(groups)
			at[key(f)] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], f)
	}
	return groups
}
