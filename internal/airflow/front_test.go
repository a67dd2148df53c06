//go:build unix

package airflow

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aircon"
)

// tokens are good for a role, once.
func tokens(good map[string]string) Redeem {
	return func(_ context.Context, kind string, token aircon.Secret) (string, error) {
		role, ok := good[kind+" "+token.Reveal()]
		if !ok {
			return "", &RefusedError{errors.New("the token is invalid, was used before, or has expired")}
		}
		delete(good, kind+" "+token.Reveal())
		return role, nil
	}
}

// opened is a fake Airflow 3.3.1 with a front, and a client that trusts its certificate.
func opened(t *testing.T, redeem Redeem) (*Airflow, *http.Client) {
	t.Helper()
	s := fakeSetup(t)
	s.Redeem = redeem
	a := startFake(t, fakeInstalled(t), s)
	if err := a.Healthy(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a, trusting(t, s.Home)
}

// trusting is a client that knows the certificate of an environment's web server, and no other.
func trusting(t *testing.T, home string) *http.Client {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(home, CertificateFile))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}, CheckRedirect: loopback.CheckRedirect}
}

// ask sends a request and returns the answer with its body.
func ask(t *testing.T, c *http.Client, method, at, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, at, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

// A CLI token runs one command of Airflow's, over HTTPS as on MWAA, and what it prints is masked.
func TestFrontRunsCommands(t *testing.T) {
	good := map[string]string{}
	a, client := opened(t, tokens(good))
	at := strings.Replace(a.URL, "http://", "https://", 1) + "/aws_mwaa/cli"
	for _, test := range []struct {
		name, token, command string
		status               int
		stdout, stderr       string
	}{
		{"a command", "1", `dags trigger etl -c '{"a b": 1}'`, 200, `["dags" "trigger" "etl" "-c" "{\"a b\": 1}"] in ` + a.home, "password=*** ***\n"},
		{"that fails", "2", "tasks test etl load", 400, `["tasks" "test" "etl" "load"]`, "password=***"},
		{"that MWAA does not run", "3", "connections get db -o json", 400, "", "MWAA does not run airflow connections get with a CLI token in Airflow 3.3.1\n"},
		{"that is none", "4", `dags list "x`, 400, "", "the command ends within a quotation\n"},
	} {
		good["cli "+test.token] = ""
		answer, body := ask(t, client, http.MethodPost, at, test.command, "Authorization", "Bearer "+test.token, "Content-Type", "text/plain")
		var got struct{ Stdout, Stderr []byte }
		if err := json.Unmarshal([]byte(body), &got); err != nil || answer.StatusCode != test.status ||
			!strings.HasPrefix(string(got.Stdout), test.stdout) || !strings.HasPrefix(string(got.Stderr), test.stderr) {
			t.Errorf("%s: %d %s %s, %v", test.name, answer.StatusCode, got.Stdout, got.Stderr, err)
		}
		if again, body := ask(t, client, http.MethodPost, at, test.command, "Authorization", "Bearer "+test.token); again.StatusCode != 403 || !strings.Contains(body, "used before") {
			t.Errorf("%s, a second time: %d %s", test.name, again.StatusCode, body)
		}
	}
	if answer, body := ask(t, client, http.MethodPost, at, "version"); answer.StatusCode != 403 || !strings.Contains(body, "no cli token") {
		t.Errorf("without a token: %d %s", answer.StatusCode, body)
	}
	if answer, _ := ask(t, http.DefaultClient, http.MethodPost, a.URL+"/aws_mwaa/cli", "version", "Authorization", "Bearer x"); answer.StatusCode != 403 {
		t.Errorf("over HTTP: %d", answer.StatusCode)
	}
}

// A web login token gives the session of its role, which the web server behind takes.
func TestFrontLogsIn(t *testing.T) {
	good := map[string]string{"web 1": "Viewer", "web 2": "Public", "cli 3": ""}
	a, client := opened(t, tokens(good))
	page, body := ask(t, client, http.MethodGet, a.URL+"/aws_mwaa/aws-console-sso?login=true", "")
	if page.StatusCode != 200 || !strings.Contains(body, `fetch("login"`) {
		t.Errorf("the page of the console: %d %s", page.StatusCode, body)
	}
	login := func(token string) (*http.Response, string) {
		return ask(t, client, http.MethodPost, a.URL+"/pluginsv2/aws_mwaa/login", url.Values{"token": {token}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	}
	answer, _ := login("1")
	cookie := cookieOf(answer, tokenCookie)
	if answer.StatusCode != 200 || cookie == nil || !strings.HasPrefix(cookie.Value, "viewer/") {
		t.Fatalf("%d %v", answer.StatusCode, answer.Header)
	}
	for token, why := range map[string]string{"1": "used before", "2": "no role Public", "3": "invalid", "": "no web token"} {
		if answer, body := login(token); answer.StatusCode != 403 || !strings.Contains(body, why) {
			t.Errorf("token %q: %d %s", token, answer.StatusCode, body)
		}
	}
	if answer, body := ask(t, client, http.MethodGet, a.URL+"/api/v2/x", "", "Authorization", "Bearer "+cookie.Value); answer.StatusCode != http.StatusTeapot || !strings.HasSuffix(body, cookie.Value) {
		t.Errorf("the web server behind: %d %s", answer.StatusCode, body)
	}
	if answer, body := ask(t, client, http.MethodGet, a.URL+"/auth/login", ""); answer.StatusCode != 401 || !strings.Contains(body, "aircon local airflow login analytics") {
		t.Errorf("Airflow's own form: %d %s", answer.StatusCode, body)
	}
}

// What tasks printed is masked on its way to browsers and through InvokeRestApi.
func TestFrontMasksLogs(t *testing.T) {
	a, client := opened(t, nil)
	a.Mask.Add(aircon.NewSecret("s3cr3t-canary"))
	if _, body := ask(t, client, http.MethodGet, a.URL+"/api/v2/dags/x/logs/1", ""); body != `["password=***"]` {
		t.Errorf("a log is %s", body)
	}
	if err := a.Announce(); err != nil {
		t.Fatal(err)
	}
	r, err := FindRunning(a.home)
	if err != nil {
		t.Fatal(err)
	}
	if _, body, err := r.Invoke(t.Context(), "Viewer", Call{Method: "GET", Path: "/dags/x/logs/1"}); string(body) != `["password=***"]` || err != nil {
		t.Errorf("through InvokeRestApi it is %s, %v", body, err)
	}
}

// flaskAirflow plays the web server of Airflow 2: a form with a CSRF token that fits its session, and an API that takes sessions.
func flaskAirflow(t *testing.T, keys Keys) (server *httptest.Server, ended map[string]bool) {
	ended = map[string]bool{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login/", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: "begun"})
		fmt.Fprint(w, `<input id="csrf_token" name="csrf_token" type="hidden" value="fits-begun">`)
	})
	logins := 0
	mux.HandleFunc("POST /login/", func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie(sessionCookie)
		role := strings.ToUpper(r.FormValue("username")[:1]) + r.FormValue("username")[1:]
		if err != nil || r.FormValue("csrf_token") != "fits-"+cookie.Value || r.FormValue("password") != keys.PasswordOf(role).Reveal() {
			http.Redirect(w, r, "/login/", http.StatusFound)
			return
		}
		logins++
		http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: fmt.Sprintf("%s-%d", role, logins), Path: "/"})
		http.Redirect(w, r, "/home", http.StatusFound)
	})
	mux.HandleFunc("/api/v1/", func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie(sessionCookie)
		if err != nil || ended[cookie.Value] {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, cookie.Value)
	})
	server = httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server, ended
}

// The REST API of Airflow 2 is used with a session, which is kept, and made anew when it has ended: api.auth_backends stays as the user has it.
func TestSessionsOfAirflow2(t *testing.T) {
	keys, err := makeKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	server, ended := flaskAirflow(t, keys)
	r := &Running{URL: server.URL, Behind: server.URL, Version: "2.10.3", login: &logins{url: server.URL, version: "2.10.3", keys: keys}}
	for _, step := range []struct{ role, ends, want string }{
		{"Viewer", "", "Viewer-1"}, {"Viewer", "", "Viewer-1"}, {"Admin", "", "Admin-2"}, {"Viewer", "Viewer-1", "Viewer-3"},
	} {
		ended[step.ends] = true
		status, body, err := r.Invoke(t.Context(), step.role, Call{Method: "GET", Path: "/dags"})
		if status != 200 || string(body) != step.want || err != nil {
			t.Errorf("%+v: %d %s, %v", step, status, body, err)
		}
	}
	other, err := makeKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r.login = &logins{url: server.URL, version: "2.10.3", keys: other}
	if _, _, err := r.Invoke(t.Context(), "Viewer", Call{Method: "GET", Path: "/dags"}); err == nil || !strings.Contains(err.Error(), "as viewer: status 302") {
		t.Errorf("with another password: %v", err)
	}
}

func TestSplitWords(t *testing.T) {
	for line, want := range map[string][]string{
		"dags list":                           {"dags", "list"},
		"  dags\n list\t-o json ":             {"dags", "list", "-o", "json"},
		`dags trigger x -c '{"a": "b c"}'`:    {"dags", "trigger", "x", "-c", `{"a": "b c"}`},
		`variables set a "x \"y\" \z $HOME"`:  {"variables", "set", "a", `x "y" \z $HOME`},
		`variables set a x\ y''"" ''`:         {"variables", "set", "a", "x y", ""},
		"variables set a x;rm -rf / `id` | b": {"variables", "set", "a", "x;rm", "-rf", "/", "`id`", "|", "b"},
		`'dags`:                               nil,
		`dags \`:                              nil,
		" ":                                   nil,
	} {
		if got, err := splitWords(line); !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%s: %q, %v", line, got, err)
		}
	}
}

func TestCommandSupported(t *testing.T) {
	for _, test := range []struct {
		command string
		in      string // versions that run it
	}{
		{"version", "2.10.3 3.3.1"},
		{"cheat-sheet", "2.10.3 3.3.1"},
		{"dags list", "2.10.3 3.3.1"},
		{"dags backfill x", "2.10.3"},
		{"tasks run", "2.10.3"},
		{"backfill create", "3.3.1"},
		{"assets list", "3.3.1"},
		{"connections add x", "2.10.3 3.3.1"},
		{"connections get x", ""},
		{"connections export -", ""},
		{"users create", ""},
		{"db migrate", ""},
		{"db clean", "2.10.3 3.3.1"},
		{"webserver", ""},
		{"scheduler", ""},
		{"dags", ""},
		{"list", ""},
		{"--help", ""},
		{"", ""},
	} {
		for _, version := range []string{"2.10.3", "3.3.1"} {
			if got := commandSupported(version, strings.Fields(test.command)); got != strings.Contains(test.in, version) {
				t.Errorf("%s of %s: %v", test.command, version, got)
			}
		}
	}
}

// The certificate is one of loopback, and of nothing else.
func TestCertificate(t *testing.T) {
	a, client := opened(t, nil)
	at := strings.Replace(a.URL, "http://127.0.0.1", "https://localhost", 1)
	if answer, _ := ask(t, client, http.MethodGet, at+"/api/v2/x", ""); answer.StatusCode != http.StatusTeapot {
		t.Errorf("by name: %d", answer.StatusCode)
	}
	if _, err := http.Get(strings.Replace(a.URL, "http:", "https:", 1)); err == nil {
		t.Error("whoever does not know the certificate takes it")
	}
}
