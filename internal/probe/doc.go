// Package probe asks a real Airflow on this machine what it makes of connections, and holds its answers against aircon's own lookup.
//
// Run starts a Python that has Airflow with a script of this package, the same for all versions that MWAA runs. The script raises what Airflow
// swallows: the error behind "isn't defined", and that of PostgresHook. No secret crosses the pipe: fields are compared by digests under a key
// that is drawn for each run, and errors come in AWS's or the driver's own words or by their class alone.
package probe
