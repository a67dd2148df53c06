package probe

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aircon"
)

// fakeAirflow is as much of Airflow as the script touches, for any Python 3.
const fakeAirflow = `
class Conn:
    conn_type, description, host, login, password, schema, port = "postgres", None, "db", "etl", "canary", "sales", 5432
    extra = '{"b": {"y": 1, "x": 2}, "a": "\u00e4"}'

class ClientError(Exception):
    response = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}

class SecretsManagerBackend:
    connections_prefix, sep, connections_lookup_pattern = "airflow/connections", "/", "^(db|gone|broken)$"
    client = None
    def build_path(self, prefix, secret_id, sep): return prefix + sep + secret_id
    def get_connection(self, conn_id):
        if conn_id == "broken": raise ValueError("cannot read canary")
        return Conn() if conn_id == "db" else None

class Client:
    def get_secret_value(self, SecretId):
        if SecretId != "airflow/connections/gone": raise AssertionError(SecretId)
        raise ClientError()

SecretsManagerBackend.client = Client()
class MetastoreBackend:
    def get_connection(self, conn_id): raise AssertionError("there is no metastore here")

def ensure_secrets_loaded():
    print("canary, by Airflow itself")
    return [SecretsManagerBackend(), MetastoreBackend()]
`

// run asks the script, in a Python whose Airflow is the fake.
func run(t *testing.T, airflow string, ids ...string) *Answers {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal("the tests need Python 3:", err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"airflow/__init__.py": "__version__ = '2.10.3'\n", "airflow/configuration.py": airflow} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, err := Run(t.Context(), python, []string{"PYTHONPATH=" + dir, "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, ids, true)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestScript(t *testing.T) {
	a := run(t, fakeAirflow, "db", "gone", "broken", "other")
	if a.Error != nil || a.Airflow != "2.10.3" {
		t.Fatalf("%+v", a)
	}
	found := a.Connections[0]
	if found.Found != "SecretsManagerBackend" || found.Hook == nil || found.Hook.Opened || found.Hook.Error.Class != "ModuleNotFoundError" {
		t.Errorf("found: %+v, %+v", found, found.Hook)
	}
	for i, want := range []string{
		"SecretsManagerBackend nothing ClientError AccessDeniedException: not authorized; MetastoreBackend elsewhere",
		"SecretsManagerBackend raised ValueError; MetastoreBackend elsewhere",
		"SecretsManagerBackend not asked; MetastoreBackend elsewhere",
	} {
		var parts []string
		for _, s := range a.Connections[i+1].Sources {
			part := s.Class + " " + s.Result
			if s.Error != nil {
				part += " " + s.Error.String()
			}
			parts = append(parts, part)
		}
		if got := strings.Join(parts, "; "); got != want {
			t.Errorf("%s: %s", a.Connections[i+1].ConnID, got)
		}
	}
}

func TestDiffer(t *testing.T) {
	a := run(t, fakeAirflow, "db")
	rt, err := aircon.RuntimeFor("2.10.3")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		json string
		want []string
	}{
		{`{"conn_type": "postgres", "host": "db", "login": "etl", "password": "canary", "schema": "sales", "port": 5432, "extra": {"a": "ä", "b": {"y": 1, "x": 2}}}`, nil},
		{`{"conn_type": "postgres", "host": "db", "login": "etl", "password": "other", "schema": "sales", "port": 5433, "extra": {"a": "ä"}}`, []string{"extra", "password", "port"}},
	} {
		conn, _, err := aircon.ParseJSON(test.json, "db", rt)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Differ(&a.Connections[0], conn); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v", test.json, got)
		}
	}
}

func TestAirflowThatDoesNotBegin(t *testing.T) {
	a := run(t, "import nothing_of_that_name", "db")
	if a.Error == nil || a.Error.Class != "ModuleNotFoundError" || !strings.Contains(a.Error.Message, "nothing_of_that_name") {
		t.Errorf("%+v", a.Error)
	}
	a = run(t, "raise ValueError('canary')", "db")
	if a.Error == nil || a.Error.String() != "ValueError" {
		t.Errorf("%+v", a.Error)
	}
}
