package oracle

import (
	"bufio"
	"compress/gzip"
	"embed"
	"fmt"
	"iter"
	"strings"
	"testing"

	"aircon/internal/py"
)

//go:embed vectors
var vectors embed.FS

// Versions are the Airflow releases whose answers are kept here, oldest first.
var Versions = []string{"2.9.2", "2.10.1", "2.10.3", "2.11.0", "2.11.2", "3.0.6", "3.2.1", "3.3.1"}

// Pair is a case and what Airflow answered to it.
type Pair struct {
	Case   *py.Dict
	Answer any
}

// Answerer puts a case to this module, as Airflow's version, and returns the answer.
type Answerer func(version string, c *py.Dict) any

// Pairs gives the vectors of a version and kind (uri, json, fields, backend, hook, search) in their order: the n-th case
// is the same in every version. It panics where there are none.
func Pairs(version, kind string) iter.Seq[Pair] {
	return func(yield func(Pair) bool) {
		file, err := vectors.Open("vectors/" + version + "/" + kind + ".jsonl.gz")
		if err != nil {
			panic(err)
		}
		defer file.Close()
		plain, err := gzip.NewReader(file)
		if err != nil {
			panic(err)
		}
		lines := bufio.NewScanner(plain)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			if !yield(parsePair(lines.Text())) {
				return
			}
		}
		if lines.Err() != nil {
			panic(lines.Err())
		}
	}
}

func parsePair(line string) Pair {
	value, err := py.Loads(line)
	if err != nil {
		panic(err)
	}
	pair := value.(*py.Dict)
	c, _ := pair.Get("case")
	answer, _ := pair.Get("answer")
	return Pair{c.(*py.Dict), answer}
}

// shown is how many cases that differ a test prints for each version.
const shown = 5

// Check puts every vector of a kind, in all eight versions, to answer. It logs the counts, and fails on each answer that
// differs from Airflow's; a refusal counts as agreement only for the reason that agree.py names.
func Check(t *testing.T, kind string, answer Answerer) {
	t.Helper()
	for _, version := range Versions {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			counts := map[Verdict]int{}
			for pair := range Pairs(version, kind) {
				other := answer(version, pair.Case)
				verdict := Compare(pair.Answer, other)
				if counts[verdict]++; verdict == Differ && counts[Differ] <= shown {
					t.Errorf("case    %s\nairflow %s\nother   %s", py.Dumps(pair.Case), py.Dumps(pair.Answer), py.Dumps(other))
				}
			}
			t.Logf("%s, Airflow %s: %s", kind, version, Counts(counts))
			if counts[Agree] == 0 {
				t.Error("no case agrees: were there any?")
			}
		})
	}
}

// Counts writes how often each verdict fell, as agree.py does.
func Counts(counts map[Verdict]int) string {
	var parts []string
	for _, verdict := range []Verdict{Agree, Refused, Skipped, Differ} {
		parts = append(parts, fmt.Sprint(counts[verdict], " ", verdict))
	}
	return strings.Join(parts, ", ")
}
