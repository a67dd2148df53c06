//go:build airflow

package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"aircon/internal/airflow"
)

// The tokens of MWAA open real Airflows of both kinds: its command line as the environment, its web server with a role, and nobody without one.
func TestAirflowTokens(t *testing.T) {
	for _, version := range []string{"2.10.3", "3.3.1"} {
		t.Run(version, func(t *testing.T) {
			s := realStage(t, version)
			s.secret(t, "airflow/variables/canary", canary)
			s.mayRead(t)
			if err := s.write("dags/etl.py", demoDAG); err != nil {
				t.Fatal(err)
			}
			realAirflow(t, s)
			w := newWebServer(t, s)
			w.commands(version)
			w.roles(version)
			w.link()
			if version == "3.3.1" { // that of 2.10.3 comes without it
				w.hook(version)
			}
			w.closed(version)
		})
	}
}

// webServer is that of a stage's environment, to a client that trusts its certificate.
type webServer struct {
	t      *testing.T
	s      *stage
	home   string
	client *http.Client
}

func newWebServer(t *testing.T, s *stage) *webServer {
	w := &webServer{t: t, s: s, home: s.home(t)}
	text, err := os.ReadFile(filepath.Join(w.home, airflow.CertificateFile))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	w.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	return w
}

// ask sends a request, and returns status and body of the answer.
func (w *webServer) ask(c *http.Client, method, at, body string, headers ...string) (int, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, at, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := c.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// run runs a command with a new token, as the user guide shows it.
func (w *webServer) run(command string) (status int, stdout, stderr string) {
	w.t.Helper()
	var token struct{ CliToken, WebServerHostname string }
	w.s.call(w.t, "mwaa", "CreateCliToken", map[string]string{"Name": demoEnvironment}, &token)
	at := "https://" + token.WebServerHostname + "/aws_mwaa/cli"
	status, text := w.ask(w.client, http.MethodPost, at, command, "Authorization", "Bearer "+token.CliToken, "Content-Type", "text/plain")
	var got struct{ Stdout, Stderr []byte }
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		w.t.Fatalf("%s: %d %s: %v", command, status, text, err)
	}
	if again, text := w.ask(w.client, http.MethodPost, at, command, "Authorization", "Bearer "+token.CliToken); again != 403 || !strings.Contains(text, "used before") {
		w.t.Errorf("%s, with the token a second time: %d %s", command, again, text)
	}
	masksCanary(w.t, command, string(got.Stdout)+string(got.Stderr))
	return status, string(got.Stdout), string(got.Stderr)
}

func (w *webServer) commands(version string) {
	for _, test := range []struct {
		command        string
		status         int
		stdout, stderr string
	}{
		{"version", 200, version, ""},
		{"variables set a 'x \"y\"'", 200, "", ""},
		{"variables get a", 200, `x "y"`, ""},
		{"variables get canary", 200, "***", ""}, // read from Secrets Manager, as the execution role
		{"tasks list no_such_dag", 400, "", "no_such_dag"},
		{"connections get my_postgres_db", 400, "", "MWAA does not run airflow connections get"},
	} {
		status, stdout, stderr := w.run(test.command)
		if status != test.status || !strings.Contains(stdout, test.stdout) || !strings.Contains(stderr, test.stderr) {
			w.t.Errorf("%s: %d\n%s\n%s", test.command, status, stdout, stderr)
		}
	}
}

// api is the root of Airflow's REST API.
func (w *webServer) api(version string) string {
	if strings.HasPrefix(version, "3.") {
		return "/api/v2"
	}
	return "/api/v1"
}

// roles logs a user in who may be a Viewer and no more, and tries what a Viewer may not.
func (w *webServer) roles(version string) {
	const user = "watcher"
	as := maps.Clone(w.s.env)
	w.s.call(w.t, "iam", "CreateUser", map[string]string{"UserName": user}, nil)
	w.s.call(w.t, "iam", "PutUserPolicy", map[string]string{"UserName": user, "PolicyName": "watch", "PolicyDocument": `{"Version": "2012-10-17",
		"Statement": {"Effect": "Allow", "Action": "airflow:CreateWebLoginToken", "Resource": "arn:aws:airflow:*:*:role/*/Viewer"}}`}, nil)
	answer, err := callLocal(w.t.Context(), w.s.env, "iam", "CreateAccessKey", `{"UserName": "watcher"}`)
	if err != nil {
		w.t.Fatal(err)
	}
	var made struct {
		ID     string `xml:"CreateAccessKeyResult>AccessKey>AccessKeyId"`
		Secret string `xml:"CreateAccessKeyResult>AccessKey>SecretAccessKey"`
	}
	if err := xml.Unmarshal(answer, &made); err != nil {
		w.t.Fatal(err)
	}
	as["AWS_ACCESS_KEY_ID"], as["AWS_SECRET_ACCESS_KEY"] = made.ID, made.Secret
	var token struct{ WebToken, WebServerHostname string }
	if err := askMWAA(w.t.Context(), as, "CreateWebLoginToken", map[string]string{"Name": demoEnvironment}, &token); err != nil {
		w.t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	browser := &http.Client{Transport: w.client.Transport, Jar: jar}
	at := "https://" + token.WebServerHostname
	const form = "application/x-www-form-urlencoded"
	if status, text := w.ask(browser, http.MethodPost, at+"/aws_mwaa/login", url.Values{"token": {token.WebToken}}.Encode(), "Content-Type", form); status != 200 {
		w.t.Fatalf("logging in: %d %s", status, text)
	}
	dags := at + w.api(version) + "/dags"
	if status, text := w.ask(browser, http.MethodGet, dags, ""); status != 200 {
		w.t.Errorf("a viewer lists DAGs: %d %s", status, text)
	}
	if status, text := w.ask(browser, http.MethodGet, at+"/", ""); status != 200 || strings.Contains(text, "aircon local airflow login") {
		w.t.Errorf("a viewer looks at the first page: %d %.200s", status, text)
	}
	if status, text := w.ask(browser, http.MethodPatch, dags+"/etl", `{"is_paused": true}`, "Content-Type", "application/json"); status != 403 {
		w.t.Errorf("a viewer pauses a DAG: %d %s", status, text)
	}
	if status, _ := w.ask(browser, http.MethodPost, at+"/aws_mwaa/login", url.Values{"token": {token.WebToken}}.Encode(), "Content-Type", form); status != 403 {
		w.t.Errorf("the token is good twice: %d", status)
	}
}

// link logs in with what local airflow login prints.
func (w *webServer) link() {
	out, err := w.s.output(w.t.Context(), exitDone, []string{"local", "airflow", "login", "--directory", demoState})
	if err != nil {
		w.t.Fatalf("%v\n%s", err, out)
	}
	page, token, _ := strings.Cut(strings.TrimSpace(out), "#")
	if status, text := w.ask(http.DefaultClient, http.MethodGet, page, ""); status != 200 || !strings.Contains(text, `fetch("login"`) {
		w.t.Errorf("%s: %d %s", page, status, text)
	}
	at, err := url.Parse(page)
	if err != nil {
		w.t.Fatal(err)
	}
	status, text := w.ask(http.DefaultClient, http.MethodPost, at.ResolveReference(&url.URL{Path: "login"}).String(), url.Values{"token": {token}}.Encode(),
		"Content-Type", "application/x-www-form-urlencoded")
	if status != 200 || !strings.Contains(text, `"Admin"`) {
		w.t.Errorf("the page's login: %d %s", status, text)
	}
}

// hook uses the amazon provider's own client of MWAA's web login, which Airflow's MWAA operators use.
func (w *webServer) hook(version string) {
	cache, err := airflow.DefaultCacheDir()
	if err != nil {
		w.t.Fatal(err)
	}
	installed, err := (&airflow.Cache{Dir: cache, Environ: os.Environ()}).Install(w.t.Context(), version, "")
	if err != nil {
		w.t.Fatal(err)
	}
	c := exec.Command(installed.Python(), "-c", `import sys
from airflow.providers.amazon.aws.hooks.mwaa import MwaaHook
hook = MwaaHook(aws_conn_id=None, region_name=sys.argv[2])
print(hook.invoke_rest_api(env_name=sys.argv[1], path="/dags/etl", method="GET", generate_local_token=True, airflow_version=int(sys.argv[3])))`,
		demoEnvironment, w.s.env["AWS_REGION"], version[:1])
	c.Env = []string{
		"HOME=" + w.t.TempDir(), "AIRFLOW_HOME=" + w.t.TempDir(), "PATH=/usr/bin:/bin", "REQUESTS_CA_BUNDLE=" + filepath.Join(w.home, airflow.CertificateFile),
		"AWS_DISABLE_HOST_PREFIX_INJECTION=true",
	}
	for name, value := range w.s.env {
		c.Env = append(c.Env, name+"="+value)
	}
	var complaints bytes.Buffer
	c.Stderr = &complaints
	out, err := c.Output()
	if err != nil || !bytes.Contains(out, []byte("'RestApiStatusCode': 200")) || !bytes.Contains(out, []byte("'dag_id': 'etl'")) {
		w.t.Errorf("MwaaHook: %v\n%s\n%s", err, out, &complaints)
	}
}

// closed shows that neither the web server nor Airflow's own port answers whoever has no token.
func (w *webServer) closed(version string) {
	running, err := airflow.FindRunning(w.home)
	if err != nil || running == nil {
		w.t.Fatalf("%v, %v", running, err)
	}
	for _, at := range []string{running.URL, running.Behind} {
		for _, path := range []string{w.api(version) + "/dags", w.api(version) + "/connections"} {
			if status, text := w.ask(http.DefaultClient, http.MethodGet, at+path, ""); status != 401 && status != 403 {
				w.t.Errorf("%s%s without a token: %d %s", at, path, status, text)
			}
		}
	}
	if status, text := w.ask(http.DefaultClient, http.MethodPost, running.URL+"/aws_mwaa/cli", "version", "Authorization", "Bearer x"); status != 403 {
		w.t.Errorf("a command with a token of nobody's: %d %s", status, text)
	}
}
