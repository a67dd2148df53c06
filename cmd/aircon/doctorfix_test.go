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

// TestMendingAsksForWhatIsNotSafe lets three findings mend: one by what a plan does, twice; one by more; one that is only good to know.
func TestMendingAsksForWhatIsNotSafe(t *testing.T) {
	found := func(id, command string) doctor.Finding {
		return doctor.Found(id, "seen", doctor.Mend{Command: strings.Fields(command)})
	}
	const apply, detach = "aircon apply --file a.yaml", "aws iam detach-role-policy --role-name r"
	report := &doctor.Report{
		Findings: []doctor.Finding{found("AC052", detach), found("AC028", "aws iam list-roles")},
		Connections: []doctor.Verdict{
			{ConnID: "a", Findings: []doctor.Finding{found("AC030", apply)}}, {ConnID: "b", Findings: []doctor.Finding{found("AC104", apply)}},
		},
	}
	for _, test := range []struct {
		name                 string
		yes, somebody, agree bool
		asked, carried       []string
		err                  error
	}{
		{"nobody to ask", false, false, false, nil, nil, term.ErrNobody},
		{"--yes without a terminal", true, false, false, nil, []string{detach, apply}, nil},
		{"somebody says yes", false, true, true, []string{detach}, []string{detach, apply}, nil},
		{"somebody says no", false, true, false, []string{detach}, []string{apply}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked, carried []string
			m := mending{
				yes: test.yes, somebody: test.somebody, say: func(string) {},
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
			if !slices.Equal(asked, test.asked) || !slices.Equal(carried, test.carried) {
				t.Errorf("asked %q, carried out %q", asked, carried)
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
