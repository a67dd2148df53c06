package mwaa

import (
	"slices"
	"testing"
)

func TestStatus(t *testing.T) {
	for _, test := range []struct {
		status                                           Status
		inProgress, updatable, deletable, failed, serves bool
	}{
		{Pending, false, false, true, false, false},
		{Creating, true, false, false, false, false},
		{CreateFailed, false, false, true, true, false},
		{Available, false, true, true, false, true},
		{Updating, true, false, false, false, true},
		{CreatingSnapshot, true, false, false, false, true},
		{RollingBack, true, false, false, false, true},
		{UpdateFailed, false, true, true, true, true},
		{Maintenance, true, false, false, false, true},
		{Unavailable, false, false, true, true, false},
		{Deleting, true, false, false, false, false},
		{Deleted, false, false, false, false, false},
	} {
		s := test.status
		got := []bool{s.InProgress(), s.Updatable(), s.Deletable(), s.Failed(), s.Runs()}
		want := []bool{test.inProgress, test.updatable, test.deletable, test.failed, test.serves}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", s, got, want)
		}
	}
}

func TestEveryStatusCanEnd(t *testing.T) {
	if len(transitions) != len(Statuses()) {
		t.Errorf("%d of %d states have a row", len(transitions), len(Statuses()))
	}
	for _, start := range Statuses() {
		seen, todo := map[Status]bool{}, []Status{start}
		for len(todo) > 0 {
			s := todo[0]
			todo = todo[1:]
			if !seen[s] {
				seen[s] = true
				todo = append(todo, transitions[s]...)
			}
		}
		if !seen[Deleted] {
			t.Errorf("%s never becomes DELETED", start)
		}
	}
}

func TestStrategy(t *testing.T) {
	if !Graceful.Valid() || !Forced.Valid() || Strategy("graceful").Valid() {
		t.Error("the model has FORCED and GRACEFUL")
	}
}
