package textfix

import (
	"net"
	"strconv"
	"strings"
)

// host leaves nothing but the host in its field, where PostgreSQL is meant: no white space, no protocol, no port.
func (s *state) host() ([]edit, *Refusal) {
	m := s.winner("host")
	if m == nil || m.Value.Kind != Text || !s.isPostgres() {
		return nil, nil
	}
	host := m.Value.Text
	put := func(value, what string) ([]edit, *Refusal) {
		return []edit{{m.Value.Start, m.Value.End, jsonText(value), "AC108", what}}, nil
	}
	refuse := func(why string) ([]edit, *Refusal) {
		return nil, &Refusal{ID: "AC108", Why: why, at: m.Value.Start}
	}
	protocol, bare, protocols := strings.Cut(host, "://")
	switch trimmed := strings.TrimSpace(host); {
	case trimmed != host:
		return put(trimmed, "took out the white space around host")
	case protocols && protocol != "" && server.MatchString(strings.TrimSuffix(bare, "/")):
		return put(strings.TrimSuffix(bare, "/"), "took the protocol out of host")
	case protocols:
		return refuse("host holds a URL, and what else of it is meant is not certain")
	case strings.HasPrefix(host, "/") || strings.Contains(host, ","):
		return nil, nil // the directory of a socket, or several hosts
	case strings.Contains(host, "/"):
		return refuse("host has a path behind it, and what that is meant for is not certain")
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil || name == "" || !isPort(port) {
		return nil, nil //nolint:nilerr // no port to take out
	}
	return s.portOf(m, name, port)
}

// portOf moves the port out of the host into its own field.
func (s *state) portOf(host *Member, name, port string) ([]edit, *Refusal) {
	const what = "took the port out of host"
	bare := edit{host.Value.Start, host.Value.End, jsonText(name), "AC108", what}
	switch m := s.winner("port"); {
	case m == nil:
		bare.text += `, "port": ` + port
		return []edit{bare}, nil
	case m.Value.Empty():
		return []edit{bare, {m.Value.Start, m.Value.End, port, "AC108", ""}}, nil
	case strings.TrimSpace(m.Value.Text) == port:
		return []edit{bare}, nil
	}
	return nil, &Refusal{ID: "AC108", Why: "host names one port, and the field port another", at: host.Value.Start}
}

// port writes a port as a number where there is nothing around it but what belongs to no number.
func (s *state) port() ([]edit, *Refusal) {
	m := s.winner("port")
	if m == nil || m.Value.Kind != Text && m.Value.Kind != List {
		return nil, nil
	}
	value := m.Value
	if value.Kind == List && len(value.Items) == 1 {
		value = value.Items[0]
	}
	port := strings.Trim(value.Text, " \t\r\n:;,'\"")
	if value == m.Value && port == strings.TrimSpace(value.Text) || !isPort(port) {
		return nil, nil // Airflow takes it, or what it was meant as is not certain
	}
	return []edit{{m.Value.Start, m.Value.End, port, "AC105", "wrote the number of port alone"}}, nil
}

// isPort reports whether a text is the number of a port, as people write it.
func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0 && n <= 65535 && strings.Trim(text, "0123456789") == "" && text[0] != '0'
}
