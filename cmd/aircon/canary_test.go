package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"aircon"
	"aircon/aircontest"
	"aircon/localaws"
	"aircon/localaws/mwaa"
)

// canary is a password that looks different in every way to write it.
const canary = `Kn4rr/ä"v%gel+&= \canary'7`

// forms are the ways in which the canary may stand in a text: plain, escaped for JSON and URLs, in base64 at each of the
// three alignments, in hexadecimal.
func forms(secret string) map[string]string {
	escaped, err := json.Marshal(secret)
	if err != nil {
		panic(err)
	}
	ascii := strings.Trim(strconv.QuoteToASCII(secret), `"`)
	all := map[string]string{
		"plain": secret, "JSON": strings.Trim(string(escaped), `"`), "JSON, ASCII": ascii, "JSON in JSON": strings.ReplaceAll(ascii, `\`, `\\`),
		"URL path": url.PathEscape(secret), "URL query": url.QueryEscape(secret),
		"URL, all but letters": strings.ReplaceAll(url.QueryEscape(secret), "+", "%20"), "hexadecimal": hex.EncodeToString([]byte(secret)),
	}
	for shift := range 3 {
		// Only what the secret alone decides: a few characters less at both ends.
		whole := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + secret))
		part := whole[4 : len(whole)-4]
		all[fmt.Sprintf("base64, shifted by %d", shift)] = part
		all[fmt.Sprintf("base64 for URLs, shifted by %d", shift)] = strings.NewReplacer("+", "-", "/", "_").Replace(part)
	}
	return all
}

// TestFormsFindTheCanary holds the test's own eyes open: each form is found in what really writes it.
func TestFormsFindTheCanary(t *testing.T) {
	text, err := json.Marshal(map[string]string{"password": canary})
	if err != nil {
		t.Fatal(err)
	}
	for name, written := range map[string]string{
		"plain": "x " + canary, "JSON": string(text), "URL": "postgres://u:" + url.QueryEscape(canary) + "@h",
		"base64": base64.StdEncoding.EncodeToString([]byte(`{"password": "` + canary + `"}`)),
	} {
		if found(written) == "" {
			t.Errorf("%s is not found", name)
		}
	}
}

// found names the form in which the canary stands in a text, or nothing.
func found(text string) string {
	for name, form := range forms(canary) {
		if strings.Contains(text, form) {
			return name
		}
	}
	return ""
}

// TestNoCommandShowsThePassword runs every flow with the canary as the password, on a local AWS that keeps its state on
// disk and on a real PostgreSQL, and looks for it in all output, logs and files.
func TestNoCommandShowsThePassword(t *testing.T) {
	s := newCanarySession(t)
	s.file("aircon.yaml", s.spec("verify-full"))
	s.flow()
	s.broken()
	s.search(s.home)
}

// canarySession runs commands in this process and keeps what they say.
type canarySession struct {
	t          *testing.T
	home, data string
	aws        *aircontest.LocalAWS
	postgres   *aircontest.Postgres
	db         aircontest.Database
	log        bytes.Buffer
}

func newCanarySession(t *testing.T) *canarySession {
	return newCanarySessionOf(t, "3.3.1", aircontest.NewPostgres(t))
}

// newCanarySessionOf is a session with an environment of an Airflow version.
func newCanarySessionOf(t *testing.T, airflow string, postgres *aircontest.Postgres) *canarySession {
	s := &canarySession{t: t, home: t.TempDir(), postgres: postgres}
	s.data = filepath.Join(s.home, "aws")
	s.aws = aircontest.NewLocalAWS(t, localaws.Options{
		Directory: s.data, Log: slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		MWAA: mwaa.Options{Create: -1, Update: -1, Delete: -1},
	})
	s.aws.Setenv(t)
	s.db = s.postgres.NewDatabase(t)
	s.postgres.Exec(t, "", "ALTER ROLE "+s.db.Role+" PASSWORD '"+strings.ReplaceAll(canary, "'", "''")+"'")
	t.Setenv("ETL_PASSWORD", canary)
	t.Chdir(s.home)
	if err := makeEnvironment(t.Context(), s.aws.Env(), "analytics", airflow); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *canarySession) spec(sslmode string) string {
	return fmt.Sprintf(`version: 1
environments:
  analytics:
    connections:
      db: {conn_type: postgres, host: %s, port: %d, login: %s, password: {env: ETL_PASSWORD}, schema: %s, extra: {sslmode: %s, sslrootcert: %q}}
      as_uri: {conn_type: postgres, host: %[1]s, port: %[2]d, login: %[3]s, password: {env: ETL_PASSWORD}, schema: %[4]s, format: uri}
`, s.postgres.Host, s.postgres.Port, s.db.Role, s.db.Name, sslmode, s.postgres.CAFile)
}

// flow is a session in which all goes well, and each command is asked for both kinds of output.
func (s *canarySession) flow() {
	s.run("", "plan")
	s.run("", "plan", "--output", "json")
	s.run("", "apply", "--yes")
	s.run("", "plan", "--print-policy")
	for _, format := range []string{"human", "json"} {
		s.run("", "get", "db", "--output", format)
		s.run("", "get", "as_uri", "--output", format)
		s.run("", "ls", "--output", format)
		s.run("works", "doctor", "--output", format)
		s.run("AIRFLOW_CONN_DB", "env", "--conn", "db", "--pg", "db", "--database-url", "db", "--credentials", "--output", format)
		s.run("allowed", "policy", "explain", "db", "--output", format)
		s.run("ReadSecrets", "policy", "generate", "--output", format)
		s.run("AC013", "cost", "--dag-files", "2", "--top-level", "1", "--output", format)
	}
	s.run("ReadSecrets", "policy", "generate", "--format", "cloudformation")
	s.run("sarif-schema-2.1.0.json", "doctor", "--output", "sarif")
	s.run("<testsuites", "doctor", "--output", "junit")
	s.run("", "init", "--from-environment", "analytics", "--file", "again.yaml")
	s.run("", "lint", "again.yaml")
}

// broken is a session in which all goes wrong: texts that cannot be read, connections that do not open.
func (s *canarySession) broken() {
	object, err := json.Marshal(map[string]any{"conn_type": "postgres", "password": canary, "login": 1})
	if err != nil {
		s.t.Fatal(err)
	}
	quoted := url.QueryEscape(canary)
	for _, text := range []string{
		string(object), `{"conn_type": "postgres", // comment` + "\n" + string(object)[1:], string(object) + "x", canary, "postgres://u:" + canary + "@h/d",
		"postgres://u:" + quoted + "@" + s.postgres.Host + ":1/d", "postgres://u:" + quoted + "@h:port/d", "a://b://c://" + quoted,
		`{"conn_type": "postgres", "host": "h", "extra": {"sslmod": ` + string(object) + `}}`, "\ufeff" + string(object),
	} {
		s.put("db", text)
		for _, args := range [][]string{
			{"doctor", "db"},
			{"doctor", "db", "--output", "json"},
			{"doctor", "--output", "sarif"},
			{"doctor", "--output", "junit"},
			{"doctor", "db", "--ignore", "AC001,AC004,AC037"},
			{"get", "db"},
			{"get", "db", "--output", "json"},
			{"plan"},
			{"plan", "--output", "json"},
			{"ls"},
		} {
			s.run("", args...)
		}
		s.lintAndConvert(text)
	}
	s.run("", "apply", "--yes")
	s.postgres.Exec(s.t, "", "ALTER ROLE "+s.db.Role+" PASSWORD 'changed'")
	s.run("28P01", "doctor", "db")
	s.file("aircon.yaml", strings.ReplaceAll(s.spec("disable"), "{env: ETL_PASSWORD}", strconv.Quote(canary)))
	s.run("--allow-literal-secrets", "plan")
	s.run("", "destroy", "--allow-literal-secrets", "--yes")
}

// lintAndConvert feeds a text through standard input, where it is no file's.
func (s *canarySession) lintAndConvert(text string) {
	var out bytes.Buffer
	w := world{in: strings.NewReader(text), out: &out, err: &out, getenv: os.Getenv}
	for _, format := range []string{"human", "json", "sarif", "junit"} {
		out.Reset()
		w.in = strings.NewReader(text)
		run(s.t.Context(), w, []string{"lint", "-", "--output", format})
		s.clean("lint --output "+format, out.String())
		if out.Len() == 0 {
			s.t.Errorf("lint --output %s says nothing", format)
		}
	}
	out.Reset()
	var revealed bytes.Buffer
	w = world{in: strings.NewReader(text), out: &revealed, err: &out, getenv: os.Getenv}
	run(s.t.Context(), w, []string{"convert", "-", "--to", "libpq"})
	s.clean("convert, standard error", out.String())
}

// run runs a command, which must say want, and looks at all that it prints.
func (s *canarySession) run(want string, args ...string) {
	s.t.Helper()
	var out bytes.Buffer
	w := world{in: strings.NewReader(""), out: &out, err: &out, getenv: os.Getenv}
	run(context.Background(), w, args)
	if !strings.Contains(out.String(), want) {
		s.t.Errorf("aircon %s does not say %q:\n%s", strings.Join(args, " "), want, out.String())
	}
	s.clean("aircon "+strings.Join(args, " "), out.String())
}

func (s *canarySession) clean(what, text string) {
	s.t.Helper()
	if form := found(text); form != "" {
		s.t.Errorf("%s shows the password (%s)", what, form)
	}
}

// search looks into every file below a directory: specs, the encrypted store, its journal.
func (s *canarySession) search(dir string) {
	s.clean("the server's log", s.log.String())
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Base(path) == "aircon.yaml" { // the literal password that the user wrote there
			return err
		}
		files++
		text, err := os.ReadFile(path)
		s.clean(path, string(text))
		return err
	})
	if err != nil || files < 4 {
		s.t.Errorf("%d files searched: %v", files, err)
	}
}

// put stores a text as a connection's secret.
func (s *canarySession) put(id, text string) {
	s.t.Helper()
	s.call("secretsmanager", "PutSecretValue", map[string]string{"SecretId": "airflow/connections/" + id, "SecretString": text})
}

// call calls the local AWS as its administrator.
func (s *canarySession) call(service, operation string, members map[string]string) {
	s.t.Helper()
	input, err := json.Marshal(members)
	if err == nil {
		_, err = callLocal(s.t.Context(), s.aws.Env(), service, operation, string(input))
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *canarySession) file(name, text string) {
	if err := os.WriteFile(filepath.Join(s.home, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// The Secret type is what keeps all of this; a panic shows none of it either.
func TestPanicShowsNoSecret(t *testing.T) {
	defer func() {
		if text := fmt.Sprintf("%v %+v %#v", recover(), recover(), recover()); found(text) != "" {
			t.Error("a panic shows the password")
		}
	}()
	panic(struct{ password aircon.Secret }{aircon.NewSecret(canary)})
}
