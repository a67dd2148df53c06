package textfix

import (
	"slices"
	"strings"

	"aircon/internal/near"
)

// otherNames are what other programs call PostgreSQL where Airflow has a conn_type.
var otherNames = []string{"postgresql", "pg", "pgsql", "psql", "psycopg", "psycopg2"}

// MeansPostgres reports whether a conn_type is none of Airflow's and PostgreSQL was meant: another case, SQLAlchemy's dialect with a driver
// such as postgresql+psycopg2, another program's name, or a slip of the pen.
func MeansPostgres(connType string) bool {
	if connType == "postgres" || connType == "" {
		return false
	}
	name := strings.ToLower(connType)
	dialect, _, _ := strings.Cut(name, "+")
	if dialect == "postgres" || slices.Contains(otherNames, dialect) {
		return true
	}
	_, close := near.Nearest(name, []string{"postgres", "postgresql"})
	return close
}
