package dags

import (
	"slices"
	"strings"

	"aircon/internal/operators"
	"aircon/internal/pysyntax"
)

// knownProviders are those whose operators are in the table where they take a conn_id.
var knownProviders = []string{"amazon", "postgres", "common", "http", "standard"}

// unknownOperator reports the conn_ids in default_args that an operator of a provider takes which is not in the table, as far as names tell.
// name is its full name; Airflow's own operators take none.
func (r *run) unknownOperator(n *pysyntax.Node, name string, args *arguments) {
	last := name[strings.LastIndexByte(name, '.')+1:]
	provider, ok := strings.CutPrefix(name, "airflow.providers.")
	provider, _, _ = strings.Cut(provider, ".")
	if !ok || slices.Contains(knownProviders, provider) || !strings.HasSuffix(last, "Operator") && !strings.HasSuffix(last, "Sensor") {
		return
	}
	seen := map[string]bool{}
	for i := len(r.dags) - 1; i >= 0; i-- {
		for _, key := range r.dags[i].keys {
			if _, given := args.named[key.text]; !given && !seen[key.text] && operators.IsConn(key.text) && takes(name, key.text) {
				seen[key.text] = true
				r.ids(Use{Kind: Connection, How: DefaultArgs, Callee: last, Param: key.text}, r.dags[i].entry(key.text), n)
			}
		}
	}
}

// short are the first words of conn_id parameters that their providers' names do not have, with words that they do have.
var short = map[string][]string{
	"aws": {"amazon", "s3", "sqs", "redshift", "dynamodb", "glacier", "athena"}, "gcp": {"google", "gcs", "bigquery"}, "adls": {"microsoft"}, "wasb": {"microsoft"},
	"azure": {"microsoft"}, "hiveserver2": {"hive"}, "metastore": {"hive"}, "az": {"microsoft"},
}

// takes reports whether an operator, by its full name, has a parameter such as snowflake_conn_id: a word of it is one of the name's. conn_id
// alone may be anybody's.
func takes(name, param string) bool {
	has := words(name)
	of := strings.Split(strings.TrimSuffix(strings.TrimSuffix(param, "conn_id"), "_"), "_")
	return of[0] == "" || slices.ContainsFunc(of, func(word string) bool {
		return slices.Contains(has, word) || slices.ContainsFunc(short[word], func(other string) bool { return slices.Contains(has, other) })
	})
}

// words are those of a full name in small letters.
func words(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(c rune) bool { return c == '.' || c == '_' })
}
