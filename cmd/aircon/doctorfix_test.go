package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"aircon/internal/doctor"
	"aircon/internal/term"
)

// TestMendingAsksForWhatIsNotSafe lets findings mend: one by what a plan does, twice, then by a command more; one by more; one that takes away a deny; one that is only good to know.
func TestMendingAsksForWhatIsNotSafe(t *testing.T) {
	found := func(id, command string) doctor.Finding {
		return doctor.Found(id, "seen", doctor.Mend{Command: strings.Fields(command)})
	}
	const apply, detach, allow = "aircon apply --file a.yaml", "aws iam detach-role-policy --role-name r", "aws iam put-role-policy --role-name r"
	const key = "aws kms put-key-policy --key-id k"
	then := found("AC104", apply)
	then.Mend.Then = []doctor.Mend{{Command: strings.Fields(key)}}
	lifting := found("AC104", detach)
	lifting.Mend.LiftsDeny = true
	report := &doctor.Report{
		Findings: []doctor.Finding{lifting, found("AC052", allow), found("AC028", "aws iam list-roles")},
		Connections: []doctor.Verdict{
			{ConnID: "a", Findings: []doctor.Finding{found("AC030", apply)}}, {ConnID: "b", Findings: []doctor.Finding{then}},
		},
	}
	for _, test := range []struct {
		name                 string
		yes, somebody, agree bool
		asked, carried, left []string
		err                  error
	}{
		{"nobody to ask", false, false, false, nil, nil, nil, term.ErrNobody},
		{"--yes without a terminal", true, false, false, nil, []string{allow, apply, key}, []string{detach}, nil},
		{"--yes before a terminal", true, true, true, nil, []string{allow, apply, key}, []string{detach}, nil},
		{"somebody says yes", false, true, true, []string{detach, allow, key}, []string{detach, allow, apply, key}, nil, nil},
		{"somebody says no", false, true, false, []string{detach, allow, key}, []string{apply}, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked, carried, left []string
			m := mending{
				yes: test.yes, somebody: test.somebody, say: func(string) {}, leave: func(command string) { left = append(left, command) },
				ask: func(_ context.Context, question string) (bool, error) {
					asked = append(asked, strings.TrimSuffix(strings.TrimPrefix(question, "run  "), " ?"))
					return test.agree, nil
				},
				carry: func(_ context.Context, command []string) error {
					carried = append(carried, strings.Join(command, " "))
					return nil
				},
			}
			done, err := m.run(t.Context(), report)
			if !errors.Is(err, test.err) || done != (len(test.carried) > 0) {
				t.Errorf("done is %t, %v", done, err)
			}
			if !slices.Equal(asked, test.asked) || !slices.Equal(carried, test.carried) || !slices.Equal(left, test.left) {
				t.Errorf("asked %q, carried out %q, left %q", asked, carried, left)
			}
		})
	}
}

// TestMendingStopsAtAFailure carries nothing out after a command that failed.
func TestMendingStopsAtAFailure(t *testing.T) {
	failed := errors.New("status 3")
	report := &doctor.Report{Findings: []doctor.Finding{
		doctor.Found("AC011", "seen", doctor.Mend{Command: []string{"aircon", "apply"}}),
		doctor.Found("AC012", "seen", doctor.Mend{Command: []string{"aircon", "apply", "--adopt"}}),
	}}
	n := 0
	m := mending{yes: true, say: func(string) {}, carry: func(context.Context, []string) error { n++; return failed }}
	if _, err := m.run(t.Context(), report); !errors.Is(err, failed) || n != 1 {
		t.Errorf("%d carried out, %v", n, err)
	}
}
