package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"aircon/internal/explain"
	"aircon/internal/term"
)

// showAnswers prints what policy explain found: the answer first, then who said what, then what would change it.
func showAnswers(t *term.Terminal, answers []explain.Answer) {
	for i, a := range answers {
		if i > 0 {
			fmt.Fprintln(t.Out)
		}
		showAnswer(t, a)
	}
}

func showAnswer(t *term.Terminal, a explain.Answer) {
	mark, verdict := term.OK, "allowed"
	if !a.Allowed {
		mark, verdict = term.Failed, "denied"
	}
	fmt.Fprintf(t.Out, "%s %s: %s on %s\n", t.Mark(mark), verdict, term.Clean(a.Action), term.Clean(a.Resource))
	table := term.Table{Indent: 2}
	row := func(name, value string) {
		if value != "" {
			table.Row(term.Cell{Text: name, Style: term.Faint}, term.Cell{Text: term.Clean(value)})
		}
	}
	row("caller", a.Principal)
	row("decided by", decider(a))
	row("AWS says", a.Denial)
	for _, unknown := range a.Unknown {
		row("not seen", unknown)
	}
	t.Table(&table)
	showParts(t, a)
	showChanges(t, a)
}

// decider names what decided.
func decider(a explain.Answer) string {
	switch {
	case a.Statement != nil:
		return statementName(*a.Statement) + " of the " + a.Kind + " " + a.Policy
	case a.Allowed:
		return "nothing: an account's root may do all that no policy denies"
	}
	return "no " + a.Kind + " allows it"
}

func statementName(s explain.Statement) string {
	if s.Sid != "" {
		return "statement " + s.Sid
	}
	return "statement " + strconv.Itoa(s.Number)
}

var saysMarks = map[string]term.Mark{"allows": term.OK, "denies": term.Failed, "nothing": term.Skipped}

// showParts prints each policy with what it said, and why its statements say nothing.
func showParts(t *term.Terminal, a explain.Answer) {
	if len(a.Policies) == 0 {
		fmt.Fprintf(t.Out, "\n  no policy took part\n")
		return
	}
	fmt.Fprintf(t.Out, "\n  %s\n", t.Paint(term.Bold, "the policies that took part"))
	table := term.Table{Indent: 2}
	for _, p := range a.Policies {
		table.Row(markCell(saysMarks[p.Says]), term.Cell{Text: p.Kind}, term.Cell{Text: p.Policy + " says " + p.Says})
		for _, s := range p.Statements {
			text := statementName(s.Statement) + ": " + strings.ToLower(s.Effect) + "s it"
			if s.Effect == "Deny" {
				text = statementName(s.Statement) + ": denies it"
			}
			if len(s.Misses) > 0 {
				text = statementName(s.Statement) + " is not about it: " + strings.Join(s.Misses, "; ")
			}
			table.Row(term.Cell{}, term.Cell{}, term.Cell{Text: text, Style: term.Faint})
		}
	}
	t.Table(&table)
}

// showChanges prints what would change the answer, one edit after the other, each with the policy as it would be.
func showChanges(t *term.Terminal, a explain.Answer) {
	goal := "what would refuse it"
	if !a.Allowed {
		goal = "what would allow it"
	}
	if len(a.Changes) == 0 {
		fmt.Fprintf(t.Out, "\n  %s\n", t.Paint(term.Bold, goal+": nothing that a policy can say"))
		return
	}
	if len(a.Changes) > 1 {
		goal += ": all of these"
	}
	fmt.Fprintf(t.Out, "\n  %s\n", t.Paint(term.Bold, goal))
	for i, c := range a.Changes {
		fmt.Fprintf(t.Out, "  %d. %s\n", i+1, term.Clean(c.Text))
		if c.Near != "" {
			fmt.Fprintf(t.Out, "     %s\n", t.Paint(term.Faint, "the nearest: "+term.Clean(c.Near)))
		}
		if c.Document != nil {
			fmt.Fprintf(t.Out, "     the policy is then\n")
			for line := range strings.Lines(indentedJSON(c.Document)) {
				fmt.Fprintf(t.Out, "       %s\n", term.Clean(strings.TrimRight(line, "\n")))
			}
		}
	}
}

func indentedJSON(text json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return string(text)
	}
	return b.String()
}
