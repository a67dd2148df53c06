package report

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"aircon/internal/doctor"
)

// Document is what a command found, in the form that both formats are made of.
type Document struct {
	Command   string // such as doctor
	Version   string // aircon's own
	Findings  []doctor.Finding
	Ignored   []doctor.Ignored
	Unchecked []doctor.Unchecked // what could not be looked at
	Broken    []Unreadable
	Files     []string // that were examined; their names are files where they stand as a finding's place
	suites    []suite
}

// Unreadable is a file that could not be examined.
type Unreadable struct {
	File string
	Err  error // its text may begin with FILE:LINE:COLUMN
}

// suite is a set of cases: of a connection one an arrow, of a file one a finding.
type suite struct {
	name  string
	cases []kase
}

// kase is one thing that was looked at.
type kase struct {
	name    string
	failed  []doctor.Finding // that fail it
	noted   []doctor.Finding // that do not
	skipped string           // why it says nothing; "" where it says something
	broken  string           // why it could not be looked at
	failure string           // why it failed, where no finding says so
	time    string           // that it took, in seconds; "" where nobody knows
	out     string           // what it did
}

// Examined is doctor's report. Findings less severe than failOn are noted in the JUnit form, and fail nothing.
func Examined(version string, r *doctor.Report, failOn doctor.Severity) Document {
	d := Document{Command: "doctor", Version: version, Findings: slices.Clone(r.Findings), Ignored: r.Ignored, Unchecked: r.Unchecked}
	whole := suite{name: r.Environment}
	for _, f := range r.Findings {
		whole.cases = append(whole.cases, byFinding(f, f.ID+" "+f.Title, failOn))
	}
	for _, i := range r.Ignored {
		if i.ConnID == "" {
			whole.cases = append(whole.cases, kase{name: i.ID + " " + i.Title, skipped: "ignored: " + i.Reason})
		}
	}
	if len(whole.cases) == 0 {
		whole.cases = []kase{{name: "environment"}}
	}
	d.suites = []suite{whole}
	for _, v := range r.Connections {
		d.Findings = append(d.Findings, v.Findings...)
		s := suite{name: r.Environment + "." + v.ConnID}
		for _, step := range v.Arrows {
			s.cases = append(s.cases, byArrow(step, v.Findings, failOn))
		}
		d.suites = append(d.suites, s)
	}
	return d
}

func byArrow(step doctor.Step, findings []doctor.Finding, failOn doctor.Severity) kase {
	k := kase{name: string(step.Arrow)}
	for _, f := range findings {
		if f.Arrow == step.Arrow {
			k.add(f, failOn)
		}
	}
	switch {
	case len(k.failed) > 0:
	case step.State == doctor.StateUnchecked, step.State == doctor.StateIgnored:
		k.skipped = step.Seen
	}
	return k
}

func byFinding(f doctor.Finding, name string, failOn doctor.Severity) kase {
	k := kase{name: name}
	k.add(f, failOn)
	return k
}

// severities are those that there are, the worst first.
var severities = []doctor.Severity{doctor.Error, doctor.Warning, doctor.Info}

// add lets a finding fail the case where it is as severe as failOn.
func (k *kase) add(f doctor.Finding, failOn doctor.Severity) {
	if slices.Index(severities, f.Severity) <= slices.Index(severities, failOn) {
		k.failed = append(k.failed, f)
		return
	}
	k.noted = append(k.noted, f)
}

// Checked is a list of findings about files, of which those fail that are at least as severe as failOn, and of files that could not be read.
func Checked(command, version string, failOn doctor.Severity, files []string, findings []doctor.Finding, ignored []doctor.Ignored, broken []Unreadable) Document {
	d := Document{Command: command, Version: version, Findings: findings, Ignored: ignored, Broken: broken, Files: files}
	cases := map[string][]kase{}
	for _, f := range findings {
		file := placeOf(f.Where).file
		cases[file] = append(cases[file], byFinding(f, caseName(f), failOn))
	}
	for _, i := range ignored {
		file := placeOf(i.Where).file
		cases[file] = append(cases[file], kase{name: caseName(i.Finding), skipped: "ignored: " + i.Reason})
	}
	for _, u := range broken {
		cases[u.File] = append(cases[u.File], kase{name: "read", broken: u.Err.Error()})
	}
	for _, file := range files {
		if len(cases[file]) == 0 {
			cases[file] = []kase{{name: "nothing found"}}
		}
	}
	for _, file := range slices.Sorted(maps.Keys(cases)) {
		d.suites = append(d.suites, suite{file, cases[file]})
	}
	return d
}

// caseName tells the findings of a file apart by their places.
func caseName(f doctor.Finding) string {
	name := f.ID + " " + f.Title
	if p := placeOf(f.Where); p.line > 0 {
		name += " at " + strconv.Itoa(p.line) + ":" + strconv.Itoa(p.column)
	}
	return name
}

// place is where a finding is: a file with a line and a column from 1, or 0 where it has none.
type place struct {
	file         string
	line, column int
}

var positioned = regexp.MustCompile(`^(.+?):(\d+):(\d+)(?:$|: )`)

// placeOf reads FILE:LINE:COLUMN. Anything else is a file without a line.
func placeOf(where string) place {
	m := positioned.FindStringSubmatch(where)
	if m == nil || strings.HasPrefix(where, "arn:") {
		return place{file: where}
	}
	line, _ := strconv.Atoi(m[2]) // too long a number is no line
	column, _ := strconv.Atoi(m[3])
	return place{m[1], line, column}
}
