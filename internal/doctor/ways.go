package doctor

import (
	"slices"
	"strings"

	"aircon/internal/network"
)

// shut are closed ways that the same mend opens.
type shut struct {
	fault   network.Fault
	subnets []string // with their availability zones
	open    []string // from which there is a way to the same
	to      []string
}

// shutWays gathers closed ways by their mend, in order.
func shutWays(ways []network.Way) []shut {
	var all []shut
	for _, w := range ways {
		if w.State != network.Closed {
			continue
		}
		i := slices.IndexFunc(all, func(s shut) bool { return s.same(w.Fault) })
		if i < 0 {
			i = len(all)
			all = append(all, shut{fault: *w.Fault})
		}
		all[i].add(w)
	}
	for i := range all {
		for _, w := range ways {
			if w.State == network.Open && slices.Contains(all[i].to, w.To) {
				all[i].open = append(all[i].open, origin(w))
			}
		}
	}
	return all
}

func (s *shut) same(f *network.Fault) bool {
	return s.fault.Kind == f.Kind && s.fault.At == f.At && slices.Equal(s.fault.Mend.Command, f.Mend.Command)
}

func (s *shut) add(w network.Way) {
	if from := origin(w); !slices.Contains(s.subnets, from) {
		s.subnets = append(s.subnets, from)
	}
	if !slices.Contains(s.to, w.To) {
		s.to = append(s.to, w.To)
	}
}

// origin names where a way begins.
func origin(w network.Way) string {
	if w.Zone == "" {
		return w.Subnet
	}
	return w.Subnet + " (" + w.Zone + ")"
}

// finding words closed ways as a finding.
func (s *shut) finding(id string) Finding {
	seen := "from " + strings.Join(s.subnets, " and ") + " there is no way to " + strings.Join(s.to, ", ") + ": " + s.fault.Seen
	if len(s.open) > 0 {
		seen += "; from " + strings.Join(s.open, " and ") + " there is one, so it works in some availability zones only"
	}
	return Found(id, seen, Mend{Text: s.fault.Mend.Text, Command: s.fault.Mend.Command}).At("", s.fault.At)
}

// vpcWide reports whether a fault is the VPC's own: one finding says it for all ways.
func (s *shut) vpcWide() bool {
	return s.fault.Kind == network.NoDNS && slices.Contains(s.fault.Mend.Command, "--enable-dns-support")
}

// to are the ways to some services.
func (s *Surroundings) to(services ...string) []network.Way {
	var found []network.Way
	for _, w := range s.Ways {
		if slices.Contains(services, w.To) {
			found = append(found, w)
		}
	}
	return found
}
