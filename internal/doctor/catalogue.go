package doctor

import (
	"cmp"
	"slices"
	"sync"
)

// Kind is an entry of the catalogue: what is the same for every finding with its id. It stands next to the check that makes the
// finding (see register).
type Kind struct {
	ID       string   `json:"id"` // stable: AC, and three digits
	Title    string   `json:"title"`
	Severity Severity `json:"severity"` // as a rule; a finding can weigh less or more
	Arrow    Arrow    `json:"arrow"`    // as a rule, too
	Means    string   `json:"means"`    // what it leads to, and why Airflow does not say so
	Why      string   `json:"why"`      // how it comes about
	Mend     string   `json:"mend"`     // what ends it, in general; a finding says it for the case at hand
	Topic    string   `json:"topic"`    // the page and section below docs/ to read on at, such as airflow.md#mwaa
}

// Lookup returns the catalogue's entry for an id.
func Lookup(id string) (Kind, bool) {
	i, ok := slices.BinarySearchFunc(catalogue(), id, func(k Kind, id string) int { return cmp.Compare(k.ID, id) })
	if !ok {
		return Kind{}, false
	}
	return catalogue()[i], true
}

// Catalogue returns every kind of finding, in the order of their ids.
func Catalogue() []Kind { return slices.Clone(catalogue()) }

var catalogue = sync.OnceValue(func() []Kind {
	var all []Kind
	for _, c := range registry {
		all = append(all, c.kinds...)
	}
	slices.SortFunc(all, func(a, b Kind) int { return cmp.Compare(a.ID, b.ID) })
	return all
})
