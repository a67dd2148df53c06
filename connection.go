package aircon

// Connection is Airflow's connection. Each field is as Airflow holds it: a null and an empty text differ,
// and a JSON text may put a number or a truth value where text belongs.
//
// The zero value is a connection of which nothing is known.
type Connection struct {
	ID          Field // conn_id
	Type        Field // conn_type, such as postgres
	Description Field
	Host        Field
	Login       Field
	Password    Secret
	Schema      Field // the database's name, for PostgreSQL
	Port        Field // a number; text only where a constructor was given text
	Extra       Extra
}
