package main

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/spf13/cobra"

	"aircon/dags"
	"aircon/internal/doctor"
	"aircon/internal/report"
	"aircon/internal/spec"
	"aircon/internal/term"
)

// scanning is what the user asked of scan.
type scanning struct {
	at      targetFlags
	runtime runtimeFlags
	check   bool
	write   string
	places  int
	out     reporting
}

func newScan(w world) *cobra.Command {
	var s scanning
	c := &cobra.Command{
		Use:   "scan DAGS…",
		Short: "list the connections and variables that DAG files use, and check them against a spec or an environment",
		Long: `scan reads the Python files in DAG folders and lists each conn_id and variable that they use: given to an operator or a hook, by its
default, in default_args, looked up with get_connection or Variable.get, or in a template. Nothing is run. Ids that show only when a file
runs are listed as dynamic, and lookups at import time are findings: they cost at every parse and in every task run.

--check holds the ids against the spec, or where there is none against the environment: missing, misspelt, unused.
--write prints a spec that declares the ids, and the lookup pattern for them.`,
		Example: `  aircon scan dags
  aircon scan dags --check --airflow 2.11.0
  aircon scan dags --write
  aircon scan dags --output sarif >scan.sarif`,
		Args: takes(1, 1000),
		RunE: func(c *cobra.Command, roots []string) error { return s.run(c.Context(), w, roots) },
	}
	s.at.flag(c)
	s.runtime.flag(c)
	c.Flags().BoolVar(&s.check, "check", false, "hold the ids against the spec, or against the environment where there is no spec")
	c.Flags().StringVar(&s.write, "write", "", "write a spec with the ids to this file; without a name to standard output")
	c.Flags().Lookup("write").NoOptDefVal = "-"
	c.Flags().IntVar(&s.places, "places", 3, "how many places to show of each id; 0 shows all")
	s.out.flag(c)
	return c
}

// scanned is what --output json prints.
type scanned struct {
	Airflow  string           `json:"airflow"`
	Files    int              `json:"files"`  // that were found
	Parsed   int              `json:"parsed"` // of these, those that may use an id
	IDs      []usedID         `json:"ids"`
	Dynamic  []usedAt         `json:"dynamic"`
	Findings []doctor.Finding `json:"findings"`
	Ignored  []doctor.Ignored `json:"ignored"`
}

func (s *scanning) run(ctx context.Context, w world, roots []string) error {
	if err := s.out.check(); err != nil {
		return err
	}
	ignore, err := s.out.ignore()
	if err != nil {
		return err
	}
	rt, err := s.runtime.runtime()
	if err != nil {
		return err
	}
	t := w.terminal()
	progress := t.Progress("scanning")
	found, err := scanFolders(ctx, roots, rt)
	progress.Stop()
	if err != nil {
		return badInput{err}
	}
	if found.seen == 0 && len(found.files) == 0 && (s.write != "" || s.out.format == "human") {
		return badInput{fmt.Errorf("no Python file in %s, so there is nothing to scan: name the folder that holds the DAG files", strings.Join(roots, ", "))}
	}
	if s.write != "" {
		return s.writeSpec(w, found.files)
	}
	findings := append(doctor.LinkedTwice(found.twice), doctor.DAGs(found.files, rt)...)
	if s.check {
		declared, reasons, err := s.declared(ctx)
		if err != nil {
			return err
		}
		maps.Copy(ignore, reasons)
		findings = append(findings, doctor.CheckDAGs(found.files, declared)...)
	}
	result := scanned{Airflow: rt.Airflow.String(), Files: found.seen, Parsed: len(found.files)}
	result.IDs, result.Dynamic = group(found.files)
	result.Findings, result.Ignored = doctor.Sift(findings, ignore)
	document := func() report.Document {
		return report.Checked("scan", release, doctor.Warning, found.names(), result.Findings, result.Ignored, nil)
	}
	if err := s.out.report(w, document, result, func() { s.show(t, &result) }); err != nil {
		return err
	}
	return failing(result.Findings, "warning")
}

// writeSpec writes the ids as a spec.
func (s *scanning) writeSpec(w world, files []*dags.File) error {
	text, err := specOf(files, s.at.environment, s.runtime.airflow)
	if err != nil {
		return err
	}
	if s.write == "-" {
		_, err := w.out.Write(text)
		return err
	}
	if err := writeNew(s.write, text); err != nil {
		return err
	}
	fmt.Fprintf(w.out, "%s wrote %s\n", w.terminal().Mark(term.OK), s.write)
	return nil
}

// declared are the ids of the spec, or of the environment where there is no spec, and the findings that the spec ignores.
func (s *scanning) declared(ctx context.Context) (doctor.Declared, spec.Reasons, error) {
	target, err := s.at.load()
	if err != nil {
		return doctor.Declared{}, nil, err
	}
	env, in := target.Spec, target.File
	if env == nil {
		if env, err = s.environment(ctx, target); err != nil {
			return doctor.Declared{}, nil, err
		}
		in = "the environment " + target.Name
	}
	return doctor.Declared{In: in, Connections: env.Connections.Keys(), Variables: env.Variables.Keys()}, env.Ignore, nil
}
