package pghook

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// trimsSpaces is the libpq that first trims white space around the parts of a URI and refuses it within.
const trimsSpaces = 18

// uri is conninfo_uri_parse_options: what follows the scheme.
func (c *conninfo) uri(text string) error {
	if at := strings.IndexAny(text, "@/"); at >= 0 && text[at] == '@' {
		user, password, _ := strings.Cut(text[:at], ":")
		if err := c.storeParts("user", user, "password", password); err != nil {
			return err
		}
		text = text[at+1:]
	}
	hosts, ports, rest, err := netlocs(text)
	if err != nil {
		return err
	}
	if err := c.storeParts("host", hosts, "port", ports); err != nil {
		return err
	}
	path, query, _ := strings.Cut(rest, "?")
	if err := c.storeParts("dbname", strings.TrimPrefix(path, "/")); err != nil {
		return err
	}
	return c.query(query)
}

// storeParts decodes and stores pairs of name and text, but for empty texts.
func (c *conninfo) storeParts(pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		value, err := c.decode(pairs[i], pairs[i+1])
		if err != nil {
			return err
		}
		if err := c.store(pairs[i], value); err != nil {
			return err
		}
	}
	return nil
}

// netlocs reads the hosts and ports of a URI, both as lists with commas, and returns what follows them.
func netlocs(text string) (hosts, ports, rest string, err error) {
	for {
		var host, port string
		if strings.HasPrefix(text, "[") {
			end := strings.IndexByte(text, ']')
			if end < 0 {
				return "", "", "", &Fault{"host", "no \"]\" after an IPv6 address in the URI"}
			}
			if end == 1 {
				return "", "", "", &Fault{"host", "an empty IPv6 address in the URI"}
			}
			host, text = text[1:end], text[end+1:]
			if text != "" && !strings.ContainsRune(":/?,", rune(text[0])) {
				return "", "", "", &Fault{"host", "an unexpected character after the IPv6 address in the URI"}
			}
		} else {
			host, text = untilAny(text, ":/?,")
		}
		if strings.HasPrefix(text, ":") {
			port, text = untilAny(text[1:], "/?,")
		}
		hosts, ports = hosts+host, ports+port
		if !strings.HasPrefix(text, ",") {
			return hosts, ports, text, nil
		}
		hosts, ports, text = hosts+",", ports+",", text[1:]
	}
}

func untilAny(text, ends string) (before, from string) {
	if at := strings.IndexAny(text, ends); at >= 0 {
		return text[:at], text[at:]
	}
	return text, ""
}

// query is conninfo_uri_parse_params.
func (c *conninfo) query(text string) error {
	for text != "" {
		var param string
		param, text, _ = strings.Cut(text, "&")
		name, value, has := strings.Cut(param, "=")
		if !has {
			return &Fault{"", "a parameter without \"=\" in the URI"}
		}
		if strings.Contains(value, "=") {
			return &Fault{"", "a second \"=\" in a parameter of the URI"}
		}
		name, err := c.decode("", name)
		if err != nil {
			return err
		}
		if value, err = c.decode("", value); err != nil {
			return err
		}
		if name == "ssl" && value == "true" { // JDBC's
			name, value = "sslmode", "require"
		}
		if err := c.store(name, value); err != nil {
			return err
		}
	}
	return nil
}

// decode is conninfo_uri_decode, and what the drivers do next: read the bytes as UTF-8.
func (c *conninfo) decode(name, text string) (string, error) {
	if c.libpq >= trimsSpaces {
		text = strings.Trim(text, cSpace)
		if strings.ContainsAny(text, cSpace) {
			return "", &Fault{name, "a space in the URI that is not written as %20"}
		}
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			b.WriteByte(text[i])
			continue
		}
		if i+2 >= len(text) {
			return "", &Fault{name, "an invalid percent sign in the URI"}
		}
		n, err := strconv.ParseUint(text[i+1:i+3], 16, 8)
		if err != nil || n == 0 {
			return "", &Fault{name, "an invalid percent sign in the URI"}
		}
		b.WriteByte(byte(n))
		i += 2
	}
	if !utf8.ValidString(b.String()) {
		return "", &Fault{name, "bytes in the URI that are no UTF-8"}
	}
	return b.String(), nil
}
