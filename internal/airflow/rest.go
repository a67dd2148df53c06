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
	URL     string `json:"url"`    // of the web server that its users see
	Behind  string `json:"behind"` // URL of Airflow's own
	Version string `json:"airflow"`
	Pid     int    `json:"pid"` // of the process that runs it

	login *logins
}

// Host is the web server's host and port.
func (r *Running) Host() string { return strings.TrimPrefix(r.URL, "http://") }

// Same reports whether both are the same run of the same Airflow.
func (r *Running) Same(other *Running) bool {
	return other != nil && r.URL == other.URL && r.Behind == other.Behind && r.Pid == other.Pid
}

// runningFile lies in an environment's directory while its Airflow is healthy.
const runningFile = "running.json"

// Announce tells other processes that a is healthy; Stop takes it back.
func (a *Airflow) Announce() error {
	text, err := json.Marshal(Running{URL: a.URL, Behind: a.behind, Version: a.version, Pid: os.Getpid()})
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(a.home, runningFile), text)
}

// withdraw takes the announcement back.
func (a *Airflow) withdraw() error { return removeIfThere(filepath.Join(a.home, runningFile)) }

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
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
	if err == nil { // taken back, so that nobody looks again, who would lock out one that starts
		err = removeIfThere(filepath.Join(home, runningFile))
		unlockFile(lock)
		return nil, err
	}
	if !errors.Is(err, filelock.ErrHeld) {
		return nil, err
	}
	r := new(Running)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("reading %s: %w", runningFile, err)
	}
	keys, err := ReadKeys(home)
	r.login = &logins{url: r.Behind, version: r.Version, keys: keys}
	return r, err
}

// Call is a request to Airflow's REST API.
type Call struct {
	Method string
	Path   string // below the API's root, such as /dags/etl/dagRuns
	Query  url.Values
	Body   []byte // JSON; nil means none
}

// Invoke makes a request as the user of one of Roles, and returns what Airflow answers, whatever its status. The root of the API is /api/v1,
// or /api/v2 in Airflow 3. The user's session is kept for the next request.
func (r *Running) Invoke(ctx context.Context, role string, c Call) (status int, body []byte, err error) {
	for {
		request, err := r.request(ctx, c)
		if err != nil {
			return 0, nil, err
		}
		cookie, before, err := r.login.authorize(request, role)
		if err != nil {
			return 0, nil, err
		}
		if status, body, err = send(request); err != nil || status != http.StatusUnauthorized || !before {
			return status, body, err
		}
		r.login.forget(role, cookie)
	}
}

func (r *Running) request(ctx context.Context, c Call) (*http.Request, error) {
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
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	return request, nil
}

// largestAnswer bounds what is read of Airflow's answers.
const largestAnswer = 32 << 20

func send(r *http.Request) (int, []byte, error) {
	answer, body, err := exchange(r) //nolint:bodyclose // exchange has
	if err != nil {
		return 0, nil, err
	}
	return answer.StatusCode, body, nil
}

// exchange sends a request to Airflow, follows no redirection, and reads the answer.
func exchange(r *http.Request) (*http.Response, []byte, error) {
	answer, err := loopback.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, largestAnswer))
	return answer, body, err
}
