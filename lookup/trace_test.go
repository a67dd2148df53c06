package lookup_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"aircon"
	"aircon/lookup"

	"github.com/google/go-cmp/cmp"
)

const (
	rds    = `{"engine":"postgres","host":"h","username":"u","password":"hunter2","dbname":"d"}`
	denied = "User: arn:aws:sts::111122223333:assumed-role/mwaa/airflow is not authorized to perform: secretsmanager:GetSecretValue"
)

// What the trace tells of the ways in which users get stuck (the numbers are rows of the catalogue of failures): Airflow
// says "isn't defined" to nearly all of them.
func TestTraceTellsTheCause(t *testing.T) {
	accessDenied := aws{"AccessDeniedException", denied, "r-1"}
	for _, c := range []struct {
		name     string
		on       string
		id       string
		env      map[string]string
		secrets  vault
		database database
		want     string
	}{
		{
			name: "1: an error is swallowed, and its cause is here", on: "2.10.3", id: "db",
			secrets: vault{"airflow/connections/db": accessDenied},
			want: `
SecretsManager: raised (airflow/connections/db: raised): GetSecretValue: AccessDeniedException: ` + denied + ` (request id r-1)
EnvironmentVariables: absent (AIRFLOW_CONN_DB: absent)
Metastore: absent (db: absent)
=> not defined: AirflowNotFoundException: The conn_id ` + "`db`" + ` isn't defined
`,
		},
		{
			name: "2: no type, and only the server finds it", on: "3.0.6 worker", id: "db",
			env: map[string]string{
				"AIRFLOW__WORKERS__SECRETS_BACKEND": lookup.BackendClass, "AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS": `{"connections_prefix": null}`,
			},
			secrets: vault{"airflow/connections/db": `{"host":"h"}`},
			want: `
SecretsManager: skipped: the prefix is null: this kind is never looked up here
EnvironmentVariables: absent (AIRFLOW_CONN_DB: absent)
ExecutionAPISecrets: raised (db: raised): Execution API: 500: the Execution API refuses a connection whose conn_type is not text
  SecretsManager: won (airflow/connections/db: present)
  EnvironmentVariables: not reached
  Metastore: not reached
  => found
=> failed: AirflowRuntimeError: API_SERVER_ERROR: {'status_code': 500, 'message': 'Server returned error'}
`,
		},
		{
			name: "6: AWS is asked, and denies, for a connection kept elsewhere", on: "3.3.1", id: "db",
			secrets: vault{"airflow/connections/db": accessDenied}, database: database{"db": "postgres://h"},
			want: `
SecretsManager: raised (airflow/connections/db: raised): GetSecretValue: AccessDeniedException: ` + denied + ` (request id r-1)
EnvironmentVariables: absent (AIRFLOW_CONN_DB: absent)
Metastore: won (db: present)
=> found
`,
		},
		{
			name: "6: a lookup pattern keeps AWS out of it", on: "3.3.1", id: "db",
			env:     map[string]string{"AIRFLOW__SECRETS__BACKEND_KWARGS": `{"connections_lookup_pattern": "^(pg|rs)_"}`},
			secrets: vault{"airflow/connections/db": accessDenied}, database: database{"db": "postgres://h"},
			want: `
SecretsManager: skipped: the lookup pattern does not match the id
EnvironmentVariables: absent (AIRFLOW_CONN_DB: absent)
Metastore: won (db: present)
=> found
`,
		},
		{
			name: "7: own kwargs replace MWAA's pattern, and aws_default is asked for again", on: "2.10.3", id: "aws_default",
			env:     map[string]string{"AIRFLOW__SECRETS__BACKEND_KWARGS": `{"connections_prefix": "x"}`, "AIRFLOW_CONN_AWS_DEFAULT": "aws://"},
			secrets: vault{"x/aws_default": accessDenied},
			want: `
SecretsManager: raised (x/aws_default: raised): GetSecretValue: AccessDeniedException: ` + denied + ` (request id r-1)
EnvironmentVariables: won (AIRFLOW_CONN_AWS_DEFAULT: present)
Metastore: not reached
=> found
`,
		},
		{
			name: "11: a wrong class keeps Airflow from starting", on: "2.10.3", id: "db",
			env: map[string]string{"AIRFLOW__SECRETS__BACKEND": "airflow.providers.amazon.aws.secrets.SecretsManagerBackend"},
			want: `
=> not started: AirflowConfigException: The object could not be loaded. Please check "backend" key in "secrets" section. ` +
				`Current value: "airflow.providers.amazon.aws.secrets.SecretsManagerBackend".
`,
		},
		{
			name: "11: misspelt options and kwargs are ignored", on: "3.3.1", id: "db",
			env: map[string]string{
				"AIRFLOW__SECRETS__BACKENDS": "x", "AIRFLOW__SECRETS__BACKEND_KWARGS": `{"connection_prefix": "x", "region": "eu-west-1"}`,
			},
			secrets: vault{"airflow/connections/db": rds},
			want: `
AIRFLOW__SECRETS__BACKENDS: Airflow has no option secrets.backends, and ignores it; did you mean secrets.backend?
secrets.backend_kwargs: Airflow ignores the kwarg connection_prefix; did you mean connections_prefix?
secrets.backend_kwargs: Airflow ignores the kwarg region; did you mean region_name?
SecretsManager: won (airflow/connections/db: present)
EnvironmentVariables: not reached
Metastore: not reached
=> found
`,
		},
		{
			name: "12: kwargs in Python's quotes: the prefix is ignored", on: "2.10.3", id: "db",
			env:     map[string]string{"AIRFLOW__SECRETS__BACKEND_KWARGS": `{'connections_prefix': 'prod'}`},
			secrets: vault{"prod/db": rds},
			want: `
secrets.backend_kwargs: the kwargs are not JSON, so that Airflow uses the defaults: Expecting property name enclosed in double quotes: line 1 column 2
SecretsManager: absent (airflow/connections/db: absent)
EnvironmentVariables: absent (AIRFLOW_CONN_DB: absent)
Metastore: absent (db: absent)
=> not defined: AirflowNotFoundException: The conn_id ` + "`db`" + ` isn't defined
`,
		},
		{
			name: "30: pending deletion is hidden by the backend itself", on: "2.10.3", id: "db",
			secrets: vault{"airflow/connections/db": aws{"InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.", "r-2"}},
			want: `
SecretsManager: hidden (airflow/connections/db: hidden): GetSecretValue: InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion. (request id r-2)
EnvironmentVariables: absent (AIRFLOW_CONN_DB: absent)
Metastore: absent (db: absent)
=> not defined: AirflowNotFoundException: The conn_id ` + "`db`" + ` isn't defined
`,
		},
		{
			name: "34: the backend comes before the environment, always", on: "2.10.3", id: "db",
			env:     map[string]string{"AIRFLOW_CONN_DB": "postgres://from-env"},
			secrets: vault{"airflow/connections/db": rds},
			want: `
SecretsManager: won (airflow/connections/db: present)
EnvironmentVariables: not reached
Metastore: not reached
=> found
`,
		},
		{
			name: "39: the case of a secret's name counts", on: "2.10.3", id: "My_DB",
			secrets: vault{"airflow/connections/my_db": rds},
			want: `
SecretsManager: absent (airflow/connections/My_DB: absent)
EnvironmentVariables: absent (AIRFLOW_CONN_MY_DB: absent)
Metastore: absent (My_DB: absent)
=> not defined: AirflowNotFoundException: The conn_id ` + "`My_DB`" + ` isn't defined
`,
		},
		{
			name: "45: a number as login: get_uri() fails inside the search", on: "3.3.1", id: "db",
			secrets: vault{"airflow/connections/db": `{"engine":"postgres","host":"h","username":12345}`},
			want: `
SecretsManager: passed over (airflow/connections/db: present): write the URI: a connection that cannot be written: login: it holds a number or a truth value, not text
EnvironmentVariables: absent (AIRFLOW_CONN_DB: absent)
Metastore: absent (db: absent)
=> not defined: AirflowNotFoundException: The conn_id ` + "`db`" + ` isn't defined
`,
		},
		{
			name: "46: prose is read as a URI, without an error", on: "2.10.3", id: "db",
			secrets: vault{"airflow/connections/db": "ask the platform team"},
			want: `
SecretsManager: won (airflow/connections/db: present)
EnvironmentVariables: not reached
Metastore: not reached
=> found
`,
		},
		{
			name: "48: $NAME in the kwargs is replaced", on: "2.10.3", id: "db",
			env:     map[string]string{"AIRFLOW__SECRETS__BACKEND_KWARGS": `{"connections_prefix": "$STAGE/x"}`, "STAGE": "prod"},
			secrets: vault{"prod/x/db": rds},
			want: `
secrets.backend_kwargs: Airflow replaces $NAME and a leading ~ in it, and does so here
SecretsManager: won (prod/x/db: present)
EnvironmentVariables: not reached
Metastore: not reached
=> found
`,
		},
		{
			name: "50: the Execution API never finds an id with a slash", on: "3.3.1 worker", id: "team/db",
			database: database{"team/db": "postgres://h"},
			want: `
SecretsManager: absent (airflow/connections/team/db: absent)
EnvironmentVariables: absent (AIRFLOW_CONN_TEAM/DB: absent)
ExecutionAPISecrets: skipped: the Execution API cannot be asked for this id
=> not defined: AirflowNotFoundException: The conn_id ` + "`team/db`" + ` isn't defined
`,
		},
		{
			name: "50, 51: it cuts an id at ?, and asks AWS a second time", on: "3.3.1 worker", id: "db?x",
			database: database{"db": "postgres://other"},
			want: `
SecretsManager: absent (airflow/connections/db?x: absent)
EnvironmentVariables: absent (AIRFLOW_CONN_DB?X: absent)
ExecutionAPISecrets: won (db: present)
  SecretsManager: absent (airflow/connections/db: absent)
  EnvironmentVariables: absent (AIRFLOW_CONN_DB: absent)
  Metastore: won (db: present)
  => found
=> found
`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			trace, err := open(t, options(t, c.on, c.env, c.secrets, c.database)).Connection(t.Context(), c.id)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), story(trace)); diff != "" {
				t.Error(diff)
			}
			text, err := json.Marshal(trace)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), "hunter2") {
				t.Error("the password shows in the trace")
			}
		})
	}
}

// 27: an edit has no effect, because an earlier source wins. A survey asks on and shows what is shadowed.
func TestSurveyShowsWhatIsShadowed(t *testing.T) {
	opts := options(t, "3.3.1 worker", map[string]string{"AIRFLOW_CONN_DB": "postgres://from-env"}, vault{"airflow/connections/db": rds},
		database{"db": "postgres://from-db"})
	opts.Survey = true
	trace, err := open(t, opts).Connection(t.Context(), "db")
	if err != nil {
		t.Fatal(err)
	}
	want := `SecretsManager: won (airflow/connections/db: present)
EnvironmentVariables: shadowed (AIRFLOW_CONN_DB: present)
ExecutionAPISecrets: shadowed (db: present)
  SecretsManager: won (airflow/connections/db: present)
  EnvironmentVariables: shadowed (AIRFLOW_CONN_DB: present)
  Metastore: shadowed (db: present)
  => found
=> found
`
	if diff := cmp.Diff(want, story(trace)); diff != "" {
		t.Error(diff)
	}
	if host := trace.Conn.Host.String(); host != "h" || trace.Winner != 0 {
		t.Errorf("the first source must win, not %q of entry %d", host, trace.Winner)
	}
}

// 46: what a text says and its meaning hides stands in the notes of the winner.
func TestNotesOfTheWinner(t *testing.T) {
	for _, c := range []struct {
		name, secret string
		want         []string
	}{
		{"prose has no scheme", "ask the platform team", []string{"no-scheme conn_type"}},
		{"RDS's dbname is dropped", rds, []string{"ignored-key dbname at 1:69"}},
		{
			"the first alias counts, even when null, and conn_id is one of the type",
			"{\n\"login\": null,\n\"user\": \"u\",\n\"conn_id\": \"db\",\n\"engine\": \"postgres\"\n}",
			[]string{"alias-shadowed user at 3:1", "type-from-id conn_id at 4:1", "alias-shadowed engine at 5:1"},
		},
		{
			"places are those of the secret's own text",
			"{\"engine\": \"postgres\",\n \"port\": 5432.7,\n \"host\": \"a\", \"host\": \"b\"}",
			[]string{"duplicate-key host at 3:15", "port-cast port at 2:2"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			trace, err := open(t, options(t, "3.3.1", nil, vault{"airflow/connections/db": c.secret}, nil)).Connection(t.Context(), "db")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, note := range trace.Notes {
				got = append(got, note.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A source that cannot be asked from here makes the answer uncertain, unless an earlier one won.
func TestUncheckedSources(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*lookup.Options)
		outcome lookup.Outcome
		host    string
	}{
		{"all can be asked", func(*lookup.Options) {}, lookup.Found, "from-env"},
		{"no Secrets Manager: it might have come first", func(o *lookup.Options) { o.Secrets = nil }, lookup.Uncertain, "from-env"},
		{"no metastore: the environment comes first anyway", func(o *lookup.Options) { o.Metastore = nil }, lookup.Found, "from-env"},
		{"nobody has it, and the metastore cannot be asked", func(o *lookup.Options) {
			o.Metastore = nil
			delete(o.Env, "AIRFLOW_CONN_DB")
		}, lookup.Uncertain, ""},
		{"another backend's class", func(o *lookup.Options) { o.Env["AIRFLOW__SECRETS__BACKEND"] = "my_company.secrets.Backend" }, lookup.Uncertain, "from-env"},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := options(t, "2.10.3", map[string]string{"AIRFLOW_CONN_DB": "postgres://from-env"}, nil, nil)
			c.change(&opts)
			trace, err := open(t, opts).Connection(t.Context(), "db")
			if err != nil {
				t.Fatal(err)
			}
			if trace.Outcome != c.outcome || trace.Conn.Host.String() != c.host {
				t.Errorf("got %s, host %q\n%s", trace.Outcome, trace.Conn.Host, story(trace))
			}
		})
	}
}

// Each source's time is in the trace, from the clock that was given.
func TestTook(t *testing.T) {
	trace, err := open(t, options(t, "2.10.3", nil, nil, nil)).Connection(t.Context(), "db")
	if err != nil {
		t.Fatal(err)
	}
	// The clock ticks at each look: before and after the source, and before and after the secret.
	if e := trace.Entries[0]; e.Took != 3*time.Second || e.Asked[0].Took != time.Second {
		t.Errorf("the source took %s, the secret %s", e.Took, e.Asked[0].Took)
	}
}

// A cancelled search ends with the context's error, and is not taken for one of AWS's, which Airflow would swallow.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	opts := options(t, "3.3.1 worker", map[string]string{"AIRFLOW_CONN_DB": "postgres://from-env"}, nil, nil)
	opts.Secrets = func(context.Context, lookup.Client) (lookup.SecretsManager, error) { return hanging{cancel}, nil }
	s := open(t, opts)
	if _, err := s.Connection(ctx, "db"); !errors.Is(err, context.Canceled) {
		t.Errorf("connection: %v", err)
	}
	if _, err := s.Variable(ctx, "v", false); !errors.Is(err, context.Canceled) {
		t.Errorf("variable: %v", err)
	}
}

// hanging is a Secrets Manager that never answers: its caller gives up.
type hanging struct{ giveUp func() }

func (h hanging) GetSecretValue(ctx context.Context, _ string) (lookup.SecretValue, error) {
	h.giveUp()
	<-ctx.Done()
	return lookup.SecretValue{}, ctx.Err()
}

// No way of printing what a search knows shows a secret, be it in AWS, in the environment, or in the kwargs.
func TestNothingShowsSecrets(t *testing.T) {
	opts := options(t, "3.3.1", map[string]string{
		"AIRFLOW_CONN_DB":                  "postgres://u:hunter2@h",
		"AIRFLOW__SECRETS__BACKEND_KWARGS": `{"aws_access_key_id": "AKIA", "aws_secret_access_key": "hunter2", "x": "hunter2"}`,
	}, vault{"airflow/connections/db": `{"engine": "postgres", "password": "hunter2", "port": "hunter2"}`}, nil)
	s := open(t, opts)
	trace, err := s.Connection(t.Context(), "db")
	if err != nil {
		t.Fatal(err)
	}
	if trace.Conn.Password.Reveal() != "hunter2" {
		t.Fatal("the environment's connection was expected to win")
	}
	reading := s.Settings().Backend.ReadConnection("db", aircon.NewSecret(`{"password": "hunter2"}`))
	for _, value := range []any{opts, s, s.Settings(), *s.Settings().Backend, *trace, trace.Entries, reading, trace.Entries[0].Problem} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, "hunter2") {
				t.Errorf("%T by %s shows it: %s", value, verb, text)
			}
		}
	}
}
