package pghook

// sqlStates are the codes with which PostgreSQL ends or refuses a session, in words for the connection's owner (documentation,
// appendix A). phase is empty where the code says nothing about it.
var sqlStates = map[string]struct {
	phase Phase
	words string
}{
	"08004": {PhaseLogin, "the server or a pooler before it refuses the session"},
	"08P01": {PhaseLogin, "the server or a pooler before it did not understand the login: a startup parameter that it does not know, mostly"},
	"0A000": {PhaseLogin, "the server does not support what was asked of it"},
	"22023": {PhaseDatabase, "a setting in options has a value that the server refuses"},
	"25006": {PhaseQuery, "the session is read-only: a standby or reader endpoint, or default_transaction_read_only is on"},
	"28000": {PhaseLogin, "no line of pg_hba.conf admits this role from here to this database with this kind of encryption, or the role may not log in; " +
		"a server that takes TLS only answers so to sslmode disable"},
	"28P01": {PhaseLogin, "the password is wrong, or the role does not exist: PostgreSQL does not say which"},
	"3D000": {PhaseDatabase, "the database does not exist"},
	"42501": {PhaseDatabase, "the role lacks a privilege: CONNECT on the database when the session opens, else on what was asked for"},
	"42704": {PhaseDatabase, "options or a startup parameter names a setting that this server does not have"},
	"53300": {PhaseDatabase, "too many connections: max_connections of the server, or the limit of the role or database, is reached"},
	"53400": {PhaseDatabase, "a configured limit is reached"},
	"55000": {PhaseDatabase, "the database takes no connections (datallowconn)"},
	"57P01": {PhaseLogin, "an administrator ended the session"},
	"57P03": {PhaseLogin, "the server is starting up, shutting down or in recovery: try again"},
	"57P05": {PhaseQuery, "the session was idle for longer than idle_session_timeout"},
	"XX000": {"", "an internal error of the server, or of the pooler before it"},
}

// Explain says what an SQLSTATE means for someone who wants to connect, and nothing for codes that say more about a query than about a
// connection.
func Explain(sqlState string) string { return sqlStates[sqlState].words }

// startupPhase is the phase that a server's refusal before the first query belongs to.
func startupPhase(sqlState string) Phase {
	if phase := sqlStates[sqlState].phase; phase != "" && phase != PhaseQuery {
		return phase
	}
	return PhaseLogin
}
