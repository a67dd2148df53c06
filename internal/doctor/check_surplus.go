package doctor

import (
	"net"
	"strings"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC108", Severity: Error, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "a field holds more than its value",
		Means: "Airflow takes each value as it stands: a port or a protocol in host makes a name that no DNS has, and a line break behind a password is part of it",
		Why:   "host:port was copied from a console or a URL, or the value was read from a file or a command whose output ends with a line break",
		Mend:  "write the host alone and the port in `port`; take the white space away",
	}},
	text: checkSurplus,
})

// checkSurplus: white space around a value, and what belongs to other fields in the host.
func checkSurplus(t *SecretText) []Finding {
	if !t.isPostgres() {
		return nil
	}
	var all []Finding
	conn := t.Reading.Conn
	if seen, mend := surplusOfHost(conn.Host.String()); seen != "" {
		mended := t.inWords
		if t.isObject() { // of a URI's host nothing is fixed
			mended = t.mend
		}
		all = append(all, Found("AC108", seen, mended(Mend{Text: mend})))
	}
	for _, field := range []struct{ name, value string }{
		{"login", conn.Login.String()}, {"schema", conn.Schema.String()}, {"password", conn.Password.Reveal()},
	} {
		if around := whiteSpace(field.value); around != "" {
			f := Found("AC108", field.name+" "+around, t.inWords(Mend{Text: "take that away from " + field.name + ", unless PostgreSQL has it so too"}))
			f.Severity = Warning
			all = append(all, f)
		}
	}
	return all
}

// surplusOfHost says what a host holds besides the host, and what to write; "" where it holds nothing else. Several hosts, IPv6 addresses and
// the directory of a socket are hosts.
func surplusOfHost(host string) (seen, mend string) {
	if around := whiteSpace(host); around != "" {
		return "host " + around, "write the host without it"
	}
	if _, bare, found := strings.Cut(host, "://"); found {
		return "host begins with a protocol", "write host " + bare + " alone"
	}
	if name, port, err := net.SplitHostPort(host); err == nil && name != "" && !strings.ContainsAny(host, ",/") && digits(port) {
		return "host names the port too: " + host, "write host " + name + " and port " + port
	}
	if name, rest, found := strings.Cut(host, "/"); found && name != "" && rest != "" {
		return "host has a path behind it", "write host " + name + " alone; the database's name belongs into schema"
	}
	return "", ""
}

// whiteSpace says where white space is that does not belong to a value, and "" where there is none.
func whiteSpace(value string) string {
	switch trimmed := strings.TrimSpace(value); {
	case trimmed == value:
		return ""
	case strings.HasSuffix(value, "\n"):
		return "ends with a line break"
	case strings.HasPrefix(value, trimmed):
		return "ends with white space"
	}
	return "begins with white space"
}

func digits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
