package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"aircon/internal/doctor"
)

// TestWatchPrintsChangesOnly lets examinations pass by a clock of the test's own, and then Ctrl-C.
func TestWatchPrintsChangesOnly(t *testing.T) {
	works := &doctor.Report{Connections: []doctor.Verdict{{ConnID: "db", Outcome: doctor.Works}}}
	broken := &doctor.Report{Connections: []doctor.Verdict{{
		ConnID: "db", Outcome: doctor.Broken, BrokenAt: doctor.ArrowSecret,
		Findings: []doctor.Finding{doctor.Found("AC030", "deletion was asked for", doctor.Mend{Text: "restore it"}).At("db", "arn:x")},
	}}}
	other := &doctor.Report{Connections: []doctor.Verdict{{ConnID: "db", Outcome: doctor.Works}, {ConnID: "new", Outcome: doctor.Unknown}}}
	unreachable := errors.New("no route to host")
	steps := []struct {
		report *doctor.Report
		err    error
		want   string // what is printed of it
	}{
		{works, nil, "shown whole"},
		{works, nil, ""},
		{broken, nil, "✗ db: broken at secret (was: works)\n\n  ✗ AC030 the secret is scheduled for deletion\n"},
		{broken, nil, ""},
		{nil, unreachable, "✗ nothing could be examined: no route to host\n"},
		{nil, unreachable, ""},
		{broken, nil, "✓ it can be examined again\n"},
		{works, nil, "✓ db: works (was: broken at secret)\n00:07:00 ✓ gone: AC030 of db, the secret is scheduled for deletion\n"},
		{other, nil, "· new: unknown, and it is new\n"},
		{works, nil, "· new: there is no such connection any more\n"},
	}
	var out, complaints bytes.Buffer
	terminal := world{in: strings.NewReader(""), out: &out, err: &complaints, getenv: os.Getenv}.terminal()
	clock := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	n := 0
	ctx, stop := context.WithCancel(t.Context())
	w := watch{
		every: time.Minute, t: terminal, now: func() time.Time { return clock },
		examine: func(context.Context) (*doctor.Report, error) { return steps[n].report, steps[n].err },
		show:    func(*doctor.Report) { out.WriteString("shown whole") },
		sleep: func(ctx context.Context, d time.Duration) error {
			want := steps[n].want
			if got := out.String(); !strings.Contains(got, want) || (want == "") != (got == "") {
				t.Errorf("step %d prints %q, want %q", n, got, want)
			}
			out.Reset()
			clock = clock.Add(d)
			if n++; n == len(steps) {
				stop()
			}
			return ctx.Err()
		},
	}
	last, err := w.run(ctx)
	if err != nil || last != works || n != len(steps) {
		t.Errorf("it ends with %v, %v after %d", last, err, n)
	}
}

// TestWatchNeedsAFirstLook ends at once where nothing can be examined at all.
func TestWatchNeedsAFirstLook(t *testing.T) {
	failed := errors.New("no such environment")
	w := watch{examine: func(context.Context) (*doctor.Report, error) { return nil, failed }}
	if _, err := w.run(t.Context()); !errors.Is(err, failed) {
		t.Errorf("the error is %v", err)
	}
}

// TestOnlyPlansAreSafe sorts commands by what --fix does with them.
func TestOnlyPlansAreSafe(t *testing.T) {
	for line, want := range map[string][2]bool{ // safe, mends
		"aircon apply --file a.yaml --environment e":         {true, true},
		"aircon apply --file a.yaml --environment e --adopt": {false, true},
		"aircon apply --prune":                               {false, true},
		"aircon destroy":                                     {false, false},
		"aircon get db --as-role":                            {false, false},
		"aircon":                                             {false, false},
		"aws iam detach-role-policy --role-name r":           {false, true},
		"rm -rf x": {false, false},
	} {
		command := strings.Fields(line)
		if got := [2]bool{safe(command), mends(command)}; got != want {
			t.Errorf("%s: safe and mends are %v, want %v", line, got, want)
		}
	}
}
