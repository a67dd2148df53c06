package mwaa

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/mwaa"
)

// fleet is a runtime whose Airflows do not come up with an option that says so.
type fleet struct {
	running map[string]RuntimeSettings
	seen    func() mwaa.Status // of the environment, while Run runs
	states  []mwaa.Status
	lost    bool // whether nothing comes up any more
}

func (f *fleet) Run(_ context.Context, s RuntimeSettings) error {
	f.states = append(f.states, f.seen())
	delete(f.running, s.ARN)
	if s.Options["core.broken"] != "" || f.lost {
		return errors.New("airflow scheduler: exit status 1: the object could not be loaded")
	}
	f.running[s.ARN] = s
	return nil
}

func (f *fleet) End(_ context.Context, arn string) error {
	delete(f.running, arn)
	return nil
}

func (f *fleet) Running() []string {
	var all []string
	for arn := range f.running {
		all = append(all, arn)
	}
	return all
}

// background is the store of a local as work sees it.
type background struct{ l *local }

func (b background) View(fn func(*op.Call) error) error   { return b.l.store.View(b.with(fn)) }
func (b background) Update(fn func(*op.Call) error) error { return b.l.store.Update(b.with(fn)) }

func (b background) with(fn func(*op.Call) error) func(store.Tx) error {
	return func(tx store.Tx) error {
		return fn(&op.Call{Tx: tx, Sealer: b.l.store.Sealer(), Partition: "aws", Now: b.l.now})
	}
}

func TestRuntime(t *testing.T) {
	f := &fleet{running: map[string]RuntimeSettings{}}
	l := start(t, Options{Runtime: f})
	f.seen = func() mwaa.Status { return l.get("analytics").Status }
	work := func(want ...string) {
		t.Helper()
		var keys []string
		err := background{l}.View(func(c *op.Call) (err error) {
			keys, _, err = l.service.Work.Due(c)
			return err
		})
		if err != nil || len(keys) != 1 {
			t.Fatalf("due: %q, %v", keys, err)
		}
		if err := l.service.Work.Do(t.Context(), background{l}, keys[0]); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, texts(f.states)); diff != "" {
			t.Error("states while it ran (-want +got):\n" + diff)
		}
		f.states = nil
	}
	l.must("CreateEnvironment", newEnvironment("analytics", func(in *createInput) {
		in.AirflowConfigurationOptions, in.RequirementsS3Path, in.RequirementsS3ObjectVersion = map[string]string{"core.x": "1"}, "requirements.txt", "v1"
	}))
	l.now = l.now.Add(24 * time.Hour) // no time makes it available
	work("CREATING")
	want := RuntimeSettings{
		Name: "analytics", ARN: envARN, Account: account, Region: "eu-west-1", Version: "2.10.3", ExecutionRole: role,
		Options: map[string]string{"core.x": "1"}, Bucket: "example-dags", DAGs: "dags", Requirements: "requirements.txt",
	}
	if diff := cmp.Diff(want, f.running[envARN]); diff != "" || l.get("analytics").Status != mwaa.Available {
		t.Fatalf("%s, settings (-want +got):\n%s", l.get("analytics").Status, diff)
	}

	update := func(key string) {
		l.must("UpdateEnvironment", &updateInput{settings: settings{Name: "analytics", AirflowConfigurationOptions: map[string]string{key: "1"}}})
	}
	update("core.y")
	work("UPDATING")
	if e := l.get("analytics"); e.Status != mwaa.Available || e.AirflowConfigurationOptions["core.y"] != "1" || f.running[envARN].Options["core.y"] != "1" {
		t.Errorf("updated: %s %v", e.Status, e.AirflowConfigurationOptions)
	}

	update("core.broken")
	work("UPDATING", "ROLLING_BACK")
	e := l.get("analytics")
	if e.Status != mwaa.UpdateFailed || e.AirflowConfigurationOptions["core.y"] != "1" || f.running[envARN].Options["core.y"] != "1" ||
		e.LastUpdate.Error.ErrorMessage != "airflow scheduler: exit status 1: the object could not be loaded" {
		t.Errorf("rolled back: %s %+v", e.Status, e.LastUpdate)
	}

	clear(f.running) // as in a new process
	work("UPDATE_FAILED")
	if len(f.running) != 1 {
		t.Error("it does not run again")
	}

	f.lost = true
	update("core.z")
	work("UPDATING", "ROLLING_BACK")
	if e := l.get("analytics"); e.Status != mwaa.Unavailable {
		t.Errorf("rolling back failed: %s", e.Status)
	}
	f.running[envARN] = want
	l.must("DeleteEnvironment", &deleteInput{"analytics"})
	work()
	if _, err := l.do("GetEnvironment", &getInput{"analytics"}); err == nil || len(f.running) > 0 {
		t.Errorf("deleted: %v, running %v", err, f.Running())
	}

	f.running[envARN] = want // its environment has gone, as after a reset
	work()
	if len(f.running) > 0 {
		t.Error("a stray runs on")
	}
}

func texts(states []mwaa.Status) []string {
	var list []string
	for _, s := range states {
		list = append(list, string(s))
	}
	return list
}

func TestRuntimeFailsToCreate(t *testing.T) {
	f := &fleet{running: map[string]RuntimeSettings{}, lost: true}
	l := start(t, Options{Runtime: f})
	f.seen = func() mwaa.Status { return l.get("analytics").Status }
	l.must("CreateEnvironment", newEnvironment("analytics", nil))
	key := ""
	err := background{l}.View(func(c *op.Call) error {
		keys, _, err := l.service.Work.Due(c)
		key = slices.Concat(keys, []string{""})[0]
		return err
	})
	if err == nil {
		err = l.service.Work.Do(t.Context(), background{l}, key)
	}
	if e := l.get("analytics"); err != nil || e.Status != mwaa.CreateFailed || e.LastUpdate.Error == nil {
		t.Errorf("%s, %v", e.Status, err)
	}
}
