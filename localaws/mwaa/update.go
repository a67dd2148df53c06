package mwaa

import (
	"time"

	"aircon/localaws/op"
	"aircon/mwaa"
)

// update begins to change an environment: UPDATING until Options.Update or Options.Graceful has passed, whereupon it is AVAILABLE with the new
// settings, or UPDATE_FAILED with the former ones. A map of options replaces the whole of the former one.
//
// IAM: airflow:UpdateEnvironment, and iam:PassRole on an execution role that is sent.
func (s *service) update(c *op.Call, in *updateInput) (*arnOutput, error) {
	r, err := find(c, in.Name)
	if err != nil {
		return nil, err
	}
	if status := r.Settled.Environment.Status; !status.Updatable() {
		return nil, notUpdatable(status)
	}
	next := r.Settled
	if err := s.apply(c, &next.Environment, &in.settings); err != nil {
		return nil, err
	}
	if in.AirflowConfigurationOptions != nil {
		if err := next.seal(c, in.AirflowConfigurationOptions); err != nil {
			return nil, err
		}
	}
	strategy := in.WorkerReplacementStrategy
	if strategy == "" {
		strategy = mwaa.Forced
	}
	last := &lastUpdate{Status: "PENDING", CreatedAt: c.Now, WorkerReplacementStrategy: strategy}
	r.Settled.Environment.Status, r.Settled.Environment.LastUpdate = mwaa.Updating, last
	r.Next, r.Begun, r.Ends = &next, c.Now, c.Now.Add(s.updates(strategy))
	r.Fails = s.fate(c, in.Name, "UpdateEnvironment")
	if r.Waits = s.options.Runtime != nil; !r.Waits {
		r.Visits = s.visits(&r)
	}
	return &arnOutput{r.Settled.Environment.Arn}, r.put(c)
}

// updates is how long an update takes.
func (s *service) updates(strategy mwaa.Strategy) time.Duration {
	if strategy == mwaa.Graceful && s.options.Graceful != 0 {
		return lasts(s.options.Graceful)
	}
	return lasts(s.options.Update)
}

// visits are the states that an update shows.
//
// Source: the MWAA user guide, "Upgrading the Apache Airflow version", and the API reference, Environment.
func (s *service) visits(r *record) []mwaa.Status {
	visits := []mwaa.Status{mwaa.Updating}
	if s.options.Snapshot || r.Next.Environment.AirflowVersion != r.Settled.Environment.AirflowVersion {
		visits = append(visits, mwaa.CreatingSnapshot, mwaa.Updating)
	}
	if r.Fails != nil {
		visits = append(visits, mwaa.RollingBack)
	}
	return visits
}
