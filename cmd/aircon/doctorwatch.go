package main

import (
	"context"
	"fmt"
	"time"

	"aircon/internal/doctor"
	"aircon/internal/term"
)

// watch examines again and again, and prints what has changed.
type watch struct {
	every   time.Duration
	examine func(context.Context) (*doctor.Report, error)
	show    func(*doctor.Report) // the first report, whole
	t       *term.Terminal
	now     func() time.Time
	sleep   func(context.Context, time.Duration) error // it ends with the context's error
}

// run goes on until the context ends, and returns the last report. An examination that fails is told, and tried again; the first must
// succeed.
func (w *watch) run(ctx context.Context) (*doctor.Report, error) {
	last, err := w.examine(ctx)
	if err != nil {
		return nil, err
	}
	w.show(last)
	fmt.Fprintf(w.t.Err, "watching: looking again every %s; Ctrl-C ends it\n", w.every)
	failing := ""
	for w.sleep(ctx, w.every) == nil {
		next, err := w.examine(ctx)
		switch {
		case ctx.Err() != nil:
			return last, nil //nolint:nilerr // interrupted: what was seen last stands
		case err != nil:
			if failing != err.Error() {
				w.line(term.Failed, "nothing could be examined: %v", err)
			}
			failing = err.Error()
			continue
		case failing != "":
			w.line(term.OK, "it can be examined again")
		}
		failing = ""
		w.changes(last, next)
		last = next
	}
	return last, nil
}

func (w *watch) line(mark term.Mark, format string, args ...any) {
	fmt.Fprintf(w.t.Out, "%s %s %s\n", w.now().Format(time.TimeOnly), w.t.Mark(mark), term.Clean(fmt.Sprintf(format, args...)))
}

// changes prints what is other in the new report: outcomes, findings that have come, and findings that are gone.
func (w *watch) changes(before, after *doctor.Report) {
	outcomes := map[string]doctor.Verdict{}
	for _, v := range before.Connections {
		outcomes[v.ConnID] = v
	}
	for _, v := range after.Connections {
		was, known := outcomes[v.ConnID]
		delete(outcomes, v.ConnID)
		if !known || was.Outcome != v.Outcome || was.BrokenAt != v.BrokenAt {
			w.line(outcomeMarks[v.Outcome], "%s: %s%s", v.ConnID, verdictOf(v), wasBefore(was, known))
		}
	}
	for _, v := range before.Connections {
		if _, gone := outcomes[v.ConnID]; gone {
			w.line(term.Skipped, "%s: there is no such connection any more", v.ConnID)
		}
	}
	old, now := findingsOf(before), findingsOf(after)
	for _, f := range findingsOf(before).list {
		if !now.has(f) {
			w.line(term.OK, "gone: %s%s %s", f.ID, of(f), f.Title)
		}
	}
	for _, f := range now.list {
		if !old.has(f) {
			showFinding(w.t, f)
		}
	}
}

func wasBefore(v doctor.Verdict, known bool) string {
	if !known {
		return ", and it is new"
	}
	return " (was: " + verdictOf(v) + ")"
}

// verdictOf words a verdict.
func verdictOf(v doctor.Verdict) string {
	if v.BrokenAt != "" {
		return string(v.Outcome) + " at " + string(v.BrokenAt)
	}
	return string(v.Outcome)
}

func of(f doctor.Finding) string {
	if f.ConnID == "" {
		return ","
	}
	return " of " + f.ConnID + ","
}

// findingSet holds a report's findings. Two are the same by id, connection and place: what was seen may hold times.
type findingSet struct {
	list []doctor.Finding
	keys map[[3]string]bool
}

func findingsOf(r *doctor.Report) findingSet {
	s := findingSet{keys: map[[3]string]bool{}}
	add := func(found []doctor.Finding) {
		for _, f := range found {
			s.list = append(s.list, f)
			s.keys[keyOf(f)] = true
		}
	}
	add(r.Findings)
	for _, v := range r.Connections {
		add(v.Findings)
	}
	return s
}

func keyOf(f doctor.Finding) [3]string { return [3]string{f.ID, f.ConnID, f.Where} }

func (s findingSet) has(f doctor.Finding) bool { return s.keys[keyOf(f)] }
