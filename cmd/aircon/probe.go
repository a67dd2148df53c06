package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/spf13/cobra"

	"aircon/internal/doctor"
	"aircon/internal/probe"
	"aircon/internal/rolecreds"
	"aircon/internal/term"
	"aircon/lookup"
)

// probing is what the user asked of probe.
type probing struct {
	taskFlags
	out    output
	python string
	open   bool
	keep   []string
}

func newProbe(w world) *cobra.Command {
	var p probing
	c := &cobra.Command{
		Use:   "probe [CONN_ID…]",
		Short: "ask a real Airflow of this machine what it makes of connections, and say what it swallows",
		Long: `probe runs a small script in a Python that has Airflow, as  aircon exec  would run it: with the environment's variables and the execution
role's credentials. Each source is asked as a task asks it, PostgresHook makes a query, and the errors come out that Airflow turns into
"The conn_id isn't defined" or into nothing.

What Airflow finds is held against what aircon itself finds, field by field, without a secret crossing the pipe. No DAG, scheduler or metastore is
needed. Without CONN_ID it takes the spec's connections.`,
		Example: `  aircon probe
  aircon probe my_postgres_db --python .venv/bin/python
  aircon probe my_postgres_db --environment analytics --open=false --output json`,
		RunE: func(c *cobra.Command, args []string) error { return p.run(c.Context(), w, args) },
	}
	p.at.place(c)
	p.out.flag(c)
	c.Flags().BoolVar(&p.asCaller, "as-caller", false, "with your own credentials, where the execution role's trust policy does not let you assume it")
	c.Flags().StringVar(&p.python, "python", "python3", "a Python that has Airflow, with the amazon and postgres providers")
	c.Flags().BoolVar(&p.open, "open", true, "make a query through PostgresHook too")
	c.Flags().StringSliceVar(&p.keep, "keep", nil, "let these AWS_…, PG…, AIRFLOW_… or DATABASE_URL variables of your own through")
	return c
}

// probeReport is what probe found.
type probeReport struct {
	Environment string       `json:"environment"`
	Wanted      string       `json:"airflow"` // the version that the environment runs
	Airflow     string       `json:"probed"`  // and the one that answered
	Python      string       `json:"python"`
	Connections []probedConn `json:"connections"`
}

// probedConn is one connection, as Airflow and as aircon see it.
type probedConn struct {
	probe.Answer

	Own     string   `json:"aircon"`
	Differs []string `json:"differs"` // fields that the two see differently
	OK      bool     `json:"ok"`
}

func (p *probing) run(ctx context.Context, w world, ids []string) error {
	if err := p.out.check(); err != nil {
		return err
	}
	python, err := exec.LookPath(p.python)
	if err != nil {
		return usageError{fmt.Errorf("--python %s: there is no such program", p.python)}
	}
	t, err := p.taskFlags.open(ctx, w)
	if err != nil {
		return err
	}
	if len(ids) == 0 && t.Spec != nil {
		ids = t.Spec.Connections.Keys()
	}
	if len(ids) == 0 {
		return usageError{errors.New("there is no spec that declares connections: name those to probe")}
	}
	report, err := p.ask(ctx, w, t, python, ids)
	if err != nil {
		return err
	}
	if err := p.out.print(w, report, func() { report.show(w.terminal()) }); err != nil {
		return err
	}
	for _, c := range report.Connections {
		if !c.OK {
			return statusError(exitFindings)
		}
	}
	return nil
}

// ask runs the probe with the credentials of a task. It needs airflow:GetEnvironment, and sts:AssumeRole on the execution role.
func (p *probing) ask(ctx context.Context, w world, t *task, python string, ids []string) (*probeReport, error) {
	if _, err := t.credentials(ctx); err != nil {
		return nil, err
	}
	endpoint, err := rolecreds.Listen(t.credentials, time.Now)
	if err != nil {
		return nil, err
	}
	defer endpoint.Close()
	t.set.Add(t.whose(), true, endpoint.Env())
	if err := t.home(); err != nil {
		return nil, err
	}
	progress := w.terminal().Progress("asking Airflow")
	defer progress.Stop()
	answers, err := probe.Run(ctx, python, t.environ(p.keep), ids, p.open)
	if err != nil {
		return nil, err
	}
	if answers.Error != nil {
		return nil, &term.Problem{
			What: fmt.Sprintf("%s cannot begin with Airflow: %s", python, answers.Error),
			Next: fmt.Sprintf("name a Python that has Airflow %s and its amazon and postgres providers:  aircon probe --python .venv/bin/python", t.MWAA.Airflow),
		}
	}
	report := &probeReport{t.Name, t.MWAA.Airflow, answers.Airflow, answers.Python, nil}
	d := doctor.Doctor{AWS: t.api, Assume: func(string) lookup.SecretsManager { return t.eyes() }}
	for i := range answers.Connections {
		trace, err := d.Trace(ctx, t.Target, answers.Connections[i].ConnID)
		if err != nil {
			return nil, err
		}
		report.Connections = append(report.Connections, compare(answers, &answers.Connections[i], trace))
	}
	return report, nil
}

// compare holds Airflow's answer against aircon's own.
func compare(all *probe.Answers, answer *probe.Answer, trace *lookup.Trace) probedConn {
	c := probedConn{Answer: *answer, Own: string(trace.Outcome), Differs: []string{}}
	found := trace.Outcome == lookup.Found
	if found && answer.Found != "" {
		c.Differs = append(c.Differs, all.Differ(answer, trace.Conn)...)
	}
	c.Digests = nil
	if h := c.Hook; h != nil && h.Error != nil && (!found || trace.Notes.Garbled()) {
		shut := *h.Error
		shut.Message = "" // it may quote a piece of the password, where that stands in another field
		c.Hook = &probe.Hook{Error: &shut}
	}
	c.OK = answer.Found != "" && found && len(c.Differs) == 0 && (c.Hook == nil || c.Hook.Opened)
	return c
}

// show prints the report for a person.
func (r *probeReport) show(t *term.Terminal) {
	if r.Airflow != r.Wanted {
		fmt.Fprintf(t.Out, "%s this Python has Airflow %s; environment %s runs %s\n", t.Mark(term.Warning), term.Clean(r.Airflow), r.Environment, r.Wanted)
	}
	for _, c := range r.Connections {
		c.show(t, r.Airflow)
	}
}

// show prints one connection.
func (c *probedConn) show(t *term.Terminal, airflow string) {
	mark, id := term.OK, term.Clean(c.ConnID)
	if !c.OK {
		mark = term.Failed
	}
	if c.Found == "" {
		fmt.Fprintf(t.Out, "%s %s: Airflow %s says: The conn_id `%s` isn't defined\n", t.Mark(mark), id, airflow, id)
	} else {
		fmt.Fprintf(t.Out, "%s %s: Airflow %s has it from %s\n", t.Mark(mark), id, airflow, c.Found)
	}
	for _, s := range c.Sources {
		if s.Error != nil {
			fmt.Fprintf(t.Out, "    %s: %s, and swallows %s\n", s.Class, s.Result, term.Clean(s.Error.String()))
		} else if c.Found == "" {
			fmt.Fprintf(t.Out, "    %s: %s\n", s.Class, s.Result)
		}
	}
	if h := c.Hook; h != nil && h.Opened {
		fmt.Fprintf(t.Out, "    PostgresHook: a query was answered, as %s in %s\n", term.Clean(h.User), term.Clean(h.Database))
	} else if h != nil {
		fmt.Fprintf(t.Out, "    PostgresHook raises %s\n", term.Clean(h.Error.String()))
	}
	switch {
	case len(c.Differs) > 0:
		fmt.Fprintf(t.Out, "    aircon sees another %s\n", enumerate(c.Differs, " and "))
	case (c.Found != "") != (c.Own == string(lookup.Found)):
		fmt.Fprintf(t.Out, "    aircon's own lookup: %s\n", c.Own)
	}
	if !c.OK {
		fmt.Fprintf(t.Out, "    aircon doctor %s  says why\n", id)
	}
}
