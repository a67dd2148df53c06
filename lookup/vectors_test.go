package lookup_test

import (
	"testing"

	"aircon/internal/oracle"
	"aircon/internal/oracle/backend"
	"aircon/internal/py"
)

// What real Airflow answers in all eight versions, to SecretsManagerBackend alone and to the whole search.
func TestBackendVectors(t *testing.T) { oracle.Check(t, "backend", backend.Answer) }
func TestSearchVectors(t *testing.T)  { oracle.Check(t, "search", backend.Answer) }

// Beyond what agreement asks for: what Airflow logs about a search, its exception and that one's message are the same to the letter.
// Left out are searches in which Airflow does not start, and the few connections that aircon does not hold.
func TestSearchSaysWhatAirflowSays(t *testing.T) {
	for _, version := range oracle.Versions {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			compared := 0
			for pair := range oracle.Pairs(version, "search") {
				airflow := pair.Answer.(*py.Dict)
				other := backend.Answer(version, pair.Case).(*py.Dict)
				if has(airflow, "absent") || has(airflow, "stage") || oracle.Compare(airflow, other) == oracle.Refused {
					continue
				}
				compared++
				for _, key := range []string{"logged", "error", "message"} {
					want, _ := airflow.Get(key)
					got, _ := other.Get(key)
					if py.Dumps(want) != py.Dumps(got) {
						t.Errorf("%s\n%s: Airflow %s\nthis    %s", py.Dumps(pair.Case), key, py.Dumps(want), py.Dumps(got))
					}
				}
			}
			t.Logf("search, Airflow %s: %d compared to the letter", version, compared)
			if compared == 0 {
				t.Error("nothing was compared")
			}
		})
	}
}

func has(dict *py.Dict, key string) bool {
	_, found := dict.Get(key)
	return found
}
