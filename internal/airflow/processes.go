package airflow

import "strconv"

// process is one of Airflow's.
type process struct {
	name string
	args []string // of the program airflow
}

// processes are those that a version needs to run DAGs and serve its API, without a triggerer, which only deferrable operators need. Not
// `standalone`: it takes 270 MiB more, and orphans its children when it is told to stop. Nobody serves task logs, as the log server
// listens on all addresses of the machine; they lie in the directory that the web server reads.
func processes(version string, sqlite bool, port int, triggerer bool) []process {
	at := strconv.Itoa(port)
	scheduler := process{"scheduler", []string{"scheduler", "--skip-serve-logs"}}
	parser := process{"dag-processor", []string{"dag-processor"}}
	var list []process
	switch {
	case newer(version, 3, 0):
		list = []process{{"api-server", []string{"api-server", "--host", "127.0.0.1", "--port", at}}, scheduler, parser}
	case sqlite: // the scheduler parses
		list = []process{{"webserver", []string{"webserver", "--hostname", "127.0.0.1", "--port", at}}, scheduler}
	default:
		list = []process{{"webserver", []string{"webserver", "--hostname", "127.0.0.1", "--port", at}}, scheduler, parser}
	}
	if triggerer {
		list = append(list, process{"triggerer", []string{"triggerer", "--skip-serve-logs"}})
	}
	return list
}

// executor runs the tasks: beside the scheduler, as the one process that MWAA's workers are here.
func executor(version string, sqlite bool) string {
	if sqlite && !newer(version, 3, 0) {
		return "SequentialExecutor" // the only one that 2.x allows there
	}
	return "LocalExecutor"
}

// healthPath is where the web server tells of all processes.
func healthPath(version string) string {
	if newer(version, 3, 0) {
		return "/api/v2/monitor/health"
	}
	return "/health"
}
