package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"aircon"
	"aircon/internal/doctor"
	"aircon/internal/report"
	"aircon/lookup"
)

// linting is what the user asked of lint.
type linting struct {
	as      string
	kwargs  string
	literal bool
	failOn  string
	needs   doctor.Needs // what policies are for, where a spec was named
	runtime runtimeFlags
	out     reporting
	fix     fixing
}

func newLint(w world) *cobra.Command {
	var l linting
	c := &cobra.Command{
		Use:   "lint FILE|DIRECTORY…",
		Short: "check specs, secret texts, option maps and IAM policies offline",
		Long: `lint checks files without asking anybody. It tells by a file's content what it is: a spec (.yaml), an IAM policy (it has
"Statement"), options of Airflow, or else the text of a secret. Options are read from option maps and environments as the AWS CLI prints
them, Terraform (airflow_configuration_options), airflow.cfg, .env files and startup scripts. Of a directory it looks at every file that is
one of these and skips the others.

A policy is checked against a spec where --file names one: what it lacks, and what the spec does not have.

A secret's text is read as Airflow's SecretsManagerBackend reads it; --kwargs gives the backend's kwargs.

--fix rewrites options and policies as their findings say, where that needs no decision, and texts of secrets that Airflow does not read
as they were meant, where what was meant is beyond doubt. It shows what changes, with secrets hidden. A text of which only the writer knows what was meant stays as it is, and it is said why. With --secret it
does so to a secret in Secrets Manager: it asks, and puts a new version.`,
		Example: `  aircon lint aircon.yaml
  aircon lint secret.json --airflow 2.10.3
  aws mwaa get-environment --name analytics --query Environment.AirflowConfigurationOptions | aircon lint -
  aircon lint .                                # every spec, secret, policy and option file below
  aircon lint policy.json --file aircon.yaml
  aircon lint --fix --dry-run secret.json
  aircon lint --fix --secret airflow/connections/my_postgres_db --environment analytics`,
		Args: l.fix.takes,
		RunE: func(c *cobra.Command, files []string) error { return l.run(c.Context(), w, files) },
	}
	c.Flags().StringVar(&l.as, "as", "", "what the files are: spec, secret, policy or options (default: told by their content)")
	c.Flags().StringVar(&l.kwargs, "kwargs", "", "secrets.backend_kwargs, for secrets")
	c.Flags().BoolVar(&l.literal, "allow-literal-secrets", false, "let passwords stand in a spec")
	c.Flags().StringVar(&l.failOn, "fail-on", "warning", "exit with 1 at findings of this severity: error or warning")
	l.runtime.flag(c)
	l.out.flag(c)
	l.fix.flag(c)
	return c
}

// linted is what --output json prints.
type linted struct {
	Findings []doctor.Finding `json:"findings"`
	Ignored  []doctor.Ignored `json:"ignored"`
	Files    []input          `json:"files"`   // what was looked at, in order
	Skipped  int              `json:"skipped"` // files of directories that are none of the kinds
}

func (l *linting) run(ctx context.Context, w world, files []string) error {
	if err := l.out.check(); err != nil {
		return err
	}
	if err := oneOf("--fail-on", l.failOn, "error", "warning"); err != nil {
		return err
	}
	if l.as != "" {
		if err := oneOf("--as", l.as, kindSpec, kindSecret, kindPolicy, kindOptions); err != nil {
			return err
		}
	}
	inputs, skipped, err := l.inputs(files)
	if err != nil {
		return err
	}
	if l.needs, err = l.policyNeeds(); err != nil {
		return err
	}
	if l.fix.on {
		return l.fix.run(ctx, w, l, inputs)
	}
	ignore, err := l.out.ignore()
	if err != nil {
		return err
	}
	result := linted{Findings: []doctor.Finding{}, Ignored: []doctor.Ignored{}, Files: inputs, Skipped: skipped}
	var broken []report.Unreadable
	names := make([]string, len(inputs))
	for i, in := range inputs {
		names[i] = in.Name
		found, err := l.file(ctx, w, &inputs[i])
		l.offerFix(found, in.where())
		counted, ignored := doctor.Sift(found, ignore)
		result.Findings, result.Ignored = append(result.Findings, counted...), append(result.Ignored, ignored...)
		if err != nil {
			broken = append(broken, report.Unreadable{File: in.Name, Err: err})
		}
	}
	t := w.terminal()
	document := func() report.Document {
		return report.Checked("lint", release, doctor.Severity(l.failOn), names, result.Findings, result.Ignored, broken)
	}
	err = l.out.report(w, document, result, func() {
		for _, f := range result.Findings {
			showFinding(t, f)
		}
		showIgnored(t, result.Ignored)
		showLinted(t, result, files, len(broken))
	})
	switch {
	case err != nil:
		return err
	case len(broken) > 0:
		var all []error
		for _, u := range broken {
			all = append(all, u.Err)
		}
		return badInput{errors.Join(all...)}
	}
	return failing(result.Findings, l.failOn)
}

// backend is the SecretsManagerBackend of the flags.
func (l *linting) backend() (*lookup.Backend, error) {
	rt, err := l.runtime.runtime()
	if err != nil {
		return nil, err
	}
	backend, err := lookup.NewBackend(aircon.NewSecret(l.kwargs), rt)
	if err != nil {
		return nil, fmt.Errorf("--kwargs: %w", err)
	}
	return backend, nil
}
