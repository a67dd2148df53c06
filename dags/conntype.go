package dags

import "strings"

// ConnType is the type that a connection most probably has, by the argument that holds its id: postgres for postgres_conn_id. Where the
// argument tells nothing it is postgres.
func ConnType(u *Use) string {
	word := strings.TrimSuffix(strings.TrimSuffix(u.Param, "conn_id"), "_")
	if i := strings.LastIndexByte(word, '_'); i >= 0 {
		word = word[i+1:]
	}
	switch word {
	case "", "sql", "source", "destination", "database", "db", "pg":
		return "postgres"
	}
	return word
}
