package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"aircon/internal/awsapi"
	"aircon/internal/plan"
	"aircon/internal/spec"
	"aircon/internal/term"
)

// beginning is what the user asked of init.
type beginning struct {
	from, file      string
	dags            []string
	region, profile string
}

func newInit(w world) *cobra.Command {
	var b beginning
	c := &cobra.Command{
		Use:   "init",
		Short: "write a spec from what an MWAA environment has, or for what DAG files use",
		Long: `init reads an MWAA environment, its backend's options and the secrets under its prefixes, and writes a spec that declares just that.
Passwords stay where they are: the spec says {keep: true}, or where to put them. Its plan is then empty.

With --from-dags it writes a spec that declares the connections and variables that DAG files use, for you to fill in.`,
		Example: "  aircon init --from-environment analytics\n  aircon plan --adopt\n  aircon init --from-dags dags",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return b.run(c.Context(), w) },
	}
	c.Flags().StringVar(&b.from, "from-environment", "", "the MWAA environment to read")
	c.Flags().StringSliceVar(&b.dags, "from-dags", nil, "DAG folders to read instead")
	c.Flags().StringVarP(&b.file, "file", "f", defaultSpec, "the spec to write; - is standard output")
	c.Flags().StringVar(&b.region, "region", "", "AWS region (default: the AWS configuration's)")
	c.Flags().StringVar(&b.profile, "profile", "", "profile of the AWS configuration")
	return c
}

func (b *beginning) run(ctx context.Context, w world) error {
	switch {
	case b.from == "" && len(b.dags) == 0:
		return usageError{errors.New("say what to read: --from-environment NAME, or --from-dags DIRECTORY")}
	case b.from != "" && len(b.dags) > 0:
		return usageError{errors.New("--from-environment and --from-dags are two ways to begin: choose one")}
	case b.from == "":
		s := scanning{write: b.file, runtime: runtimeFlags{airflow: newestAirflow()}}
		return s.run(ctx, w, b.dags)
	}
	api, err := awsapi.Open(ctx, awsapi.Options{Region: b.region, Profile: b.profile})
	if err != nil {
		return err
	}
	t := w.terminal()
	progress := t.Progress("reading environment " + b.from)
	file, err := plan.FromEnvironment(ctx, api.Plan(), &spec.Environment{Name: b.from, Region: b.region, Profile: b.profile})
	progress.Stop()
	if err != nil {
		return err
	}
	text, err := file.Write()
	if err != nil {
		return err
	}
	if b.file == "-" {
		_, err := w.out.Write(text)
		return err
	}
	if err := writeNew(b.file, text); err != nil {
		return err
	}
	fmt.Fprintf(w.out, "%s wrote %s\n", t.Mark(term.OK), b.file)
	return nil
}

// writeNew writes a file that must not be there yet.
func writeNew(name string, text []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return badInput{fmt.Errorf("%s is there already; --file writes to another", name)}
	}
	if err != nil {
		return badInput{err}
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}
