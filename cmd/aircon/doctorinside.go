package main

import (
	"context"

	"aircon/internal/awsapi"
	"aircon/internal/doctor"
	"aircon/internal/probe"
)

// askWorker asks a worker through MWAA's InvokeRestApi.
func (x *examination) askWorker(api *awsapi.Client) doctor.AskWorker {
	return func(ctx context.Context, environment, airflow string, questions []probe.Question) (*probe.Answers, error) {
		ctx, cancel := context.WithTimeout(ctx, x.insideTime)
		defer cancel()
		worker := probe.Worker{REST: api, Environment: environment, Airflow: airflow, Said: x.said}
		return worker.Ask(ctx, questions)
	}
}
