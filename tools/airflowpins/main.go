// Command airflowpins writes the table of package internal/airflow: the packages that MWAA's images pin, version by version.
//
//	go run ./tools/airflowpins [-pins DIRECTORY] [-o FILE]
//
// The directory holds a file RELEASE.txt of lines name==version for each release, as a resolver writes it under the constraints file of
// the release's image (tools/oracle/airflow/pins/README.md).
package main

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"aircon/mwaa"
)

func main() {
	pins := flag.String("pins", "tools/oracle/airflow/pins", "directory with a file RELEASE.txt of pinned packages for each release")
	out := flag.String("o", "internal/airflow/pins.tsv", "file of the table")
	flag.Parse()
	if err := run(*pins, *out); err != nil {
		fmt.Fprintln(os.Stderr, "airflowpins:", err)
		os.Exit(1)
	}
}

func run(pins, out string) error {
	table := map[string][]string{} // package to its version in each release
	for i, release := range mwaa.Versions() {
		name := filepath.Join(pins, release+".txt")
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for n, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			pkg, version, ok := strings.Cut(strings.TrimSpace(line), "==")
			if !ok {
				return fmt.Errorf("%s:%d: %q is not name==version", name, n+1, line)
			}
			if table[pkg] == nil {
				table[pkg] = slices.Repeat([]string{absent}, len(mwaa.Versions()))
			}
			table[pkg][i] = version
		}
	}
	return os.WriteFile(out, write(table), 0o644)
}

// The marks of a cell that holds no version.
const (
	absent = "-" // the release lacks the package
	same   = "=" // the release has the version to the left
)

func write(table map[string][]string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "package\t%s\n", strings.Join(mwaa.Versions(), "\t"))
	for _, pkg := range slices.Sorted(maps.Keys(table)) {
		cells := slices.Clone(table[pkg])
		for i := len(cells) - 1; i > 0; i-- {
			if cells[i] == cells[i-1] {
				cells[i] = same
			}
		}
		fmt.Fprintf(&b, "%s\t%s\n", pkg, strings.Join(cells, "\t"))
	}
	return b.Bytes()
}
