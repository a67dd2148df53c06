package main

import (
	"fmt"
	"strings"
	"time"

	"aircon/cost"
	"aircon/internal/doctor"
	"aircon/internal/term"
)

// costFindings are what a forecast shows to be wrong.
func costFindings(a cost.Airflow, b cost.Bill, savings []cost.Saving) []doctor.Finding {
	all := []doctor.Finding{}
	for _, f := range []struct {
		id, what, mend string
		of             func(cost.Use) float64
	}{
		{"AC013", "those of lookups at the top level of " + files(b), "move the lookups", func(u cost.Use) float64 { return onlyIf(u.When != cost.InTasks, u.Calls) }},
		{"AC051", "the Execution API's, for what a worker has asked for already", "let the lookup pattern", func(u cost.Use) float64 { return u.Again }},
		{"AC170", "for secrets that do not exist", "let the lookup pattern", func(u cost.Use) float64 { return u.Misses }},
	} {
		if n := b.Sum(f.of); n > 0 {
			seen := fmt.Sprintf("%s of %s calls a month are %s", thousands(n), thousands(b.Calls), f.what)
			all = append(all, doctor.Found(f.id, seen, doctor.Mend{Text: mendOf(savings, f.mend)}))
		}
	}
	if a.UseCache && !a.Caches() {
		seen := fmt.Sprintf("secrets.use_cache is on, and Airflow %s never reads it", a.Runtime.Airflow)
		f := doctor.Found("AC014", seen, doctor.Mend{Text: "take the option away, and move the lookups into tasks"})
		f.Severity = doctor.Warning
		all = append(all, f)
	}
	return all
}

// mendOf is the text of the saving that begins so, or of the one for variables where that does not help.
func mendOf(savings []cost.Saving, what string) string {
	other := "ask for no variables"
	text := ""
	for _, s := range savings {
		switch {
		case strings.HasPrefix(s.What, what):
			return s.Mend
		case strings.HasPrefix(s.What, other) && what != "move the lookups":
			text = s.Mend
		}
	}
	return text
}

func files(b cost.Bill) string {
	seen := map[string]bool{}
	var all []string
	for _, u := range b.Uses {
		if u.When != cost.InTasks && !seen[u.File] {
			seen[u.File] = true
			all = append(all, u.File)
		}
	}
	return cost.Some(all)
}

func onlyIf(is bool, n float64) float64 {
	if is {
		return n
	}
	return 0
}

// measuredFindings are what a log shows to be wrong.
func measuredFindings(m *measured) []doctor.Finding {
	all := []doctor.Finding{}
	for _, f := range []struct {
		id, what, mend string
		of             func(cost.Count) int
	}{
		{
			"AC170", "for secrets that do not exist", "aircon cost --environment NAME prints the lookup pattern that keeps them out",
			func(c cost.Count) int { return c.NotFound },
		},
		{
			"AC171", "denied", "aircon policy explain SECRET --principal CALLER says what denies them",
			func(c cost.Count) int { return c.Denied },
		},
	} {
		if n := m.Sum(f.of); n > 0 {
			seen := fmt.Sprintf("%s of %s calls were %s, of %s", thousands(float64(n)), thousands(float64(m.Calls)), f.what, most(m.Secrets, f.of))
			all = append(all, doctor.Found(f.id, seen, doctor.Mend{Text: f.mend}))
		}
	}
	return all
}

// most names the secret that has the most of a count.
func most(all []cost.Count, of func(cost.Count) int) string {
	best := cost.Count{}
	for _, c := range all {
		if of(c) > of(best) {
			best = c
		}
	}
	return fmt.Sprintf("%s above all (%d)", best.Name, of(best))
}

// thousands writes a count with a comma at each thousand.
func thousands(n float64) string { return grouped(fmt.Sprintf("%.0f", n)) }

// dollars writes a sum with cents.
func dollars(n float64) string {
	text := fmt.Sprintf("%.2f", n)
	whole, cents := text[:len(text)-3], text[len(text)-3:]
	return "$" + grouped(whole) + cents
}

func grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// showCosts prints the bill, its total first, then what would save the most.
func showCosts(t *term.Terminal, c costs) {
	if c.Measured != nil {
		showMeasured(t, c.Measured)
	} else {
		showBill(t, c)
	}
	for _, f := range c.Findings {
		showFinding(t, f)
	}
	prices := fmt.Sprintf("prices of %s: $%.2f a secret a month, $%.2f for 10,000 calls; --price-secret and --price-calls give others",
		c.Prices.AsOf, c.Prices.Secret, c.Prices.Calls)
	fmt.Fprintf(t.Out, "\n%s\n", t.Paint(term.Faint, prices))
}

func showBill(t *term.Terminal, c costs) {
	b := c.Bill
	fmt.Fprintf(t.Out, "%s a month\n\n", t.Paint(term.Bold, dollars(b.Dollars)))
	table := term.Table{Heading: []string{"", "a month", "dollars"}, Indent: 2}
	row := func(name string, n, price float64) {
		table.Row(term.Cell{Text: name}, term.Cell{Text: thousands(n)}, term.Cell{Text: dollars(price)})
	}
	row("secrets, with their replicas", b.Secrets, b.SecretsDollars)
	for _, when := range []struct{ when, name string }{
		{cost.Parsing, "calls: parsing of DAG files"}, {cost.TopLevel, "calls: top level of DAG files, in task runs"}, {cost.InTasks, "calls: tasks"},
	} {
		n := b.Sum(func(u cost.Use) float64 { return onlyIf(u.When == when.when, u.Calls) })
		row(when.name, n, n/10_000*c.Prices.Calls)
	}
	t.Table(&table)
	if len(c.Savings) == 0 {
		return
	}
	fmt.Fprintf(t.Out, "\n%s\n", t.Paint(term.Bold, "what would save, each by itself"))
	for _, s := range c.Savings {
		fmt.Fprintf(t.Out, "  %s  %s\n      %s\n", dollars(s.Dollars), s.What, t.Paint(term.Faint, term.Clean(s.Mend)))
	}
}

// shown is how many secrets and callers are listed.
const shown = 10

func showMeasured(t *term.Terminal, m *measured) {
	if !m.Known {
		fmt.Fprintf(t.Out, "%s calls; they cover no time from which a month could be told: give it by --window\n", thousands(float64(m.Calls)))
	} else {
		fmt.Fprintf(t.Out, "%s a month for calls: %s calls in %s are %s a month\n",
			t.Paint(term.Bold, dollars(m.Dollars)), thousands(float64(m.Calls)), m.Window.Round(time.Second), thousands(m.PerMonth))
	}
	for _, list := range []struct {
		name  string
		count []cost.Count
	}{{"secret", m.Secrets}, {"caller", m.Callers}} {
		fmt.Fprintln(t.Out)
		table := term.Table{Heading: []string{list.name, "calls", "found", "not found", "denied", "failed"}, Indent: 2}
		for i, c := range list.count {
			if i == shown {
				break
			}
			cells := term.Cells(term.Clean(c.Name))
			for _, n := range []int{c.Calls, c.Found, c.NotFound, c.Denied, c.Failed} {
				cells = append(cells, term.Cell{Text: thousands(float64(n))})
			}
			table.Row(cells...)
		}
		t.Table(&table)
		if more := len(list.count) - shown; more > 0 {
			fmt.Fprintf(t.Out, "  and %d more\n", more)
		}
	}
}
