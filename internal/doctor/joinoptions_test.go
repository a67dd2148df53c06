package doctor

import (
	"maps"
	"testing"

	"aircon/mwaa"
)

// TestMergeOptions merges changes of one map: by options, and by kwargs where an option holds them.
func TestMergeOptions(t *testing.T) {
	kw := func(text string) map[string]string { return map[string]string{mwaa.OptionBackendKwargs: text} }
	for _, test := range []struct {
		name                         string
		before, ours, theirs, merged map[string]string // merged nil: they contradict
	}{
		{
			"other options",
			map[string]string{"a": "1", "b": "1"},
			map[string]string{"a": "2", "b": "1"},
			map[string]string{"a": "1", "c": "3"},
			map[string]string{"a": "2", "c": "3"},
		},
		{"the same change", map[string]string{"a": "1"}, map[string]string{"a": "2"}, map[string]string{"a": "2"}, map[string]string{"a": "2"}},
		{"other values", map[string]string{"a": "1"}, map[string]string{"a": "2"}, map[string]string{"a": "3"}, nil},
		{"one removes what the other changes", map[string]string{"a": "1"}, map[string]string{"a": "2"}, map[string]string{}, nil},
		{"other kwargs", kw(`{"p": "x", "q": 1}`), kw(`{"p": "y", "q": 1}`), kw(`{"p": "x", "r": null}`), kw(`{"p": "y", "r": null}`)},
		{"kwargs that there were not", map[string]string{}, kw(`{"p": "x"}`), kw(`{"q": "^a"}`), kw(`{"q": "^a", "p": "x"}`)},
		{"one kwarg, two values", kw(`{"p": "x"}`), kw(`{"p": "y"}`), kw(`{"p": "z"}`), nil},
		{"kwargs that are none", kw(`{'p': 'x'}`), kw(`{"p": "x"}`), kw(`{"p": "z"}`), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := mergeOptions(test.before, test.ours, test.theirs)
			if ok != (test.merged != nil) || !maps.Equal(got, test.merged) {
				t.Errorf("%v, %t, and not %v", got, ok, test.merged)
			}
		})
	}
}
