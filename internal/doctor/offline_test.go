package doctor

import (
	"strings"
	"testing"

	"aircon"
	"aircon/lookup"
)

func TestFixKwargs(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"Python's quotes", `{'connections_prefix': 'x'}`, `{"connections_prefix": "x"}`},
		{"Python's constants", `{"variables_prefix": None, "use_ssl": False, "verify": True}`, `{"variables_prefix": null, "use_ssl": false, "verify": true}`},
		{"a trailing comma", `{"sep": "/",}`, `{"sep": "/"}`},
		{"quotes inside quotes", `{'connections_prefix': 'a"b', 'sep': 'it\'s'}`, `{"connections_prefix": "a\"b", "sep": "it's"}`},
		{"words inside quotes stay", `{'connections_prefix': 'None'}`, `{"connections_prefix": "None"}`},
		{"an open quote", `{'connections_prefix': 'x}`, ""},
		{"prose", `use the default`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := FixKwargs(test.text)
			if got != test.want || ok != (test.want != "") {
				t.Errorf("FixKwargs(%s) = %s, %t", test.text, got, ok)
			}
		})
	}
}

func TestPresentableBlanksWhatMayBeSecret(t *testing.T) {
	got, ok := Presentable([]byte(`{"host": "h", "password": "canary", "port": 5432, "extra": {"sslmode": "require", "aws_secret_access_key": "canary"}, "pass": "canary", "key": ["canary"]}`))
	if !ok || strings.Contains(got, "canary") {
		t.Errorf("it shows a secret: %s", got)
	}
	for _, want := range []string{`"host": "h"`, `"port": 5432`, `"sslmode": "require"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing: %s", want, got)
		}
	}
	got, _ = Presentable([]byte(`{"extra": "{\"sslmode\": \"require\", \"api_token\": \"canary\"}"}`))
	if !strings.Contains(got, `\"sslmode\":\"require\"`) || strings.Contains(got, "canary") {
		t.Errorf("an extra in text reads %s", got)
	}
	if got, _ = Presentable([]byte(`{"extra": "canary"}`)); strings.Contains(got, "canary") {
		t.Errorf("an extra of prose reads %s", got)
	}
	for _, text := range []string{`{"pasword": "canary"}`, `{"Password": "canary"}`, `{"extra": {"token_": "canary", "n": ["canary"]}}`, `{"host": ["canary"]}`} {
		if got, ok := Presentable([]byte(text)); !ok || strings.Contains(got, "canary") {
			t.Errorf("%s reads %s", text, got)
		}
	}
	if _, ok := Presentable([]byte("canary")); ok {
		t.Error("prose is presented as JSON")
	}
}

func TestPolicyFindsWideAndIncompleteResources(t *testing.T) {
	const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"
	for _, test := range []struct{ name, resource, want string }{
		{"without the suffix", arn + "airflow/connections/db", "AC005"},
		{"with six wildcards", arn + "airflow/connections/db-??????", ""},
		{"with the guide's asterisk", arn + "airflow/connections/db-*", ""},
		{"with the suffix itself", arn + "airflow/connections/db-AbC1dE", ""},
		{"a whole prefix", arn + "airflow/connections/*", ""},
		{"everything", "*", "AC052"},
		{"every secret", arn + "*", "AC052"},
		{"another service", "arn:aws:s3:::bucket/airflow", "AC163"},
	} {
		t.Run(test.name, func(t *testing.T) {
			found, err := Policy("p.json", `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "secretsmanager:Get*", "Resource": "`+test.resource+`"}}`, Needs{})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, f := range found {
				got += f.ID
			}
			if got != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}

func TestTextFindsWhatASecretHides(t *testing.T) {
	rt, err := aircon.RuntimeFor("2.10.3")
	if err != nil {
		t.Fatal(err)
	}
	backend, err := lookup.NewBackend(aircon.Secret{}, rt)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, text, want string }{
		{"a good one", `{"conn_type": "postgres", "host": "h", "login": "u", "password": "p", "schema": "d"}`, ""},
		{"a good URI", "postgres://u:p%40ss@h:5432/d?sslmode=require", ""},
		{"comments", `{"conn_type": "postgres" /* the type */}`, "AC037"},
		{"single quotes", `{'conn_type': 'postgres'}`, "AC037"},
		{"the shape of RDS", `{"engine": "postgres", "host": "h", "dbname": "d"}`, "AC003"},
		{"the shape of RDS with a schema", `{"engine": "postgres", "host": "h", "dbname": "d", "database": "d"}`, ""},
		{"a number as login", `{"conn_type": "postgres", "login": 1}`, "AC045"},
		{"a number as port is right", `{"conn_type": "postgres", "port": 5432}`, ""},
		{"extra twice encoded", `{"conn_type": "postgres", "extra": "\"{}\""}`, "AC038"},
		{"extra as a list", `{"conn_type": "postgres", "extra": [1]}`, "AC038"},
		{"null", "null", "AC046"},
		{"base64", "eyJjb25uX3R5cGUiOiAicG9zdGdyZXMifQ==", "AC046"},
		{"a byte order mark", "\ufeff{}", "AC046"},
		{"a word that sslmode does not have", `{"conn_type": "postgres", "host": "h", "extra": {"sslmode": "required"}}`, "AC102"},
		{"the same in a URI", "postgres://u:p@h/d?sslmode=verify_full", "AC102"},
		{"sessions of the old word", `{"conn_type": "postgres", "host": "h", "extra": {"target_session_attrs": "master"}}`, "AC102"},
		{"a version in small letters", `{"conn_type": "postgres", "host": "h", "extra": {"ssl_min_protocol_version": "tlsv1.2"}}`, ""},
		{"a word of a type that is not PostgreSQL", `{"conn_type": "mysql", "host": "h", "extra": {"sslmode": "required"}}`, ""},
		{"nothing", "", "AC046"},
		{"white space", " \n", "AC046"},
		{"JDBC's address", "jdbc:postgresql://h:5432/d?user=u&password=p", "AC046"},
		{"the secret's own ARN", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:airflow/connections/db-AbCdEf", "AC046"},
		{"a URI in quotes", `"postgres://u:p@h/d"`, "AC046"},
		{"a shell's line", "export AIRFLOW_CONN_DB='postgres://u:p@h/d'", "AC046"},
		{"lines of YAML", "conn_type: postgres\nhost: h\n", "AC046"},
		{"SQLAlchemy's dialect and driver", "postgresql+psycopg2://u:p@h/d", "AC107"},
		{"SQLAlchemy's dialect", "postgresql://u:p@h/d", ""}, // which Airflow reads as postgres
		{"another case of the type", `{"conn_type": "Postgres", "host": "h"}`, "AC107"},
		{"another type", `{"conn_type": "mysql", "host": "h:3306"}`, ""},
		{"host and port in one", `{"conn_type": "postgres", "host": "h:5432"}`, "AC108"},
		{"a line break behind the password", `{"conn_type": "postgres", "host": "h", "password": "p\n"}`, "AC108"},
		{"under its conn_id", `{"db": {"conn_type": "postgres", "host": "h"}}`, "AC002AC106"},
		{"an unencoded @", "postgres://u:p@ss@h/d", "AC004"}, // it works, as Python takes the last one
		{"an unencoded /", "postgres://u:p/ss@h/d", "AC004"},
		{"an unencoded #", "postgres://u:p#ss@h/d", "AC004"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			for _, f := range Text(SecretText{ID: "db", Where: "secret", Text: aircon.NewSecret(test.text)}, backend) {
				got += f.ID
				if strings.Count(f.Where, ":") != 2 {
					t.Errorf("%s stands at %q, without line and column", f.ID, f.Where)
				}
			}
			if got != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}
