package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"aircon"
)

// runtimeFlags say which Airflow is meant where no environment tells. The zero value means the newest that MWAA runs, on the server side.
type runtimeFlags struct{ airflow, side string }

func (f *runtimeFlags) flag(c *cobra.Command) {
	versions := aircon.Versions()
	names := make([]string, len(versions))
	for i, v := range versions {
		names[i] = v.String()
	}
	c.Flags().StringVar(&f.airflow, "airflow", names[len(names)-1], "whose semantics: "+strings.Join(names, ", "))
	c.Flags().StringVar(&f.side, "side", "server", "which of Airflow 3's two sides reads: server, or worker (tasks)")
}

// newestAirflow is the newest release that MWAA runs.
func newestAirflow() string {
	versions := aircon.Versions()
	return versions[len(versions)-1].String()
}

func (f *runtimeFlags) runtime() (aircon.Runtime, error) {
	rt, err := aircon.RuntimeFor(f.airflow)
	if err != nil {
		return rt, usageError{fmt.Errorf("--airflow: %w", err)}
	}
	switch f.side {
	case "server", "":
		return rt, nil
	case "worker":
		return rt.On(aircon.Worker), nil
	}
	return rt, usageError{fmt.Errorf("--side %q: the sides are server and worker", f.side)}
}
