//go:build oracle

package pghook_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"aircon"
	"aircon/aircontest"
	"aircon/pghook"
)

var (
	liveCases = flag.Int("live.cases", 300, "sets of options for each version")
	liveSeed  = flag.Uint64("live.seed", 1, "seed of the sets")
)

// liveOption is an option with texts to try.
type liveOption struct {
	name  string
	texts []string
}

// TestAgainstRealDrivers opens sessions with random options through psycopg2 and psycopg 3, as tools/oracle/airflow/install.sh installs them, and
// through Probe: both must succeed or both fail, with TLS or both without.
func TestAgainstRealDrivers(t *testing.T) {
	servers, databases := liveServers(t)
	options := liveOptions(t, servers)
	for _, airflow := range []string{"2.10.3", "3.2.1", "3.3.1"} {
		t.Run(airflow, func(t *testing.T) {
			rt := image(t, airflow)
			ask := startDriver(t, airflow, rt.Driver.Name)
			random := rand.New(rand.NewPCG(*liveSeed, 0))
			for range *liveCases {
				i := random.IntN(len(servers))
				var extra []string
				for range 1 + random.IntN(4) {
					option := options[random.IntN(len(options))]
					extra = append(extra, option.name, option.texts[random.IntN(len(option.texts))])
				}
				compareLive(t, ask, connect(servers[i], databases[i], extra...), rt, extra)
			}
			t.Logf("Airflow %s, %s with libpq %d: %d sets of options compared", airflow, rt.Driver.Name, rt.Driver.LibPQ, *liveCases)
		})
	}
}

type liveAnswer struct {
	OK, TLS bool
	Error   string
}

func compareLive(t *testing.T, ask func(arguments aircon.Secret) liveAnswer, conn aircon.Connection, rt aircon.Runtime, extra []string) {
	t.Helper()
	arguments, err := pghook.NewArguments(t.Context(), conn, rt, pghook.Hook{})
	if err != nil {
		t.Fatal(err)
	}
	theirs := ask(arguments.JSON())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ours := pghook.Probe(ctx, conn, rt, pghook.Options{})
	if theirs.OK != ours.OK() || theirs.OK && theirs.TLS != (ours.TLS != nil) {
		t.Errorf("%q\n  %s: %+v\n  probe: failed at %q, TLS %v, %v", extra, rt.Driver.Name, theirs, ours.Failed, ours.TLS != nil, ours.Err)
	}
}

// startDriver starts the Python that asks libpq.
func startDriver(t *testing.T, airflow, driver string) func(aircon.Secret) liveAnswer {
	t.Helper()
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	environments := cmp.Or(os.Getenv("AIRFLOW_ORACLE_DIR"), filepath.Join(home, ".cache", "airflow-oracle"))
	cmd := exec.Command(filepath.Join(environments, airflow, "bin", "python"), "testdata/connect.py", driver)
	cmd.Env = []string{"HOME=/nonexistent"}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: run tools/oracle/airflow/install.sh %s first", err, airflow)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	answers := bufio.NewScanner(out)
	return func(arguments aircon.Secret) (answer liveAnswer) {
		if _, err := io.WriteString(in, arguments.Reveal()+"\n"); err != nil {
			t.Fatal(err)
		}
		if !answers.Scan() {
			t.Fatalf("Python ended: %v", answers.Err())
		}
		if err := json.Unmarshal(answers.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

// liveServers are one that takes TLS only, one without TLS, and a read-only one.
func liveServers(t *testing.T) (servers []*aircontest.Postgres, databases []aircontest.Database) {
	for _, options := range [][]aircontest.PostgresOption{
		{aircontest.TLSOnly(), aircontest.HBA("hostssl all certified all cert", "host nowhere all all reject")},
		{aircontest.Setting("ssl", "off")},
		{aircontest.Setting("default_transaction_read_only", "on")},
	} {
		pg := aircontest.NewPostgres(t, options...)
		servers, databases = append(servers, pg), append(databases, pg.NewDatabase(t))
	}
	servers[0].Exec(t, "", "CREATE ROLE certified LOGIN", "CREATE DATABASE nowhere")
	return servers, databases
}

func liveOptions(t *testing.T, servers []*aircontest.Postgres) []liveOption {
	cert, key := servers[0].ClientCertificate(t, "certified")
	file := func(name string, content []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	certFile, keyFile, text := file("cert", cert), file("key", key), file("text", []byte("x"))
	const missing = "/nonexistent"
	modes := liveOption{"sslmode", []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full", "require", "verify-full", "", "x"}}
	roots := liveOption{"sslrootcert", []string{servers[0].CAFile, servers[0].CAFile, servers[1].CAFile, missing, text, "", "system"}}
	hosts := liveOption{"host", []string{"localhost", "db.example", "127.0.0.1,127.0.0.1", ",127.0.0.1", "::1"}}
	return []liveOption{
		modes, modes, modes, roots, roots, roots, hosts, hosts,
		{"hostaddr", []string{"127.0.0.1", "127.0.0.1", "", "1,2", "localhost"}},
		{"connect_timeout", []string{"1", "0", "-1", "", " 5 ", "5x", "1e1", "+7"}},
		{"keepalives", []string{"0", "1", "", "x", "2"}},
		{"keepalives_idle", []string{"30", "0", "-3", "x", "", " 7 "}},
		{"keepalives_interval", []string{"x", "5"}},
		{"keepalives_count", []string{"3", "x", "128"}},
		{"tcp_user_timeout", []string{"1000", "0", "x", "-1"}},
		{"target_session_attrs", []string{"any", "read-write", "read-only", "primary", "standby", "", "x"}},
		{"channel_binding", []string{"disable", "prefer", "require", "", "x"}},
		{"require_auth", []string{"scram-sha-256", "md5", "!none", "none", "x", "", "scram-sha-256,md5", "md5,!none", "password,password", " md5", "!md5,!scram-sha-256"}},
		{"sslcertmode", []string{"disable", "allow", "require", "", "x"}},
		{"gssencmode", []string{"disable", "prefer", "", "x"}},
		{"application_name", []string{"a b", ""}},
		{"options", []string{"-c search_path=x", "", "-c foo=1", "-c work_mem=x"}},
		{"load_balance_hosts", []string{"random", "disable", "x", ""}},
		{"ssl_min_protocol_version", []string{"TLSv1.2", "TLSv1.3", "", "x", "TLSv1", "tlsv1.2"}},
		{"ssl_max_protocol_version", []string{"TLSv1.2", "TLSv1.3", "", "TLSv1.1"}},
		{"sslsni", []string{"0", "1", "", "x"}},
		{"port", []string{"", "0", "65536", "x", "1,2", fmt.Sprintf(" %d ", servers[0].Port)}},
		{"dbname", []string{"nowhere", "nothing", ""}},
		{"user", []string{"certified", "nobody"}},
		{"password", []string{"wrong", ""}},
		{"client_encoding", []string{"utf8", "auto", "latin1", "nosuch", ""}},
		{"replication", []string{"false", "x"}},
		{"sslcompression", []string{"0", "1", "x"}},
		{"krbsrvname", []string{"x"}},
		{"requirepeer", []string{"x"}},
		{"sslnegotiation", []string{"postgres", "direct", "", "x"}},
		{"min_protocol_version", []string{"3.0", "3.2", "x", "latest", ""}},
		{"max_protocol_version", []string{"3.0", "3.2", "x", "latest", ""}},
		{"passfile", []string{missing}},
		{"sslcrl", []string{missing}},
		{"requiressl", []string{"1", "0"}},
		{"fallback_application_name", []string{"f"}},
		{"foo", []string{"x"}},
		{"sslcert", []string{certFile, text, missing}},
		{"sslkey", []string{keyFile, text, missing}},
	}
}
