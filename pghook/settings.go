package pghook

import (
	"net/url"
	"slices"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// Setting is one option that libpq gets for a connection.
type Setting struct {
	Option   string // libpq's keyword
	Variable string // the environment variable that stands in for it; "" where libpq has none
	Value    aircon.Secret
}

// Settings returns what libpq gets of the arguments, in the order of its options, password included. It fails where [Arguments.DSN] does.
func (a Arguments) Settings() ([]Setting, error) {
	dsn, err := a.DSN()
	if err != nil {
		return nil, err
	}
	given, err := parseConninfo(dsn.Reveal(), a.rt.Driver.LibPQ)
	if err != nil {
		return nil, err
	}
	var settings []Setting
	for _, option := range libpqOptions {
		if v, ok := given.Get(option.name); ok {
			settings = append(settings, Setting{option.name, option.env, aircon.NewSecret(py.Str(v))})
		}
	}
	return settings, nil
}

// LibPQURI writes settings as a URI that libpq reads back to the same, and that other PostgreSQL drivers take as well: where host, port, login and
// database can stand in their places they do, and the rest are parameters.
func LibPQURI(settings []Setting) aircon.Secret {
	get := func(option string) string {
		i := slices.IndexFunc(settings, func(s Setting) bool { return s.Option == option })
		if i < 0 {
			return ""
		}
		return settings[i].Value.Reveal()
	}
	host, port := get("host"), get("port")
	placed := map[string]bool{"user": true, "password": get("user") != "", "dbname": true}
	text := "postgresql://"
	if user := get("user"); user != "" {
		text += escapeURI(user)
		if password := get("password"); password != "" {
			text += ":" + escapeURI(password)
		}
		text += "@"
	}
	if simpleHost(host) && !strings.Contains(port, ",") { // several hosts, and sockets, stand in parameters
		placed["host"], placed["port"] = true, true
		text += bracketed(host)
		if port != "" {
			text += ":" + escapeURI(port)
		}
	}
	text += "/" + escapeURI(get("dbname"))
	separator := "?"
	for _, s := range settings {
		if !placed[s.Option] {
			text += separator + s.Option + "=" + escapeURI(s.Value.Reveal())
			separator = "&"
		}
	}
	return aircon.NewSecret(text)
}

// simpleHost reports whether a host can stand in its place in a URI: a name or an address, and not a socket's directory or a list.
func simpleHost(host string) bool { return !strings.ContainsAny(host, "/,@[]") }

// bracketed is a host as a URI has it.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return escapeURI(host)
}

// escapeURI leaves nothing that libpq or a driver could take for more than text. libpq reads %20 as a space, and "+" as itself.
func escapeURI(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
