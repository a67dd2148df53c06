package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	"aircon/internal/attend"
	"aircon/internal/awsapi"
	"aircon/internal/pgfiles"
	"aircon/internal/rolecreds"
)

// attendance is what an attendant does for the program that aircon became.
type attendance struct {
	Account awsapi.Options // whose credentials to begin with
	Role    string         // to serve; "" is the account's own credentials
	Serve   bool
	Files   string // the program's directory of pgfiles, to hold and to remove in the end; "" is none
}

// newAttendant is the command that aircon runs of itself; nobody types it.
func newAttendant(w world) *cobra.Command {
	return &cobra.Command{
		Use: "attend-program", Hidden: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var a attendance
			duty, err := attend.Take(w.in, os.Stdout, &a)
			if err != nil {
				return err
			}
			return a.keep(c.Context(), duty)
		},
	}
}

// keep serves and tidies up until the program has ended.
func (a *attendance) keep(ctx context.Context, duty *attend.Duty) error {
	tidy, err := a.hold()
	var endpoint *rolecreds.Endpoint
	if err == nil {
		endpoint, err = a.serve(ctx)
	}
	served := map[string]string{}
	if endpoint != nil {
		served = reveal(endpoint.Env())
	}
	if err = errors.Join(err, duty.Answer(served, err)); err == nil {
		err = duty.Wait()
	}
	if endpoint != nil {
		err = errors.Join(err, endpoint.Close())
	}
	return errors.Join(err, tidy())
}

// hold takes the program's files, before anything secret is in them, and returns what removes them.
func (a *attendance) hold() (tidy func() error, err error) {
	if a.Files == "" {
		return func() error { return nil }, nil
	}
	held, err := pgfiles.Hold(a.Files)
	if err != nil {
		return func() error { return os.RemoveAll(a.Files) }, err
	}
	return func() error { return errors.Join(os.RemoveAll(a.Files), held.Close()) }, nil
}

// serve opens the endpoint, where one is wanted.
func (a *attendance) serve(ctx context.Context) (*rolecreds.Endpoint, error) {
	if !a.Serve {
		return nil, nil
	}
	api, err := awsapi.Open(ctx, a.Account)
	if err != nil {
		return nil, err
	}
	source := api.OwnCredentials
	if a.Role != "" {
		source = func(ctx context.Context) (rolecreds.Credentials, error) {
			return api.RoleCredentials(ctx, a.Role, execSession, 0)
		}
	}
	return rolecreds.Listen(source, time.Now)
}

// attendant starts one for this process.
func (a *attendance) start() (*attend.Attendant, map[string]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	var served map[string]string
	attendant, err := attend.Start([]string{self, "attend-program"}, a, &served)
	return attendant, served, err
}
