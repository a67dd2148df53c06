package main

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"aircon"
	"aircon/internal/airflow"
	"aircon/localaws"
	"aircon/localaws/mwaa"
)

// webServers finds the Airflows that run for the environments of a local AWS's directory.
type webServers struct {
	directory string

	mu    sync.Mutex
	known map[string]*airflow.Running // by the environment's ARN: they hold the sessions of web servers
}

// find returns the Airflow that runs for an environment, or nil.
func (s *webServers) find(arn string) (*airflow.Running, error) {
	found, err := airflow.FindRunning(airflowHome(s.directory, arn))
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || found == nil {
		delete(s.known, arn)
		return nil, err
	}
	if before := s.known[arn]; found.Same(before) {
		return before, nil
	}
	if s.known == nil {
		s.known = map[string]*airflow.Running{}
	}
	s.known[arn] = found
	return found, nil
}

// Invoke carries a request to an environment's Airflow.
func (s *webServers) Invoke(ctx context.Context, r mwaa.RESTRequest) (status int, body []byte, err error) {
	running, err := s.find(r.ARN)
	if err != nil {
		return 0, nil, err
	}
	if running == nil {
		return 0, nil, mwaa.ErrNoWebServer
	}
	return running.Invoke(ctx, r.Role, airflow.Call{Method: r.Method, Path: r.Path, Query: r.Query, Body: r.Body})
}

// Host returns where an environment's web server listens.
func (s *webServers) Host(arn string) (string, error) {
	running, err := s.find(arn)
	if err != nil || running == nil {
		return "", err
	}
	return running.Host(), nil
}

// redeemer has local AWS redeem the tokens that it made.
func redeemer(env map[string]string, e *localMWAA) airflow.Redeem {
	return func(ctx context.Context, kind string, token aircon.Secret) (string, error) {
		var got localaws.RedeemedToken
		in := map[string]string{"account": e.account(), "region": e.region(), "kind": kind, "token": token.Reveal()}
		err := askAdmin(ctx, env, http.MethodPost, "environments/"+e.Name+"/token", in, &got)
		if refused := new(badInput); errors.As(err, refused) {
			err = &airflow.RefusedError{Err: err}
		}
		return got.Role, err
	}
}
