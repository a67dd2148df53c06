package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"aircon/internal/plan"
	"aircon/internal/spec"
	"aircon/internal/term"
)

// The exit statuses.
const (
	exitDone        = 0 // done, and healthy
	exitFindings    = 1 // findings, or changes refused
	exitUsage       = 2 // wrong usage, or a wrong spec
	exitUnreachable = 3 // a system could not be reached
)

// usageError is a command line that cannot be carried out as it stands.
type usageError struct{ error }

// Unwrap returns the cause.
func (e usageError) Unwrap() error { return e.error }

// badInput is a text or file that is not what the command reads.
type badInput struct{ error }

// Unwrap returns the cause.
func (e badInput) Unwrap() error { return e.error }

// statusError ends a command with a status after it has said all that there is to say.
type statusError int

// Error names the status; it is never shown.
func (e statusError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// run carries out one command line and returns the exit status.
func run(ctx context.Context, w world, args []string) int {
	root := newRoot(w)
	root.SetArgs(args)
	c, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	code, said := statusOf(err)
	if !said {
		complain(w, helpful(c, err))
	}
	return code
}

// helpful tells where to read how a command is used, to whoever used it wrongly.
func helpful(c *cobra.Command, err error) error {
	var started startedError
	if errors.As(err, &started) {
		return err
	}
	return &term.Problem{What: err.Error(), Next: c.CommandPath() + " --help", Err: err}
}

// statusOf maps an error to the exit status, and says whether the command has told the user already.
func statusOf(err error) (code int, said bool) {
	var done statusError
	var usage usageError
	var input badInput
	var problems spec.Problems
	var unresolved *plan.UnresolvedError
	var refused *plan.RefusedError
	var started startedError
	var misconfigured interface{ Misconfigured() bool }
	switch {
	case errors.As(err, &done):
		return int(done), true
	case errors.As(err, &refused):
		return exitFindings, false
	case errors.As(err, &usage), errors.As(err, &input), errors.As(err, &problems), errors.As(err, &unresolved):
		return exitUsage, false
	case errors.As(err, &misconfigured) && misconfigured.Misconfigured():
		return exitUsage, false
	case !errors.As(err, &started): // cobra refused the command line before a command began
		return exitUsage, false
	}
	return exitUnreachable, false
}

// startedError marks an error as a command's own, and not one of reading the command line.
type startedError struct{ error }

// Unwrap returns the command's error.
func (e startedError) Unwrap() error { return e.error }

// markStarted makes every command below c mark its errors.
func markStarted(c *cobra.Command) {
	if do := c.RunE; do != nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			if err := do(c, args); err != nil {
				return startedError{err}
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		markStarted(sub)
	}
}

// complain writes an error the way all of aircon does: lower case, then what to type next.
func complain(w world, err error) { w.terminal().Fail(err) }

// newRoot builds the command tree anew for each run, so that no flag outlives one.
func newRoot(w world) *cobra.Command {
	root := &cobra.Command{
		Use:   "aircon",
		Short: "Airflow connections on Amazon MWAA: declared, applied, proven, kept healthy",
		Long: `aircon takes a PostgreSQL connection from a declared file to a working Airflow conn_id on Amazon MWAA, with its
credentials in AWS Secrets Manager, proves that it works, and keeps it healthy.

New here? No AWS account is needed for this:

  aircon demo`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(w.out)
	root.SetErr(w.err)
	root.SetIn(w.in)
	root.AddCommand(
		newDemo(w), newInit(w),
		newPlan(w), newApply(w), newDestroy(w),
		newDoctor(w),
		newExplain(w),
		newGet(w), newLs(w),
		newLint(w), newScan(w),
		newPolicy(w),
		newCost(w),
		newLocal(w),
		newImport(w), newExport(w), newMigrate(w), newConvert(w),
		newTest(w), newExec(w), newEnv(w), newPSQL(w), newProbe(w), newAttendant(w), newGate(),
		newSchema(w), newVersion(w),
	)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Short, c.Example = "show how a command is used", "  aircon help plan"
		case "completion":
			completionCommand(c)
		}
	}
	for _, c := range root.Commands() {
		refuseUnknown(c)
	}
	markStarted(root)
	return root
}

// refuseUnknown makes c, and every command below, that only holds others refuse the name of none: cobra shows the help then, and ends well.
func refuseUnknown(c *cobra.Command) {
	if c.HasSubCommands() && !c.Runnable() {
		c.Args, c.RunE = cobra.NoArgs, func(c *cobra.Command, _ []string) error { return c.Help() }
	}
	for _, sub := range c.Commands() {
		refuseUnknown(sub)
	}
}

// takes refuses other numbers of arguments in the words of the command's own use.
func takes(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) >= least && len(args) <= most {
			return nil
		}
		_, names, _ := strings.Cut(c.Use, " ")
		return fmt.Errorf("%s takes %s; arguments given: %d", strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" "), names, len(args))
	}
}

// completionCommand words cobra's commands as ours are, and refuses a shell that they do not know.
func completionCommand(c *cobra.Command) {
	c.Short, c.Example = "print the script that completes aircon's commands and flags in a shell", "  source <(aircon completion bash)"
	c.Long = "completion prints a script for bash, fish, powershell or zsh. The help of each shell's command says where to keep it."
	c.Args = cobra.NoArgs
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	for _, shell := range c.Commands() {
		shell.Short, shell.Example = "the script for "+shell.Name(), "  aircon completion "+shell.Name()
	}
}
