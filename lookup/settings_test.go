package lookup_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"aircon/lookup"

	"github.com/google/go-cmp/cmp"
)

// What an environment sets, what of it counts, and what Airflow ignores or changes without a word.
func TestReadSettings(t *testing.T) {
	const kwargs, workerKwargs = "AIRFLOW__SECRETS__BACKEND_KWARGS", "AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS"
	for _, c := range []struct {
		name, on string
		env      map[string]string
		names    string // the first name asked for conn_id db; "" for none
		warnings []string
	}{
		{"the defaults", "3.3.1", nil, "airflow/connections/db", nil},
		{"kwargs", "3.3.1", map[string]string{kwargs: `{"connections_prefix": "p"}`}, "p/db", nil},
		{"kwargs that are a list", "3.3.1", map[string]string{kwargs: `["p"]`}, "airflow/connections/db", []string{"kwargs no object"}},
		{"kwargs that are null are none", "3.3.1", map[string]string{kwargs: `null`}, "airflow/connections/db", nil},
		{"kwargs that are not JSON", "3.3.1", map[string]string{kwargs: `p`}, "airflow/connections/db", []string{"kwargs not JSON"}},
		{"a comma too many", "3.3.1", map[string]string{kwargs: `{"connections_prefix": "p",}`}, "airflow/connections/db", []string{"kwargs not JSON"}},
		{"a variable that is not set stays", "3.3.1", map[string]string{kwargs: `{"connections_prefix": "$NONE"}`}, "$NONE/db", nil},
		{"a variable in braces", "3.3.1", map[string]string{kwargs: `{"connections_prefix": "${A}"}`, "A": "$B", "B": "b"}, "b/db", []string{"expanded"}},
		{"variables that never end", "3.3.1", map[string]string{kwargs: `{"connections_prefix": "$A"}`, "A": "$A$A"}, "$A/db", []string{"never ends"}},
		{"one-key kwargs are text, from 3.2", "3.3.1", map[string]string{"AIRFLOW__SECRETS__BACKEND_KWARG__CONNECTIONS_PREFIX": "null"}, "null/db", []string{"one-key kwarg"}},
		{"and unknown before", "3.0.6", map[string]string{"AIRFLOW__SECRETS__BACKEND_KWARG__CONNECTIONS_PREFIX": "p"}, "airflow/connections/db", []string{"unknown option"}},
		{"a worker's own backend has its own kwargs", "3.3.1 worker", map[string]string{
			kwargs: `{"connections_prefix": "p"}`, workerKwargs: `{"connections_prefix": "w"}`, "AIRFLOW__WORKERS__SECRETS_BACKEND": lookup.BackendClass,
		}, "w/db", nil},
		{"without it they do not count", "3.3.1 worker", map[string]string{
			kwargs: `{"connections_prefix": "p"}`, workerKwargs: `{"connections_prefix": "w"}`,
		}, "p/db", []string{"kwargs unused"}},
		{"a command that is not run", "3.3.1", map[string]string{kwargs + "_CMD": "cat kwargs"}, "airflow/connections/db", []string{"command not run"}},
		{"full_url_mode", "2.10.3", map[string]string{kwargs: `{"full_url_mode": false}`}, "airflow/connections/db", []string{"no effect"}},
		{"are_secret_values_urlencoded ends with provider 9", "2.10.1", map[string]string{kwargs: `{"are_secret_values_urlencoded": true}`}, "airflow/connections/db", []string{"deprecated"}},
		{"and has no effect after", "2.10.3", map[string]string{kwargs: `{"are_secret_values_urlencoded": true}`}, "airflow/connections/db", []string{"no effect"}},
		{"an empty class is none", "2.10.3", map[string]string{"AIRFLOW__SECRETS__BACKEND": ""}, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := options(t, c.on, c.env, nil, nil)
			settings, err := lookup.ReadSettings(t.Context(), opts.Env, opts.Runtime, nil)
			if err != nil {
				t.Fatal(err)
			}
			var names string
			if settings.Backend != nil {
				names = strings.Join(settings.Backend.Names(lookup.Connection, "db", "").Asked, " ")
			}
			var warnings []string
			for _, w := range settings.Warnings {
				warnings = append(warnings, string(w.Code))
			}
			if diff := cmp.Diff(c.names, names); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.warnings, warnings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCommandOfKwargs(t *testing.T) {
	opts := options(t, "3.3.1", map[string]string{"AIRFLOW__SECRETS__BACKEND_KWARGS_CMD": "cat kwargs"}, nil, nil)
	run := func(_ context.Context, command string) (string, error) {
		if command != "cat kwargs" {
			return "", errors.New("another command: " + command)
		}
		return `{"connections_prefix": "p"}`, nil
	}
	settings, err := lookup.ReadSettings(t.Context(), opts.Env, opts.Runtime, run)
	if err != nil {
		t.Fatal(err)
	}
	if got := settings.Backend.Names(lookup.Connection, "db", "").Asked; len(got) != 1 || got[0] != "p/db" {
		t.Errorf("%q", got)
	}
	failing := func(context.Context, string) (string, error) { return "", errors.New("no such file") }
	settings, err = lookup.ReadSettings(t.Context(), opts.Env, opts.Runtime, failing)
	if err != nil || len(settings.Warnings) != 1 || settings.Warnings[0].Code != lookup.NotJSON {
		t.Errorf("%v, %+v", err, settings.Warnings)
	}
}

// Options that may lie in the backend, by their _SECRET variable, and those that may not.
func TestOption(t *testing.T) {
	known := func(section, option string) (string, bool) {
		return "localhost", section+"."+option == "smtp.smtp_host"
	}
	for _, c := range []struct{ name, on, section, option, want string }{
		{"a sensitive option", "2.10.3", "smtp", "smtp_password", `
EnvironmentVariables: absent (AIRFLOW__SMTP__SMTP_PASSWORD: absent)
SecretsManager: won (airflow/config/pw: present)
=> found
`},
		{"which it is no more in 3.x", "3.0.6", "smtp", "smtp_password", `
EnvironmentVariables: absent (AIRFLOW__SMTP__SMTP_PASSWORD: absent)
SecretsManager: skipped: the option is not a sensitive one: its _SECRET variable is not read
default: absent
=> not defined: AirflowConfigException: section/key [smtp/smtp_password] not found in config
`},
		{"one that never was", "2.10.3", "smtp", "smtp_host", `
EnvironmentVariables: absent (AIRFLOW__SMTP__SMTP_HOST: absent)
SecretsManager: skipped: the option is not a sensitive one: its _SECRET variable is not read
default: won (smtp.smtp_host: present)
=> found
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := map[string]string{"AIRFLOW__SMTP__SMTP_PASSWORD_SECRET": "pw", "AIRFLOW__SMTP__SMTP_HOST_SECRET": "pw"}
			opts := options(t, c.on, env, vault{"airflow/config/pw": "hunter2"}, nil)
			opts.Default = known
			trace, err := open(t, opts).Option(t.Context(), c.section, c.option)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), story(trace)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzSettings: no text in an option makes the reading of options, or a search with them, panic or hang.
func FuzzSettings(f *testing.F) {
	f.Add(lookup.BackendClass, `{"connections_prefix": "$A"}`, "$B", "db")
	f.Add(lookup.BackendClass, `{"connections_lookup_pattern": "^(?!a+$)[^\\W_]"}`, "", "aa_")
	f.Add("$A", "~", lookup.BackendClass, "a?b#c%2e/..")
	f.Add(lookup.BackendClass, `{"extra_conn_words": {"user": "ab"}, "sep": null, "config_kwargs": {"retries": {"max_attempts": 1}}}`, "${A}", "\xff")
	f.Fuzz(func(t *testing.T, class, kwargs, a, id string) {
		opts := options(t, "3.3.1 worker", map[string]string{"AIRFLOW__SECRETS__BACKEND": class, "AIRFLOW__SECRETS__BACKEND_KWARGS": kwargs, "A": a},
			vault{"*": rds}, database{})
		trace, err := open(t, opts).Connection(t.Context(), id)
		if err != nil || trace.Outcome == "" {
			t.Errorf("%v: %+v", err, trace)
		}
	})
}
