package airflow

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"

	"aircon/internal/supervise"
)

// longestCommand bounds what is read of a request to MWAA's own paths.
const longestCommand = 1 << 20

// commands are those that MWAA runs with a CLI token, below a group: in every version that it offers, only in 2.x, only in 3.x.
//
// Source: the MWAA User Guide, "Apache Airflow CLI command reference", as of 3.3.1.
var commands = []struct {
	group                  string
	always, only2x, only3x string
}{
	{group: "", always: "cheat-sheet version"},
	{group: "assets", only3x: "details list materialize"},
	{group: "backfill", only3x: "create"},
	{group: "connections", always: "add delete"},
	{
		group: "dags", only2x: "backfill",
		always: "delete list list-import-errors list-jobs list-runs next-execution pause report reserialize show state test trigger unpause",
	},
	{group: "db", always: "clean"},
	{group: "providers", always: "behaviours get hooks links list notifications secrets triggerer widgets"},
	{group: "roles", always: "add-perms create del-perms list"},
	{group: "tasks", always: "clear failed-deps list render state states-for-dag-run test", only2x: "run"},
	{group: "variables", always: "delete get list set"},
}

// commandSupported reports whether MWAA runs a command of Airflow's in a version, such as dags list.
func commandSupported(version string, words []string) bool {
	for _, c := range commands {
		own := c.only2x
		if newer(version, 3, 0) {
			own = c.only3x
		}
		at := 1
		if c.group == "" {
			at = 0
		}
		if len(words) > at && (at == 0 || words[0] == c.group) && slices.Contains(strings.Fields(c.always+" "+own), words[at]) {
			return true
		}
	}
	return false
}

// cli runs a command of Airflow's, which is the text of the request, and answers what it printed, in base64. Secrets that Airflow has read are
// masked. A command that fails has status 400, as one that MWAA does not run; what MWAA's own statuses are is not documented.
//
// Source: the MWAA User Guide, "Creating an Apache Airflow CLI token".
func (d *door) cli(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if _, ok := d.redeemed(w, r, CLIToken, token); !ok {
		return
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestCommand))
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	words, err := splitWords(string(text))
	var stdout, stderr string
	switch {
	case err != nil:
		stderr = err.Error() + "\n"
	case !commandSupported(d.version, words):
		err = fmt.Errorf("MWAA does not run airflow %s with a CLI token in Airflow %s", strings.Join(words[:min(2, len(words))], " "), d.version)
		stderr = err.Error() + "\n"
	default:
		stdout, stderr, err = d.command(r.Context(), words)
	}
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
	}
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(d.Mask.Text(text))) }
	answer(w, map[string]string{"stdout": encode(stdout), "stderr": encode(stderr)})
}

// command runs Airflow's command line with the variables of its processes, and so with the execution role's credentials.
func (a *Airflow) command(ctx context.Context, words []string) (stdout, stderr string, err error) {
	cmd := a.installed.airflow(a.home, "", words...).command()
	cmd.Env = environ(a.Variables)
	out, err := collect(&cmd.Stdout)
	if err != nil {
		return "", "", err
	}
	complaints, err := collect(&cmd.Stderr)
	if err != nil {
		return "", "", errors.Join(err, out.close())
	}
	child, err := supervise.Start(cmd, supervise.Options{Grace: stopTime, Family: true})
	if err := errors.Join(err, out.close(), complaints.close()); err != nil {
		return "", "", err
	}
	select {
	case <-child.Done():
		err = child.Err()
	case <-ctx.Done(): // the client has gone
		err = errors.Join(ctx.Err(), child.Stop(context.WithoutCancel(ctx)))
	}
	return out.text(), complaints.text(), err
}

// collected is what a program and all that descends from it print, through a pipe.
type collected struct {
	write *os.File
	all   chan string
}

// collect gives a program a pipe to write to. It must be closed here once the program has it.
func collect(to *io.Writer) (*collected, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	*to = write
	c := &collected{write, make(chan string, 1)}
	go func() {
		text, _ := io.ReadAll(read) // of a pipe, which does not fail
		_ = read.Close()
		c.all <- string(text)
	}()
	return c, nil
}

func (c *collected) close() error { return c.write.Close() }

// text waits until nobody writes any more.
func (c *collected) text() string { return <-c.all }
