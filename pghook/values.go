package pghook

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// valueRule is what libpq accepts as an option's text: one of some words, or a whole number.
type valueRule struct {
	option string
	words  []string // nil means a whole number
	fold   bool     // whether case does not matter
}

// valueRules are checked by libpq before it connects (fe-connect.c, pqConnectOptions2); an empty text is none of the words.
var valueRules = []valueRule{
	{"channel_binding", []string{"disable", "prefer", "require"}, false},
	{"connect_timeout", nil, false},
	{"sslmode", []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}, false},
	{"sslnegotiation", []string{"postgres", "direct"}, false},
	{"sslcertmode", []string{"disable", "allow", "require"}, false},
	{"ssl_min_protocol_version", append([]string{""}, tlsVersionNames()...), true},
	{"ssl_max_protocol_version", append([]string{""}, tlsVersionNames()...), true},
	{"gssencmode", []string{"disable", "prefer", "require"}, false},
	{"target_session_attrs", []string{"any", "read-write", "read-only", "primary", "standby", "prefer-standby"}, false},
	{"load_balance_hosts", []string{"disable", "random"}, false},
	{"min_protocol_version", []string{"3.0", "3.2", "latest"}, false},
	{"max_protocol_version", []string{"3.0", "3.2", "latest"}, false},
}

func (r valueRule) takes(v string) bool {
	return slices.ContainsFunc(r.words, func(word string) bool { return word == v || r.fold && strings.EqualFold(word, v) })
}

// RefusedValues returns, for each option in a connection's extra that has one of some words, and has another, what libpq says before it
// connects. It asks nobody and needs no password; [Config] sees more.
func RefusedValues(conn aircon.Connection, rt aircon.Runtime) []*OptionError {
	members, err := conn.Extra.Members()
	if err != nil {
		return nil
	}
	var refused []*OptionError
	for _, m := range members {
		i := slices.IndexFunc(valueRules, func(r valueRule) bool { return r.option == m.Key })
		if i < 0 || valueRules[i].words == nil || m.Value.Kind() != aircon.TextValue || !isOption(rt.Driver.LibPQ, m.Key) {
			continue
		}
		if rule := valueRules[i]; !rule.takes(m.Value.Reveal()) {
			refused = append(refused, rule.refuse("this"))
		}
	}
	return refused
}

// refuse says what the option takes instead of what was given.
func (r valueRule) refuse(given string) *OptionError {
	return &OptionError{r.option, "libpq takes " + strings.Join(slices.DeleteFunc(slices.Clone(r.words), isEmpty), ", ") + ", not " + given}
}

// checkValues refuses the texts that libpq refuses.
func (t *target) checkValues() error {
	for _, rule := range valueRules {
		v, given := t.settings[rule.option]
		switch {
		case !given:
		case rule.option == "connect_timeout" && isPsycopg3(t.rt):
			if _, err := t.psycopg3Seconds(); err != nil {
				return err
			}
		case rule.words == nil:
			if _, err := t.number(rule.option); err != nil {
				return err
			}
		case !rule.takes(v):
			return rule.refuse(strconv.Quote(v))
		}
	}
	return t.checkAuth()
}

func isEmpty(s string) bool { return s == "" }

// authMethods are the names in require_auth.
var authMethods = []string{"password", "md5", "gss", "sspi", "scram-sha-256", "oauth", "none"}

// checkAuth refuses what libpq refuses in require_auth: unknown methods, one twice, and a mixture with and without "!".
func (t *target) checkAuth() error {
	list, given := t.settings["require_auth"]
	if !given {
		return nil
	}
	if list == "" {
		return &OptionError{"require_auth", "an empty list admits no way to log in"}
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

// number reads an option as C's int, as libpq does.
func (t *target) number(option string) (int, error) {
	n, err := strconv.ParseInt(strings.Trim(t.get(option), cSpace), 10, 32)
	if err != nil {
		return 0, &OptionError{option, "libpq needs a whole number, not " + strconv.Quote(t.get(option))}
	}
	return int(n), nil
}

// psycopg3Seconds reads connect_timeout as psycopg 3 does, which keeps the time itself: int(float(text)).
func (t *target) psycopg3Seconds() (int, error) {
	seconds, err := strconv.ParseFloat(strings.TrimFunc(t.get("connect_timeout"), py.IsSpace), 64)
	if err != nil || math.IsInf(seconds, 0) || math.IsNaN(seconds) {
		return 0, &OptionError{"connect_timeout", "psycopg needs a number, not " + strconv.Quote(t.get("connect_timeout"))}
	}
	return int(seconds), nil
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
	if mode := t.or("sslmode", "prefer"); t.get("target_session_attrs") == "prefer-standby" && (mode == "prefer" || mode == "allow") {
		return &OptionError{"target_session_attrs", "prefer-standby with sslmode " + mode + " could end without encryption here, and with it in Airflow: set sslmode to require or stronger, or to disable"}
	}
	if t.get("user") == "" {
		return &OptionError{"user", "without a login, libpq takes the name of the operating system's user that Airflow runs as, which is not known here"}
	}
	return nil
}
