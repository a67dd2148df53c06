package main

import (
	"context"

	"aircon/internal/airflow"
	"aircon/localaws/mwaa"
)

// webServers finds the Airflows that run for the environments of a local AWS's directory.
type webServers struct{ directory string }

// Invoke carries a request to an environment's Airflow.
func (s webServers) Invoke(ctx context.Context, r mwaa.RESTRequest) (status int, body []byte, err error) {
	running, err := airflow.FindRunning(airflowHome(s.directory, r.Environment))
	if err != nil {
		return 0, nil, err
	}
	if running == nil {
		return 0, nil, mwaa.ErrNoWebServer
	}
	return running.Invoke(ctx, r.Role, airflow.Call{Method: r.Method, Path: r.Path, Query: r.Query, Body: r.Body})
}
