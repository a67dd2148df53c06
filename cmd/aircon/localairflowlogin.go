package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newLocalAirflowLogin(w world, f *localAirflowFlags) *cobra.Command {
	var out output
	c := &cobra.Command{
		Use:   "login [ENVIRONMENT]",
		Short: "print a link that logs a browser in to the web server of an environment's Airflow",
		Long: `login makes a web login token with CreateWebLoginToken, as the administrator of local AWS, and prints the link that MWAA's console opens with it.
The link logs in once, within a minute, with the role that IAM gives: Admin.`,
		Example: "  aircon local airflow login analytics",
		Args:    takes(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := out.check(); err != nil {
				return usageError{err}
			}
			env, err := f.local.environment(c.Context())
			if err != nil {
				return err
			}
			e, err := findEnvironment(c.Context(), env, strings.Join(args, ""))
			if err != nil {
				return err
			}
			running, err := (&webServers{directory: f.local.directory}).find(e.Arn)
			if err != nil {
				return err
			}
			if running == nil {
				return usageError{fmt.Errorf("no Airflow of environment %s runs: start one with: aircon local airflow %s", e.Name, e.Name)}
			}
			var made struct{ WebToken string }
			if err := askMWAA(c.Context(), env, "CreateWebLoginToken", map[string]string{"Name": e.Name}, &made); err != nil {
				return err
			}
			link := running.URL + "/aws_mwaa/aws-console-sso?login=true#" + made.WebToken
			if out.json() {
				return json.NewEncoder(w.out).Encode(map[string]string{"environment": e.Name, "url": link})
			}
			fmt.Fprintln(w.out, link)
			return nil
		},
	}
	out.flag(c)
	return c
}
