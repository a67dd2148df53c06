//go:build crash && unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"aircon"
	"aircon/internal/metastore"
	"aircon/localaws"
)

const (
	canaryPrefix     = "canary-"
	crashEnvironment = "analytics"
)

// crashSpecs are what is applied: connections as JSON and as URI, one under a key of its own, variables, and ids so long that the least
// policy needs several documents, which the second no longer does.
func crashSpecs() map[string]string {
	head := "version: 1\nenvironments:\n  " + crashEnvironment + ":\n    region: eu-west-1\n"
	long := func(n int) (text string) {
		for i := range n {
			text += fmt.Sprintf("      %s_%02d: {conn_type: postgres, host: h%d.internal, password: {env: CRASH_A}}\n", strings.Repeat("warehouse", 20), i, i)
		}
		return text
	}
	return map[string]string{
		"first.yaml": head + `    tags: {team: data}
    connections:
      db: {conn_type: postgres, host: db.internal, port: 5432, login: etl, password: {env: CRASH_A}, schema: dw, extra: {sslmode: require, keepalives_idle: 300}, description: The warehouse, kms_key: alias/airflow}
      plain: {conn_type: postgres, host: db.internal, login: plain, password: {env: CRASH_A}, extra: {sslmode: require}}
      report: {conn_type: postgres, host: db.internal, login: 'a b%/@:', password: {env: CRASH_B}, format: uri}
` + long(18) + `    variables: {bucket: my-bucket, settings: {json: {retries: 3}}, token: {secret: {env: CRASH_B}}}
`,
		"second.yaml": head + `    tags: {team: platform, cost: low}
    connections:
      db: {conn_type: postgres, host: new.internal, port: 5432, login: etl, password: {keep: true}, schema: dw, description: Moved}
      plain: {conn_type: postgres, host: db.internal, login: plain, password: {env: CRASH_B}, extra: {sslmode: verify-full}, kms_key: alias/airflow, format: uri}
      fresh: {conn_type: http, host: api.internal}
` + long(3) + `    variables: {bucket: other-bucket, more: x}
`,
		"old.yaml": "version: 1\nenvironments:\n  old: {kind: self-managed, region: " + oldRegion + ", airflow_version: 2.10.3, policy: none}\n",
	}
}

// newCrashAccount makes a directory of local AWS with an environment that somebody has set options of, and a key.
func newCrashAccount(t *testing.T, rows rowsOf) crashAccount {
	t.Helper()
	a := openCrashAWS(t, crashAccount{dir: t.TempDir(), rows: rows})
	address, stop := a.serve(killing{}, nil)
	defer stop()
	env := a.Env(address)
	// The environment is made at once: this local AWS lets no time pass without telling.
	if err := makeEnvironment(context.Background(), env, crashEnvironment, "2.10.3"); err != nil {
		t.Fatal(err)
	}
	answer, err := callLocal(context.Background(), env, "kms", "CreateKey", "{}")
	if err != nil {
		t.Fatal(err)
	}
	key := keyID.FindSubmatch(answer)[1]
	for _, call := range [][3]string{
		{"kms", "CreateAlias", fmt.Sprintf(`{"AliasName": "alias/airflow", "TargetKeyId": "%s"}`, key)},
		{"mwaa", "UpdateEnvironment", `{"Name": "` + crashEnvironment + `", "AirflowConfigurationOptions": {"core.parallelism": "8", "secrets.backend_kwargs": "{\"connections_lookup_pattern\": \"^x$\"}"}}`},
	} {
		if _, err := callLocal(context.Background(), env, call[0], call[1], call[2]); err != nil {
			t.Fatal(err)
		}
	}
	return a.close(t)
}

// crashAccount is a local AWS that is closed: its directory, and where its clock stands.
type crashAccount struct {
	dir   string
	ahead time.Duration
	rows  rowsOf
}

// rowsOf says how many connections a metastore has, and how many of them are broken.
type rowsOf struct{ all, broken int }

// copied returns one of its own that is the same.
func (c crashAccount) copied(t *testing.T) crashAccount {
	t.Helper()
	to := filepath.Join(t.TempDir(), "aws")
	if out, err := exec.Command("cp", "-a", c.dir, to).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v\n%s", err, out)
	}
	return crashAccount{to, c.ahead, c.rows}
}

// crashAWS is a local AWS whose callers are killed. Its MWAA has done each update by the next look at it, but for an update whose caller is
// killed: of that the rerun sees the middle, and no more of it.
type crashAWS struct {
	*localaws.Server
	dir   string
	specs string
	of    crashAccount
	rows  []metastoreRow // of the metastore beside the specs, at first
	ahead atomic.Int64   // nanoseconds that the services' clock is ahead
	slow  atomic.Bool    // whether the next look at an environment finds it at work
}

const longEnough = time.Hour // for any update

func openCrashAWS(t *testing.T, c crashAccount) *crashAWS {
	t.Helper()
	a := &crashAWS{dir: c.dir, specs: t.TempDir(), of: c}
	a.ahead.Store(int64(c.ahead))
	var err error
	a.Server, err = localaws.New(localaws.Options{Directory: c.dir, Region: "eu-west-1", Clock: func() time.Time { return time.Now().Add(time.Duration(a.ahead.Load())) }})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range crashSpecs() {
		if err := os.WriteFile(filepath.Join(a.specs, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a.metastore(t)
	return a
}

// metastore puts Airflow's database beside the specs, the same in each run but for what Fernet makes of it.
func (a *crashAWS) metastore(t *testing.T) {
	t.Helper()
	keys, text := fernetKeys(t, 3)
	if err := os.WriteFile(filepath.Join(a.specs, "fernet.key"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	a.rows = newRows(t, rand.New(rand.NewPCG(1, 1)), a.of.rows.all, a.of.rows.broken, keys, 2)
	sqliteMetastore(t, a.database(), "2.10.3", a.rows)
}

func (a *crashAWS) database() string { return filepath.Join(a.specs, "airflow.db") }

// left are the ids that the metastore has.
func (a *crashAWS) left(t *testing.T) []string {
	t.Helper()
	s, err := metastore.Read(t.Context(), aircon.NewSecret("sqlite:///"+a.database()))
	if err != nil {
		t.Fatal(err)
	}
	return s.IDs()
}

// checkNothingLost holds that what is gone from the metastore is in Secrets Manager.
func (a *crashAWS) checkNothingLost(t *testing.T) {
	t.Helper()
	url, stop := a.serve(killing{}, nil)
	defer stop()
	left := a.left(t)
	for _, r := range a.rows {
		if slices.Contains(left, r.id) || r.fault != "" {
			continue
		}
		if _, err := callLocal(t.Context(), a.Env(url), "secretsmanager", "GetSecretValue", `{"SecretId": "airflow/connections/`+r.id+`"}`); err != nil {
			t.Errorf("%s is gone from the metastore: %v", r.id, err)
		}
	}
}

func (a *crashAWS) close(t *testing.T) crashAccount {
	t.Helper()
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	return crashAccount{a.dir, time.Duration(a.ahead.Load()), a.of.rows}
}

// environ is the environment of a process that asks this local AWS.
func (a *crashAWS) environ(url string) []string {
	all := []string{"CRASH_A=" + canaryPrefix + "a/b@c", "CRASH_B=" + canaryPrefix + "ü%", "AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull}
	for name, value := range a.Env(url) {
		all = append(all, name+"="+value)
	}
	return all
}

// serve serves one process, and calls end where it is told to. stop waits for the calls under way and returns their operations in their order.
func (a *crashAWS) serve(kill killing, end func()) (url string, stop func() []string) {
	var mu sync.Mutex
	var calls []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		operation := crashOperation(r)
		mu.Lock()
		calls = append(calls, operation)
		here := len(calls) == kill.call
		mu.Unlock()
		if !here {
			a.ServeHTTP(w, r)
			a.pass(operation, false)
			return
		}
		if kill.late {
			a.ServeHTTP(httptest.NewRecorder(), r)
			a.pass(operation, true)
		}
		end()
		panic(http.ErrAbortHandler)
	}))
	return server.URL, func() []string {
		server.Close()
		mu.Lock()
		defer mu.Unlock()
		return calls
	}
}

// pass lets the time go by that MWAA needs.
func (a *crashAWS) pass(operation string, killed bool) {
	switch {
	case operation == "UpdateEnvironment" && killed:
		a.slow.Store(true)
	case operation == "UpdateEnvironment", operation == "CreateEnvironment", operation == "GetEnvironment" && a.slow.Swap(false):
		a.ahead.Add(int64(longEnough))
	}
}

// crashOperation names the operation that a request calls.
func crashOperation(r *http.Request) string {
	if _, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		return operation
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err.Error() // the process was killed while it wrote
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, _ := url.ParseQuery(string(body))
		return form.Get("Action")
	}
	noun := "Environment"
	if strings.HasPrefix(r.URL.Path, "/tags/") {
		noun = "Tags"
	}
	return map[string]string{http.MethodGet: "Get", http.MethodPut: "Create", http.MethodPatch: "Update", http.MethodPost: "Add", http.MethodDelete: "Delete"}[r.Method] + noun
}
