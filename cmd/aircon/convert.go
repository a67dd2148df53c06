package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"aircon"
	"aircon/lookup"
)

// conversion is what the user asked of convert.
type conversion struct {
	to, id string
	as     runtimeFlags
	quiet  bool
}

func newConvert(w world) *cobra.Command {
	var cv conversion
	c := &cobra.Command{
		Use:   "convert [FILE]",
		Short: "turn a connection's text from one format into another",
		Long: `convert reads the text of a secret as Airflow's SecretsManagerBackend does (JSON with its aliases, or a URI), from FILE or standard
input, and writes it in another format to standard output. What the text says that its meaning hides is noted on standard error.

The output holds the password: that is what it is for.`,
		Example: `  aircon convert secret.json --to uri
  aws secretsmanager get-secret-value --secret-id airflow/connections/my_db --query SecretString --output text | aircon convert --to json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return cv.run(c.Context(), w, args) },
	}
	c.Flags().StringVar(&cv.to, "to", "json", formatNames())
	c.Flags().StringVar(&cv.id, "conn-id", "connection", "the conn_id, for the format env")
	c.Flags().BoolVarP(&cv.quiet, "quiet", "q", false, "no notes on standard error")
	cv.as.flag(c)
	return c
}

func (cv *conversion) run(ctx context.Context, w world, args []string) error {
	to, err := formatNamed(cv.to)
	if err != nil {
		return err
	}
	rt, err := cv.as.runtime()
	if err != nil {
		return err
	}
	text, err := readInput(w, args)
	if err != nil {
		return err
	}
	conn, notes, err := readSecret(cv.id, text, rt)
	if err != nil {
		return fmt.Errorf("%s: %w", inputName(args), err)
	}
	out, err := to.write(ctx, cv.id, conn, rt)
	if err != nil {
		return badInput{fmt.Errorf("write it as %s: %w", cv.to, err)}
	}
	for _, n := range notes {
		if !cv.quiet {
			fmt.Fprintf(w.err, "note: %s\n", n)
		}
	}
	fmt.Fprintln(w.out, out.Reveal())
	return nil
}

// readSecret reads a text as SecretsManagerBackend reads a secret.
func readSecret(id string, text aircon.Secret, rt aircon.Runtime) (aircon.Connection, aircon.Notes, error) {
	backend, err := lookup.NewBackend(aircon.Secret{}, rt)
	if err != nil {
		return aircon.Connection{}, nil, err
	}
	reading := backend.ReadConnection(id, text)
	switch {
	case reading.Problem != nil:
		return aircon.Connection{}, nil, badInput{reading.Problem}
	case reading.Empty:
		return aircon.Connection{}, nil, badInput{aircon.ErrEmpty}
	}
	return reading.Conn, reading.Notes, nil
}

// maxInput is the most that a secret can hold, in bytes, and some more so that what is too large is seen to be.
const maxInput = 65_536

func readInput(w world, args []string) (aircon.Secret, error) {
	from := w.in
	if len(args) > 0 && args[0] != "-" {
		file, err := os.Open(args[0])
		if err != nil {
			return aircon.Secret{}, usageError{err}
		}
		defer file.Close()
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, maxInput+1))
	if err != nil {
		return aircon.Secret{}, err
	}
	if len(text) > maxInput {
		return aircon.Secret{}, badInput{fmt.Errorf("%s: longer than %d bytes, the most that a secret may hold", inputName(args), maxInput)}
	}
	return aircon.NewSecret(string(text)), nil
}

func inputName(args []string) string {
	if len(args) == 0 || args[0] == "-" {
		return "standard input"
	}
	return args[0]
}
