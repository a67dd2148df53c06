package pghook_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"aircon"
	"aircon/aircontest"
	"aircon/pghook"
)

// fields of a pgx configuration, so that a test names only those that it is about.
func describeConfig(c *pgx.ConnConfig) map[string]any {
	got := map[string]any{
		"host": c.Host, "port": c.Port, "user": c.User, "password": c.Password, "database": c.Database, "tls": c.TLSConfig != nil,
		"timeout": c.ConnectTimeout, "fallbacks": len(c.Fallbacks), "direct": c.SSLNegotiation == "direct",
		"binding": c.ChannelBinding, "auth": c.RequireAuth, "attrs": c.ValidateConnect != nil, "certmode": c.SSLCertMode,
	}
	if c.TLSConfig != nil {
		got["sni"] = c.TLSConfig.ServerName
	}
	for name, v := range c.RuntimeParams {
		got["param "+name] = v
	}
	return got
}

func conn(extra ...string) aircon.Connection {
	return aircon.Connection{
		Host: aircon.Text("db.example"), Port: aircon.Int(5433), Login: aircon.Text("etl"), Password: aircon.NewSecret("pw"),
		Schema: aircon.Text("analytics"), Extra: aircon.NewExtra(extras(extra).json()),
	}
}

func TestConfig(t *testing.T) {
	type want map[string]any
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		airflow string
		conn    aircon.Connection
		want    want
		notes   []string
	}{
		{"plain", "2.10.3", conn(), want{"host": "db.example", "port": uint16(5433), "user": "etl", "password": "pw", "database": "analytics", "tls": true, "fallbacks": 1, "timeout": time.Duration(0), "sni": "db.example"}, nil},
		{"psycopg 3 has a timeout of its own", "3.3.1", conn(), want{"timeout": 130 * time.Second}, nil},
		{"a second is two", "2.10.3", conn("connect_timeout", " 1 "), want{"timeout": 2 * time.Second}, nil},
		{"no timeout", "2.10.3", conn("connect_timeout", "-1"), want{"timeout": time.Duration(0)}, nil},
		{"the database's default is the role", "2.10.3", conn("dbname", ""), want{"database": "etl"}, nil},
		{"disable", "2.10.3", conn("sslmode", "disable"), want{"tls": false, "fallbacks": 0}, nil},
		{"require", "2.10.3", conn("sslmode", "require", "sslsni", "0"), want{"tls": true, "fallbacks": 0, "sni": ""}, nil},
		{"allow", "2.10.3", conn("sslmode", "allow"), want{"tls": false, "fallbacks": 1}, nil},
		{"several hosts", "2.10.3", conn("host", "a,b,c", "port", "1,,3", "sslmode", "require"), want{"host": "a", "port": uint16(1), "fallbacks": 2}, nil},
		{"hostaddr is dialled", "2.10.3", conn("hostaddr", "10.0.0.1", "sslmode", "require"), want{"host": "10.0.0.1", "sni": "db.example"}, nil},
		{"socket", "2.10.3", conn("host", "/run/pg", "sslmode", "verify-full"), want{"host": "/run/pg", "tls": false}, []string{"sslmode"}},
		{"no host", "2.10.3", conn("host", ""), want{"host": "/tmp", "tls": false}, []string{"host"}},
		{"parameters", "2.10.3", conn("application_name", "", "fallback_application_name", "f", "options", "-c a=b", "client_encoding", "auto"), want{"param application_name": "f", "param options": "-c a=b", "param client_encoding": nil}, nil},
		{"keepalives are no parameters", "2.10.3", conn("keepalives", "0", "keepalives_idle", "30", "keepalives_interval", "5", "keepalives_count", "3", "tcp_user_timeout", "1000"), want{"param keepalives_idle": nil, "param tcp_user_timeout": nil}, nil},
		{"login", "2.11.2", conn("channel_binding", "require", "require_auth", "scram-sha-256,md5", "target_session_attrs", "read-write"), want{"binding": "require", "auth": "scram-sha-256,md5", "attrs": true}, nil},
		{"direct", "2.11.2", conn("sslnegotiation", "direct", "sslmode", "require"), want{"direct": true, "fallbacks": 0}, nil},
		{"what does not matter", "2.10.3", conn("load_balance_hosts", "random", "sslcompression", "1", "krbsrvname", "x"), want{}, []string{"sslcompression", "krbsrvname", "load_balance_hosts"}},
		{"a missing CA file is ignored by require", "2.10.3", conn("sslmode", "require", "sslrootcert", "/nonexistent/ca.pem"), want{"tls": true}, []string{"sslrootcert"}},
		{"a missing certificate too", "2.10.3", conn("sslcert", "/nonexistent/cert.pem"), want{}, []string{"sslcert"}},
		{"prefer goes on without TLS where it cannot be set up", "2.10.3", conn("sslrootcert", text), want{"tls": false, "fallbacks": 0}, []string{"sslrootcert"}},
		{"keepalives off: the rest is not used", "2.10.3", conn("keepalives", "0", "keepalives_idle", "-5"), want{}, nil},
		{"psycopg 3 reads seconds as Python does", "3.3.1", conn("connect_timeout", "1e1"), want{"timeout": 10 * time.Second}, nil},
		{"TLS versions in any case", "2.10.3", conn("ssl_min_protocol_version", "tlsv1.3"), want{"tls": true}, nil},
		{"requiressl", "2.10.3", conn("requiressl", "1"), want{"tls": true, "fallbacks": 0}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			config, notes, err := pghook.Config(t.Context(), test.conn, image(t, test.airflow), pghook.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := describeConfig(config)
			for name, v := range test.want {
				if got[name] != v {
					t.Errorf("%s is %v, want %v", name, got[name], v)
				}
			}
			var options []string
			for _, note := range notes {
				options = append(options, note.Option)
			}
			if !slices.Equal(options, test.notes) {
				t.Errorf("notes on %v, want %v", options, test.notes)
			}
		})
	}
}

func TestConfigRefuses(t *testing.T) {
	ca := aircontest.NewPostgres(t).CAFile
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		airflow string
		conn    aircon.Connection
		option  string
		says    string
	}{
		{"2.10.3", conn("sslmode", ""), "sslmode", `not ""`},
		{"2.10.3", conn("sslmode", "VERIFY-FULL"), "sslmode", "verify-full"},
		{"2.10.3", conn("sslmode", "verify-ca"), "sslrootcert", "root.crt"},
		{"2.10.3", conn("sslmode", "verify-ca", "sslrootcert", "/nonexistent/ca.pem"), "sslrootcert", "not on this machine"},
		{"2.10.3", conn("sslrootcert", text, "sslmode", "require"), "sslrootcert", "PEM"},
		{"2.10.3", conn("sslrootcert", "system", "sslmode", "require"), "sslrootcert", "verify-full"},
		{"2.10.3", conn("sslmode", "require", "sslrootcert", ca, "sslcrl", text), "sslcrl", "revocation"},
		{"2.10.3", conn("sslmode", "require", "sslcert", ca), "sslkey", "key"},
		{"2.10.3", conn("sslmode", "require", "sslcert", ca, "sslkey", ca), "sslcert", "pair"},
		{"2.10.3", conn("connect_timeout", "1.5"), "connect_timeout", "whole number"},
		{"2.10.3", conn("keepalives_idle", ""), "keepalives_idle", "whole number"},
		{"2.10.3", conn("keepalives_idle", "-1"), "keepalives_idle", "1 to 32767"},
		{"2.10.3", conn("keepalives", "0", "keepalives_idle", "x"), "keepalives_idle", "whole number"},
		{"3.3.1", conn("connect_timeout", "5x"), "connect_timeout", "psycopg needs"},
		{"2.10.3", conn("target_session_attrs", "prefer-standby"), "target_session_attrs", "encryption"},
		{"2.10.3", conn("hostaddr", "localhost"), "hostaddr", "no address"},
		{"2.10.3", conn("require_auth", ""), "require_auth", "empty list"},
		{"3.3.1", conn("min_protocol_version", ""), "min_protocol_version", "3.0"},
		{"2.10.3", conn("target_session_attrs", "master"), "target_session_attrs", "primary"},
		{"2.10.3", conn("require_auth", "md5,!none"), "require_auth", "mixture"},
		{"2.10.3", conn("require_auth", "scram"), "require_auth", "scram"},
		{"2.10.3", conn("require_auth", "md5,md5"), "require_auth", "twice"},
		{"2.10.3", conn("service", "s"), "service", "pg_service.conf"},
		{"2.10.3", conn("gssencmode", "require"), "gssencmode", "GSSAPI"},
		{"2.10.3", conn("port", "70000"), "port", "65535"},
		{"2.10.3", conn("port", "1,2"), "port", "2 ports for 1 hosts"},
		{"2.10.3", conn("host", "a,b", "hostaddr", "10.0.0.1"), "hostaddr", "1 addresses for 2 hosts"},
		{"2.10.3", conn("host", "@abstract"), "host", "abstract"},
		{"2.10.3", conn("user", ""), "user", "operating system"},
		{"2.10.3", conn("ssl_min_protocol_version", "TLSv1.3", "ssl_max_protocol_version", "TLSv1.2"), "ssl_max_protocol_version", "lower"},
		{"2.10.3", conn("sslnegotiation", "direct"), "sslnegotiation", "libpq 16 refuses"},
		{"2.11.2", conn("sslnegotiation", "direct"), "sslnegotiation", "require"},
		{"2.11.2", conn("scram_client_key", "x"), "scram_client_key", "libpq 17 refuses"},
		{"3.3.1", conn("scram_client_key", "x"), "scram_client_key", "SCRAM"},
		{"3.3.1", conn("max_protocol_version", "4"), "max_protocol_version", "latest"},
		{"2.10.3", conn("keepalive_idle", "30"), "keepalive_idle", "libpq 16 refuses"},
	} {
		t.Run(test.option+" "+test.says, func(t *testing.T) {
			_, _, err := pghook.Config(t.Context(), test.conn, image(t, test.airflow), pghook.Options{})
			var refused *pghook.OptionError
			if !errors.As(err, &refused) || refused.Option != test.option || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// libpq on a worker reads the worker's environment, not the one of whoever runs aircon.
func TestEnvironmentDoesNotLeakIn(t *testing.T) {
	for name, v := range map[string]string{
		"PGHOST": "leak", "PGPORT": "1", "PGUSER": "leak", "PGPASSWORD": "leak", "PGDATABASE": "leak", "PGSSLMODE": "bogus", "PGOPTIONS": "-c leak=1",
		"PGAPPNAME": "leak", "PGCONNECT_TIMEOUT": "bogus", "PGTARGETSESSIONATTRS": "bogus", "PGSSLROOTCERT": "/leak", "PGSSLCERT": "/leak", "PGSSLKEY": "/leak",
		"PGTZ": "leak", "PGREQUIREAUTH": "bogus", "PGCHANNELBINDING": "bogus", "PGSSLNEGOTIATION": "bogus", "PGSSLCERTMODE": "bogus",
		"PGMINPROTOCOLVERSION": "bogus", "PGMAXPROTOCOLVERSION": "bogus", "PGPASSFILE": "/leak", "PGSERVICEFILE": "/leak", "PGSSLSNI": "0",
	} {
		t.Setenv(name, v)
	}
	bare := aircon.Connection{Host: aircon.Text("h"), Login: aircon.Text("u")}
	config, notes, err := pghook.Config(t.Context(), bare, image(t, "3.3.1"), pghook.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"host": "h", "port": uint16(5432), "user": "u", "password": "", "database": "u", "tls": true, "timeout": 130 * time.Second, "fallbacks": 1,
		"direct": false, "binding": "prefer", "auth": "", "attrs": false, "certmode": "allow", "sni": "h",
	}
	if got := describeConfig(config); !maps.Equal(got, want) || len(notes) > 0 {
		t.Errorf("got  %v\nwant %v\nnotes %v", got, want, notes)
	}
	worker := pghook.Options{Env: map[string]string{"PGPASSWORD": "theirs", "PGPORT": "7", "PGSSLMODE": "disable", "PGHOST": "not taken"}}
	config, _, err = pghook.Config(t.Context(), bare, image(t, "3.3.1"), worker)
	if err != nil {
		t.Fatal(err)
	}
	if got := describeConfig(config); got["host"] != "h" || got["password"] != "theirs" || got["port"] != uint16(7) || got["tls"] != false {
		t.Errorf("with the worker's environment: %v", got)
	}
	t.Setenv("PGSERVICE", "nowhere")
	if _, _, err := pghook.Config(t.Context(), bare, image(t, "3.3.1"), pghook.Options{}); err == nil || !strings.Contains(err.Error(), "unset it") {
		t.Errorf("PGSERVICE of a service that is not there: %v", err)
	}
}

func TestPassfile(t *testing.T) {
	files := map[string]string{
		"/home/.pgpass": "db.example:5433:analytics:etl:from home\n",
		"/p":            "a:1:*:etl:one\nb:2:*:etl:two\nlocalhost:*:*:*:socket\n*:*:*:etl:any\n",
	}
	for _, test := range []struct {
		name    string
		home    string
		extra   []string
		want    string
		refused bool
	}{
		{"none", "", nil, "", false},
		{"home", "/home", nil, "from home", false},
		{"named", "/home", []string{"passfile", "/p"}, "any", false},
		{"socket", "", []string{"passfile", "/p", "host", "/run"}, "socket", false},
		{"missing", "", []string{"passfile", "/q"}, "", false},
		{"a password goes first", "/home", []string{"password", "given"}, "given", false},
		{"two passwords", "", []string{"passfile", "/p", "host", "a,b", "port", "1,2"}, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := conn(test.extra...)
			c.Password = aircon.Secret{}
			config, _, err := pghook.Config(t.Context(), c, image(t, "2.10.3"), pghook.Options{Home: test.home, ReadFile: func(path string) ([]byte, error) {
				if text, found := files[path]; found {
					return []byte(text), nil
				}
				return nil, fs.ErrNotExist
			}})
			if (err != nil) != test.refused {
				t.Fatal(err)
			}
			if err == nil && config.Password != test.want {
				t.Errorf("got %q, want %q", config.Password, test.want)
			}
		})
	}
}
