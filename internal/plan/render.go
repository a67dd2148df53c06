package plan

import (
	"fmt"
	"io"
	"strings"
)

// Render writes the plan as a person reads it: only what changes, marked + ~ -, secrets as (changed), and a one-line sum at the end.
func (p *Plan) Render(w io.Writer) error {
	var b strings.Builder
	for _, c := range p.Changes {
		c.render(&b)
	}
	for _, r := range p.Refusals {
		fmt.Fprintf(&b, "! %s %s: %s\n", r.Kind, r.Name, r.What)
		hint(&b, r.Mend)
	}
	for _, warning := range p.Warnings {
		fmt.Fprintf(&b, "warning%s: %s\n", ifAny(" [", warning.ID, "]"), strings.TrimPrefix(warning.Name+": "+warning.What, ": "))
		hint(&b, warning.Mend)
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	b.WriteString(p.Sum() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// Sum is the plan in one line.
func (p *Plan) Sum() string {
	s := p.Summary()
	switch {
	case len(p.Refusals) > 0:
		return fmt.Sprintf("Plan: refused (%d); otherwise %d to create, %d to change, %d to delete.", len(p.Refusals), s.Create, s.Update, s.Delete)
	case p.Empty() && p.takesBack:
		return "Nothing to destroy. Nothing in AWS bears this environment's tags of aircon."
	case p.Empty():
		return "No changes. What AWS has is what the spec says."
	}
	return fmt.Sprintf("Plan: %d to create, %d to change, %d to delete.", s.Create, s.Update, s.Delete)
}

func hint(b *strings.Builder, text string) {
	if text != "" {
		fmt.Fprintf(b, "    %s\n", text)
	}
}

func ifAny(before, text, after string) string {
	if text == "" {
		return ""
	}
	return before + text + after
}

func (c Change) render(b *strings.Builder) {
	fmt.Fprintf(b, "%s %s %s %s%s\n", c.Action.Mark(), c.Action, c.Kind, c.Name, ifAny("  # ", c.Why, ""))
	width := 0
	for _, f := range c.Fields {
		width = max(width, len(f.Name))
	}
	for _, f := range c.Fields {
		fmt.Fprintf(b, "    %s %-*s  %s\n", f.mark(c.Action), width, f.Name, f.text(c.Action))
	}
}

// mark follows the change where all of it comes or goes.
func (f Field) mark(a Action) string {
	switch {
	case a.Mark() != "~":
		return a.Mark()
	case f.Old == "" && f.New != "" && f.Name == "resource":
		return "+"
	case f.New == "" && f.Old != "":
		return "-"
	}
	return "~"
}

func (f Field) text(a Action) string {
	switch {
	case f.Secret && a.Mark() == "+":
		return "(secret)"
	case f.Secret:
		return "(changed)"
	case f.Old == "":
		return f.New
	case f.New == "":
		return f.Old
	}
	return f.Old + " -> " + f.New
}

// PrintPolicy writes the documents of the least policy, for teams that attach it themselves.
func (p *Plan) PrintPolicy(w io.Writer) error {
	for _, document := range p.Policies {
		if _, err := fmt.Fprintln(w, document); err != nil {
			return err
		}
	}
	return nil
}
