package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"aircon/internal/doctor"
)

// JUnit's XML as CI servers read it: there is no standard, but all take the form that Ant's JUnit task writes, with testsuites around it.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr,omitempty"`
		Failure *junitProblem `xml:"failure"`
		Error   *junitProblem `xml:"error"`
		Skipped *junitSkipped `xml:"skipped"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
)

// JUnit writes the document as JUnit XML: of doctor a suite for the environment and one for each connection with a case for each arrow; of
// files a suite for each, with a case for each finding. What was not looked at, or is ignored, is skipped.
func (d *Document) JUnit(w io.Writer) error {
	all := junitSuites{Name: "aircon " + d.Command}
	for _, s := range d.suites {
		js := junitSuite{Name: s.name}
		for _, k := range s.cases {
			js.add(k)
		}
		all.Tests += js.Tests
		all.Failures += js.Failures
		all.Errors += js.Errors
		all.Skipped += js.Skipped
		all.Suites = append(all.Suites, js)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit XML: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}

func (s *junitSuite) add(k kase) {
	s.Tests++
	c := junitCase{Class: s.Name, Name: k.name, Time: k.time, Out: k.out + described(k.noted)}
	switch {
	case k.broken != "":
		s.Errors++
		c.Error = &junitProblem{Message: firstLine(k.broken), Type: "unreadable", Text: k.broken}
	case len(k.failed) > 0:
		s.Failures++
		f := k.failed[0]
		c.Failure = &junitProblem{Message: f.ID + " " + f.Title, Type: f.ID, Text: described(k.failed)}
	case k.failure != "":
		s.Failures++
		c.Failure = &junitProblem{Message: firstLine(k.failure), Type: "failed", Text: k.failure}
	case k.skipped != "":
		s.Skipped++
		c.Skipped = &junitSkipped{k.skipped}
	}
	s.Cases = append(s.Cases, c)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// described words findings as the terminal does.
func described(findings []doctor.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %s\n", f.ID, f.Title)
		for _, row := range [][2]string{{"seen", f.Seen}, {"where", f.Where}, {"means", f.Means}, {"mend", f.Mend.String()}} {
			if row[1] != "" {
				fmt.Fprintf(&b, "  %-5s  %s\n", row[0], row[1])
			}
		}
	}
	return b.String()
}
