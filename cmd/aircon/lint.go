package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"aircon"
	"aircon/internal/doctor"
	"aircon/internal/optionfile"
	"aircon/internal/report"
	"aircon/internal/spec"
	"aircon/internal/term"
	"aircon/lookup"
)

// linting is what the user asked of lint.
type linting struct {
	as      string
	kwargs  string
	literal bool
	runtime runtimeFlags
	out     reporting
	fix     fixing
}

func newLint(w world) *cobra.Command {
	var l linting
	c := &cobra.Command{
		Use:   "lint FILE…",
		Short: "check specs, secret texts, option maps and IAM policies offline",
		Long: `lint checks files without asking anybody. It tells by a file's content what it is: a spec (.yaml), an IAM policy (it has
"Statement"), MWAA's configuration options (it has keys such as "secrets.backend"), or else the text of a secret.

A secret's text is read as Airflow's SecretsManagerBackend reads it; --kwargs gives the backend's kwargs.

--fix rewrites texts of secrets that Airflow does not read as they were meant, where what was meant is beyond doubt, and shows what
changes, with secrets hidden. A text of which only the writer knows what was meant stays as it is, and it is said why. With --secret it
does so to a secret in Secrets Manager: it asks, and puts a new version.`,
		Example: `  aircon lint aircon.yaml
  aircon lint secret.json --airflow 2.10.3
  aws mwaa get-environment --name analytics --query Environment.AirflowConfigurationOptions | aircon lint -
  aircon lint --fix --dry-run secret.json
  aircon lint --fix --secret airflow/connections/my_postgres_db --environment analytics`,
		Args: l.fix.takes,
		RunE: func(c *cobra.Command, files []string) error { return l.run(c.Context(), w, files) },
	}
	c.Flags().StringVar(&l.as, "as", "", "what the files are: spec, secret, policy or options (default: told by their content)")
	c.Flags().StringVar(&l.kwargs, "kwargs", "", "secrets.backend_kwargs, for secrets")
	c.Flags().BoolVar(&l.literal, "allow-literal-secrets", false, "let passwords stand in a spec")
	l.runtime.flag(c)
	l.out.flag(c)
	l.fix.flag(c)
	return c
}

// linted is what --output json prints.
type linted struct {
	Findings []doctor.Finding `json:"findings"`
	Ignored  []doctor.Ignored `json:"ignored"`
}

func (l *linting) run(ctx context.Context, w world, files []string) error {
	if err := l.out.check(); err != nil {
		return err
	}
	if l.fix.on {
		return l.fix.run(ctx, w, l, files)
	}
	ignore, err := l.out.ignore()
	if err != nil {
		return err
	}
	result := linted{Findings: []doctor.Finding{}, Ignored: []doctor.Ignored{}}
	var broken []report.Unreadable
	for _, file := range files {
		found, err := l.file(ctx, w, file)
		counted, ignored := doctor.Sift(found, ignore)
		result.Findings, result.Ignored = append(result.Findings, counted...), append(result.Ignored, ignored...)
		if err != nil {
			broken = append(broken, report.Unreadable{File: file, Err: err})
		}
	}
	t := w.terminal()
	document := func() report.Document {
		return report.Checked("lint", release, files, result.Findings, result.Ignored, broken)
	}
	err = l.out.report(w, document, result, func() {
		for _, f := range result.Findings {
			showFinding(t, f)
		}
		showIgnored(t, result.Ignored)
		if len(result.Findings) == 0 && len(broken) == 0 {
			fmt.Fprintf(t.Out, "%s nothing found in %s\n", t.Mark(term.OK), strings.Join(files, ", "))
		}
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
	case len(result.Findings) > 0:
		return statusError(exitFindings)
	}
	return nil
}

func (l *linting) file(ctx context.Context, w world, name string) ([]doctor.Finding, error) {
	kind := l.as
	if kind == "" && isYAML(name) {
		kind = "spec"
	}
	if kind == "spec" {
		_, err := spec.LoadWith(name, specOptions(l.literal))
		return nil, err
	}
	text, err := readInput(w, []string{name})
	if err != nil {
		return nil, err
	}
	if kind == "" {
		kind = kindOf(name, text)
	}
	if err := oneOf("--as", kind, "spec", "secret", "policy", "options"); err != nil {
		return nil, err
	}
	where := inputName([]string{name})
	switch kind {
	case "policy":
		return doctor.Policy(where, []byte(text.Reveal()))
	case "options":
		return l.options(ctx, where, text)
	}
	return l.secret(where, text)
}

func (l *linting) options(ctx context.Context, where string, text aircon.Secret) ([]doctor.Finding, error) {
	format, is := optionfile.Detect(where, text.Reveal())
	if !is {
		format = optionfile.Map // --as options says so: the error tells what is missing
	}
	file, err := optionfile.Parse(where, text.Reveal(), format)
	if err != nil {
		return nil, err
	}
	return doctor.OptionFile(ctx, file, l.runtime.airflow)
}

func (l *linting) secret(where string, text aircon.Secret) ([]doctor.Finding, error) {
	backend, err := l.backend()
	if err != nil {
		return nil, err
	}
	id := strings.TrimSuffix(filepath.Base(where), filepath.Ext(where))
	return doctor.Text(doctor.SecretText{ID: id, Where: where, Text: text, Rotated: l.fix.rotated, Fix: l.fixCommand(where)}, backend), nil
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

func isYAML(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

// kindOf tells what a text is by its content; what is neither options nor a policy is the text of a secret.
func kindOf(name string, text aircon.Secret) string {
	if _, is := optionfile.Detect(name, text.Reveal()); is {
		return "options"
	}
	var object map[string]json.RawMessage
	if json.NewDecoder(bytes.NewReader([]byte(text.Reveal()))).Decode(&object) != nil {
		return "secret"
	}
	if _, is := object["Statement"]; is {
		return "policy"
	}
	return "secret"
}
