//go:build unix

package airflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"aircon/internal/filelock"
	"aircon/mwaa"
)

// fakeEnv tells this test binary to play Airflow 3.
const fakeEnv = "AIRFLOW_TEST_FAKE"

func TestMain(m *testing.M) {
	if os.Getenv(fakeEnv) != "" {
		if err := playAirflow(os.Args[1:]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// playAirflow is an Airflow whose processes run until SIGTERM. The scheduler reports by the file "heartbeat" in its home, as a real one does in
// its metastore, and prints what it reads from AWS; the file "broken" makes it fail before.
func playAirflow(args []string) error {
	ends := make(chan os.Signal, 1)
	signal.Notify(ends, syscall.SIGTERM)
	switch args[0] {
	case "api-server":
		go serveFake("127.0.0.1:" + args[4])
	case "scheduler":
		if _, err := os.Stat(filepath.Join(os.Getenv("HOME"), "broken")); err == nil {
			return errors.New("AirflowConfigException: the object could not be loaded")
		}
		if err := os.WriteFile(heartbeat(), nil, 0o600); err != nil {
			return err
		}
		r, err := http.NewRequest(http.MethodPost, os.Getenv("AWS_ENDPOINT_URL"), nil)
		if err != nil {
			return err
		}
		r.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
		_, body, err := send(r)
		fmt.Println("read", string(body), err, "and the key", os.Getenv("AIRFLOW__CORE__FERNET_KEY"), "exported", os.Getenv("FROM_STARTUP"))
	case "db": // migrate
		return playMigration(os.Getenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"))
	case "dags", "tasks":
		fmt.Printf("%q in %s\n", args, os.Getenv("AIRFLOW_HOME"))
		fmt.Fprintln(os.Stderr, "password=s3cr3t-canary", os.Getenv("AIRFLOW__CORE__FERNET_KEY"))
		if args[1] == "test" {
			return errors.New("it failed")
		}
		return nil
	}
	<-ends
	return nil
}

func heartbeat() string { return filepath.Join(os.Getenv("HOME"), "heartbeat") }

// serveFake plays the web server. The DAG processor is healthy from the second question on, the scheduler once it has reported.
func serveFake(address string) {
	var asked atomic.Int32
	http.HandleFunc("GET /api/v2/monitor/health", func(w http.ResponseWriter, _ *http.Request) {
		scheduler, dags := "null", "null"
		if _, err := os.Stat(heartbeat()); err == nil {
			scheduler = `"healthy"`
		}
		if asked.Add(1) > 1 {
			dags = `"healthy"`
		}
		fmt.Fprintf(w, `{"metadatabase": {"status": "healthy"}, "scheduler": {"status": %s}, "dag_processor": {"status": %s}, "triggerer": {"status": null}}`, scheduler, dags)
	})
	http.HandleFunc("POST /auth/token", func(w http.ResponseWriter, r *http.Request) {
		var got map[string]string
		_ = json.NewDecoder(r.Body).Decode(&got)
		if got["username"] == "public" { // whom the simple auth manager does not have
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]string{"access_token": got["username"] + "/" + got["password"]})
	})
	http.HandleFunc("GET /api/v2/dags/x/logs/1", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `["password=s3cr3t-canary"]`)
	})
	http.HandleFunc("/api/v2/", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "%s %s %s %s", r.Method, r.URL, body, r.Header.Get("Authorization"))
	})
	fmt.Println(http.ListenAndServe(address, nil)) //nolint:gosec // a test's
	os.Exit(1)
}

// fakeInstalled is an installation whose airflow is this test binary.
func fakeInstalled(t *testing.T) *Installed {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\n%s=1 exec '%s' \"$@\"\n", fakeEnv, os.Args[0])
	for name, text := range map[string]string{"bin/airflow": script, "metastore.db": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return &Installed{"3.3.1", dir}
}

func fakeSetup(t *testing.T) Setup {
	t.Helper()
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"SecretString": "{\"password\": \"s3cr3t-canary\"}"}`)
	}))
	t.Cleanup(aws.Close)
	bucket := t.TempDir()
	if err := os.WriteFile(filepath.Join(bucket, "startup.sh"), []byte("export FROM_STARTUP=yes AWS_REGION=elsewhere\necho started\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := OpenBucket(bucket)
	if err != nil {
		t.Fatal(err)
	}
	r := &role{now: time.Now()}
	return Setup{Environment: "analytics", Account: "123456789012", Region: "eu-west-1", Bucket: b, Home: filepath.Join(t.TempDir(), "home"), Endpoint: aws.URL, Assume: r.assume}
}

func startFake(t *testing.T, i *Installed, s Setup) *Airflow {
	t.Helper()
	a, err := Start(t.Context(), i, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return a
}

func TestAirflowRuns(t *testing.T) {
	i, s := fakeInstalled(t), fakeSetup(t)
	a := startFake(t, i, s)
	if err := a.Healthy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), i, s); err == nil || !strings.Contains(err.Error(), "runs already") {
		t.Errorf("a second one: %v", err)
	}
	if len(a.Lost) != 1 || a.Lost[0].Variable != "AWS_REGION" || a.Lost[0].By != mwaa.ProtectedVariable {
		t.Errorf("lost: %+v", a.Lost)
	}
	if r, err := FindRunning(s.Home); r != nil || err != nil {
		t.Errorf("found before it was announced: %v, %v", r, err)
	}
	if err := a.Announce(); err != nil {
		t.Fatal(err)
	}
	r, err := FindRunning(s.Home)
	if r == nil || err != nil {
		t.Fatalf("not found: %v", err)
	}
	keys, err := ReadKeys(s.Home)
	if err != nil {
		t.Fatal(err)
	}
	status, body, err := r.Invoke(t.Context(), "Viewer", Call{Method: "POST", Path: "/dags/x/dagRuns", Query: map[string][]string{"a": {"b"}}, Body: []byte("{}")})
	want := "POST /api/v2/dags/x/dagRuns?a=b {} Bearer viewer/" + keys.PasswordOf("Viewer").Reveal()
	if status != http.StatusTeapot || string(body) != want || err != nil {
		t.Errorf("%d %s, %v", status, body, err)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if r, err := FindRunning(s.Home); r != nil || err != nil {
		t.Errorf("found after its end: %v, %v", r, err)
	}
	log, err := os.ReadFile(filepath.Join(LogsDir(s.Home), "scheduler.log"))
	if err != nil || !strings.Contains(string(log), "read") || !strings.Contains(string(log), "exported yes") {
		t.Errorf("%s, %v", log, err)
	}
	for _, secret := range []string{"s3cr3t-canary", keys.Fernet.Reveal()} {
		if strings.Contains(string(log), secret) {
			t.Errorf("the log shows a secret: %s", log)
		}
	}
}

// A process that ends at once is told with what it printed, and nothing else runs on.
func TestAirflowDoesNotComeUp(t *testing.T) {
	i, s := fakeInstalled(t), fakeSetup(t)
	if err := os.MkdirAll(s.Home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.Home, "broken"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	a := startFake(t, i, s)
	err := a.Healthy(t.Context())
	if err == nil || !strings.Contains(err.Error(), "airflow scheduler") || !strings.Contains(err.Error(), "the object could not be loaded") {
		t.Fatalf("got %v", err)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	for _, p := range a.running {
		if err := syscall.Kill(-p.child.Pid(), 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("%s runs on: %v", p.name, err)
		}
	}
}

func TestAirflowStartupScriptFails(t *testing.T) {
	i, s := fakeInstalled(t), fakeSetup(t)
	if err := os.WriteFile(s.Bucket.Startup, []byte("echo no such package\nexit 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), i, s)
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "no such package") {
		t.Errorf("got %v", err)
	}
	if lock, err := filelock.Take(filepath.Join(s.Home, lockName)); err != nil {
		t.Errorf("the directory stays locked: %v", err)
	} else {
		unlockFile(lock)
	}
}
