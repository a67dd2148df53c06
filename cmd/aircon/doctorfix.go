package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"

	"aircon/internal/doctor"
	"aircon/internal/term"
)

// mending carries out what findings say to type.
type mending struct {
	yes      bool // whether nobody is to be asked
	somebody bool // whether there is somebody to ask
	ask      func(context.Context, string) (bool, error)
	say      func(command string) // before it is carried out
	leave    func(command string) // where it is not, as it takes away a deny and nobody was asked
	carry    func(ctx context.Context, command []string) error
}

// newMending mends in a world, whose output is where that of the commands goes.
func newMending(w world, yes bool) *mending {
	t := w.terminal()
	return &mending{
		yes: yes, somebody: t.InTerminal, ask: t.Confirm,
		say: func(command string) { fmt.Fprintf(w.err, "$ %s\n", command) },
		leave: func(command string) {
			t.Warn("not carried out, as it takes away a deny that somebody meant; if it is to go, type: %s", command)
		},
		carry: func(ctx context.Context, command []string) error { return carryOut(ctx, w, command) },
	}
}

// safe reports whether a command only does what a plan of the spec does: nothing is taken over from others, and nothing deleted.
func safe(command []string) bool {
	if len(command) < 2 || command[0] != "aircon" || command[1] != "apply" {
		return false
	}
	return !slices.ContainsFunc(command, func(word string) bool {
		return word == "--adopt" || word == "--prune" || word == "--allow-literal-secrets"
	})
}

// mends reports whether a command changes anything: what only looks is for people.
func mends(command []string) bool {
	return len(command) > 1 && (command[0] == "aws" || command[0] == "aircon" && command[1] == "apply")
}

// mendsOf are the mends of a report's findings whose commands change something, each once, in the order of the report.
func mendsOf(r *doctor.Report) []doctor.Mend {
	var all []doctor.Mend
	add := func(findings []doctor.Finding) {
		for _, f := range findings {
			for _, mend := range append([]doctor.Mend{f.Mend}, f.Mend.Then...) {
				if f.Severity != doctor.Info && mends(mend.Command) &&
					!slices.ContainsFunc(all, func(m doctor.Mend) bool { return slices.Equal(m.Command, mend.Command) }) {
					all = append(all, mend)
				}
			}
		}
	}
	add(r.Findings)
	for _, v := range r.Connections {
		add(v.Findings)
	}
	return all
}

// run carries out the mends of a report: safe ones at once, the others where somebody says yes. It reports whether any was.
func (m *mending) run(ctx context.Context, r *doctor.Report) (bool, error) {
	all := mendsOf(r)
	if len(all) > 0 && !m.yes && !m.somebody {
		return false, usageError{&term.Problem{
			What: "--fix changes things, and there is nobody to ask", Why: term.ErrNobody.Error(), Err: term.ErrNobody,
			Next: "give --yes to carry out all that is found, but for what takes away a deny",
		}}
	}
	done := false
	for _, mend := range all {
		line := commandLine(mend.Command)
		yes, err := m.agreed(ctx, mend, line)
		if err != nil {
			return done, err
		}
		if !yes {
			continue
		}
		m.say(line)
		if err := m.carry(ctx, mend.Command); err != nil {
			return done, fmt.Errorf("%s: %w", line, err)
		}
		done = true
	}
	return done, ctx.Err()
}

// agreed reports whether a mend may be carried out. What takes away a deny is a guardrail that somebody meant: --yes does not cover it.
func (m *mending) agreed(ctx context.Context, mend doctor.Mend, line string) (bool, error) {
	switch {
	case m.yes && mend.LiftsDeny:
		m.leave(line)
		return false, nil
	case m.yes || safe(mend.Command):
		return true, nil
	}
	return m.ask(ctx, "run  "+line+" ?")
}

// carryOut runs one command: aircon's own in this process, others as programs.
func carryOut(ctx context.Context, w world, command []string) error {
	if command[0] == "aircon" {
		if code := run(ctx, w, append(slices.Clone(command[1:]), "--yes")); code != exitDone {
			return fmt.Errorf("it ended with exit status %d", code)
		}
		return nil
	}
	c := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // what a finding says to type, and somebody has said yes to
	c.Stdin, c.Stdout, c.Stderr = w.in, w.out, w.err
	err := c.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s is not installed here: %w", command[0], err)
	}
	return err
}
