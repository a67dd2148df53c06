// Command screenshot turns what a program writes to a terminal into a picture: text with ANSI colours on standard input, an SVG on standard
// output.
//
//	CLICOLOR_FORCE=1 COLUMNS=112 aircon demo | go run ./tools/screenshot -from '$ aircon doctor my_postgres_db' -to '7. Mended' >docs/doctor.svg
//
// -from and -to cut out a part: from the line that holds the one to the line before the one that holds the other. Without them it is all of the input.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	from := flag.String("from", "", "begin with the first line that holds this")
	to := flag.String("to", "", "end before the next line that holds this")
	flag.Parse()
	lines, err := read(os.Stdin)
	if err == nil {
		lines, err = cut(lines, *from, *to)
	}
	if err == nil {
		_, err = os.Stdout.WriteString(picture(lines))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "screenshot:", err)
		os.Exit(1)
	}
}

// read splits the input into lines, without what ends them.
func read(r io.Reader) ([]string, error) {
	var lines []string
	s := bufio.NewScanner(r)
	for s.Scan() {
		lines = append(lines, strings.TrimRight(s.Text(), " \r"))
	}
	return lines, s.Err()
}

// cut takes the lines from one that holds from to the one before the next that holds to, less empty ones at the end.
func cut(lines []string, from, to string) ([]string, error) {
	begin := index(lines, from)
	if begin < 0 {
		return nil, fmt.Errorf("no line holds %q", from)
	}
	lines = lines[begin:]
	if to != "" {
		end := index(lines, to)
		if end < 0 {
			return nil, fmt.Errorf("no line after %q holds %q", from, to)
		}
		lines = lines[:end]
	}
	for len(lines) > 0 && plain(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines, nil
}

func index(lines []string, text string) int {
	for i, line := range lines {
		if strings.Contains(plain(line), text) {
			return i
		}
	}
	return -1
}
