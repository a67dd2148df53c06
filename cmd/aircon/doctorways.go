package main

import (
	"slices"
	"strings"

	"aircon/internal/network"
	"aircon/internal/term"
)

var wayMarks = map[network.State]term.Mark{network.Open: term.OK, network.Closed: term.Failed, network.Unknown: term.Skipped}

// showWays lists to which services the environment has a way: one line for those subnets from which it is the same.
func showWays(t *term.Terminal, ways []network.Way) {
	table := term.Table{Indent: 2}
	for len(ways) > 0 {
		first := ways[0]
		same := func(w network.Way) bool { return w.To == first.To && w.State == first.State && why(w) == why(first) }
		var zones []string
		for _, w := range ways {
			if same(w) {
				zones = append(zones, zoneOf(w))
			}
		}
		ways = slices.DeleteFunc(slices.Clone(ways), same)
		table.Row(markCell(wayMarks[first.State]), term.Cell{Text: "way to " + first.To}, term.Cell{Text: "from " + strings.Join(zones, ", ")}, term.Cell{Text: why(first), Style: term.Faint})
	}
	t.Table(&table)
}

func zoneOf(w network.Way) string {
	if w.Zone == "" {
		return w.Subnet
	}
	return w.Zone
}

// why says how a way leads there, or what cannot be told. What closes it is a finding.
func why(w network.Way) string {
	switch w.State {
	case network.Unknown:
		return "unknown: " + w.Doubt
	case network.Closed:
		return "closed: " + w.Fault.At
	}
	return "by " + w.By
}
