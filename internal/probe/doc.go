// Package probe asks a real Airflow, on this machine or in an environment, what it makes of connections.
//
// Run starts a Python that has Airflow with a script of this package, the same for all versions that MWAA runs. The script raises what Airflow
// swallows: the error behind "isn't defined", and that of PostgresHook. No secret crosses the pipe: fields are compared by digests under a key
// that is drawn for each run, and errors come in AWS's or the driver's own words or by their class alone.
//
// Worker asks the same of a worker of an environment: DAG is a file for its DAG folder, made of the same script, that Airflow's REST API runs. What
// it returns stays in the metastore, so that no field is told there, not as a digest either.
package probe
