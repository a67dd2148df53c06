package airflow

import (
	"os"
	"slices"
	"strings"
	"testing"

	"aircon/mwaa"
)

// The table gives back the files that it was made of, so it is up to date.
func TestPins(t *testing.T) {
	for _, version := range mwaa.Versions() {
		text, err := os.ReadFile("../../tools/oracle/airflow/pins/" + version + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		want, got := strings.Fields(string(text)), Pins(version)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d pins instead of %d: go run ./tools/airflowpins writes the table", version, len(got), len(want))
		}
		if !slices.Contains(got, "apache-airflow=="+version) {
			t.Errorf("%s does not pin itself", version)
		}
	}
	if Pins("1.10.15") != nil {
		t.Error("pins of a version that MWAA does not run")
	}
}
