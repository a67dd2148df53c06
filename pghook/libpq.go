package pghook

import (
	"regexp"
	"slices"
	"strings"

	"aircon/internal/py"
)

// libpqOption is a keyword of libpq's connection strings.
type libpqOption struct {
	name  string
	env   string // the environment variable that stands in for it; may be empty
	since int    // the libpq that knew it first; 0 means all of those here
}

// libpqOptions is libpq's own table (fe-connect.c, PQconninfoOptions) in its order, which decides the order of what PQconninfoParse gives
// back. It was read from the libraries in psycopg2-binary 2.9.9 and 2.9.11 and psycopg-binary 3.3.4, by PQconndefaults.
var libpqOptions = []libpqOption{
	{"service", "PGSERVICE", 0},
	{"user", "PGUSER", 0},
	{"password", "PGPASSWORD", 0},
	{"passfile", "PGPASSFILE", 0},
	{"channel_binding", "PGCHANNELBINDING", 0},
	{"connect_timeout", "PGCONNECT_TIMEOUT", 0},
	{"dbname", "PGDATABASE", 0},
	{"host", "PGHOST", 0},
	{"hostaddr", "PGHOSTADDR", 0},
	{"port", "PGPORT", 0},
	{"client_encoding", "PGCLIENTENCODING", 0},
	{"options", "PGOPTIONS", 0},
	{"application_name", "PGAPPNAME", 0},
	{"fallback_application_name", "", 0},
	{"keepalives", "", 0},
	{"keepalives_idle", "", 0},
	{"keepalives_interval", "", 0},
	{"keepalives_count", "", 0},
	{"tcp_user_timeout", "", 0},
	{"sslmode", "PGSSLMODE", 0},
	{"sslnegotiation", "PGSSLNEGOTIATION", 17},
	{"sslcompression", "PGSSLCOMPRESSION", 0},
	{"sslcert", "PGSSLCERT", 0},
	{"sslkey", "PGSSLKEY", 0},
	{"sslcertmode", "PGSSLCERTMODE", 0},
	{"sslpassword", "", 0},
	{"sslrootcert", "PGSSLROOTCERT", 0},
	{"sslcrl", "PGSSLCRL", 0},
	{"sslcrldir", "PGSSLCRLDIR", 0},
	{"sslsni", "PGSSLSNI", 0},
	{"requirepeer", "PGREQUIREPEER", 0},
	{"require_auth", "PGREQUIREAUTH", 0},
	{"min_protocol_version", "PGMINPROTOCOLVERSION", 18},
	{"max_protocol_version", "PGMAXPROTOCOLVERSION", 18},
	{"ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION", 0},
	{"ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION", 0},
	{"gssencmode", "PGGSSENCMODE", 0},
	{"krbsrvname", "PGKRBSRVNAME", 0},
	{"gsslib", "PGGSSLIB", 0},
	{"gssdelegation", "PGGSSDELEGATION", 0},
	{"replication", "", 0},
	{"target_session_attrs", "PGTARGETSESSIONATTRS", 0},
	{"load_balance_hosts", "PGLOADBALANCEHOSTS", 0},
	{"scram_client_key", "", 18},
	{"scram_server_key", "", 18},
	{"oauth_issuer", "", 18},
	{"oauth_client_id", "", 18},
	{"oauth_client_secret", "", 18},
	{"oauth_scope", "", 18},
	{"sslkeylogfile", "", 18},
}

// LibPQOptions returns the keywords that a libpq of a major version takes, in libpq's order. Versions before 16 are taken for 16.
func LibPQOptions(libpq int) []string {
	var names []string
	for _, option := range libpqOptions {
		if option.since <= libpq {
			names = append(names, option.name)
		}
	}
	return names
}

func isOption(libpq int, name string) bool {
	return slices.ContainsFunc(libpqOptions, func(o libpqOption) bool { return o.name == name && o.since <= libpq })
}

// Fault is why libpq refuses a connection string. Its text holds nothing of the string but the name of an option.
type Fault struct {
	Option string // the option that is meant; empty where that is not known
	Reason string
}

// Error says what libpq refuses.
func (f *Fault) Error() string { return f.Reason }

// optionName is what a name of an option may look like. Anything else may be part of a URI that was taken for keywords, password and
// all, and is not shown.
var optionName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,62}$`)

func unknownOption(name string) error {
	if !optionName.MatchString(name) {
		return &Fault{"", "an option with a name that no libpq knows, and that may hold a secret"}
	}
	return &Fault{name, "invalid connection option " + name}
}

// conninfo is libpq's table of options while it is filled: a text for each option that was given.
type conninfo struct {
	libpq  int
	values map[string]string
}

// parseConninfo reads a connection string as PQconninfoParse of a libpq does: keywords and values, or a URI. What C reads ends at the
// first zero byte. The result is in the table's order, which is how the drivers see it.
func parseConninfo(text string, libpq int) (*py.Dict, error) {
	if py.HasSurrogate(text) {
		return nil, &Fault{"", "a lone surrogate, which is no UTF-8"}
	}
	text, _, _ = strings.Cut(text, "\x00")
	c := &conninfo{libpq, map[string]string{}}
	err := c.keywords
	for _, scheme := range []string{"postgresql://", "postgres://"} {
		if strings.HasPrefix(text, scheme) {
			text, err = text[len(scheme):], c.uri
		}
	}
	if err := err(text); err != nil {
		return nil, err
	}
	dict := new(py.Dict)
	for _, option := range libpqOptions {
		if value, given := c.values[option.name]; given {
			dict.Set(option.name, value)
		}
	}
	return dict, nil
}

// store is conninfo_storeval. The old requiressl is translated as libpq still does.
func (c *conninfo) store(name, value string) error {
	if name == "requiressl" {
		name = "sslmode"
		if strings.HasPrefix(value, "1") {
			value = "require"
		} else {
			value = "prefer"
		}
	}
	if !isOption(c.libpq, name) {
		return unknownOption(name)
	}
	c.values[name] = value
	return nil
}

// cSpace is what isspace knows in the C locale.
const cSpace = " \t\n\v\f\r"

// keywords is conninfo_parse.
func (c *conninfo) keywords(text string) error {
	for {
		if text = strings.TrimLeft(text, cSpace); text == "" {
			return nil
		}
		end := strings.IndexAny(text, "="+cSpace)
		if end < 0 {
			end = len(text)
		}
		name := text[:end]
		text = strings.TrimLeft(text[end:], cSpace)
		if !strings.HasPrefix(text, "=") {
			return &Fault{"", "a word without \"=\""}
		}
		value, rest, closed := conninfoValue(strings.TrimLeft(text[1:], cSpace))
		if !closed {
			return &Fault{"", "a quote without an end"}
		}
		if err := c.store(name, value); err != nil {
			return err
		}
		text = rest
	}
}

// conninfoValue reads a value, quoted or not, and returns what follows it; closed is false for a quote without an end.
func conninfoValue(text string) (value, rest string, closed bool) {
	quoted := strings.HasPrefix(text, "'")
	if quoted {
		text = text[1:]
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			if i++; i < len(text) {
				b.WriteByte(text[i])
			}
		case quoted && c == '\'', !quoted && strings.IndexByte(cSpace, c) >= 0:
			return b.String(), text[i+1:], true
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), "", !quoted
}

// NewestLibPQ is the newest libpq whose options are known here.
const NewestLibPQ = 18
