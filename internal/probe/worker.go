package probe

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"aircon/internal/pause"
)

// REST carries a request to the REST API of an environment's Airflow. The body is JSON; nil means none. An answer of any status is no error.
type REST interface {
	InvokeREST(ctx context.Context, environment, method, path string, body []byte) (status int, answer []byte, err error)
}

// Question is what a worker is to say of one connection.
type Question struct {
	ConnID string `json:"conn_id"`
	Open   bool   `json:"open"`  // whether it opens it
	Words  bool   `json:"words"` // whether the driver's errors come in its own words, which may quote pieces of a text that was misread
}

// Worker asks a worker of an environment, by a run of the DAG of [DAG].
type Worker struct {
	REST        REST
	Environment string
	Airflow     string // version
	// Pause waits between two looks at the run; nil: a second.
	Pause func(context.Context) error
	// Said is told how far the run is; nil: nobody.
	Said func(string)
}

// NotThere says that Airflow does not have the DAG, or not as it must be.
type NotThere struct {
	What string
	Next string // what to type
}

// Error says what is missing and what to do next.
func (e *NotThere) Error() string { return e.What + ": " + e.Next }

// Ask triggers the DAG, waits for the end of its run as long as the context lasts, and reads what it told.
//
// IAM: airflow:InvokeRestApi on a role of Airflow that may trigger DAGs: User, Op or Admin.
func (w *Worker) Ask(ctx context.Context, questions []Question) (*Answers, error) {
	if err := w.ready(ctx); err != nil {
		return nil, err
	}
	run, err := w.trigger(ctx, questions)
	if err != nil {
		return nil, err
	}
	if err := w.finished(ctx, run); err != nil {
		return nil, err
	}
	return w.result(ctx, run, len(questions))
}

// ready looks whether Airflow has the DAG and would run it.
func (w *Worker) ready(ctx context.Context) error {
	w.said("looking for the DAG " + DAGID)
	var dag struct {
		Paused bool `json:"is_paused"`
	}
	switch status, err := w.call(ctx, http.MethodGet, dagPath(), nil, &dag); {
	case status == http.StatusNotFound:
		return &NotThere{"Airflow has no DAG " + DAGID, "aircon doctor --print-probe-dag > dags/" + DAGID +
			".py  and put the file into the environment's DAG folder; Airflow sees it within a minute or so"}
	case err != nil:
		return err
	case dag.Paused:
		return &NotThere{"the DAG " + DAGID + " is paused", "aws mwaa invoke-rest-api --name " + w.Environment + " --method PATCH --path " + dagPath() +
			` --body '{"is_paused": false}'`}
	}
	return nil
}

func dagPath() string { return "/dags/" + DAGID }

// trigger begins a run, under an id of its own so that an attempt that is repeated begins no second one.
func (w *Worker) trigger(ctx context.Context, questions []Question) (string, error) {
	run := strings.ToLower(rand.Text()[:runLength])
	body := map[string]any{"dag_run_id": run, "conf": map[string]any{"connections": questions}}
	if strings.HasPrefix(w.Airflow, "3.") {
		body["logical_date"] = nil // Airflow 3 wants the field, and takes null
	}
	status, err := w.call(ctx, http.MethodPost, dagPath()+"/dagRuns", body, nil)
	if status == http.StatusConflict { // an earlier attempt, whose answer was lost
		err = nil
	}
	return run, err
}

// finished waits for the end of a run.
func (w *Worker) finished(ctx context.Context, run string) error {
	state := "triggered"
	for {
		w.said("waiting for a worker: the run of " + DAGID + " is " + state)
		var got struct{ State string }
		if _, err := w.call(ctx, http.MethodGet, dagPath()+"/dagRuns/"+run, nil, &got); err != nil {
			return cmp.Or(w.late(ctx, run, state), err)
		}
		switch state = got.State; state {
		case "success":
			return nil
		case "failed":
			return fmt.Errorf("the run %s of %s failed: Airflow's log of its task says why", run, DAGID)
		}
		if err := w.pause(ctx); err != nil {
			return cmp.Or(w.late(ctx, run, state), err)
		}
	}
}

// late is the error where time is over, and nil where it is not.
func (w *Worker) late(ctx context.Context, run, state string) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil
	}
	why := ""
	if state == "queued" {
		why = ": no scheduler or worker has taken it"
	}
	return fmt.Errorf("the run %s of %s is still %s%s; more time:  --inside-timeout 10m", run, DAGID, state, why)
}

// resultPath is that of what the task has pushed to XCom, the same below /api/v1 of Airflow 2 and /api/v2 of Airflow 3.
func resultPath(run string) string {
	return dagPath() + "/dagRuns/" + run + "/taskInstances/" + dagTask + "/xcomEntries/" + dagResult
}

// result reads what a run told.
func (w *Worker) result(ctx context.Context, run string, asked int) (*Answers, error) {
	var entry struct{ Value string }
	if _, err := w.call(ctx, http.MethodGet, resultPath(run), nil, &entry); err != nil {
		return nil, err
	}
	a := new(Answers)
	if err := json.Unmarshal([]byte(entry.Value), a); err != nil {
		return nil, fmt.Errorf("what the run %s of %s returned is not the probe's: %w", run, DAGID, err)
	}
	switch {
	case a.Probe != dagMark:
		return nil, &NotThere{"the DAG " + DAGID + " is another version of aircon's", "aircon doctor --print-probe-dag > dags/" + DAGID + ".py  and put the file in its place"}
	case a.Error != nil:
		return nil, fmt.Errorf("the worker cannot begin with Airflow's sources: %s", a.Error)
	case len(a.Connections) != asked:
		return nil, errors.New("the probe answered for another number of connections than it was asked about")
	}
	return a, nil
}

// call makes a request, and reads the answer into a value unless that is nil. The status comes with the error, too, where Airflow has answered.
func (w *Worker) call(ctx context.Context, method, path string, body, into any) (int, error) {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return 0, err
		}
	}
	status, answer, err := w.REST.InvokeREST(ctx, w.Environment, method, path, text)
	if err != nil {
		return 0, err
	}
	if status >= http.StatusBadRequest {
		return status, fmt.Errorf("Airflow answers %d to %s %s%s", status, method, path, said(answer)) //nolint:staticcheck // a name
	}
	if into == nil {
		return status, nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return status, fmt.Errorf("the answer of Airflow to %s %s: %w", method, path, err)
	}
	return status, nil
}

// said is what Airflow says in an answer: title and detail in Airflow 2, detail alone in Airflow 3.
func said(answer []byte) string {
	var told struct {
		Title  string
		Detail any
	}
	if json.Unmarshal(answer, &told) != nil {
		return ""
	}
	if text, is := told.Detail.(string); is && text != "" {
		return ": " + text
	}
	if told.Title != "" {
		return ": " + told.Title
	}
	return ""
}

func (w *Worker) said(text string) {
	if w.Said != nil {
		w.Said(text)
	}
}

// pause waits for a moment, or for the end of the context.
func (w *Worker) pause(ctx context.Context) error {
	if w.Pause != nil {
		return w.Pause(ctx)
	}
	return pause.For(ctx, time.Second)
}
