package aircon

// Connection is Airflow's connection. Each field is as Airflow holds it: a null and an empty text differ,
// and a JSON text may put a number or a truth value where text belongs.
//
// It may be made as a literal, too. The zero value is a connection of which nothing is known.
type Connection struct {
	ID          Field // conn_id; null where Airflow refuses the id's characters
	Type        Field // conn_type, such as postgres
	Description Field
	Host        Field
	Login       Field
	Password    Secret
	Schema      Field // the database's name, for PostgreSQL
	Port        Field // a number; text only where a constructor was given text
	Extra       Extra
}

// textFields gives the fields that should hold text, with their names in Airflow, in the order of to_dict().
func (c *Connection) textFields() []namedField {
	return []namedField{
		{"conn_type", &c.Type},
		{"description", &c.Description},
		{"host", &c.Host},
		{"login", &c.Login},
		{"schema", &c.Schema},
	}
}

type namedField struct {
	name  string
	field *Field
}
