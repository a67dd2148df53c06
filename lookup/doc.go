// Package lookup finds a connection, a variable or an option as Airflow would, and says how it went.
//
// Airflow searches from source to source and swallows every error on its way, so that most failures end in the same
// words: the conn_id isn't defined. The result here is a [Trace]: each source asked, the name asked for, what came
// back, what Airflow made of it, which source won and which are shadowed.
//
// Which function to use when:
//
//   - To find something as an Airflow would: [Open] with its environment, then [Search.Connection], [Search.Variable] or
//     [Search.Option]. With [Options].Survey the sources after the first match are asked too, which shows what is shadowed.
//   - To see only how an environment sets up the search: [ReadSettings]. It asks nobody. Its warnings name what Airflow
//     ignores or changes without a word: misspelt options and kwargs, kwargs that are not JSON, expanded variables.
//   - To learn which secrets an id stands for, without asking: [Backend.Names]. To learn what Airflow makes of a secret's text
//     that is at hand already: [Backend.ReadConnection]. Both together let n connections be read in n/20 BatchGetSecretValue calls.
//   - To make a backend from kwargs alone: [NewBackend].
//
// What is asked lies behind interfaces: [SecretsManager] and [Metastore]. A source that is nil here is unchecked in the
// trace, and the trace's outcome says that the answer is not certain.
//
// What differs by version and side hangs on the aircon.Runtime. The facts come from the sources of the eight Airflow
// versions that Amazon MWAA runs and of their amazon providers, checked against their answers (internal/oracle).
package lookup
