package airflow

import (
	"strings"
	"testing"

	"aircon"
	"aircon/mwaa"
)

func inputs(version string, options, startup map[string]string) Inputs {
	secret := aircon.NewSecret
	return Inputs{
		Version: version, Environment: "analytics", Account: "123456789012", Region: "eu-west-1", Options: options, Startup: startup,
		Home: "/home/analytics", DAGs: "/bucket/dags", Bin: "/venv/bin", Port: 8080, Front: "http://127.0.0.1:8080", Executor: executor(version, true), Metastore: "sqlite:////m.db",
		Keys: Keys{secret("fernet"), secret("web"), secret("jwt"), secret("password")},
		Gate: GateAddress{"http://127.0.0.1:1", "http://127.0.0.1:1/role", secret("token")},
	}
}

// precedence is who wins, seen from the variable that the processes have: the container, MWAA's overridable defaults, the startup script,
// options, what is protected, what is essential. An empty want means that there is no such variable.
var precedence = []struct {
	name     string
	version  string
	options  map[string]string
	startup  map[string]string
	variable string
	want     string
	from     mwaa.Source
}{
	{"the container's own variable", "2.10.3", nil, nil, "HOME", "/home/analytics", mwaa.Container},
	{"the startup script over the container", "2.10.3", nil, vars("LANG", "de_DE.UTF-8"), "LANG", "de_DE.UTF-8", mwaa.StartupScript},
	{"the startup script adds to PATH", "3.3.1", nil, vars("PATH", "/opt/bin:/venv/bin"), "PATH", "/opt/bin:/venv/bin", mwaa.StartupScript},
	{"an option over the container", "2.10.3", vars("core.dags_folder", "/x"), nil, "AIRFLOW__CORE__DAGS_FOLDER", "/x", mwaa.Option},
	{"MWAA's default", "2.10.3", nil, nil, "AIRFLOW__SECRETS__BACKEND_KWARGS", mwaa.DefaultKwargs, mwaa.Default},
	{"MWAA's default for workers", "3.3.1", nil, nil, "AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS", mwaa.DefaultKwargs, mwaa.Default},
	{"… which 2.x lacks", "2.11.2", nil, nil, "AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS", "", 0},
	{"the startup script over MWAA's default", "3.3.1", nil, vars("AIRFLOW__SECRETS__BACKEND_KWARGS", "{}"), "AIRFLOW__SECRETS__BACKEND_KWARGS", "{}", mwaa.StartupScript},
	{"an option over MWAA's default", "2.10.3", vars("secrets.backend_kwargs", "{}"), nil, "AIRFLOW__SECRETS__BACKEND_KWARGS", "{}", mwaa.Option},
	{"an option over the startup script", "3.3.1", vars("core.parallelism", "7"), vars("AIRFLOW__CORE__PARALLELISM", "8"), "AIRFLOW__CORE__PARALLELISM", "7", mwaa.Option},
	{"the startup script replaces aws_default", "2.10.3", nil, vars("AIRFLOW_CONN_AWS_DEFAULT", "aws://x"), "AIRFLOW_CONN_AWS_DEFAULT", "aws://x", mwaa.StartupScript},
	{"the new interpreter is a default", "2.10.3", nil, nil, "AIRFLOW__CORE__EXECUTE_TASKS_NEW_PYTHON_INTERPRETER", "True", mwaa.Default},
	{"… that an option overrides", "2.10.3", vars("core.execute_tasks_new_python_interpreter", "False"), nil, "AIRFLOW__CORE__EXECUTE_TASKS_NEW_PYTHON_INTERPRETER", "False", mwaa.Option},
	{"an option over what keeps Airflow light", "2.10.3", vars("core.parallelism", "32"), nil, "AIRFLOW__CORE__PARALLELISM", "32", mwaa.Option},
	{"the startup script over what keeps Airflow light", "3.0.6", nil, vars("AIRFLOW__CORE__PARALLELISM", "32"), "AIRFLOW__CORE__PARALLELISM", "32", mwaa.StartupScript},
	{"light where nobody says more", "3.0.6", nil, nil, "AIRFLOW__CORE__PARALLELISM", "2", mwaa.Default},
	{"light over MWAA's own default", "3.3.1", nil, nil, "AIRFLOW__API__WORKERS", "1", mwaa.Default},
	{"an option over both", "3.3.1", vars("api.workers", "3"), nil, "AIRFLOW__API__WORKERS", "3", mwaa.Option},
	{"a protected variable in the startup script", "2.10.3", nil, vars("AWS_REGION", "us-east-1"), "AWS_REGION", "eu-west-1", mwaa.ProtectedVariable},
	{"a protected variable as an option", "2.10.3", vars("webserver.base_url", "http://x"), nil, "AIRFLOW__WEBSERVER__BASE_URL", "http://127.0.0.1:8080", mwaa.ProtectedVariable},
	{"… and of Airflow 3", "3.3.1", vars("api.base_url", "http://x"), nil, "AIRFLOW__API__BASE_URL", "http://127.0.0.1:8080", mwaa.ProtectedVariable},
	{"protected, but not in the container", "2.10.3", nil, vars("PYTHONPATH", "/x"), "PYTHONPATH", "/x", mwaa.StartupScript},
	{"… and the web server's old URL in Airflow 3", "3.3.1", vars("webserver.base_url", "http://x"), nil, "AIRFLOW__WEBSERVER__BASE_URL", "http://x", mwaa.Option},
	{"the home is protected", "3.0.6", nil, vars("AIRFLOW_HOME", "/x"), "AIRFLOW_HOME", "/home/analytics", mwaa.ProtectedVariable},
	{"the executor is essential", "2.10.3", vars("core.executor", "LocalExecutor"), nil, "AIRFLOW__CORE__EXECUTOR", "SequentialExecutor", mwaa.Essential},
	{"… and of Airflow 3 on SQLite", "3.3.1", nil, nil, "AIRFLOW__CORE__EXECUTOR", "LocalExecutor", mwaa.Essential},
	{"the metastore is essential", "3.3.1", vars("database.sql_alchemy_conn", "sqlite:////x"), nil, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "sqlite:////m.db", mwaa.Essential},
	{"the Fernet key is essential", "2.10.3", nil, vars("AIRFLOW__CORE__FERNET_KEY", "x"), "AIRFLOW__CORE__FERNET_KEY", "fernet", mwaa.Essential},
	{"examples stay out", "2.10.3", vars("core.load_examples", "True"), nil, "AIRFLOW__CORE__LOAD_EXAMPLES", "False", mwaa.Essential},
	{"teams stay off from 3.2", "3.2.1", vars("core.multi_team", "True"), nil, "AIRFLOW__CORE__MULTI_TEAM", "False", mwaa.Essential},
	{"… and are the user's before", "3.0.6", vars("core.multi_team", "True"), nil, "AIRFLOW__CORE__MULTI_TEAM", "True", mwaa.Option},
	{"the scheduler parses on SQLite", "2.10.3", vars("scheduler.standalone_dag_processor", "True"), nil, "AIRFLOW__SCHEDULER__STANDALONE_DAG_PROCESSOR", "False", mwaa.Essential},
	{"an auth manager that the pins have", "3.3.1", vars("core.auth_manager", "x.Y"), nil, "AIRFLOW__CORE__AUTH_MANAGER", "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager", mwaa.Essential},
	{"the execution API is here", "3.3.1", nil, nil, "AIRFLOW__CORE__EXECUTION_API_SERVER_URL", "http://127.0.0.1:8080/execution/", mwaa.Essential},
	{"the image's logging is not here", "2.10.3", vars("logging.logging_config_class", "x.Y"), nil, "AIRFLOW__LOGGING__LOGGING_CONFIG_CLASS", "", 0},
	{"nor are its connect arguments", "2.10.3", nil, nil, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS", "", 0},
	{"… but the user's own are", "2.10.3", vars("database.sql_alchemy_connect_args", "mine.ARGS"), nil, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS", "mine.ARGS", mwaa.Option},
	{"how long tasks may be queued", "2.10.3", nil, nil, "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT", "1800.0", mwaa.Default},
	{"… the startup script's", "3.3.1", nil, vars("AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT", "60"), "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT", "60", mwaa.StartupScript},
	{"… the option's", "3.3.1", vars("scheduler.task_queued_timeout", "61"), vars("AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT", "60"), "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT", "61", mwaa.Option},
	{"an option that MWAA says nothing of", "2.10.3", vars("core.dagbag_import_timeout", "77"), nil, "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", "77", mwaa.Option},
	{"the startup script's, that MWAA says nothing of", "2.10.3", nil, vars("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", "78"), "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", "78", mwaa.StartupScript},
	{"an option to pause new DAGs", "3.3.1", vars("core.dags_are_paused_at_creation", "True"), nil, "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION", "True", mwaa.Option},
	{"the backend", "2.10.3", vars("secrets.backend", mwaa.BackendClass), nil, "AIRFLOW__SECRETS__BACKEND", mwaa.BackendClass, mwaa.Option},
	{"the cache of secrets, by the startup script", "3.3.1", nil, vars("AIRFLOW__SECRETS__USE_CACHE", "True"), "AIRFLOW__SECRETS__USE_CACHE", "True", mwaa.StartupScript},
	{"a log level by both", "2.10.3", vars("logging.logging_level", "WARNING"), vars("AIRFLOW__LOGGING__LOGGING_LEVEL", "ERROR"), "AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING", mwaa.Option},
	{"boto3 says where it runs", "3.3.1", nil, vars("AWS_EXECUTION_ENV", "x"), "AWS_EXECUTION_ENV", "Amazon_MWAA_331", mwaa.Essential},
}

func vars(name, value string) map[string]string { return map[string]string{name: value} }

func TestPrecedence(t *testing.T) {
	for _, test := range precedence {
		t.Run(test.name, func(t *testing.T) {
			got, _ := Compose(inputs(test.version, test.options, test.startup))
			v, set := got[test.variable]
			if v.Text != test.want || v.From != test.from || set != (test.want != "") {
				t.Errorf("%s = %q from %s, want %q from %s", test.variable, v.Text, v.From, test.want, test.from)
			}
		})
	}
}

// Nothing of the caller's AWS settings may count: the environment is composed from nothing, and names what would lead elsewhere.
func TestNothingOfTheCaller(t *testing.T) {
	t.Setenv("AWS_PROFILE", "production")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "caller")
	for _, version := range mwaa.Versions() {
		got, _ := Compose(inputs(version, nil, nil))
		for _, entry := range environ(got) {
			if strings.Contains(entry, "production") || strings.Contains(entry, "caller") {
				t.Error(entry)
			}
		}
		for name, want := range map[string]string{
			"AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_CONFIG_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true",
			"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/role",
		} {
			if got[name].Text != want {
				t.Errorf("%s: %s = %q", version, name, got[name].Text)
			}
		}
	}
}

func TestLostValues(t *testing.T) {
	_, lost := Compose(inputs("3.3.1", vars("core.executor", "CeleryExecutor"), nil))
	if len(lost) != 1 || lost[0] != (mwaa.Overridden{Variable: "AIRFLOW__CORE__EXECUTOR", From: mwaa.Option, By: mwaa.Essential}) {
		t.Errorf("%+v", lost)
	}
}
