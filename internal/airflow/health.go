package airflow

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Healthy waits until every process reports that it is, which takes 5 to 13 s, or until one ends, or ctx does.
func (a *Airflow) Healthy(ctx context.Context) error {
	var last string
	for {
		well, state := a.health(ctx)
		select {
		case err := <-a.failed: // whatever its metastore still holds of an earlier run's heartbeat
			return err
		default:
		}
		if well {
			return nil
		}
		last = state
		select {
		case err := <-a.failed:
			return err
		case <-ctx.Done():
			return fmt.Errorf("airflow is not healthy (%s): %w", last, ctx.Err())
		case <-time.After(healthPause):
		}
	}
}

// healthPause is how long Healthy waits before it asks again.
const healthPause = 100 * time.Millisecond

// health asks the web server once. The state says what is missing.
func (a *Airflow) health(ctx context.Context) (well bool, state string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.behind+healthPath(a.version), nil)
	if err != nil {
		return false, err.Error()
	}
	answer, err := loopback.Do(r)
	if err != nil {
		return false, "the web server does not answer"
	}
	defer answer.Body.Close()
	var parts map[string]struct{ Status *string }
	if err := json.NewDecoder(answer.Body).Decode(&parts); err != nil {
		return false, "the web server answers " + answer.Status
	}
	for _, name := range a.reporting() {
		if s := parts[name].Status; s == nil || *s != "healthy" {
			return false, "the " + name + " has not reported yet"
		}
	}
	return true, ""
}

// reporting are the processes' names in the answer.
func (a *Airflow) reporting() []string {
	parts := []string{"metadatabase"}
	for _, r := range a.running {
		if name, ok := map[string]string{"scheduler": "scheduler", "dag-processor": "dag_processor", "triggerer": "triggerer"}[r.name]; ok {
			parts = append(parts, name)
		}
	}
	return parts
}

// loopback is a client that no proxy comes between, and that follows no redirection.
var loopback = &http.Client{
	Transport: &http.Transport{}, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// freePort returns a port of loopback that nobody listens on.
func freePort(ctx context.Context) (int, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}
