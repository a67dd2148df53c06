package airflow

import (
	_ "embed"
	"slices"
	"strings"

	"aircon/mwaa"
)

// pinTable has a row a package and a column a release: "-" where the release lacks the package, "=" for the version to the left. Made by
// tools/airflowpins.
//
//go:embed pins.tsv
var pinTable string

// Pins returns the packages that MWAA's image of a version pins, as lines name==version in the order of their names; nil for a version that
// MWAA does not run.
//
// A date as the limit instead of pins gives other packages: 41 to 80 of about 155 differ, and a 3.0.6 made so answers POST dagRuns with
// status 500.
func Pins(version string) []string {
	column := slices.Index(mwaa.Versions(), version)
	if column < 0 {
		return nil
	}
	var pins []string
	for row := range strings.Lines(pinTable) {
		cells := strings.Split(strings.TrimSuffix(row, "\n"), "\t")
		at := column + 1
		for cells[at] == "=" {
			at--
		}
		if cells[0] != "package" && cells[at] != "-" {
			pins = append(pins, cells[0]+"=="+cells[at])
		}
	}
	return pins
}

// PythonVersion is the Python that MWAA's image of a version has.
func PythonVersion(version string) string {
	if newer(version, 2, 11) {
		return "3.12"
	}
	return "3.11"
}
