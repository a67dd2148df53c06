package pghook

import (
	"slices"
	"strconv"
	"strings"
)

// valueRule is what libpq accepts as an option's text: one of some words, or a whole number.
type valueRule struct {
	option string
	words  []string // nil means a whole number
}

// valueRules are checked by libpq before it connects (fe-connect.c, pqConnectOptions2); an empty text is none of the words. Its
// numbers are C's int, with white space around.
var valueRules = []valueRule{
	{"channel_binding", []string{"disable", "prefer", "require"}},
	{"connect_timeout", nil},
	{"keepalives", nil},
	{"keepalives_idle", nil},
	{"keepalives_interval", nil},
	{"keepalives_count", nil},
	{"tcp_user_timeout", nil},
	{"sslmode", []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}},
	{"sslnegotiation", []string{"postgres", "direct"}},
	{"sslcertmode", []string{"disable", "allow", "require"}},
	{"ssl_min_protocol_version", append([]string{""}, tlsVersionNames()...)},
	{"ssl_max_protocol_version", append([]string{""}, tlsVersionNames()...)},
	{"gssencmode", []string{"disable", "prefer", "require"}},
	{"target_session_attrs", []string{"any", "read-write", "read-only", "primary", "standby", "prefer-standby"}},
	{"load_balance_hosts", []string{"disable", "random"}},
	{"min_protocol_version", []string{"", "3.0", "3.2", "latest"}},
	{"max_protocol_version", []string{"", "3.0", "3.2", "latest"}},
}

// checkValues refuses the texts that libpq refuses.
func (t *target) checkValues() error {
	for _, rule := range valueRules {
		v, given := t.settings[rule.option]
		switch {
		case !given:
		case rule.words == nil:
			if _, err := strconv.ParseInt(strings.Trim(v, cSpace), 10, 32); err != nil {
				return &OptionError{rule.option, "libpq needs a whole number, not " + strconv.Quote(v)}
			}
		case !slices.Contains(rule.words, v):
			return &OptionError{rule.option, "libpq takes " + strings.Join(slices.DeleteFunc(slices.Clone(rule.words), isEmpty), ", ") +
				", not " + strconv.Quote(v)}
		}
	}
	return t.checkAuth()
}

func isEmpty(s string) bool { return s == "" }

// authMethods are the names in require_auth.
var authMethods = []string{"password", "md5", "gss", "sspi", "scram-sha-256", "oauth", "none"}

// checkAuth refuses what libpq refuses in require_auth: unknown methods, one twice, and a mixture with and without "!".
func (t *target) checkAuth() error {
	list := t.get("require_auth")
	if list == "" {
		return nil
	}
	var seen []string
	for i, method := range strings.Split(list, ",") {
		name, negated := strings.CutPrefix(method, "!")
		switch {
		case !slices.Contains(authMethods, name):
			return &OptionError{"require_auth", "libpq does not know the method " + strconv.Quote(name)}
		case slices.Contains(seen, name):
			return &OptionError{"require_auth", name + " stands there twice"}
		case i > 0 && negated != strings.HasPrefix(list, "!"):
			return &OptionError{"require_auth", "libpq takes no mixture of methods with and without \"!\""}
		}
		seen = append(seen, name)
	}
	return nil
}

// number returns an option that checkValues has seen, and false where it was not given.
func (t *target) number(option string) (int, bool) {
	v, given := t.settings[option]
	if !given {
		return 0, false
	}
	n, err := strconv.Atoi(strings.Trim(v, cSpace))
	return n, err == nil
}

// withoutEffect are options that cannot keep pgx from opening the session that libpq would open.
var withoutEffect = []struct{ option, why string }{
	{"sslcompression", "TLS compression is off in every current library"},
	{"krbsrvname", "it counts for Kerberos logins only"},
	{"gsslib", "it counts for Kerberos logins only"},
	{"gssdelegation", "it counts for Kerberos logins only"},
	{"load_balance_hosts", "the hosts are tried in their order here"},
	{"sslkeylogfile", "session keys are not written to a file here"},
	{"oauth_issuer", "it counts for OAuth logins only"},
	{"oauth_client_id", "it counts for OAuth logins only"},
	{"oauth_client_secret", "it counts for OAuth logins only"},
	{"oauth_scope", "it counts for OAuth logins only"},
}

// refuse notes the options without effect, and refuses those that count and that pgx cannot follow.
func (t *target) refuse() error {
	for _, o := range withoutEffect {
		if t.get(o.option) != "" {
			t.note(o.option, "%s", o.why)
		}
	}
	if _, given := t.settings["service"]; given {
		return &OptionError{"service", "it names an entry of pg_service.conf on the machine that Airflow runs on, which cannot be read from here: " +
			"write what the entry holds into the connection"}
	}
	if t.get("gssencmode") == "require" {
		return &OptionError{"gssencmode", "encryption through GSSAPI is not possible here, and psycopg 3's own libpq has none either"}
	}
	for _, option := range []string{"scram_client_key", "scram_server_key"} {
		if t.get(option) != "" {
			return &OptionError{option, "a login with SCRAM keys in place of a password is not possible here"}
		}
	}
	if t.get("user") == "" {
		return &OptionError{"user", "without a login, libpq takes the name of the operating system's user that Airflow runs as, which is not known here"}
	}
	return nil
}
