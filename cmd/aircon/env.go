package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"aircon/internal/taskenv"
	"aircon/internal/term"
)

// environing is what the user asked of env.
type environing struct {
	taskFlags
	out         output
	format      string
	credentials bool
	reveal      bool
}

func newEnv(w world) *cobra.Command {
	var e environing
	c := &cobra.Command{
		Use:   "env [ENV]",
		Short: "print the variables that Airflow sees in the environment, and where each comes from",
		Long: `env prints the variables that MWAA composes of its own settings and the environment's configuration options, as far as they hold outside of
its image: what  aircon exec  gives a program. Whatever may be a secret is left out, with a word on it, unless --reveal asks for it.`,
		Example: `  aircon env analytics
  eval "$(aircon env analytics --credentials --reveal)"    # this shell asks AWS as the execution role, for an hour
  aircon env analytics --format dotenv --conn my_postgres_db --reveal > .env
  aircon env analytics --output json`,
		RunE: func(c *cobra.Command, args []string) error {
			if err := e.named(args); err != nil {
				return err
			}
			return e.run(c.Context(), w)
		},
	}
	e.flag(c)
	e.out.flag(c)
	c.Flags().StringVar(&e.format, "format", "shell", "of the human output: shell, dotenv or json (one object)")
	c.Flags().BoolVar(&e.credentials, "credentials", false, "temporary credentials of the execution role too")
	c.Flags().BoolVar(&e.reveal, "reveal", false, "print secrets as well: connections, credentials, options that may hold a password")
	return c
}

// envFormats write the variables that may show.
var envFormats = map[string]func(world, []taskenv.Variable) error{"shell": printShell, "dotenv": printDotenv, "json": printEnvObject}

// shownVariable is a variable as --output json shows it.
type shownVariable struct {
	Name   string  `json:"name"`
	Value  *string `json:"value"` // null: a secret, without --reveal
	Secret bool    `json:"secret"`
	From   string  `json:"from"`
}

func (e *environing) run(ctx context.Context, w world) error {
	if err := oneOf("--format", e.format, "shell", "dotenv", "json"); err != nil {
		return err
	}
	if err := e.out.check(); err != nil {
		return err
	}
	t, err := e.open(ctx, w)
	if err != nil {
		return err
	}
	if err := e.given.give(ctx, w, t); err != nil {
		return err
	}
	if e.credentials {
		if _, err := t.authorise(ctx, byEnv); err != nil {
			return err
		}
	}
	if e.out.json() {
		return w.terminal().JSON(shownVariables(t.set.Sorted(), e.reveal))
	}
	var shown []taskenv.Variable
	for _, v := range t.set.Sorted() {
		if v.Secret && !e.reveal {
			fmt.Fprintf(w.err, "%s (%s) may be a secret: --reveal prints it\n", term.Clean(v.Name), v.From)
			continue
		}
		shown = append(shown, v)
	}
	return envFormats[e.format](w, shown)
}

// shownVariables are variables for a program to read.
func shownVariables(all []taskenv.Variable, reveal bool) []shownVariable {
	shown := make([]shownVariable, len(all))
	for i, v := range all {
		shown[i] = shownVariable{v.Name, nil, v.Secret, v.From}
		if !v.Secret || reveal {
			text := v.Value.Reveal()
			shown[i].Value = &text
		}
	}
	return shown
}

// printShell writes lines for a POSIX shell's eval.
func printShell(w world, all []taskenv.Variable) error {
	for _, v := range all {
		if _, err := fmt.Fprintf(w.out, "export %s=%s\n", v.Name, shellQuoted(v.Value.Reveal())); err != nil {
			return err
		}
	}
	return nil
}

// shellQuoted is a text as one word of a POSIX shell.
func shellQuoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// plainDotenv is a value that every reader of .env files takes as it stands.
var plainDotenv = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,=-]*$`)

// printDotenv writes lines for a .env file. Single quotes keep a value as it stands for python-dotenv, Node's dotenv and Docker Compose; what holds a
// single quote or a line's end is in double quotes, where these read \" \\ \$ and \n back.
func printDotenv(w world, all []taskenv.Variable) error {
	for _, v := range all {
		text := v.Value.Reveal()
		switch {
		case plainDotenv.MatchString(text):
		case strings.ContainsAny(text, "'\n\r"):
			text = `"` + dotenvEscapes.Replace(text) + `"`
		default:
			text = "'" + text + "'"
		}
		if _, err := fmt.Fprintf(w.out, "%s=%s\n", v.Name, text); err != nil {
			return err
		}
	}
	return nil
}

var dotenvEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "\n", `\n`, "\r", `\r`)

// printEnvObject writes one JSON object of names and values.
func printEnvObject(w world, all []taskenv.Variable) error {
	object := make(map[string]string, len(all))
	for _, v := range all {
		object[v.Name] = v.Value.Reveal()
	}
	text, err := json.MarshalIndent(object, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.out, "%s\n", text)
	return err
}
