// Package operators knows what the constructors of Airflow's operators, sensors and hooks take, as far as connections are concerned.
//
//	table := operators.TableFor(runtime)          // the amazon, postgres and common-sql providers, as MWAA's images have them
//	class, ok := table.Lookup("airflow.providers.postgres.hooks.postgres.PostgresHook")
//
// The table is made by tools/operators from the providers' own sources, with Read and Resolve: the same two functions read the classes
// that a user's file defines on top of them.
package operators
