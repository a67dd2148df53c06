package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aircon/internal/airflow"
	"aircon/internal/spec"
)

// TestRedirect lets a connection lead to a database of the test's own: nothing of the way to the other one may stay.
func TestRedirect(t *testing.T) {
	file, err := spec.Parse("aircon.yaml", []byte(`version: 1
environments:
  analytics:
    profile: production
    execution_role: arn:aws:iam::210987654321:role/mwaa
    policy: none
    connections:
      warehouse:
        conn_type: postgres
        host: warehouse.internal.example.com
        login: etl
        password: {keep: true}
        kms_key: alias/warehouse
        extra: {sslmode: require, iam: true, hostaddr: 10.0.0.1, keepalives_idle: 300}
        secret_extra: {sslpassword: {env: KEY_PASSWORD}, options: {env: OPTIONS}}
`), spec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := file.Environments[0]
	test := tested{
		dagTesting: &dagTesting{databases: pairs{{"warehouse", "analytics"}}}, version: "2.10.3",
		stage: &stage{env: map[string]string{
			"PGHOST": "127.0.0.1", "PGPORT": "5433", "PGUSER": "owner", "PGPASSWORD": "s3cret", "PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/tmp/ca.pem",
		}},
	}
	if err := test.localize(e); err != nil {
		t.Fatal(err)
	}
	c := e.Connections[0]
	if *c.Host != "127.0.0.1" || *c.Port != 5433 || *c.Login != "owner" || *c.Schema != "analytics" || c.KMSKey != "" {
		t.Errorf("it leads to %s:%d/%s as %s, key %q", *c.Host, *c.Port, *c.Schema, *c.Login, c.KMSKey)
	}
	if got := c.Extra.Text().Reveal(); got != `{"keepalives_idle":300,"sslmode":"verify-full","sslrootcert":"/tmp/ca.pem"}` {
		t.Errorf("extra is %s", got)
	}
	if got := c.SecretExtra.Keys(); !slices.Equal(got, []string{"options"}) {
		t.Errorf("secret_extra has %q", got)
	}
	if secret, err := c.Password.Resolve(t.Context(), spec.Resolver{}); err != nil || secret.Reveal() != "s3cret" {
		t.Errorf("the password is another: %v", err)
	}
	if e.Profile != "" || e.Role() != "" || e.PolicyKind() != "exact" || e.Version() != "2.10.3" {
		t.Errorf("the environment has still what only its account can have: %+v", e)
	}
}

// TestCopyOfABucket follows links, and leaves out what no DAG needs.
func TestCopyOfABucket(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	for name, text := range map[string]string{
		"dags/etl.py": "etl", "dags/.airflowignore": "x", "dags/.git/HEAD": "ref", "dags/__pycache__/etl.pyc": "", "dags/sql/a.sql": "SELECT 1",
		"plugins/p.py": "p", "shared/lib.py": "lib", "requirements.txt": "httpx\n",
	} {
		path := filepath.Join(from, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../shared", filepath.Join(from, "dags", "shared")); err != nil {
		t.Fatal(err)
	}
	given, err := airflow.OpenBucket(from)
	if err != nil {
		t.Fatal(err)
	}
	b, err := copyBucket(given, to)
	if err != nil {
		t.Fatal(err)
	}
	if b.DAGs != filepath.Join(to, "dags") || b.Plugins != filepath.Join(to, "plugins") || b.Requirements != "httpx\n" {
		t.Errorf("got %+v", b)
	}
	var names []string
	err = filepath.WalkDir(to, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			names = append(names, strings.TrimPrefix(path, to+"/"))
		}
		return err
	})
	if want := []string{"dags/.airflowignore", "dags/etl.py", "dags/shared/lib.py", "dags/sql/a.sql", "plugins/p.py"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("copied %q, %v", names, err)
	}
}

// TestCopyOfALoop refuses a link into which a copy would never end.
func TestCopyOfALoop(t *testing.T) {
	from, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(".", filepath.Join(from, "loop")); err != nil {
		t.Fatal(err)
	}
	if err := copyTree(from, filepath.Join(t.TempDir(), "copy")); err == nil || !strings.Contains(err.Error(), "leads to a directory that it lies in") {
		t.Errorf("got %v", err)
	}
}
