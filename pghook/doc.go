// Package pghook is Airflow's PostgresHook for Go.
//
//	NewArguments  what the hook passes to psycopg2 or psycopg 3 for a connection
//	Arguments.DSN what libpq gets, or why libpq refuses it
//	URI           the hook's get_uri(), which is SQLAlchemy's URL
//	Config        the same connection for pgx
//	Probe         a session opened, and what was found; or the phase that failed
//
// Which releases of Airflow, its provider, driver and SQLAlchemy are replayed is the [aircon.Runtime]'s affair.
package pghook
