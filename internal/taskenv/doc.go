// Package taskenv composes the environment in which a program on this machine runs as a task of an MWAA environment would. It is pure.
//
//   - Machine says what stays of the caller's own variables: all but those that decide where AWS, PostgreSQL or Airflow are and who asks.
//   - Local says which of MWAA's variables make sense outside of its image.
//   - Set is what a program gets: variables with where each came from, and which of them are secret.
package taskenv
