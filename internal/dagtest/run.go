package dagtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"aircon/internal/airflow"
)

// API is Airflow's REST API; [airflow.Running] is one.
type API interface {
	Invoke(ctx context.Context, role string, c airflow.Call) (status int, body []byte, err error)
}

// Runner runs DAGs.
type Runner struct {
	API     API
	Version string                      // of Airflow
	Conf    json.RawMessage             // of each run, an object; empty means none
	Pause   func(context.Context) error // between two looks; it ends with the context
	Said    func(line string)           // told what happens
}

// RunID is the id of each DAG's run.
const RunID = "aircon-test"

// admin is the role of Airflow's that asks.
const admin = "Admin"

// Run gives each DAG a run and waits until all have ended. When the context's time is over it says how far they came. It fails where Airflow
// cannot be asked.
func (r *Runner) Run(ctx context.Context, ids []string) ([]DAG, error) {
	dags := make([]DAG, len(ids))
	for i, id := range ids {
		dags[i] = DAG{ID: id, State: Unknown}
	}
	err := r.trigger(ctx, dags)
	if err == nil {
		err = r.await(ctx, dags)
	}
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	for i := range dags {
		d := &dags[i]
		d.Late = !ended(d.State)
		if d.State == Unknown {
			continue
		}
		if d.Tasks, err = r.tasks(context.WithoutCancel(ctx), d.ID); err != nil {
			return nil, err
		}
	}
	return dags, nil
}

func ended(state string) bool { return state == Success || state == Failed }

// trigger begins a run of each, as soon as Airflow knows the DAG.
func (r *Runner) trigger(ctx context.Context, dags []DAG) error {
	body := map[string]any{"dag_run_id": RunID}
	if !strings.HasPrefix(r.Version, "2.") {
		body["logical_date"] = nil // required there, and null for a run of no date
	}
	if len(r.Conf) > 0 {
		body["conf"] = r.Conf
	}
	for i := range dags {
		at := "/dags/" + url.PathEscape(dags[i].ID)
		for {
			status, _, err := r.call(ctx, http.MethodGet, at, nil, nil, http.StatusNotFound)
			if err != nil {
				return err
			}
			if status == http.StatusOK {
				break
			}
			if err := r.Pause(ctx); err != nil {
				return err
			}
		}
		// One made with is_paused_upon_creation does not heed the option.
		if _, _, err := r.call(ctx, http.MethodPatch, at, nil, map[string]any{"is_paused": false}); err != nil {
			return err
		}
		if _, _, err := r.call(ctx, http.MethodPost, at+"/dagRuns", nil, body); err != nil {
			return err
		}
		dags[i].State = "queued"
		r.Said("triggered " + dags[i].ID)
	}
	return nil
}

// await looks until each run has ended.
func (r *Runner) await(ctx context.Context, dags []DAG) error {
	for {
		left := 0
		for i := range dags {
			d := &dags[i]
			if ended(d.State) {
				continue
			}
			var run struct{ State string }
			if err := r.get(ctx, runPath(d.ID), nil, &run); err != nil {
				return err
			}
			if d.State = run.State; ended(d.State) {
				r.Said(d.ID + ": " + d.State)
			} else {
				left++
			}
		}
		if left == 0 {
			return nil
		}
		if err := r.Pause(ctx); err != nil {
			return err
		}
	}
}

func runPath(dag string) string { return "/dags/" + url.PathEscape(dag) + "/dagRuns/" + RunID }

// page is how many task instances are asked for at once, the most that Airflow gives by default ([api] maximum_page_limit).
const page = 100

// tasks lists the task instances of a DAG's run.
func (r *Runner) tasks(ctx context.Context, dag string) ([]Task, error) {
	var all []Task
	for {
		var got struct {
			Instances []struct {
				ID       string   `json:"task_id"`
				MapIndex int      `json:"map_index"`
				State    *string  `json:"state"`
				Try      int      `json:"try_number"`
				Seconds  *float64 `json:"duration"`
			} `json:"task_instances"`
			Total int `json:"total_entries"`
		}
		query := url.Values{"limit": {strconv.Itoa(page)}, "offset": {strconv.Itoa(len(all))}}
		if err := r.get(ctx, runPath(dag)+"/taskInstances", query, &got); err != nil {
			return nil, err
		}
		for _, i := range got.Instances {
			t := Task{ID: i.ID, MapIndex: i.MapIndex, State: "none", Try: i.Try}
			if i.State != nil {
				t.State = *i.State
			}
			if i.Seconds != nil {
				t.Seconds = *i.Seconds
			}
			all = append(all, t)
		}
		if len(got.Instances) == 0 || len(all) >= got.Total {
			return all, nil
		}
	}
}

func (r *Runner) get(ctx context.Context, path string, query url.Values, to any) error {
	_, body, err := r.call(ctx, http.MethodGet, path, query, nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, to); err != nil {
		return fmt.Errorf("what Airflow answers to %s: %w", path, err)
	}
	return nil
}

// call asks, and fails with what Airflow says where that is no success. One more status can be let pass.
func (r *Runner) call(ctx context.Context, method, path string, query url.Values, input any, pass ...int) (int, []byte, error) {
	c := airflow.Call{Method: method, Path: path, Query: query}
	if input != nil {
		text, err := json.Marshal(input)
		if err != nil {
			return 0, nil, err
		}
		c.Body = text
	}
	status, body, err := r.API.Invoke(ctx, admin, c)
	if err != nil {
		return status, nil, fmt.Errorf("asking Airflow for %s: %w", path, err)
	}
	for _, other := range pass {
		if status == other {
			return status, body, nil
		}
	}
	if status >= http.StatusMultipleChoices {
		return status, nil, fmt.Errorf("airflow answers %s %s with status %d: %.300s", method, path, status, body)
	}
	return status, body, nil
}
