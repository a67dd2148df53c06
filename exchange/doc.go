// Package exchange reads and writes files of connections: what `airflow connections export` writes and `airflow connections import` and
// LocalFilesystemBackend read, and files of AIRFLOW_CONN_ variables.
//
// In between there is one form: a list of [aircon.Connection], each with its id. Which function to use when:
//
//   - A [Form] is one kind of file: [Named] finds it by its name, [Detect] by a file's name and text.
//   - [Form.Read] reads a file as Airflow does. Where Airflow refuses a whole file for one bad connection, the others are read and the bad
//     one is a [Problem] with its place.
//   - [Form.Write] writes a file. It reads back what it has written of each connection, as Airflow would, and whatever differs is a [Loss]:
//     losses are found, not foretold.
//   - [Text] writes one connection as Secrets Manager and variables hold it, in JSON that gives it back.
//   - [Differences] compares two connections field by field, null and empty told apart.
//   - [Seal] and [Unseal] put a file of any form into age's encryption.
//
// Files are read as Airflow's servers do (models.Connection), which `airflow connections import` is. The package knows no file system, network
// or clock. Nothing that it returns beside a [aircon.Secret] and the connections holds any of a connection's values.
package exchange
