package taskenv

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"aircon"
	"aircon/mwaa"
)

func TestMachine(t *testing.T) {
	environ := []string{
		"PATH=/bin", "HOME=/home/me", "HTTPS_PROXY=http://p", "=C:=C:", "AWS_PROFILE=mine", "AWS_SECRET_ACCESS_KEY=canary", "PGPASSWORD=canary", "PAGER=less",
		"AIRFLOW_CONN_X=postgres://canary", "AIRFLOW__CORE__FERNET_KEY=canary", "MWAA__X=1", "DATABASE_URL=canary", "EMPTY=",
	}
	got := fmt.Sprint(Machine(environ, []string{"AWS_PROFILE", "AWS_REGION"}))
	if want := "map[AWS_PROFILE:mine EMPTY: HOME:/home/me HTTPS_PROXY:http://p PAGER:less PATH:/bin]"; got != want {
		t.Errorf("kept %s", got)
	}
}

func TestHidden(t *testing.T) {
	for _, test := range []struct {
		name, value string
		hidden      bool
	}{
		{"AIRFLOW_CONN_AWS_DEFAULT", "aws://", false},
		{"AIRFLOW_CONN_AWS_DEFAULT", "aws://key:canary@", true},
		{"AIRFLOW_CONN_DB", `{"conn_type": "postgres"}`, true},
		{"AIRFLOW_VAR_KEY", "x", true},
		{"AIRFLOW__SECRETS__BACKEND_KWARGS", mwaa.DefaultKwargs, false},
		{"AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS", mwaa.DefaultKwargs, false},
		{"AIRFLOW__SECRETS__BACKEND_KWARGS", `{"aws_secret_access_key": "canary"}`, true},
		{"AIRFLOW__SECRETS__BACKEND_KWARGS", `{"config": {"session": {"aws_session_token": "canary"}}}`, true},
		{"AIRFLOW__SECRETS__BACKEND_KWARGS", `{"endpoint_url": "https://me:canary@proxy"}`, true},
		{"AIRFLOW__SECRETS__BACKEND_KWARGS", `{"config": {"proxies": ["http://me:canary@proxy"]}}`, true},
		{"AIRFLOW__SECRETS__BACKEND_KWARGS", `{broken canary`, true},
		{"AIRFLOW__SMTP__SMTP_PASSWORD", "canary", true},
		{"AIRFLOW__CORE__FERNET_KEY", "canary", true},
		{"AIRFLOW__SMTP__SMTP_HOST", "mail", false},
		{"AIRFLOW__CORE__PARALLELISM", "32", false},
		{"AIRFLOW__SENTRY__X", "https://canary@sentry.example", true},
		{"AIRFLOW__SENTRY__X", "https://can ary@%zz", true},
		{"AIRFLOW__WEBSERVER__BASE_URL", "https://example.com/a", false},
	} {
		if got := Hidden(test.name, test.value); got != test.hidden {
			t.Errorf("%s=%s: hidden %t", test.name, test.value, got)
		}
	}
}

func TestLocal(t *testing.T) {
	composed, _ := mwaa.Compose(mwaa.Setup{Version: "2.10.3", Options: map[string]string{
		"database.sql_alchemy_connect_args": "mine.ARGS", "core.parallelism": "8",
	}})
	local := Local(composed)
	for name, there := range map[string]bool{
		"AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS":                  true, // the user's own module
		"AIRFLOW__LOGGING__LOGGING_CONFIG_CLASS":                       false,
		"AIRFLOW__CORE__PARALLELISM":                                   true,
		"AIRFLOW__SECRETS__BACKEND_KWARGS":                             true,
		"CLASSPATH":                                                    false,
		"AIRFLOW__CELERY__WORKER_ENABLE_REMOTE_CONTROL":                false,
		"AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": false,
	} {
		if _, got := local[name]; got != there {
			t.Errorf("%s is there: %t", name, got)
		}
	}
	if len(composed) == len(local) {
		t.Error("what was composed has changed as well")
	}
}

func TestSet(t *testing.T) {
	s := Set{}
	s.AddPlain("a", map[string]string{"X": "1", "Y": "1"})
	s.Add("b", true, map[string]aircon.Secret{"X": aircon.NewSecret("canary")})
	s.AddEnvironment(mwaa.Variables{"Z": {Text: "3", From: mwaa.Option}})
	got := s.Environ(map[string]string{"PATH": "/bin", "Y": "0"})
	if want := []string{"PATH=/bin", "X=canary", "Y=1", "Z=3"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if text := fmt.Sprintf("%v %+v", s, s.Sorted()); strings.Contains(text, "canary") || !strings.Contains(text, "a configuration option") {
		t.Errorf("shown: %s", text)
	}
}
