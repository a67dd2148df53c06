package doctor

import (
	"regexp"
	"slices"
	"testing"
)

var idForm = regexp.MustCompile(`^AC\d{3}$`)

// TestCatalogueIsWhole holds the catalogue to its form. That each finding is made for real by a test is asserted where the
// scripts are, in cmd/aircon.
func TestCatalogueIsWhole(t *testing.T) {
	all := Catalogue()
	if len(all) < 20 {
		t.Fatalf("only %d findings", len(all))
	}
	for i, k := range all {
		if i > 0 && all[i-1].ID == k.ID {
			t.Errorf("%s is registered twice", k.ID)
		}
		if !idForm.MatchString(k.ID) || !slices.Contains(Arrows, k.Arrow) || !slices.Contains([]Severity{Error, Warning, Info}, k.Severity) {
			t.Errorf("%s lacks its id's form, its severity or its arrow: %+v", k.ID, k)
		}
		for name, text := range map[string]string{"title": k.Title, "meaning": k.Means, "reason": k.Why, "mend": k.Mend, "topic": k.Topic} {
			if text == "" {
				t.Errorf("%s lacks its %s", k.ID, name)
			}
		}
		if found, ok := Lookup(k.ID); !ok || found != k {
			t.Errorf("Lookup(%s) = %+v, %t", k.ID, found, ok)
		}
	}
	for _, id := range []string{"", "AC000", "AC0030", "AC999"} {
		if k, ok := Lookup(id); ok {
			t.Errorf("Lookup(%q) = %+v", id, k)
		}
	}
}

// TestChecksStandInTheOrderOfTheArrows holds the order of the checks against that of their files, which is another one.
func TestChecksStandInTheOrderOfTheArrows(t *testing.T) {
	last := Kind{Arrow: Arrows[0]}
	for _, c := range checks() {
		k := c.kinds[0]
		before, now := slices.Index(Arrows, last.Arrow), slices.Index(Arrows, k.Arrow)
		if now < before || now == before && k.ID <= last.ID {
			t.Errorf("%s at %s stands behind %s at %s", k.ID, k.Arrow, last.ID, last.Arrow)
		}
		last = k
	}
}
