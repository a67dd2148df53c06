package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"aircon"
	"aircon/exchange"
	"aircon/internal/term"
)

// exporting is what the user asked of export.
type exporting struct {
	at         targetFlags
	out        output
	from, form string
	identity   string
	to         string // form
	file       string // - is standard output
	recipients []string
	lossless   bool
	as         runtimeFlags
}

func newExport(w world) *cobra.Command {
	var x exporting
	c := &cobra.Command{
		Use:   "export [CONN_ID…]",
		Short: "write connections into a file that Airflow, a shell or a container reads",
		Long: `export gathers connections, all or those named, and writes them in the form that --to names:

` + formList() + `

They come from the environment's secrets (--from secretsmanager), from the spec (--from spec), or from a file in one of these forms.

Passwords are in what it writes: it goes where --out says, into a new file of mode 0600 or, with --out -, to standard output. With --recipient
the file is encrypted with age, and whoever holds the identity reads it. Each connection is read back as Airflow would, and what the form
cannot hold of it is told.`,
		Example: `  aircon export --to json --out connections.json
  aircon export --environment analytics --to env my_postgres_db --out -
  aircon export --from spec --to dotenv --out .env
  aircon export --to json --out connections.json.age --recipient age1…
  aircon export --from connections.yaml --to env --out connections.env --lossless`,
		Args: takes(0, math.MaxInt),
		RunE: func(c *cobra.Command, ids []string) error { return x.run(c.Context(), w, ids) },
	}
	x.at.flag(c)
	x.out.flag(c)
	c.Flags().StringVar(&x.from, "from", "secretsmanager", "where the connections are: secretsmanager, spec, or a file")
	c.Flags().StringVar(&x.form, "form", "", "the form of the file that --from names (default: by its name)")
	c.Flags().StringVar(&x.identity, "identity", "", "file of the age identity that opens the file that --from names")
	c.Flags().StringVar(&x.to, "to", "json", strings.Join(exchange.Names(), ", "))
	c.Flags().StringVar(&x.file, "out", "", "the file to write, which must not be there yet; - is standard output")
	c.Flags().StringSliceVar(&x.recipients, "recipient", nil, "encrypt the file to this age recipient (age1…); may be repeated")
	c.Flags().BoolVar(&x.lossless, "lossless", false, "write nothing where the form cannot hold all")
	c.Flags().StringVar(&x.as.airflow, "airflow", newestAirflow(), "of a file: whose semantics")
	return c
}

// formList describes the forms for a help text.
func formList() string {
	var b strings.Builder
	for _, f := range exchange.Forms() {
		fmt.Fprintf(&b, "  %-9s %s\n", f.Name, f.What)
	}
	return strings.TrimRight(b.String(), "\n")
}

func (x *exporting) run(ctx context.Context, w world, ids []string) error {
	if err := x.out.check(); err != nil {
		return err
	}
	form, err := exchange.Named(x.to)
	switch {
	case err != nil:
		return usageError{fmt.Errorf("--to: %w", err)}
	case x.file == "":
		return usageError{errors.New("what is written holds passwords: say where to with --out FILE, or --out - for standard output")}
	case x.file == "-" && x.out.json():
		return usageError{errors.New("--out - and --output json both want standard output: name a file with --out")}
	}
	if err := exchange.CheckRecipients(x.recipients...); err != nil {
		return usageError{fmt.Errorf("--recipient: %w", err)}
	}
	g, err := x.gather(ctx, w)
	if err != nil {
		return err
	}
	if err := g.only(ids); err != nil {
		return err
	}
	written := form.Write(g.Runtime, g.Connections)
	report := moved{From: g.From, To: form.Name, File: x.file, Connections: written.IDs, Losses: written.Losses, Problems: append(g.Problems, written.Problems...)}
	if report.refused = x.lossless && len(report.Losses)+len(report.Problems) > 0; report.refused {
		report.File, report.Connections = "", nil
	} else if err := x.write(w, written.Text); err != nil {
		return err
	}
	return report.show(w, &x.out, x.file == "-")
}

// gather reads the connections from where they are.
func (x *exporting) gather(ctx context.Context, w world) (*gathered, error) {
	switch x.from {
	case "spec":
		target, err := x.at.load()
		if err != nil {
			return nil, err
		}
		return ofSpec(ctx, w, target)
	case "secretsmanager":
		target, api, err := x.at.open(ctx)
		if err != nil {
			return nil, err
		}
		return ofSecrets(ctx, w, target, api)
	}
	rt, err := x.as.runtime()
	if err != nil {
		return nil, err
	}
	return fileSource{x.from, x.form, x.identity}.read(rt)
}

// write puts the text where the user wants it.
func (x *exporting) write(w world, text aircon.Secret) error {
	bytes := []byte(text.Reveal())
	if len(x.recipients) > 0 {
		var err error
		if bytes, err = exchange.Seal(text, x.recipients...); err != nil {
			return err
		}
	}
	if x.file == "-" {
		_, err := w.out.Write(bytes)
		return err
	}
	return writeSecret(x.file, bytes)
}

// writeSecret writes a new file that only its owner reads. Nothing is left of it where that fails.
func writeSecret(name string, text []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return badInput{fmt.Errorf("%s is there already, and is not overwritten", name)}
	}
	if err != nil {
		return badInput{err}
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

// moved is what export and import report. As JSON its shape is stable.
type moved struct {
	From        string             `json:"from"`
	To          string             `json:"to"`
	File        string             `json:"file,omitempty"`
	Connections []string           `json:"connections"`
	Losses      []exchange.Loss    `json:"losses"`
	Problems    []exchange.Problem `json:"problems"`
	Notes       []exchange.Note    `json:"notes,omitempty"`

	refused bool
}

// show prints the report, on standard error where standard output has the connections, and returns the exit status.
func (m moved) show(w world, out *output, aside bool) error {
	m.Connections, m.Losses, m.Problems = slices.Clip(m.Connections), slices.Clip(m.Losses), slices.Clip(m.Problems)
	if m.Connections == nil {
		m.Connections = []string{}
	}
	if m.Losses == nil {
		m.Losses = []exchange.Loss{}
	}
	if m.Problems == nil {
		m.Problems = []exchange.Problem{}
	}
	if aside {
		w.out = w.err
	}
	if err := out.print(w, m, func() { m.human(w.terminal()) }); err != nil {
		return err
	}
	if m.refused || len(m.Problems) > 0 {
		return statusError(exitFindings)
	}
	return nil
}

func (m moved) human(t *term.Terminal) {
	showNotes(t, m.Notes)
	showLosses(t, m.Losses)
	for _, p := range m.Problems {
		place := ""
		if p.Line > 0 {
			place = fmt.Sprintf(" (line %d)", p.Line)
		}
		fmt.Fprintf(t.Out, "%s %s%s: %s\n", t.Mark(term.Failed), term.Clean(p.ID), place, term.Clean(p.Reason))
	}
	if m.refused {
		fmt.Fprintf(t.Out, "%s nothing was written: --lossless is given, and the form %s cannot hold all\n", t.Mark(term.Failed), m.To)
		return
	}
	if len(m.Connections) == 0 {
		fmt.Fprintf(t.Out, "%s nothing was written: %s has no connection that %s can hold\n", t.Mark(term.Failed), term.Clean(m.From), m.To)
		return
	}
	where := m.File
	if where == "-" {
		where = "standard output"
	}
	fmt.Fprintf(t.Out, "%s %s from %s written to %s\n", t.Mark(term.OK), howMany(len(m.Connections), "connection"), term.Clean(m.From), term.Clean(where))
}

// howMany is a number and its word, in the plural where it is not one.
func howMany(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// showLosses says what a form cannot hold, once for all connections of which it is true.
func showLosses(t *term.Terminal, losses []exchange.Loss) {
	type kind struct{ field, change, reason string }
	var order []kind
	ids := map[kind][]string{}
	for _, l := range losses {
		k := kind{l.Field, string(l.Change), l.Reason}
		if ids[k] == nil {
			order = append(order, k)
		}
		ids[k] = append(ids[k], l.ID)
	}
	for _, k := range order {
		fmt.Fprintf(t.Out, "%s %s (%s): %s: %s\n", t.Mark(term.Warning), term.Clean(k.field), k.change, fewIDs(ids[k]), k.reason)
	}
}

func showNotes(t *term.Terminal, notes []exchange.Note) {
	for _, n := range notes {
		fmt.Fprintf(t.Out, "%s %s: %s\n", t.Mark(term.Warning), term.Clean(n.ID), term.Clean(n.Note.String()))
	}
}

// fewIDs names some ids and counts the others.
func fewIDs(ids []string) string {
	const most = 3
	shown := make([]string, 0, most)
	for _, id := range ids[:min(most, len(ids))] {
		shown = append(shown, term.Clean(id))
	}
	if more := len(ids) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(shown, ", "), more)
	}
	return strings.Join(shown, ", ")
}
