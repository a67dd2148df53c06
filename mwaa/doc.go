// Package mwaa knows what Amazon MWAA does with an environment's settings. It is pure: no network, no clock, no SDK.
//
//   - CheckOptions says what is wrong with a map of configuration options before AWS, or worse Airflow, does.
//   - Compose gives the variables that Airflow sees in the environment, each with where it came from, and the options
//     that have no effect.
//   - Merge adds aircon's options to those that an environment has, dropping nothing that somebody else set.
//   - ParseKwargs and Kwargs.Set change a backend_kwargs text key by key; LookupPattern makes the pattern that names just
//     the given connections.
//   - Versions lists the Airflow versions, Status the states of an environment and what each allows, and Strategy how an update replaces workers.
//
// Facts come from the public API model of the service (2020-07-01) and from the images that it runs
// (github.com/aws/amazon-mwaa-docker-images, as of August 2026).
package mwaa
