package doctor

import (
	"cmp"
	"slices"
	"sync"
)

// check turns what was seen into findings. It asks nobody: all that it knows is in its argument.
type check struct {
	kinds       []Kind                       // the findings that it makes; the first one's arrow and id decide on its turn
	environment func(*Environment) []Finding // nil: it looks at connections only
	connection  func(*Patient) []Finding     // nil: it does not look at single connections
	text        func(*SecretText) []Finding  // nil: it does not look at secrets' texts
	fallback    bool                         // it speaks last, and only where no other says why a lookup failed
}

// registry holds the checks as their files were read.
var registry []check

// register adds a check to the registry and its kinds to the catalogue. A kind that another command finds is a check without
// functions. Each file registers its own checks, so that this is the only place that knows them all:
//
//	var _ = register(check{kinds: []Kind{{ID: "AC003", …}}, text: checkDbname})
func register(c check) bool { //nolint:unparam // a variable is initialised with a value
	registry = append(registry, c)
	return true
}

// checks lists the registry in the order of the arrows, and by id where the arrow is the same.
var checks = sync.OnceValue(func() []check {
	turn := func(c check) int { return slices.Index(Arrows, c.kinds[0].Arrow) }
	return slices.SortedFunc(slices.Values(registry), func(a, b check) int {
		return cmp.Or(cmp.Compare(turn(a), turn(b)), cmp.Compare(a.kinds[0].ID, b.kinds[0].ID))
	})
})

func environmentFindings(e *Environment) []Finding {
	var all []Finding
	for _, c := range checks() {
		if c.environment != nil {
			all = append(all, c.environment(e)...)
		}
	}
	return all
}

func patientFindings(p *Patient) []Finding {
	var all []Finding
	if t := p.secretText(); t != nil {
		all = textFindings(t)
	}
	for _, last := range []bool{false, true} {
		if last && explained(all) {
			break
		}
		for _, c := range checks() {
			if c.connection == nil || c.fallback != last {
				continue
			}
			for _, f := range c.connection(p) {
				f.ConnID = cmp.Or(f.ConnID, p.ID)
				all = append(all, f)
			}
		}
	}
	return all
}

// explained reports whether an error is among the findings that says why a lookup failed.
func explained(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == Error })
}

// one is a list of one finding.
func one(f Finding) []Finding { return []Finding{f} }
