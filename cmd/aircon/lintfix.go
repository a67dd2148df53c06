package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"aircon"
	"aircon/internal/awsapi"
	"aircon/internal/doctor"
	"aircon/internal/store"
	"aircon/internal/term"
	"aircon/internal/textfix"
	"aircon/lookup"
)

// fixing is what the user asked of lint --fix.
type fixing struct {
	on, dry, yes bool
	secret       string
	connType     string
	encoded      string
	rotated      bool
	at           targetFlags
}

func (f *fixing) flag(c *cobra.Command) {
	c.Flags().BoolVar(&f.on, "fix", false, "rewrite texts of secrets, where what was meant is beyond doubt, and show what changes")
	c.Flags().BoolVar(&f.dry, "dry-run", false, "with --fix: show what would change, and exit with 1 if anything would")
	c.Flags().BoolVarP(&f.yes, "yes", "y", false, "with --fix --secret: do not ask")
	c.Flags().StringVar(&f.secret, "secret", "", "with --fix: a secret in Secrets Manager in place of files, by its name or ARN")
	c.Flags().StringVar(&f.connType, "conn-type", "", "the type of a connection whose text has none, such as postgres")
	c.Flags().StringVar(&f.encoded, "encoded", "", "whether the values of JSON are percent-encoded: yes or no (default: what the kwargs say)")
	c.Flags().BoolVar(&f.rotated, "rotated", false, "one of AWS's rotation functions for PostgreSQL uses the secret too")
	f.at.place(c)
}

// takes refuses command lines without anything to look at.
func (f *fixing) takes(c *cobra.Command, args []string) error {
	switch {
	case f.secret != "" && !f.on:
		return errors.New("--secret is for lint --fix; aircon doctor examines secrets in place")
	case f.secret != "" && len(args) > 0:
		return errors.New("--secret takes the place of files")
	case f.secret != "":
		return nil
	}
	return takes(1, math.MaxInt)(c, args)
}

// fixed is what came of one text.
type fixed struct {
	Where   string            `json:"where"`
	Applied []textfix.Applied `json:"applied"`
	Refused string            `json:"refused,omitempty"` // why it stays as it was, beginning with the finding
	Written bool              `json:"written"`
	Diff    string            `json:"diff,omitempty"` // unified, with secrets hidden

	text aircon.Secret
}

// fixResult is what --output json prints.
type fixResult struct {
	Texts []fixed `json:"texts"`
}

func (f *fixing) run(ctx context.Context, w world, l *linting, files []input) error {
	if f.encoded != "" {
		if err := oneOf("--encoded", f.encoded, "yes", "no"); err != nil {
			return err
		}
	}
	if f.secret != "" {
		return f.stored(ctx, w, l)
	}
	backend, err := l.backend()
	if err != nil {
		return err
	}
	result := fixResult{Texts: []fixed{}}
	for i := range files {
		one, err := f.file(ctx, w, l, backend, &files[i])
		if err != nil {
			return errors.Join(err, f.say(w, l, result)) // what was done before is said
		}
		if one != nil {
			result.Texts = append(result.Texts, *one)
		}
	}
	return f.say(w, l, result)
}

// file fixes a file. A spec stays as it is, and nothing is said of it.
func (f *fixing) file(ctx context.Context, w world, l *linting, backend *lookup.Backend, in *input) (*fixed, error) {
	name := in.Name
	if name == "-" {
		return nil, usageError{errors.New("--fix rewrites files: name one")}
	}
	text, err := in.read(w)
	if err != nil {
		return nil, err
	}
	if in.Kind == "" {
		in.Kind = kindOf(name, text)
	}
	var one fixed
	switch in.Kind {
	case kindSpec:
		return nil, nil
	case kindSecret:
		one = f.fix(name, text, backend)
	default:
		if one, err = l.fixEdits(ctx, in, text); err != nil {
			return nil, err
		}
	}
	if len(one.Applied) == 0 || f.dry {
		return &one, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	err = store.CreateFile(name, func(file *os.File) error {
		_, err := file.WriteString(one.text.Reveal())
		return errors.Join(err, file.Chmod(info.Mode().Perm()))
	})
	one.Written = err == nil
	return &one, err
}

// fix fixes one text.
func (f *fixing) fix(where string, text aircon.Secret, backend *lookup.Backend) fixed {
	o := textfix.Options{Backend: backend, ConnType: f.connType, Rotated: f.rotated}
	if f.encoded != "" {
		encoded := f.encoded == "yes"
		o.Encoded = &encoded
	}
	after, applied, err := textfix.Fix(text, o)
	one := fixed{Where: where, Applied: applied, text: after}
	if applied == nil {
		one.Applied = []textfix.Applied{}
	}
	var refusal *textfix.Refusal
	if errors.As(err, &refusal) {
		one.Refused = refusal.ID + " " + refusal.Error()
		return one
	}
	one.Diff = maskedDiff(where, text, after, doctor.Masked)
	return one
}

// stored fixes a secret in Secrets Manager. It needs secretsmanager:GetSecretValue and secretsmanager:PutSecretValue, and
// airflow:GetEnvironment where an environment says how the secret is read.
func (f *fixing) stored(ctx context.Context, w world, l *linting) error {
	backend, api, err := f.open(ctx, l)
	if err != nil {
		return err
	}
	value, err := api.GetSecretValue(ctx, f.secret)
	if err != nil {
		return err
	}
	if value.Text.IsNull() {
		return badInput{fmt.Errorf("the secret %s holds bytes and no text", f.secret)}
	}
	one := f.fix(f.secret, value.Text, backend)
	if len(one.Applied) == 0 || f.dry {
		return f.say(w, l, fixResult{[]fixed{one}})
	}
	if err := f.put(ctx, w, l, api, &one, value); err != nil {
		return err
	}
	return f.say(w, l, fixResult{[]fixed{one}})
}

// open readies the account, and the backend of the environment that is meant or of the flags.
func (f *fixing) open(ctx context.Context, l *linting) (*lookup.Backend, *awsapi.Client, error) {
	f.at.literal = l.literal
	target, err := f.at.load()
	named := err == nil
	if errors.Is(err, errNoSpec) {
		err = nil
	}
	if err != nil {
		return nil, nil, err
	}
	api, err := f.at.connect(ctx, target)
	if err != nil {
		return nil, nil, err
	}
	if !named {
		backend, err := l.backend()
		return backend, api, err
	}
	d := doctor.Doctor{AWS: api}
	backend, err := d.Backend(ctx, target.Target)
	if err == nil && backend == nil {
		err = badInput{fmt.Errorf("environment %s has no SecretsManagerBackend: type  aircon doctor --environment %s", target.Name, target.Name)}
	}
	return backend, api, err
}

// put asks, and puts a new version, unless somebody else has put one meanwhile.
func (f *fixing) put(ctx context.Context, w world, l *linting, api *awsapi.Client, one *fixed, seen lookup.SecretValue) error {
	if !f.yes && !l.out.json() {
		showFixed(w.terminal(), *one, false)
	}
	if err := agreed(ctx, w, f.yes, "put this as a new version of "+f.secret+"?"); err != nil {
		return err
	}
	now, err := api.GetSecretValue(ctx, f.secret)
	if err != nil {
		return err
	}
	if now.VersionID != seen.VersionID {
		return fmt.Errorf("%s has got another version meanwhile: nothing was changed; look again", f.secret)
	}
	err = api.Plan().Secrets.PutSecretValue(ctx, f.secret, one.text, fixToken(seen.VersionID))
	one.Written = err == nil
	return err
}

// fixToken names the version that takes a version's place, so that of two who mend it at the same time one is refused. A ClientRequestToken
// has at most 64 characters, as many as a VersionId may have itself.
func fixToken(versionID string) string {
	sum := sha256.Sum256([]byte("aircon lint --fix\x00" + versionID))
	return hex.EncodeToString(sum[:])
}

// say prints what came of it. What was refused, or would be changed, is a finding.
func (f *fixing) say(w world, l *linting, result fixResult) error {
	t := w.terminal()
	open := false
	err := l.out.print(w, result, func() {
		for _, one := range result.Texts {
			showFixed(t, one, one.Written)
		}
	})
	for _, one := range result.Texts {
		open = open || one.Refused != "" || len(one.Applied) > 0 && !one.Written
	}
	if err == nil && open {
		return statusError(exitFindings)
	}
	return err
}

// showFixed prints what came of one text.
func showFixed(t *term.Terminal, one fixed, written bool) {
	switch {
	case one.Refused != "":
		fmt.Fprintf(t.Out, "%s %s: left as it is: %s\n", t.Mark(term.Failed), term.Clean(one.Where), one.Refused)
		return
	case len(one.Applied) == 0:
		fmt.Fprintf(t.Out, "%s %s: nothing to fix\n", t.Mark(term.OK), term.Clean(one.Where))
		return
	case written:
		fmt.Fprintf(t.Out, "%s %s: fixed\n", t.Mark(term.OK), term.Clean(one.Where))
	default:
		fmt.Fprintf(t.Out, "%s %s: can be fixed\n", t.Mark(term.Warning), term.Clean(one.Where))
	}
	showApplied(t, one)
	fmt.Fprint(t.Out, one.Diff)
}

// showApplied prints what was changed: the same at several places once, with the first of them.
func showApplied(t *term.Terminal, one fixed) {
	places := map[string]int{}
	for _, a := range one.Applied {
		places[a.ID+a.What]++
	}
	for _, a := range one.Applied {
		n := places[a.ID+a.What]
		if delete(places, a.ID+a.What); n == 0 {
			continue // said before
		}
		fmt.Fprintf(t.Out, "  %s %s:%d:%d: %s", a.ID, term.Clean(one.Where), a.Line, a.Column, a.What)
		if n > 1 {
			fmt.Fprintf(t.Out, ", at %d places", n)
		}
		fmt.Fprintln(t.Out)
	}
}

// fixCommand is the command that fixes a file as these flags read it, and nil where there is no file.
func (l *linting) fixCommand(where string) []string {
	if where == inputName(nil) {
		return nil
	}
	command := []string{"aircon", "lint", "--fix", where}
	for _, flag := range [][2]string{
		{"--airflow", l.runtime.airflow}, {"--side", l.runtime.side}, {"--kwargs", l.kwargs}, {"--file", l.fix.at.file}, {"--as", l.as},
	} {
		if newest := aircon.Versions(); flag[1] != "" && flag[1] != "server" && flag[1] != newest[len(newest)-1].String() {
			command = append(command, flag[0], flag[1])
		}
	}
	if strings.HasPrefix(where, "-") {
		command = append(command[:3], append(command[4:], "--", where)...)
	}
	return command
}
