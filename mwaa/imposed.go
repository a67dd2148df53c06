package mwaa

import "strings"

// setting is a variable that MWAA sets: from which Airflow version on, up to which (exclusive; zero means still), and its value.
// An empty value is one that only the environment itself knows, such as its Fernet key.
type setting struct {
	name  string
	value string
	from  since
	until since
}

func (s setting) in(version string) bool {
	return s.from.includes(version) && (s.until == since{} || !s.until.includes(version))
}

// defaults are what MWAA sets and the user may override.
var defaults = []setting{
	{name: "AIRFLOW_CONN_AWS_DEFAULT", value: "aws://"},
	{name: "AIRFLOW__SECRETS__BACKEND_KWARGS", value: DefaultKwargs},
	{name: "AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS", value: DefaultKwargs, from: since{3, 0}},
	{name: "AIRFLOW__CORE__EXECUTE_TASKS_NEW_PYTHON_INTERPRETER", value: "True"},
	{name: "AIRFLOW__SCHEDULER__SCHEDULE_AFTER_TASK_EXECUTION", value: "False"},
	{name: "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT", value: "1800.0"},
	{name: "AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS", value: "mwaa.config.database.MWAA_CONNECT_ARGS"},
	{name: "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED", value: "False", from: since{2, 10}},
	{name: "AIRFLOW__CORE__SENSITIVE_VAR_CONN_NAMES", value: "proxy,proxies", from: since{3, 2}},
	{name: "AIRFLOW__API__WORKERS", value: "2", from: since{3, 2}},
	{name: "AIRFLOW__API__SERVER_TYPE", value: "gunicorn", from: since{3, 2}},
	{name: "AIRFLOW__API__WORKER_REFRESH_INTERVAL", value: "43200", from: since{3, 2}},
	{name: "AIRFLOW__API__WORKER_REFRESH_BATCH_SIZE", value: "1", from: since{3, 2}},
	{name: "CLASSPATH", value: "/dags/classpath/*"},
	{name: "SQLALCHEMY_SILENCE_UBER_WARNING", value: "1"},
}

// essentials are what MWAA sets last, so that nobody overrides them.
var essentials = []setting{
	{name: "AIRFLOW__CORE__EXECUTOR"},
	{name: "AIRFLOW__CORE__FERNET_KEY"},
	{name: "AIRFLOW__CORE__LOAD_EXAMPLES", value: "False"},
	{name: "AIRFLOW__CORE__EXECUTION_API_SERVER_URL", from: since{3, 0}},
	{name: "AIRFLOW__CORE__AUTH_MANAGER", value: "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager", from: since{3, 0}},
	{name: "AIRFLOW__CORE__MULTI_TEAM", value: "False", from: since{3, 2}},
	{name: "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"},
	{name: "AIRFLOW__CELERY__BROKER_URL"},
	{name: "AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS"},
	{name: "AIRFLOW__CELERY__EXTRA_CELERY_CONFIG", from: since{3, 2}},
	{name: "AIRFLOW__CELERY__RESULT_BACKEND"},
	{name: "AIRFLOW__CELERY__WORKER_ENABLE_REMOTE_CONTROL", value: "False"},
	{name: "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT", value: "43200", until: since{3, 2}},
	{name: "AIRFLOW__OPERATORS__DEFAULT_QUEUE"},
	{name: "AIRFLOW__LOGGING__LOGGING_CONFIG_CLASS", value: "mwaa.logging.config.LOGGING_CONFIG"},
	{name: "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG", value: "False", from: since{3, 0}},
	{name: "AIRFLOW__SCHEDULER__STANDALONE_DAG_PROCESSOR", value: "True"},
	{name: "AIRFLOW__WEBSERVER__CONFIG_FILE", until: since{3, 0}},
	{name: "AIRFLOW__WEBSERVER__SECRET_KEY", until: since{3, 0}},
	{name: "AIRFLOW__FAB__CONFIG_FILE", from: since{3, 0}},
	{name: "AIRFLOW__API__SECRET_KEY", from: since{3, 0}},
	{name: "AIRFLOW__API_AUTH__JWT_SECRET", from: since{3, 0}},
	{name: "AIRFLOW__API_AUTH__JWT_ALGORITHM", value: "HS256", from: since{3, 0}},
	{name: "AIRFLOW__EXECUTION_API__JWT_EXPIRATION_TIME", value: "86400", from: since{3, 0}},
	{name: "AIRFLOW__TRIGGERER__QUEUES_ENABLED", value: "False", from: since{3, 2}},
	{name: "AWS_EXECUTION_ENV"}, // its value follows from the version
	{name: "MWAA_AIRFLOW_COMPONENT"},
	{name: "MWAA_COMMAND"},
}

// metrics options are MWAA's own, for CloudWatch. It hands these three of the user's on to the process that filters them.
const metricsPrefix = "AIRFLOW__METRICS__"

var metricsHonoured = map[string]bool{
	metricsPrefix + "STATSD_ON": true, metricsPrefix + "METRICS_BLOCK_LIST": true, metricsPrefix + "METRICS_ALLOW_LIST": true,
}

// protected are variables that keep the container's value, where it has one.
var protected = map[string]bool{
	"AIRFLOW_ENV_ID": true, "AIRFLOW_ENV_NAME": true, "AIRFLOW_HOME": true, "AIRFLOW_TASK_REVISION_ID": true, "AIRFLOW_VERSION": true,
	"AIRFLOW__AWS_MWAA__REDIRECT_URL": true, "AIRFLOW__WEBSERVER__BASE_URL": true, "AIRFLOW__API__BASE_URL": true,
	"AIRFLOW__CORE__DATABASE_ACCESS_ISOLATION": true, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": true, "AWS_DEFAULT_REGION": true,
	"AWS_EXECUTION_ENV": true, "AWS_REGION": true, "CUSTOMER_ACCOUNT_ID": true, "ECS_AGENT_URI": true, "ECS_CONTAINER_METADATA_URI": true,
	"ECS_CONTAINER_METADATA_URI_V4": true, "JWT_PUBLIC_KEY": true, "PYTHONPATH": true, "PYTHONUNBUFFERED": true,
	"USE_NON_CRITICAL_LOGGING": true, "WATCHTOWER_VERSION": true,
}

// Protected reports whether a variable keeps the container's value, where the container has one.
func Protected(variable string) bool {
	return protected[variable] || strings.HasPrefix(variable, "MWAA__")
}

// essential reports whether MWAA sets the variable last.
func essential(version, variable string) bool {
	for _, e := range essentials {
		if e.name == variable && e.in(version) {
			return true
		}
	}
	return false
}

// imposedOn reports whether a user's value for the variable is lost in every environment of that version. A base URL is among them,
// as each of MWAA's containers has one.
func imposedOn(version, variable string) bool {
	if strings.HasPrefix(variable, metricsPrefix) {
		return !metricsHonoured[variable]
	}
	return essential(version, variable) || Protected(variable)
}
