package mwaa

import "slices"

// Status is the state of an environment, as GetEnvironment tells it.
type Status string

// The states of the service's model.
const (
	Creating         Status = "CREATING"
	CreateFailed     Status = "CREATE_FAILED"
	Available        Status = "AVAILABLE"
	Updating         Status = "UPDATING"
	Deleting         Status = "DELETING"
	Deleted          Status = "DELETED"
	Unavailable      Status = "UNAVAILABLE"
	UpdateFailed     Status = "UPDATE_FAILED"
	RollingBack      Status = "ROLLING_BACK"
	CreatingSnapshot Status = "CREATING_SNAPSHOT"
	Pending          Status = "PENDING"
	Maintenance      Status = "MAINTENANCE"
)

// transitions says where each state can lead.
var transitions = map[Status][]Status{
	Pending:          {Creating, CreateFailed, Deleting},
	Creating:         {Available, CreateFailed, Pending},
	CreateFailed:     {Deleting},
	Available:        {Updating, Maintenance, Deleting, Unavailable},
	Updating:         {Available, UpdateFailed, CreatingSnapshot, RollingBack, Unavailable},
	CreatingSnapshot: {Updating, RollingBack, Unavailable},
	RollingBack:      {UpdateFailed, Available, Unavailable},
	UpdateFailed:     {Updating, Maintenance, Deleting, Unavailable},
	Maintenance:      {Available, UpdateFailed, Unavailable},
	Unavailable:      {Deleting, Available},
	Deleting:         {Deleted, Unavailable},
	Deleted:          nil,
}

// Statuses lists every state.
func Statuses() []Status {
	return []Status{
		Creating, CreateFailed, Available, Updating, Deleting, Deleted, Unavailable, UpdateFailed, RollingBack, CreatingSnapshot, Pending, Maintenance,
	}
}

// CanBecome reports whether an environment in state s can be seen in the other one next.
func (s Status) CanBecome(other Status) bool { return slices.Contains(transitions[s], other) }

// InProgress reports whether MWAA is at work and the state will change by itself. Pending is not among them: it waits for the user's VPC endpoints.
func (s Status) InProgress() bool {
	return slices.Contains([]Status{Creating, Updating, Deleting, RollingBack, CreatingSnapshot, Maintenance}, s)
}

// Updatable reports whether UpdateEnvironment accepts an environment in this state. UpdateFailed is one: the environment runs with its former settings.
func (s Status) Updatable() bool { return s == Available || s == UpdateFailed }

// Deletable reports whether DeleteEnvironment accepts an environment in this state.
func (s Status) Deletable() bool { return s.CanBecome(Deleting) }

// Failed reports whether the last request failed.
func (s Status) Failed() bool { return s == CreateFailed || s == UpdateFailed || s == Unavailable }

// Runs reports whether Airflow serves tasks: also while an update is under way or rolled back.
func (s Status) Runs() bool {
	return slices.Contains([]Status{Available, Updating, UpdateFailed, CreatingSnapshot, RollingBack, Maintenance}, s)
}

// Strategy is how an update replaces an environment's workers.
type Strategy string

const (
	// Graceful lets workers finish their tasks for up to 12 hours. A few regions lack it. aircon's default.
	Graceful Strategy = "GRACEFUL"
	// Forced stops workers at once, tasks and all, and takes 10 to 30 minutes. The service's default.
	Forced Strategy = "FORCED"
)

// Valid reports whether s is one of the two.
func (s Strategy) Valid() bool { return s == Graceful || s == Forced }
