package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"aircon/internal/airflow"
	"aircon/internal/pause"
	"aircon/internal/term"
)

func newLocalAirflowLogs(w world, f *localAirflowFlags) *cobra.Command {
	var follow bool
	var only string
	c := &cobra.Command{
		Use:   "logs ENVIRONMENT",
		Short: "show what the processes of an environment's Airflow say",
		Long: `logs shows what the processes of an environment's Airflow printed in their last run, a line each with the process's name before it. Secrets that
Airflow read from Secrets Manager are masked. The logs of tasks are in the web server. Where environments of a name run in several regions or accounts,
ENVIRONMENT is REGION/NAME or ACCOUNT/REGION/NAME.`,
		Example: "  aircon local airflow logs analytics --follow\n  aircon local airflow logs analytics --process scheduler",
		Args:    takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			home, err := findAirflowHome(f.local.directory, args[0])
			if err != nil {
				return err
			}
			tails, err := processLogs(w, airflow.LogsDir(home), only)
			if err != nil {
				return err
			}
			defer func() {
				for _, t := range tails {
					t.close()
				}
			}()
			for {
				for _, t := range tails {
					if err := t.read(); err != nil {
						return err
					}
				}
				if !follow {
					return nil
				}
				if pause.For(c.Context(), auditPause) != nil {
					return nil
				}
			}
		},
	}
	c.Flags().BoolVarP(&follow, "follow", "f", false, "wait for more until interrupted")
	c.Flags().StringVar(&only, "process", "", "of this process alone, such as scheduler")
	return c
}

// processLogs opens the logs in a directory: all, or a process's.
func processLogs(w world, dir, only string) ([]*logTail, error) {
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		return nil, errors.Join(fmt.Errorf("there is no log in %s: start Airflow with: aircon local airflow", dir), err)
	}
	var names []string
	var tails []*logTail
	for _, entry := range entries {
		name := strings.TrimSuffix(entry.Name(), ".log")
		names = append(names, name)
		if only != "" && only != name {
			continue
		}
		before := fmt.Sprintf("%-13s  ", name)
		tails = append(tails, &logTail{path: filepath.Join(dir, entry.Name()), show: func(line []byte) error {
			_, err := fmt.Fprintf(w.out, "%s%s\n", before, term.Clean(string(line)))
			return err
		}})
	}
	if len(tails) == 0 {
		slices.Sort(names)
		return nil, usageError{fmt.Errorf("--process %q: there are logs of %s", only, strings.Join(names, ", "))}
	}
	return tails, nil
}
