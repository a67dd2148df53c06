// Command oracle answers the cases of tools/oracle/airflow as this module does, so that any case can be put to both it and real
// Airflow: one JSON case a line in, one JSON answer a line out, in order. Cases of all six kinds may come mixed.
//
//	go run ./tools/oracle -airflow 3.3.1 <cases.jsonl >answers.jsonl
//
// -compare FILE reads Airflow's answers to the same cases instead of writing its own, prints the cases that differ and the counts,
// and exits with 1 if there are any; agree.py compares likewise. It starts no process.
package main

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"

	"aircon"
	"aircon/internal/oracle"
	"aircon/internal/oracle/backend"
	"aircon/internal/oracle/codec"
	"aircon/internal/oracle/hook"
	"aircon/internal/py"
)

// kinds has what answers each kind of case.
var kinds = map[string]oracle.Answerer{
	"uri":     codec.Answer,
	"json":    codec.Answer,
	"fields":  codec.Answer,
	"backend": backend.Answer,
	"search":  backend.Answer,
	"hook":    hook.Answer,
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run returns 0, 1 where answers differ, 2 for wrong usage or a case that cannot be read.
func run(args []string, in io.Reader, out, complaints io.Writer) int {
	flags := flag.NewFlagSet("oracle", flag.ContinueOnError)
	flags.SetOutput(complaints)
	version := flags.String("airflow", "3.3.1", "the Airflow `release` to answer as")
	airflow := flags.String("compare", "", "a `file` of Airflow's answers to the same cases")
	show := flags.Int("show", 5, "how many cases that differ to print")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if _, err := aircon.RuntimeFor(*version); err != nil {
		fmt.Fprintln(complaints, "oracle:", err)
		return 2
	}
	buffered := bufio.NewWriter(out)
	var status int
	var err error
	if *airflow == "" {
		err = each(in, func(c *py.Dict) error {
			_, err := fmt.Fprintln(buffered, py.DumpsCompact(answer(*version, c)))
			return err
		})
	} else {
		status, err = compare(*version, in, *airflow, *show, buffered)
	}
	if err = cmp.Or(err, buffered.Flush()); err != nil {
		fmt.Fprintln(complaints, "oracle:", err)
		return 2
	}
	return status
}

// each calls do with every case.
func each(in io.Reader, do func(c *py.Dict) error) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20)
	for n := 1; lines.Scan(); n++ {
		value, err := py.Loads(lines.Text())
		if err != nil {
			return fmt.Errorf("case %d: %w", n, err)
		}
		c, is := value.(*py.Dict)
		if !is {
			return fmt.Errorf("case %d is not an object", n)
		}
		if err := do(c); err != nil {
			return fmt.Errorf("case %d: %w", n, err)
		}
	}
	return lines.Err()
}

func answer(version string, c *py.Dict) any {
	kind, _ := c.Get("kind")
	if answerer, found := kinds[py.Str(kind)]; found {
		return answerer(version, c)
	}
	return py.NewDict(py.Item{Key: "harness", Value: "no such kind: " + py.Str(kind)})
}

// compare answers each case and compares with the line of Airflow's answers at the same place.
func compare(version string, in io.Reader, path string, show int, out io.Writer) (int, error) {
	file, err := os.Open(path)
	if err != nil {
		return 2, err
	}
	defer file.Close()
	theirs := bufio.NewScanner(file)
	theirs.Buffer(nil, 64<<20)
	counts := map[oracle.Verdict]int{}
	err = each(in, func(c *py.Dict) error {
		if !theirs.Scan() {
			return fmt.Errorf("%s has no answer to it", path)
		}
		expected, err := py.Loads(theirs.Text())
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		ours := answer(version, c)
		verdict := oracle.Compare(expected, ours)
		if counts[verdict]++; verdict == oracle.Differ && counts[verdict] <= show {
			fmt.Fprintf(out, "case    %s\nairflow %s\naircon  %s\n", py.Dumps(c), py.Dumps(expected), py.Dumps(ours))
		}
		return nil
	})
	fmt.Fprintln(out, oracle.Counts(counts))
	if err == nil && counts[oracle.Differ] > 0 {
		return 1, nil
	}
	return 0, err
}
