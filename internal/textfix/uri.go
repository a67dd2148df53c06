package textfix

import (
	"regexp"
	"strconv"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// schemed is a text that begins as a URI of a connection does.
var schemed = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+._-]*://`)

// IsURI reports whether a text begins with type://.
func IsURI(text string) bool { return schemed.MatchString(text) }

// uri is a URI's text cut up as its writer may have meant it: what is between :// and an @ is the user, whatever stands in it.
type uri struct {
	scheme string
	user   string // login and password as written; "" for none
	hosts  []hostPort
	path   string // behind the slash
	query  string

	userAt, hostAt, queryAt int // where these begin, in bytes
}

// hostPort is one of several servers.
type hostPort struct{ host, port string }

// ways returns the ways in which a URI can be read: one for each @ behind which a host may stand, or the one without a user.
func ways(text string) []uri {
	begin := len(schemed.FindString(text))
	if begin == 0 || strings.ContainsAny(text, "\t\r\n") {
		return nil
	}
	var all []uri
	for i := begin; i < len(text); i++ {
		if text[i] != '@' {
			continue
		}
		if u, ok := behind(text, i+1); ok {
			u.scheme, u.user, u.userAt = text[:begin-3], text[begin:i], begin
			all = append(all, u)
		}
	}
	if u, ok := behind(text, begin); ok && !strings.Contains(text, "@") {
		u.scheme, u.userAt = text[:begin-3], begin
		all = append(all, u)
	}
	return all
}

// server is a host with its port: a name, an address, or one in brackets.
var server = regexp.MustCompile(`^(\[[0-9A-Fa-f:.]+(?:%[0-9A-Za-z_.-]+)?\]|[0-9A-Za-z_.~%-]*)(?::([0-9]{0,5}))?$`)

// behind cuts up what begins at a place: hosts, path and query.
func behind(text string, at int) (uri, bool) {
	rest := text[at:]
	if strings.Contains(rest, "#") {
		return uri{}, false
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	u := uri{hostAt: at, queryAt: len(text)}
	for one := range strings.SplitSeq(rest[:end], ",") {
		found := server.FindStringSubmatch(one)
		if port, _ := strconv.Atoi(part(found, 2)); found == nil || port > 65_535 {
			return uri{}, false
		}
		u.hosts = append(u.hosts, hostPort{found[1], found[2]})
	}
	rest, query, asked := strings.Cut(rest[end:], "?")
	if asked {
		u.query, u.queryAt = query, len(text)-len(query)
	}
	u.path = strings.TrimPrefix(rest, "/")
	return u, true
}

// part is the i-th part of what an expression found, and "" where it found nothing.
func part(found []string, i int) string {
	if i >= len(found) {
		return ""
	}
	return found[i]
}

// mixed reports whether a part has both characters that ought to be encoded and some that may be: which of the two it is only its writer
// knows.
func mixed(part string, plain string) bool {
	return encoded.MatchString(part) && strings.ContainsAny(part, plain)
}

// encoded is a percent sign with two hexadecimal digits.
var encoded = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// special are the characters that end a part of a URI where they are not encoded.
const special = "/#?@[]"

// intended is the connection that a URI was written for. The refusal says why that is in doubt.
func intended(text string) (aircon.Connection, *Refusal) {
	refuse := func(at int, why string) (aircon.Connection, *Refusal) {
		return aircon.Connection{}, &Refusal{ID: "AC004", Why: why, at: at}
	}
	if at := strings.IndexAny(text, "\t\r\n"); at >= 0 {
		return refuse(at, "a tab or line break inside of the URI, which Airflow drops: take it out, or write it as %09, %0A or %0D")
	}
	found := ways(text)
	switch {
	case len(found) == 0:
		return refuse(stray(text), "no @ of the URI has a host behind it: write the connection as JSON")
	case len(found) > 1:
		return refuse(stray(text), "the URI can be read in several ways, as several @ have a host behind them: write the connection as JSON, or each @ that is not the host's as %40")
	}
	u := found[0]
	switch {
	case schemed.MatchString(u.user):
		return refuse(u.userAt, "a second type:// at the beginning: write one")
	case mixed(u.user, special):
		return refuse(stray(text), "some characters of user and password are encoded and some are not: write the connection as JSON")
	case strings.Contains(py.Unquote(u.user+u.path), "\ufffd") && !strings.Contains(u.user+u.path, "\ufffd"):
		return refuse(u.userAt, "the encoded bytes of user, password or database are no UTF-8: write the connection as JSON")
	case strings.ContainsAny(u.path, "/@"):
		return refuse(stray(text), "the database's name has a / or @ in it: write the connection as JSON")
	}
	if at, why := u.doubtful(); why != "" {
		return refuse(at, why)
	}
	return u.connection()
}

// doubtful says what in the query is not certain, and where.
func (u *uri) doubtful() (int, string) {
	at := u.queryAt
	for part := range strings.SplitSeq(u.query, "&") {
		_, value, pair := strings.Cut(part, "=")
		switch {
		case part != "" && !pair:
			return at, "a part behind the ? has no =, so that an & may belong to a value: write the connection as JSON"
		case strings.Contains(value, "://") && (strings.Contains(value, "+") || encoded.MatchString(value)):
			return at, "a value behind the ? is encoded in part: write the connection as JSON"
		}
		at += len(part) + 1
	}
	return 0, ""
}

// connection is what the parts say.
func (u *uri) connection() (aircon.Connection, *Refusal) {
	conn := aircon.Connection{Type: aircon.Text(u.scheme)}
	if u.scheme == "postgresql" {
		conn.Type = aircon.Text("postgres")
	}
	if login, password, has := strings.Cut(u.user, ":"); u.user != "" {
		conn.Login = aircon.Text(py.Unquote(login))
		if has && password != "" {
			conn.Password = aircon.NewSecret(py.Unquote(password))
		}
	}
	if u.path != "" {
		conn.Schema = aircon.Text(py.Unquote(u.path))
	}
	extra := u.extra()
	hosts, ports, same := u.servers()
	if hosts != "" {
		conn.Host = aircon.Text(hosts)
	}
	switch number := strings.TrimLeft(ports, "0"); {
	case same && number != "":
		conn.Port = aircon.Number(number)
	case !same && strings.Trim(ports[:strings.LastIndexByte(ports, ',')], ",") == "" && !strings.HasSuffix(ports, ",5432"):
		return conn, &Refusal{ID: "AC036", Why: "the last of several hosts has a port and the others have none: give each its own", at: u.hostAt}
	case !same:
		extra.Set("port", ports)
	}
	if extra.Len() > 0 {
		conn.Extra = aircon.NewExtra(py.Dumps(extra))
	}
	return conn, nil
}

// servers are the hosts and ports as libpq takes lists of them, where an empty port is 5432, and whether all have the same.
func (u *uri) servers() (hosts, ports string, same bool) {
	var names, numbers []string
	same = true
	for _, s := range u.hosts {
		host := py.Unquote(strings.Trim(s.host, "[]"))
		if !strings.Contains(host, "/") {
			host = py.Lower(host)
		}
		names, numbers = append(names, host), append(numbers, s.port)
		same = same && s.port == u.hosts[0].port
	}
	if same {
		return strings.Join(names, ","), u.hosts[0].port, true
	}
	return strings.Join(names, ","), strings.Join(numbers, ","), false
}

// extra is what the query says, whole under __extra__ or key by key.
func (u *uri) extra() *py.Dict {
	query := py.ParseQuery(u.query)
	text, _ := query.Get("__extra__")
	if text, whole := text.(string); whole {
		if value, err := py.Loads(text); err == nil {
			if dict, is := value.(*py.Dict); is {
				return dict
			}
		}
	}
	return query
}

// Stray returns where the first character stands that ought to have been encoded, in bytes, and the beginning where there is none.
func Stray(text string) int {
	trimmed := strings.TrimLeftFunc(text, py.IsSpace)
	return len(text) - len(trimmed) + stray(py.Strip(text))
}

func stray(text string) int {
	begin := len(schemed.FindString(text))
	if at := strings.IndexAny(text, "\t\r\n"); at >= 0 {
		return at
	}
	if found := ways(text); len(found) > 0 {
		u := found[len(found)-1]
		if at := strings.IndexAny(u.user, special); at >= 0 {
			return u.userAt + at
		}
		if at := strings.Index(u.query, "://"); at >= 0 {
			return u.queryAt + at
		}
	}
	if at := strings.IndexAny(text[begin:], "#"); at >= 0 {
		return begin + at
	}
	if at := strings.IndexByte(text[begin:], '@'); at >= 0 {
		if next := strings.IndexAny(text[begin+at+1:], "@"); next >= 0 {
			return begin + at
		}
	}
	return 0
}
