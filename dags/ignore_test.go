package dags

import "testing"

func TestIgnore(t *testing.T) {
	for _, test := range []struct {
		name     string
		glob     bool
		text     string
		path     string
		dir      bool
		excluded bool
	}{
		{"a word anywhere in the path", false, "project_a\ntenant_[\\d]", "x/project_a/dag_1.py", false, true},
		{"a class", false, "project_a\ntenant_[\\d]", "tenant_1.py", false, true},
		{"neither", false, "project_a\ntenant_[\\d]", "tenant_x.py", false, false},
		{"case counts", false, "old", "OLD.py", false, false},
		{"a comment behind blanks", false, "old   # those of last year", "old.py", false, true},
		{"a lookahead, which RE2 does not have", false, "^(?!keep)", "dag.py", false, false},
		{"no expression", false, "*.py", "dag.py", false, false},
		{"a name", true, "old.py", "a/b/old.py", false, true},
		{"a star", true, "*_draft.py", "a/x_draft.py", false, true},
		{"a star within a name only", true, "a/*.py", "a/b/c.py", false, false},
		{"a folder", true, "tmp/", "a/tmp", true, true},
		{"a folder's pattern and a file", true, "tmp/", "a/tmp", false, false},
		{"from the root", true, "/old.py", "a/old.py", false, false},
		{"from the root, there", true, "/old.py", "old.py", false, true},
		{"stars for folders", true, "**/gen/*.py", "a/b/gen/x.py", false, true},
		{"all in a folder", true, "gen/**", "gen/a/b.py", false, true},
		{"folders between", true, "a/**/z.py", "a/b/c/z.py", false, true},
		{"no folder between", true, "a/**/z.py", "a/z.py", false, true},
		{"taken back", true, "*.py\n!keep.py", "keep.py", false, false},
		{"a set", true, "dag[0-3].py", "dag2.py", false, true},
		{"not of a set", true, "dag[!0-3].py", "dag2.py", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			rules := Ignore{Glob: test.glob}.Below("", test.text)
			if got := rules.Has(test.path, test.dir); got != test.excluded {
				t.Errorf("%q ignores %s: %t", test.text, test.path, got)
			}
		})
	}
}

// TestIgnoreBelow holds the rules of a folder within to what is below it.
func TestIgnoreBelow(t *testing.T) {
	rules := Ignore{Glob: true}.Below("", "x.py").Below("team", "/y.py")
	for path, want := range map[string]bool{"team/x.py": true, "team/y.py": true, "team/sub/y.py": false, "team/z.py": false} {
		if got := rules.Has(path, false); got != want {
			t.Errorf("%s: %t", path, got)
		}
	}
}
