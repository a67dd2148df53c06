// Package dagtest runs DAGs in a running Airflow, once each, and says how each task ended and which connections it asked for.
//
//   - [Prepare] readies an Airflow before it starts: nothing runs but what is asked for, and each task's calls to AWS bear its name.
//   - [List] reads a folder of DAGs as Airflow does, with the files that cannot be imported.
//   - [Runner.Run] triggers runs through Airflow's REST API and waits for them. States come from there alone: exit statuses of Airflow's own
//     commands are not to be trusted, as that of 3.x's "tasks test" is 0 for a task that failed.
//   - [Result.Read] adds what the tasks' logs say, [Result.Attribute] the connections that the audit log of local AWS shows.
//
// A [Result] holds no secret, as long as the mask that it is read through knows them all.
package dagtest
