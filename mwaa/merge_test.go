package mwaa

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// optionOf is Variable's inverse, or "" for a variable that no option becomes.
func optionOf(variable string) string {
	section, option, ok := strings.Cut(strings.TrimPrefix(variable, "AIRFLOW__"), "__")
	if !ok || !strings.HasPrefix(variable, "AIRFLOW__") {
		return ""
	}
	return strings.ToLower(section + "." + option)
}

func TestMerge(t *testing.T) {
	current := map[string]string{"core.parallelism": "40", OptionBackend: BackendClass, OptionBackendKwargs: "{}", OptionWorkersBackend: "x"}
	want := map[string]string{OptionBackend: BackendClass, OptionBackendKwargs: DefaultKwargs, "secrets.use_cache": "True"}
	merged, changes := Merge(current, want, []string{OptionBackend, OptionBackendKwargs, OptionWorkersBackend})
	if diff := cmp.Diff(map[string]string{
		"core.parallelism": "40", OptionBackend: BackendClass, OptionBackendKwargs: DefaultKwargs, "secrets.use_cache": "True",
	}, merged); diff != "" {
		t.Error("merged (-want +got):\n" + diff)
	}
	if diff := cmp.Diff([]OptionChange{
		{Change, OptionBackendKwargs, "{}", DefaultKwargs},
		{Add, "secrets.use_cache", "", "True"},
		{Remove, OptionWorkersBackend, "x", ""},
	}, changes); diff != "" {
		t.Error("changes (-want +got):\n" + diff)
	}
}

func TestMergeKeepsWhatOthersSet(t *testing.T) {
	options := rapid.MapOfN(rapid.SampledFrom([]string{"a.a", "a.b", "a.c", "a.d", "a.e"}), rapid.SampledFrom([]string{"1", "2"}), 0, 5)
	rapid.Check(t, func(t *rapid.T) {
		current, want := options.Draw(t, "current"), options.Draw(t, "want")
		owned := slices.Sorted(maps.Keys(options.Draw(t, "owned")))
		merged, changes := Merge(current, want, owned)
		for key, value := range current {
			if _, wanted := want[key]; !wanted && !slices.Contains(owned, key) && merged[key] != value {
				t.Fatalf("%s was somebody else's", key)
			}
		}
		for key, value := range want {
			if merged[key] != value {
				t.Fatalf("%s is not as wanted", key)
			}
		}
		if again, rest := Merge(merged, want, owned); len(rest) > 0 || !maps.Equal(again, merged) {
			t.Fatalf("a second time it still changes %v", rest)
		}
		if (len(changes) == 0) != maps.Equal(current, merged) {
			t.Fatalf("changes %v from %v to %v", changes, current, merged)
		}
	})
}
