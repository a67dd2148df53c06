package airflow

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"

	"aircon/mwaa"
)

// Inputs are what the variables of Airflow's processes are composed of.
type Inputs struct {
	Version     string // of Airflow
	Environment string // name
	Account     string
	Region      string
	Options     map[string]string // section.option to value
	Startup     map[string]string // what the startup script exports; nil for the variables that the script itself sees

	Home      string // AIRFLOW_HOME
	DAGs      string // directory
	Bin       string // directory of the installation's programs
	Port      int    // of the web server, on loopback
	Executor  string // such as LocalExecutor
	Metastore string // SQLAlchemy URL
	Keys      Keys
	Gate      GateAddress // where AWS and the role's credentials are
	Front     string      // URL of the web server that users see
}

// Compose returns the variables of Airflow's processes as the environment's containers would have them, and the users' values that have no
// effect. The order of precedence is MWAA's; what only works in MWAA's image is replaced or left out, and what makes Airflow light on a
// laptop yields to what anybody else says.
func Compose(in Inputs) (mwaa.Variables, []mwaa.Overridden) {
	vars, lost := mwaa.Compose(mwaa.Setup{
		Version: in.Version, Container: in.container(), Startup: in.Startup, Options: in.Options, Essential: in.essential(),
	})
	maps.DeleteFunc(vars, func(_ string, v mwaa.Value) bool {
		return (v.From == mwaa.Default || v.From == mwaa.Essential) && strings.HasPrefix(v.Text, imageModules)
	})
	for name, value := range in.light() {
		if v, set := vars[name]; !set || v.From == mwaa.Default {
			vars[name] = mwaa.Value{Text: value, From: mwaa.Default}
		}
	}
	return vars, lost
}

// imageModules begins the names of Python modules that only MWAA's image has: connect arguments, logging, Celery's settings.
const imageModules = "mwaa."

// container is what the containers start with, here: where things are, and that nothing of the caller's AWS settings counts.
func (in *Inputs) container() map[string]string {
	return map[string]string{
		"PATH": in.Bin + ":/usr/local/bin:/usr/bin:/bin", "HOME": in.Home, "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1",
		"AIRFLOW_HOME": in.Home, "AIRFLOW_VERSION": in.Version, "AIRFLOW_ENV_NAME": in.Environment, "CUSTOMER_ACCOUNT_ID": in.Account,
		"AIRFLOW__CORE__DAGS_FOLDER": in.DAGs,
		"AWS_REGION":                 in.Region, "AWS_DEFAULT_REGION": in.Region,
		"AWS_ENDPOINT_URL": in.Gate.Endpoint, "AWS_CONTAINER_CREDENTIALS_FULL_URI": in.Gate.Credentials,
		"AWS_CONTAINER_AUTHORIZATION_TOKEN": in.Gate.Token.Reveal(),
		"AWS_CONFIG_FILE":                   "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
		in.baseURL():                        in.Front,
	}
}

func (in *Inputs) url() string { return fmt.Sprintf("http://127.0.0.1:%d", in.Port) }

func (in *Inputs) baseURL() string {
	if newer(in.Version, 3, 0) {
		return "AIRFLOW__API__BASE_URL"
	}
	return "AIRFLOW__WEBSERVER__BASE_URL"
}

// essential are the values that only this environment knows, and what stands for MWAA's own where that needs its image.
func (in *Inputs) essential() map[string]string {
	vars := map[string]string{
		"AIRFLOW__CORE__EXECUTOR":             in.Executor,
		"AIRFLOW__CORE__FERNET_KEY":           in.Keys.Fernet.Reveal(),
		"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": in.Metastore,
	}
	if !newer(in.Version, 3, 0) {
		// Refused on SQLite, where the scheduler parses.
		vars["AIRFLOW__SCHEDULER__STANDALONE_DAG_PROCESSOR"] = map[bool]string{true: "False", false: "True"}[onSQLite(in.Metastore)]
		vars["AIRFLOW__WEBSERVER__SECRET_KEY"] = in.Keys.Web.Reveal()
		vars["AIRFLOW__WEBSERVER__CONFIG_FILE"] = filepath.Join(in.Home, webserverConfig)
		return vars
	}
	vars["AIRFLOW__CORE__AUTH_MANAGER"] = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
	vars["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] = "admin:admin,op:op,user:user,viewer:viewer"
	vars["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"] = filepath.Join(in.Home, passwordsFile)
	vars["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] = in.url() + "/execution/"
	vars["AIRFLOW__API__SECRET_KEY"] = in.Keys.Web.Reveal()
	vars["AIRFLOW__API_AUTH__JWT_SECRET"] = in.Keys.JWT.Reveal()
	return vars
}

// light keeps Airflow's processes few and small, and lets it see changed DAG files soon.
func (in *Inputs) light() map[string]string {
	if newer(in.Version, 3, 0) {
		return map[string]string{
			"AIRFLOW__CORE__PARALLELISM": "2", "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
			"AIRFLOW__API__WORKERS": "1", "AIRFLOW__API__SERVER_TYPE": "uvicorn",
			"AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1", "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
			"AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "10",
		}
	}
	return map[string]string{
		"AIRFLOW__CORE__PARALLELISM": "2", "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
		"AIRFLOW__WEBSERVER__WORKERS":           "1",
		"AIRFLOW__SCHEDULER__PARSING_PROCESSES": "1", "AIRFLOW__SCHEDULER__DAG_DIR_LIST_INTERVAL": "5",
		"AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL": "10",
	}
}

func onSQLite(metastore string) bool { return strings.HasPrefix(metastore, "sqlite:") }

// environ writes variables as a process is given them.
func environ(vars mwaa.Variables) []string {
	var list []string
	for name, v := range vars {
		list = append(list, name+"="+v.Text)
	}
	return list
}
