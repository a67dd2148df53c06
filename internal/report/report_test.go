package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"slices"
	"strings"
	"testing"

	"aircon/internal/doctor"
)

const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:airflow/connections/db-AbCdEf"

// examined is a report with one of everything.
func examined() *doctor.Report {
	found := func(id, connID, where, declared string) doctor.Finding {
		f := doctor.Found(id, "seen <"+id+"> & \x01", doctor.Mend{Text: "mend it", Command: []string{"aircon", "apply"}}).At(connID, where)
		f.Declared = declared
		return f
	}
	denied := found("AC104", "db", "arn:aws:iam::123456789012:role/analytics", "team a/aircon.yaml:5:7")
	return &doctor.Report{
		Environment: "analytics", Findings: []doctor.Finding{found("AC006", "", "option secrets.backend_kwargs of environment analytics", "team a/aircon.yaml:3:3")},
		Ignored:   []doctor.Ignored{{Finding: found("AC003", "db", arn+":1:9", ""), Reason: "on purpose"}, {Finding: found("AC052", "", "", ""), Reason: "until May"}},
		Unchecked: []doctor.Unchecked{{What: "the names of the secrets", Why: "AccessDeniedException"}},
		Connections: []doctor.Verdict{
			{ConnID: "db", Outcome: doctor.Broken, BrokenAt: doctor.ArrowPermission, Findings: []doctor.Finding{denied}, Arrows: []doctor.Step{
				{Arrow: doctor.ArrowOptions, State: doctor.StateOK, Seen: "fine"},
				{Arrow: doctor.ArrowPermission, State: doctor.StateBroken, Seen: "AC104"},
				{Arrow: doctor.ArrowText, State: doctor.StateIgnored, Seen: "AC003 ignored: on purpose"},
				{Arrow: doctor.ArrowQuery, State: doctor.StateUnchecked, Seen: "the chain ends before"},
			}},
		},
	}
}

// log is what a reader of SARIF looks for, by the names that the standard gives.
type log struct {
	Schema  string `json:"$schema"`
	Version string
	Runs    []struct {
		Tool struct {
			Driver struct {
				Name  string
				Rules []struct{ ID string }
			}
		}
		Results []struct {
			RuleID, Level string
			RuleIndex     *int
			Message       struct{ Text string }
			Locations     []struct {
				PhysicalLocation struct {
					ArtifactLocation struct{ URI string }
					Region           struct{ StartLine, StartColumn int }
				}
				LogicalLocations []struct{ FullyQualifiedName string }
			}
			Suppressions        []struct{ Kind, Justification string }
			PartialFingerprints map[string]string
		}
		Invocations []struct {
			ExecutionSuccessful        *bool
			ToolExecutionNotifications []struct {
				Level   string
				Message struct{ Text string }
			}
		}
	}
}

// read writes a document as SARIF and holds it to what section 3 of the standard requires of every log.
func read(t *testing.T, d Document) log {
	t.Helper()
	var b bytes.Buffer
	if err := d.SARIF(&b); err != nil {
		t.Fatal(err)
	}
	var l log
	if err := json.Unmarshal(b.Bytes(), &l); err != nil {
		t.Fatal(err)
	}
	if l.Version != "2.1.0" || !strings.HasSuffix(l.Schema, "/sarif-schema-2.1.0.json") || len(l.Runs) != 1 || l.Runs[0].Tool.Driver.Name != "aircon" {
		t.Fatalf("the frame is %+v", l)
	}
	run := l.Runs[0]
	if run.Results == nil || run.Tool.Driver.Rules == nil || len(run.Invocations) != 1 || run.Invocations[0].ExecutionSuccessful == nil {
		t.Error("results, rules or the invocation are missing")
	}
	for _, r := range run.Results {
		if r.Message.Text == "" || !slices.Contains([]string{"error", "warning", "note"}, r.Level) || r.PartialFingerprints["aircon/v1"] == "" {
			t.Errorf("a result lacks its text, level or fingerprint: %+v", r)
		}
		if r.RuleIndex == nil || run.Tool.Driver.Rules[*r.RuleIndex].ID != r.RuleID {
			t.Errorf("%s points to another rule", r.RuleID)
		}
		for _, place := range r.Locations {
			if strings.ContainsAny(place.PhysicalLocation.ArtifactLocation.URI, " \\") {
				t.Errorf("%q is no URI", place.PhysicalLocation.ArtifactLocation.URI)
			}
		}
	}
	return l
}

func TestDoctorsSARIF(t *testing.T) {
	run := read(t, Examined("1.0", examined(), doctor.Error)).Runs[0]
	var ids []string
	for _, r := range run.Results {
		ids = append(ids, r.RuleID)
	}
	if !slices.Equal(ids, []string{"AC006", "AC104", "AC003", "AC052"}) || len(run.Tool.Driver.Rules) != 4 {
		t.Fatalf("results are of %q", ids)
	}
	denied := run.Results[1]
	if p := denied.Locations[0].PhysicalLocation; p.ArtifactLocation.URI != "team%20a/aircon.yaml" || p.Region.StartLine != 5 || p.Region.StartColumn != 7 {
		t.Errorf("AC104 stands at %+v", p)
	}
	if l := denied.Locations[0].LogicalLocations; len(l) != 1 || l[0].FullyQualifiedName != "arn:aws:iam::123456789012:role/analytics" {
		t.Errorf("AC104 is about %+v", l)
	}
	if !strings.HasPrefix(denied.Message.Text, "db: ") || !strings.Contains(denied.Message.Text, "type: aircon apply") || len(denied.Suppressions) != 0 {
		t.Errorf("AC104 says %+v", denied)
	}
	ignored := run.Results[2]
	if len(ignored.Suppressions) != 1 || ignored.Suppressions[0].Justification != "on purpose" || ignored.Locations[0].LogicalLocations[0].FullyQualifiedName != arn+":1:9" {
		t.Errorf("AC003 is %+v", ignored)
	}
	if n := run.Invocations[0].ToolExecutionNotifications; len(n) != 1 || !strings.Contains(n[0].Message.Text, "the names of the secrets") {
		t.Errorf("what is unchecked: %+v", n)
	}
}

func TestFilesSARIF(t *testing.T) {
	findings := []doctor.Finding{
		doctor.Found("AC037", "s", doctor.Mend{}).At("a", "dir/a.json:4:17"),
		doctor.Found("AC046", "s", doctor.Mend{}).At("b", "b.txt"),
	}
	broken := []Unreadable{{"s.yaml", errors.New("s.yaml:5:9: unknown key")}, {"none", errors.New("open none: no such file")}}
	d := Checked("lint", "1.0", doctor.Info, []string{"dir/a.json", "b.txt", "s.yaml", "none", "good.json"}, findings, nil, broken)
	run := read(t, d).Runs[0]
	if p := run.Results[0].Locations[0].PhysicalLocation; p.ArtifactLocation.URI != "dir/a.json" || p.Region.StartLine != 4 || p.Region.StartColumn != 17 {
		t.Errorf("AC037 stands at %+v", p)
	}
	if p := run.Results[1].Locations[0].PhysicalLocation; p.ArtifactLocation.URI != "b.txt" || p.Region.StartLine != 0 {
		t.Errorf("AC046 stands at %+v", p)
	}
	if i := run.Invocations[0]; *i.ExecutionSuccessful || len(i.ToolExecutionNotifications) != 2 {
		t.Errorf("the invocation is %+v", i)
	}
	suites := junit(t, d)
	if got := counts(suites); got != [4]int{5, 2, 2, 0} {
		t.Errorf("tests, failures, errors, skipped: %v", got)
	}
	for _, want := range []string{"AC037 the secret's text is not JSON at 4:17", "nothing found", "read"} {
		if caseOf(suites, want) == nil {
			t.Errorf("there is no case %q", want)
		}
	}
}

// TestWhatIsGoodToKnowFailsNothing holds JUnit to the exit status of a command that ends with 0 where all findings are of that kind.
func TestWhatIsGoodToKnowFailsNothing(t *testing.T) {
	findings := []doctor.Finding{
		doctor.Found("AC110", "s", doctor.Mend{}).At("a", "dag.py:4:17"), doctor.Found("AC013", "s", doctor.Mend{}).At("a", "dag.py:5:1"),
		doctor.Found("AC113", "s", doctor.Mend{}).At("a", "dag.py:6:1"),
	}
	for failOn, failures := range map[doctor.Severity]int{doctor.Error: 1, doctor.Warning: 2, doctor.Info: 3} {
		suites := junit(t, Checked("scan", "1.0", failOn, []string{"dag.py"}, findings, nil, nil))
		if got := counts(suites); got != [4]int{3, failures, 0, 0} {
			t.Errorf("from %s on, tests, failures, errors, skipped: %v", failOn, got)
		}
	}
}

// junit writes a document as JUnit XML and reads it back.
func junit(t *testing.T, d Document) junitSuites {
	t.Helper()
	var b bytes.Buffer
	if err := d.JUnit(&b); err != nil {
		t.Fatal(err)
	}
	var all junitSuites
	if err := xml.Unmarshal(b.Bytes(), &all); err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	return all
}

// counts are tests, failures, errors and skipped cases, counted from the cases; the written sums must be the same.
func counts(all junitSuites) [4]int {
	var n [4]int
	for _, s := range all.Suites {
		for _, c := range s.Cases {
			n[0]++
			if c.Failure != nil {
				n[1]++
			}
			if c.Error != nil {
				n[2]++
			}
			if c.Skipped != nil {
				n[3]++
			}
		}
	}
	if n != [4]int{all.Tests, all.Failures, all.Errors, all.Skipped} {
		return [4]int{-1}
	}
	return n
}

func caseOf(all junitSuites, name string) *junitCase {
	for _, s := range all.Suites {
		for _, c := range s.Cases {
			if c.Name == name {
				return &c
			}
		}
	}
	return nil
}

func TestDoctorsJUnit(t *testing.T) {
	for _, test := range []struct {
		failOn doctor.Severity
		want   [4]int
	}{{doctor.Error, [4]int{6, 1, 0, 3}}, {doctor.Warning, [4]int{6, 2, 0, 3}}} {
		all := junit(t, Examined("1.0", examined(), test.failOn))
		if got := counts(all); got != test.want {
			t.Errorf("failing on %s: tests, failures, errors, skipped are %v, want %v", test.failOn, got, test.want)
		}
		denied := caseOf(all, "permission")
		if denied == nil || denied.Class != "analytics.db" || denied.Failure == nil || denied.Failure.Type != "AC104" || !strings.Contains(denied.Failure.Text, "seen <AC104> &") {
			t.Errorf("the refused permission is %+v", denied)
		}
		if c := caseOf(all, "text"); c == nil || c.Skipped == nil || !strings.Contains(c.Skipped.Message, "on purpose") {
			t.Errorf("the ignored arrow is %+v", c)
		}
		if c := caseOf(all, "AC006 the backend is asked for connections that are kept elsewhere"); c == nil || test.failOn == doctor.Error && !strings.Contains(c.Out, "seen <AC006>") {
			t.Errorf("the warning is %+v", c)
		}
	}
}

func TestPlaces(t *testing.T) {
	for where, want := range map[string]place{
		"a.yaml:3:4":            {"a.yaml", 3, 4},
		"C:/x/a.yaml:3:4":       {"C:/x/a.yaml", 3, 4},
		"a.yaml:3:4: no key":    {"a.yaml", 3, 4},
		"a.json":                {file: "a.json"},
		arn + ":3:4":            {file: arn + ":3:4"},
		"option x of env a:b:c": {file: "option x of env a:b:c"},
	} {
		if got := placeOf(where); got != want {
			t.Errorf("%s is %+v", where, got)
		}
	}
	for path, want := range map[string]string{"/a b/c": "file:///a%20b/c", "./x.yaml": "x.yaml", "a#b?c": "a%23b%3Fc", "%.json": "%25.json"} {
		if got := fileURI(path); got != want {
			t.Errorf("%s is %s", path, got)
		}
	}
}

func TestRan(t *testing.T) {
	d := Ran("test", "1.0", []Suite{{Name: "orders", Cases: []Case{
		{Name: "read", Seconds: 1.5, Out: "warehouse: found\n"}, {Name: "write", Failure: "ValueError: no\nline 2"}, {Name: "after", Skipped: "upstream_failed"},
	}}})
	var b bytes.Buffer
	if err := d.JUnit(&b); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`<testsuites name="aircon test" tests="3" failures="1" errors="0" skipped="1">`,
		`<testcase classname="orders" name="read" time="1.500">`, `<system-out>warehouse: found`,
		`<failure message="ValueError: no" type="failed">ValueError: no&#xA;line 2</failure>`, `<skipped message="upstream_failed"></skipped>`,
	} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("no %s in\n%s", part, b.String())
		}
	}
}
