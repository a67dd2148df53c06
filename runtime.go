package aircon

// Side says who reads a connection. It matters from Airflow 3 on, which has two Connection classes.
type Side uint8

const (
	// Server is the scheduler, the API server and the command line, and everything in Airflow 2.
	Server Side = iota
	// Worker is a task, the DAG processor or the triggerer of Airflow 3.
	Worker
)

// Version is a release such as 2.10.3. The zero value is before every other.
type Version struct{ Major, Minor, Patch int }

// Driver is the Python driver through which PostgresHook connects.
type Driver struct {
	Name  string // psycopg2 or psycopg
	LibPQ int    // major version of the libpq inside, such as 17
}

// Runtime is everything on which Airflow's behaviour depends: the versions of the packages that take part, and the side.
type Runtime struct {
	Airflow    Version
	Amazon     Version // apache-airflow-providers-amazon
	Postgres   Version // apache-airflow-providers-postgres
	CommonSQL  Version // apache-airflow-providers-common-sql
	SQLAlchemy Version
	Driver     Driver
	Side       Side
}
