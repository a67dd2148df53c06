package report

import "strconv"

// Suite is a group of cases that a command ran itself, such as the tasks of a DAG.
type Suite struct {
	Name  string
	Cases []Case
}

// Case is one thing that ran. It passed where Failure and Skipped are "".
type Case struct {
	Name    string
	Seconds float64
	Failure string // why it failed; its first line is the message
	Skipped string // why it did not run
	Out     string // what it did besides
}

// Ran is what a command ran itself; it has no findings.
func Ran(command, version string, suites []Suite) Document {
	d := Document{Command: command, Version: version}
	for _, s := range suites {
		into := suite{name: s.Name}
		for _, c := range s.Cases {
			into.cases = append(into.cases, kase{
				name: c.Name, time: strconv.FormatFloat(c.Seconds, 'f', 3, 64), failure: c.Failure, skipped: c.Skipped, out: c.Out,
			})
		}
		d.suites = append(d.suites, into)
	}
	return d
}
