package doctor

import "strings"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC028", Severity: Info, Arrow: ArrowOptions, Topic: "airflow.md#mwaa",
		Title: "Airflow's own connection test says nothing of this connection",
		Means: "the button, the API and `airflow connections test` refuse unless [core] test_connection is Enabled; and the button tests what its " +
			"form holds, as the UI knows the metastore's connections alone, and none of Secrets Manager's",
		Why:  "the test is off by default since Airflow 2.7, as whoever may edit connections could run code with it",
		Mend: "`aircon doctor CONN_ID` tests the connection that tasks get, from Secrets Manager to a query; leave test_connection as it is",
	}},
	environment: checkTestButton,
})

// checkTestButton is row 28: an option about the test, which somebody has set to get one. Airflow compares its value without upper and lower
// case and white space around it (connection_endpoint.py and connection_command.py of 2.10, connections.py of 3.x). Nobody is told of the
// default, which every environment has.
func checkTestButton(e *Environment) []Finding {
	const option = "core.test_connection"
	value, set := e.Variables["AIRFLOW__CORE__TEST_CONNECTION"]
	if !set {
		return nil
	}
	seen := option + " is " + value + ": the button, the API and the CLI refuse to test"
	if strings.ToLower(strings.TrimSpace(value)) == "enabled" {
		seen = option + " is " + value + ": the button tests what its form holds, which for connections in Secrets Manager is nothing"
	}
	return one(Found("AC028", seen, Mend{Text: "leave it as it is; doctor tests the connections that tasks get", Command: e.command("doctor")}).At("", "option "+option+" of environment "+e.Name))
}
