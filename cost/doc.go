// Package cost forecasts what a month of Secrets Manager costs an Airflow: its secrets, and the calls that lookups make. It is pure.
//
// Which function to use when:
//
//   - [Forecast] bills a month from an [Airflow] (version, backends, parsing) and its [Workload] (DAG files, schedules, lookups).
//     [Savings] says what each mend would save of it.
//   - [ParseWorkload] reads a workload from JSON; [RunsPerMonth] reads a DAG's schedule.
//   - [Measure] counts the calls that really were made in an audit log: local AWS's, or CloudTrail's.
//
// Where the counts come from: a lookup asks once in Airflow 2. In Airflow 3 a worker or DAG processor that finds nothing asks the Execution
// API, which asks once more. A lookup at the top level of a DAG file is made at each parse, and in each task run, as every task's process
// parses the file again. [secrets] use_cache serves parsing alone, keeps what it found for cache_ttl_seconds, and does nothing in 3.0. It was
// all counted on real Airflows of eight versions, and the tests compare it with what package lookup asks.
package cost
