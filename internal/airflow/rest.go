package airflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"aircon/internal/filelock"
)

// Running is an Airflow that a process of this machine runs, as its environment's directory tells.
type Running struct {
	URL     string `json:"url"`
	Version string `json:"airflow"`
	Pid     int    `json:"pid"` // of the process that runs it

	home string
}

// runningFile lies in an environment's directory while its Airflow is healthy.
const runningFile = "running.json"

// Announce tells other processes that a is healthy; Stop takes it back.
func (a *Airflow) Announce() error {
	text, err := json.Marshal(Running{URL: a.URL, Version: a.version, Pid: os.Getpid()})
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(a.home, runningFile), text)
}

// withdraw takes the announcement back.
func (a *Airflow) withdraw() error {
	if err := os.Remove(filepath.Join(a.home, runningFile)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// FindRunning returns the Airflow of an environment's directory, or nil where none runs. One whose process was killed is not found: nobody
// holds its lock.
func FindRunning(home string) (*Running, error) {
	text, err := os.ReadFile(filepath.Join(home, runningFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // none
	}
	if err != nil {
		return nil, err
	}
	lock, err := filelock.Take(filepath.Join(home, lockName))
	if err == nil {
		unlockFile(lock)
		return nil, nil //nolint:nilnil // none
	}
	if !errors.Is(err, filelock.ErrHeld) {
		return nil, err
	}
	r := &Running{home: home}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("reading %s: %w", runningFile, err)
	}
	return r, nil
}

// Call is a request to Airflow's REST API.
type Call struct {
	Method string
	Path   string // below the API's root, such as /dags/etl/dagRuns
	Query  url.Values
	Body   []byte // JSON; nil means none
}

// Invoke makes a request as the user of one of Roles, and returns what Airflow answers, whatever its status. The root of the API is /api/v1,
// or /api/v2 in Airflow 3.
func (r *Running) Invoke(ctx context.Context, role string, c Call) (status int, body []byte, err error) {
	keys, err := ReadKeys(r.home)
	if err != nil {
		return 0, nil, err
	}
	root := "/api/v1"
	if newer(r.Version, 3, 0) {
		root = "/api/v2"
	}
	at := r.URL + root + "/" + strings.TrimPrefix(c.Path, "/")
	if len(c.Query) > 0 {
		at += "?" + c.Query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, c.Method, at, bytes.NewReader(c.Body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	if err := r.authorize(ctx, request, role, keys); err != nil {
		return 0, nil, err
	}
	return send(request)
}

// authorize logs in: with a password in Airflow 2 (its basic_auth backend), for a token in Airflow 3.
func (r *Running) authorize(ctx context.Context, request *http.Request, role string, keys Keys) error {
	user, password := strings.ToLower(role), keys.PasswordOf(role).Reveal()
	if !newer(r.Version, 3, 0) {
		request.SetBasicAuth(user, password)
		return nil
	}
	input, err := json.Marshal(map[string]string{"username": user, "password": password})
	if err != nil {
		return err
	}
	login, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL+"/auth/token", bytes.NewReader(input))
	if err != nil {
		return err
	}
	login.Header.Set("Content-Type", "application/json")
	status, body, err := send(login)
	if err != nil || status == http.StatusUnauthorized {
		return err // the simple auth manager has no Public: Airflow answers 401 to the request itself
	}
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &got); err != nil || got.AccessToken == "" {
		return fmt.Errorf("logging in to Airflow: status %d without a token", status)
	}
	request.Header.Set("Authorization", "Bearer "+got.AccessToken)
	return nil
}

// largestAnswer bounds what is read of Airflow's answers.
const largestAnswer = 32 << 20

func send(r *http.Request) (int, []byte, error) {
	answer, err := loopback.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, largestAnswer))
	return answer.StatusCode, body, err
}
