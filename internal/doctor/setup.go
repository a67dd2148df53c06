package doctor

import "context"

// Setup reads how an environment is set up, without its role and without any secret: MWAA, Runtime, Variables and Settings are filled. It
// needs airflow:GetEnvironment.
func (d *Doctor) Setup(ctx context.Context, t Target) (*Environment, error) { return d.search(ctx, t) }

// ExecutionRole is the ARN of the role that tasks run as: the spec's, or else the environment's.
func (e *Environment) ExecutionRole() string { return e.roleARN() }
