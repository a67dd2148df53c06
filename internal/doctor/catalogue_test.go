package doctor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCatalogueIsWhole holds the catalogue, the checks and the scripts that reproduce findings against each other.
func TestCatalogueIsWhole(t *testing.T) {
	scripts := readScripts(t)
	for i, k := range Catalogue {
		if i > 0 && Catalogue[i-1].ID >= k.ID {
			t.Errorf("%s stands after %s", k.ID, Catalogue[i-1].ID)
		}
		if k.Title == "" || k.Why == "" || !slices.Contains(Arrows, k.Arrow) {
			t.Errorf("%s lacks its title, its reason or its arrow", k.ID)
		}
		if !slices.ContainsFunc(registry, func(c check) bool { return c.id == k.ID }) {
			t.Errorf("%s has no check", k.ID)
		}
		if !strings.Contains(scripts, k.ID) {
			t.Errorf("no script of the command line reproduces %s", k.ID)
		}
	}
	for _, c := range registry {
		if _, ok := Lookup(c.id); !ok {
			t.Errorf("the check %s is not in the catalogue", c.id)
		}
	}
}

func readScripts(t *testing.T) string {
	t.Helper()
	names, err := filepath.Glob("../../cmd/aircon/testdata/script/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no scripts:", err)
	}
	var all strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
