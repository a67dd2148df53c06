// Package aircon reads and writes Airflow's connections exactly as the eight Airflow versions that Amazon MWAA runs do.
//
// Everything depends on a [Runtime]: the versions that take part, and who reads. [RuntimeFor] gives an MWAA image's; its method On
// chooses between servers and workers, which have two Connection classes in Airflow 3.
//
// Which function to use when:
//
//   - A text from an environment variable or a secret, of which you do not know the format: [ParseEnv].
//   - A URI: [ParseURI]. Airflow's JSON: [ParseJSON]. AWS's backend renames keys first: package lookup does that.
//   - Arguments as for Airflow's constructor: [New]. Fields that you have in Go: a [Connection] literal, with [Text], [Int],
//     [NewSecret] and [NewExtra].
//   - To a URI: [Connection.URI]. To JSON: [Connection.JSON]. As `airflow connections export` writes them: [Export].
//   - What a text says and its meaning hides, such as a key that comes twice: the [Notes] beside the connection.
//
// Passwords, extras and whatever holds them are a [Secret] or a [Value], which print, marshal and log as [redacted]. No error
// holds any of the text that was read.
//
// Two things are not followed to the letter: how deep JSON may nest before Python's recursion limit ends it, which depends on the
// caller's stack, and what Airflow's loggers do with lone surrogates in a connection's type. An object or a list where text belongs,
// which Airflow carries along until something breaks, is an error at once.
package aircon
