package pghook

import (
	"bytes"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgpassfile"
	"github.com/jackc/pgx/v5/pgconn"
)

// defaultSocketDir is where libpq looks for a server when no host is given (DEFAULT_PGSOCKET_DIR).
const defaultSocketDir = "/tmp"

// hostPort is one of the servers to try.
type hostPort struct {
	name    string // for TLS and the passfile: a host's name, or a socket's directory
	address string // what is dialled: name, or its hostaddr
	port    uint16
}

func (h hostPort) isSocket() bool { return strings.HasPrefix(h.address, "/") }

// readHosts matches host, hostaddr and port, which are lists with commas, as libpq does.
func (t *target) readHosts() error {
	names, addresses, ports := splitList(t.get("host")), splitList(t.get("hostaddr")), splitList(t.get("port"))
	if t.get("hostaddr") == "" {
		addresses = names
	} else if t.get("host") == "" {
		names = addresses
	}
	if len(names) != len(addresses) {
		return &OptionError{"hostaddr", fmt.Sprintf("%d addresses for %d hosts", len(addresses), len(names))}
	}
	if len(ports) > 1 && len(ports) != len(names) {
		return &OptionError{"port", fmt.Sprintf("%d ports for %d hosts", len(ports), len(names))}
	}
	for i := range names {
		h := hostPort{name: names[i], address: addresses[i], port: 5432}
		if h.address == "" {
			h.address = h.name
		}
		if h.address == "" {
			h.name, h.address = defaultSocketDir, defaultSocketDir
			t.note("host", "no host: libpq looks for a socket in %s, on the machine that Airflow runs on", defaultSocketDir)
		}
		if strings.HasPrefix(h.address, "@") {
			return &OptionError{"host", "an abstract socket, which is not possible here"}
		}
		if t.get("hostaddr") != "" && addresses[i] != "" && net.ParseIP(addresses[i]) == nil {
			return &OptionError{"hostaddr", strconv.Quote(addresses[i]) + " is no address: names belong into host"}
		}
		if text := strings.Trim(ports[min(i, len(ports)-1)], cSpace); text != "" {
			n, err := strconv.ParseUint(text, 10, 16)
			if err != nil || n == 0 {
				return &OptionError{"port", "libpq takes 1 to 65535"}
			}
			h.port = uint16(n)
		}
		t.hosts = append(t.hosts, h)
	}
	return t.readPassword()
}

func splitList(text string) []string { return strings.Split(text, ",") }

// readPassword takes the password from the passfile where there is no other, as libpq does.
func (t *target) readPassword() error {
	path := t.get("passfile")
	if t.get("password") != "" {
		if path != "" {
			t.note("passfile", "the connection has a password, so the passfile is not read")
		}
		return nil
	}
	if path == "" && t.opts.Home != "" {
		path = filepath.Join(t.opts.Home, ".pgpass")
	}
	if path == "" {
		return nil
	}
	content, err := t.opts.ReadFile(path)
	if err != nil {
		t.note("passfile", "%s cannot be read on this machine, so there is no password", path)
		return nil //nolint:nilerr // libpq goes on without one, and the note tells
	}
	entries, err := pgpassfile.ParsePassfile(bytes.NewReader(content))
	if err != nil {
		return &OptionError{"passfile", path + " cannot be parsed"}
	}
	t.note("passfile", "%s was read on this machine", path)
	database := t.or("dbname", t.get("user"))
	for i, h := range t.hosts {
		name := h.name
		if h.isSocket() {
			name = "localhost"
		}
		found := entries.FindPassword(name, strconv.Itoa(int(h.port)), database, t.get("user"))
		if i > 0 && found != t.get("password") {
			return &OptionError{"passfile", "different passwords for the hosts of one connection are not possible here"}
		}
		t.settings["password"] = found
	}
	return nil
}

// fallbacks are the attempts in libpq's order: each host, with and without TLS as sslmode says.
func (t *target) fallbacks() []*pgconn.FallbackConfig {
	var attempts []*pgconn.FallbackConfig
	for _, h := range t.hosts {
		for _, config := range t.tls.attempts(h) {
			attempts = append(attempts, &pgconn.FallbackConfig{Host: h.address, Port: h.port, TLSConfig: config})
		}
	}
	return attempts
}
