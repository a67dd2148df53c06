package mwaa

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aircon/internal/store"
	"aircon/mwaa"
)

func TestLifeOfAnEnvironment(t *testing.T) {
	l := start(t, Options{Create: 20 * time.Minute, Update: 15 * time.Minute, Delete: 10 * time.Minute, Snapshot: true})
	created := l.must("CreateEnvironment", newEnvironment("analytics", func(in *createInput) {
		in.AirflowConfigurationOptions = map[string]string{"core.parallelism": "40", "secrets.backend": mwaa.BackendClass}
		in.Tags = map[string]string{"team": "data"}
	})).(*arnOutput)
	if created.Arn != envARN {
		t.Errorf("arn %s", created.Arn)
	}
	var seen []string
	look := func(step time.Duration) *environment {
		l.now = l.now.Add(step)
		e := l.get("analytics")
		seen = append(seen, string(e.Status)+" "+e.LastUpdate.Status)
		return e
	}
	if e := look(0); e.WebserverUrl != "" {
		t.Error("a web server is not there while it is made")
	}
	look(20*time.Minute - 1)
	if e := look(1); e.WebserverUrl == "" || e.AirflowConfigurationOptions["core.parallelism"] != "40" {
		t.Errorf("%+v", e)
	}
	l.must("UpdateEnvironment", &updateInput{
		settings:                  settings{Name: "analytics", AirflowConfigurationOptions: map[string]string{"core.parallelism": "20"}, MaxWorkers: ptr(5)},
		WorkerReplacementStrategy: mwaa.Graceful,
	})
	if e := look(0); e.MaxWorkers != 10 || len(e.AirflowConfigurationOptions) != 2 || e.LastUpdate.WorkerReplacementStrategy != mwaa.Graceful {
		t.Errorf("until it ends an update shows the former settings: %+v", e)
	}
	l.fails("UpdateEnvironment", &updateInput{settings: settings{Name: "analytics"}}, "ValidationException", "Environments with UPDATING status cannot be updated.")
	l.fails("DeleteEnvironment", &deleteInput{"analytics"}, "ValidationException", "UPDATING")
	look(5 * time.Minute)
	look(5 * time.Minute)
	e := look(5 * time.Minute)
	if diff := cmp.Diff(map[string]string{"core.parallelism": "20"}, e.AirflowConfigurationOptions); diff != "" || e.MaxWorkers != 5 {
		t.Errorf("the whole map of options is replaced: %s", diff)
	}
	l.must("DeleteEnvironment", &deleteInput{"analytics"})
	look(10*time.Minute - 1)
	l.fails("CreateEnvironment", newEnvironment("analytics", nil), "ValidationException", "exists")
	l.now = l.now.Add(1)
	l.fails("GetEnvironment", &getInput{"analytics"}, "ResourceNotFoundException", "analytics")
	l.must("CreateEnvironment", newEnvironment("analytics", nil))
	want := []string{
		"CREATING PENDING", "CREATING PENDING", "AVAILABLE SUCCESS",
		"UPDATING PENDING", "CREATING_SNAPSHOT PENDING", "UPDATING PENDING", "AVAILABLE SUCCESS", "DELETING SUCCESS",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error("states (-want +got):\n" + diff)
	}
}

func TestFailures(t *testing.T) {
	var fails *Failure
	l := start(t, Options{Fails: func(name, operation string) *Failure { return fails }})
	fails = IncorrectConfiguration()
	l.must("CreateEnvironment", newEnvironment("broken", nil))
	l.now = l.now.Add(usual)
	if e := l.get("broken"); e.Status != mwaa.CreateFailed || e.LastUpdate.Status != "FAILED" || e.LastUpdate.Error.ErrorCode != "INCORRECT_CONFIGURATION" {
		t.Errorf("%s %+v", e.Status, e.LastUpdate)
	}
	l.fails("UpdateEnvironment", &updateInput{settings: settings{Name: "broken"}}, "ValidationException", "Environments with CREATE_FAILED status cannot be updated.")
	fails = nil
	l.must("CreateEnvironment", newEnvironment("analytics", func(in *createInput) { in.AirflowConfigurationOptions = map[string]string{"core.a": "1"} }))
	l.now = l.now.Add(usual)
	fails = &Failure{UpdateError: UpdateError{"UPDATE_FAILED", "no capacity"}}
	l.must("UpdateEnvironment", &updateInput{settings: settings{Name: "analytics", AirflowConfigurationOptions: map[string]string{"core.b": "2"}}})
	l.now = l.now.Add(usual - 1)
	e := l.get("analytics")
	if e.Status != mwaa.RollingBack || e.LastUpdate.Status != "PENDING" || e.LastUpdate.Error != nil {
		t.Errorf("before a failed update ends it is undone: %s %+v", e.Status, e.LastUpdate)
	}
	l.now = l.now.Add(1)
	e = l.get("analytics")
	if e.Status != mwaa.UpdateFailed || e.LastUpdate.Error.ErrorMessage != "no capacity" || e.AirflowConfigurationOptions["core.a"] != "1" {
		t.Errorf("a failed update leaves the former settings: %+v %v", e, e.LastUpdate)
	}
	fails = nil
	l.must("UpdateEnvironment", &updateInput{settings: settings{Name: "analytics", AirflowConfigurationOptions: map[string]string{}}})
	l.now = l.now.Add(usual)
	if e := l.get("analytics"); e.Status != mwaa.Available || e.AirflowConfigurationOptions != nil || e.LastUpdate.Error != nil {
		t.Errorf("an empty map takes all options away: %+v", e)
	}
	fails = &Failure{UpdateError: UpdateError{"INTERNAL_FAILURE", "lost"}, Lost: true}
	l.must("UpdateEnvironment", &updateInput{settings: settings{Name: "analytics"}})
	l.now = l.now.Add(usual)
	if e := l.get("analytics"); e.Status != mwaa.Unavailable || e.WebserverUrl != "" || e.LastUpdate.Error.ErrorCode != "INTERNAL_FAILURE" {
		t.Errorf("what cannot be rolled back is lost: %s %+v", e.Status, e.LastUpdate)
	}
	l.fails("UpdateEnvironment", &updateInput{settings: settings{Name: "analytics"}}, "ValidationException", "Environments with UNAVAILABLE status cannot be updated.")
	l.must("DeleteEnvironment", &deleteInput{"analytics"})
}

// states walks the service's clock in steps and returns the states that an environment shows, each once.
func (l *local) states(name string, step time.Duration, steps int) []mwaa.Status {
	l.t.Helper()
	var seen []mwaa.Status
	for range steps {
		seen = append(seen, l.get(name).Status)
		l.now = l.now.Add(step)
	}
	return slices.Compact(seen)
}

func TestStrategies(t *testing.T) {
	l := start(t, Options{Create: -1, Update: 20 * time.Minute, Graceful: 12 * time.Hour})
	l.must("CreateEnvironment", newEnvironment("analytics", nil))
	for strategy, duration := range map[mwaa.Strategy]time.Duration{mwaa.Forced: 20 * time.Minute, mwaa.Graceful: 12 * time.Hour} {
		l.must("UpdateEnvironment", &updateInput{settings: settings{Name: "analytics"}, WorkerReplacementStrategy: strategy})
		l.now = l.now.Add(duration - 1)
		before := l.get("analytics").Status
		l.now = l.now.Add(1)
		if e := l.get("analytics"); before != mwaa.Updating || e.Status != mwaa.Available || e.LastUpdate.WorkerReplacementStrategy != strategy {
			t.Errorf("%s: %s until its end, then %s, %+v", strategy, before, e.Status, e.LastUpdate)
		}
	}
}

func TestUpgrade(t *testing.T) {
	l := start(t, Options{Create: -1})
	l.must("CreateEnvironment", newEnvironment("analytics", nil))
	l.must("UpdateEnvironment", &updateInput{settings: settings{Name: "analytics", AirflowVersion: "2.11.0"}})
	want := []mwaa.Status{mwaa.Updating, mwaa.CreatingSnapshot, mwaa.Updating, mwaa.Available}
	if diff := cmp.Diff(want, l.states("analytics", usual/10, 12)); diff != "" || l.get("analytics").AirflowVersion != "2.11.0" {
		t.Errorf("another version is installed over a snapshot (-want +got):\n%s", diff)
	}
}

// An environment whose VPC endpoints its owner makes waits for them, and shows what they are for.
func TestCustomerEndpoints(t *testing.T) {
	l := start(t, Options{})
	l.must("CreateEnvironment", newEnvironment("analytics", func(in *createInput) { in.EndpointManagement = byCustomer }))
	l.now = l.now.Add(usual / 2)
	if e := l.get("analytics"); e.Status != mwaa.Pending || e.WebserverVpcEndpointService == "" || e.DatabaseVpcEndpointService == "" || e.WebserverUrl != "" {
		t.Errorf("%s: %+v", e.Status, e)
	}
	l.now = l.now.Add(-usual / 2)
	want := []mwaa.Status{mwaa.Creating, mwaa.Pending, mwaa.Creating, mwaa.Available}
	if diff := cmp.Diff(want, l.states("analytics", usual/10, 12)); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

// Maintenance begins with the weekly window, in UTC, and refuses updates; tags given in it change nothing about it.
func TestMaintenance(t *testing.T) {
	l := start(t, Options{Create: -1, Update: -1, Maintenance: time.Hour})
	l.now = time.Date(2026, 11, 24, 5, 29, 0, 0, time.FixedZone("", 2*60*60)) // a Tuesday, 03:29 in UTC
	l.must("CreateEnvironment", newEnvironment("analytics", func(in *createInput) { in.WeeklyMaintenanceWindowStart = "TUE:03:30" }))
	begins := l.now.Add(time.Minute)
	if e := l.get("analytics"); e.Status != mwaa.Available || e.LastUpdate.Source != "" {
		t.Errorf("before the window: %s %+v", e.Status, e.LastUpdate)
	}
	l.now = begins
	if e := l.get("analytics"); e.Status != mwaa.Maintenance || e.LastUpdate.Status != "PENDING" || !e.LastUpdate.CreatedAt.Equal(begins) {
		t.Errorf("in the window: %s %+v", e.Status, e.LastUpdate)
	}
	l.fails("UpdateEnvironment", &updateInput{settings: settings{Name: "analytics"}}, "ValidationException", "Environments with MAINTENANCE status cannot be updated.")
	l.must("TagResource", &tagInput{envARN, map[string]string{"a": "b"}})
	l.now = begins.Add(time.Hour)
	if e := l.get("analytics"); e.Status != mwaa.Available || e.LastUpdate.Status != "SUCCESS" || e.LastUpdate.Source == "" {
		t.Errorf("after the window: %s %+v", e.Status, e.LastUpdate)
	}
	l.must("UpdateEnvironment", &updateInput{settings: settings{Name: "analytics"}})
	if e := l.get("analytics"); e.LastUpdate.Source != "" {
		t.Errorf("the update is the last one: %+v", e.LastUpdate)
	}
	l.now = begins.AddDate(0, 0, 7)
	if e := l.get("analytics"); e.Status != mwaa.Maintenance {
		t.Errorf("a week later: %s", e.Status)
	}
}

func TestEveryStepIsAKnownTransition(t *testing.T) {
	l := start(t, Options{Snapshot: true})
	l.must("CreateEnvironment", newEnvironment("analytics", nil))
	status := l.get("analytics").Status
	steps := map[int]func(){
		5:  func() { l.must("UpdateEnvironment", &updateInput{settings: settings{Name: "analytics"}}) },
		12: func() { l.must("DeleteEnvironment", &deleteInput{"analytics"}) },
	}
	for i := range 16 {
		if step := steps[i]; step != nil {
			step()
		}
		e := l.get("analytics")
		if e.Status != status && !status.CanBecome(e.Status) {
			t.Errorf("step %d: %s becomes %s", i, status, e.Status)
		}
		status = e.Status
		l.now = l.now.Add(usual / 4)
	}
	if status != mwaa.Deleting {
		t.Errorf("ends %s", status)
	}
}

// TestDeletedEnvironmentsAreForgotten: the next write after an environment is gone takes its row, with its sealed options, off the disk.
func TestDeletedEnvironmentsAreForgotten(t *testing.T) {
	l := start(t, Options{Create: -1, Delete: time.Minute})
	for _, name := range []string{"gone", "kept"} {
		l.must("CreateEnvironment", newEnvironment(name, func(in *createInput) {
			in.AirflowConfigurationOptions = map[string]string{"core.fernet_key": "sealed"}
		}))
	}
	l.must("DeleteEnvironment", &deleteInput{"gone"})
	rows := func() (n int) {
		err := l.store.View(func(tx store.Tx) error {
			for _, err := range environments.Scan(tx, "", "") {
				if n++; err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	l.must("CreateEnvironment", newEnvironment("another", nil))
	if got := rows(); got != 3 {
		t.Errorf("while it is being deleted there are %d rows, want 3", got)
	}
	l.now = l.now.Add(time.Minute)
	l.must("DeleteEnvironment", &deleteInput{"another"})
	if got := rows(); got != 2 {
		t.Errorf("there are %d rows, want 2", got)
	}
}
