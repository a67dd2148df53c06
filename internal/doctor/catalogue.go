package doctor

// Kind is an entry of the catalogue: what is the same for every finding with its id.
type Kind struct {
	ID       string
	Title    string
	Severity Severity
	Arrow    Arrow
	Why      string // what it leads to, and why Airflow does not say so
}

// Lookup returns the catalogue's entry for an id.
func Lookup(id string) (Kind, bool) {
	for _, k := range Catalogue {
		if k.ID == id {
			return k, true
		}
	}
	return Kind{}, false
}

// Catalogue holds every finding, in the order of their ids.
var Catalogue = []Kind{
	{
		"AC001", "the lookup failed and Airflow hides the reason", Error, ArrowSecret,
		"Airflow swallows what its secrets backend raises, goes on to the next source, and ends with \"The conn_id isn't defined\"",
	},
	{
		"AC003", "the database's name is under a key that Airflow drops", Error, ArrowText,
		"`dbname` is no alias of schema: the connection has no database, and libpq falls back to one named like the login",
	},
	{
		"AC004", "a special character in the URI is not encoded", Warning, ArrowText,
		"an unencoded / # ? @ or : in a password moves the rest of it into another field: the host is then a piece of the password, and errors show it",
	},
	{
		"AC005", "the policy names the secret without its random suffix", Error, ArrowPermission,
		"a secret's ARN ends in a hyphen and six random characters, so a resource without them never matches, and the answer is AccessDenied",
	},
	{
		"AC006", "the backend is asked for connections that are kept elsewhere", Warning, ArrowPattern,
		"IAM decides before existence is looked at: each such lookup ends in AccessDenied, an error in the task log and a paid call",
	},
	{
		"AC007", "aws_default is looked up in Secrets Manager", Warning, ArrowPattern,
		"own backend_kwargs replace MWAA's default ones, whose pattern keeps aws_default out: the backend asks for the connection that it may itself need",
	},
	{
		"AC009", "the execution role may not decrypt the secret", Error, ArrowKey,
		"a secret under a customer managed key needs kms:Decrypt from the role's policies and from the key policy; without it GetSecretValue is denied",
	},
	{
		"AC011", "the secrets backend is not the one that was meant", Error, ArrowOptions,
		"with a wrong class no Airflow process starts; a misspelt option or kwarg is ignored without a word",
	},
	{
		"AC012", "backend_kwargs is not a JSON object", Error, ArrowOptions,
		"Airflow prints one warning at start and goes on with the defaults, so prefix and pattern have no effect",
	},
	{
		"AC030", "the secret is scheduled for deletion", Error, ArrowSecret,
		"it still exists, but GetSecretValue refuses it, and Airflow treats that as not found",
	},
	{
		"AC037", "the secret's text is not JSON", Error, ArrowText,
		"the text begins like JSON but has comments, trailing commas or other quotes: Airflow cannot read it and swallows the error",
	},
	{
		"AC038", "extra is not an object", Error, ArrowText,
		"extra must be a JSON object or a string that holds one: anything else is refused, or silently carries nothing to the driver",
	},
	{
		"AC039", "no secret has the name that Airflow asks for", Error, ArrowSecret,
		"the name is prefix, separator and conn_id, in exactly this spelling and case",
	},
	{
		"AC043", "the TLS settings of both sides do not fit", Error, ArrowTLS,
		"sslmode and sslrootcert decide what the driver demands of the server; the server may demand encryption on its side",
	},
	{
		"AC044", "PostgreSQL refuses", Error, ArrowLogin,
		"everything up to the server works; what is left is the server's own decision",
	},
	{
		"AC045", "a number stands where a text belongs", Error, ArrowText,
		"Airflow writes each connection's URI inside its search; a number as login, host or schema makes that fail, and the connection is passed over as if it were missing",
	},
	{
		"AC046", "the secret's text is read as a URI, and is none", Error, ArrowText,
		"whatever does not begin with { is taken for a URI: prose, base64, null or a byte order mark give a connection without type and host, and no error",
	},
	{
		"AC052", "the execution role can read every secret of the account", Warning, ArrowPermission,
		"a guide's shortcut: any DAG can then read all secrets of the account, whoever they belong to",
	},
	{
		"AC101", "the host cannot be reached", Error, ArrowNetwork,
		"without a network path no session opens; from this machine the path may differ from the environment's",
	},
	{
		"AC102", "the driver does not take these arguments", Error, ArrowHook,
		"every extra that PostgresHook does not know itself goes to libpq, which refuses what it does not know",
	},
	{
		"AC103", "the backend is never asked for this conn_id", Error, ArrowPattern,
		"a lookup pattern or a null prefix keeps the conn_id away from Secrets Manager: Airflow goes on to the next source",
	},
	{
		"AC104", "the execution role may not read the secret", Error, ArrowPermission,
		"AccessDenied, which Airflow swallows; AWS decides it before it looks whether the secret exists",
	},
	{
		"AC105", "a field cannot hold its value", Error, ArrowText,
		"the text is JSON, and Airflow cannot make a connection of it: it raises, and swallows the error",
	},
}
