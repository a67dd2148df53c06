package textfix

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// draft is a connection on its way to a text with mistakes: what was meant, and how it is written down.
type draft struct {
	r       *rand.Rand
	host    []hostPort
	login   string
	secret  string
	schema  string
	extra   []option
	members []pair // of JSON
	wrapped string // around the value of extra: "", text, twice, python, list
	style   style
	uri     bool
	raw     func(string) string // how a URI's parts are written
	texts   []func(string) string
	done    []string // names of the damages
}

type pair struct{ key, value string } // value is JSON

// option is an extra: a text, or true or false.
type option struct {
	key   string
	value any
}

// style is how JSON is written down.
type style struct {
	comments, trailing, python, single, unescaped, smart, bare, noCommas, rawBreaks, constants bool
	lines                                                                                      bool
}

const wild = "/#?@:[]%+&=;'\"\\ $!<>{}~^|,é“’€😀"

// newDraft draws a connection.
func newDraft(r *rand.Rand) *draft {
	d := &draft{r: r, raw: quoted, uri: r.IntN(3) == 0}
	d.host = []hostPort{{fmt.Sprintf("db%d.example.internal", r.IntN(9)), d.one("", "5432", "6543")}}
	d.login = d.one("etl", "u", "4711", "svc-etl", "a.b", "o'neill", "ü")
	d.schema = d.one("analytics", "d", "2024", "data_base", "my db")
	d.secret = d.password()
	for _, o := range []option{
		{"sslmode", "require"},
		{"keepalives_idle", d.one("30", "300")},
		{"application_name", d.one("etl job", "https://example.internal/etl", "a\nb", "x=y&z", `say "hi"`)},
		{"options", "-c search_path=x"},
		{"iam", r.IntN(2) == 0},
	} {
		if r.IntN(3) == 0 {
			d.extra = append(d.extra, o)
		}
	}
	d.style.lines = r.IntN(2) == 0
	d.fields()
	return d
}

func quoted(text string) string { written, _ := py.Quote(text); return written }

func (d *draft) one(words ...string) string { return words[d.r.IntN(len(words))] }

func (d *draft) password() string {
	switch d.r.IntN(6) {
	case 0:
		return fmt.Sprint(d.r.IntN(1_000_000))
	case 1:
		return "0" + fmt.Sprint(d.r.IntN(1_000))
	}
	letters := []rune("abcXYZ0189" + wild)
	b := []rune{}
	for range 1 + d.r.IntN(12) {
		b = append(b, letters[d.r.IntN(len(letters))])
	}
	return string(b)
}

// fields are the members of JSON, under one of their names, in any order but for the type.
func (d *draft) fields() {
	d.members = []pair{
		{d.one("conn_type", "conn_type", "engine", "connection_type"), `"postgres"`},
		{d.one("host", "remote_host", "server"), jsonText(d.host[0].host)},
		{d.one("login", "user", "username", "user_name"), jsonText(d.login)},
		{d.one("password", "password", "pass"), jsonText(d.secret)},
		{d.one("schema", "database"), jsonText(d.schema)},
	}
	if port := d.host[0].port; port != "" {
		d.members = append(d.members, pair{"port", d.one(port, `"`+port+`"`)})
	}
	if len(d.extra) > 0 {
		d.members = append(d.members, pair{"extra", d.object()})
		if d.r.IntN(2) == 0 {
			d.wrapped = "text"
		}
	}
	d.r.Shuffle(len(d.members), func(i, j int) { d.members[i], d.members[j] = d.members[j], d.members[i] })
}

// object writes the extra as JSON.
func (d *draft) object() string {
	var members []string
	for _, o := range d.extra {
		members = append(members, jsonText(o.key)+": "+d.value(o))
	}
	return "{" + strings.Join(members, ", ") + "}"
}

func (d *draft) value(o option) string {
	if text, is := o.value.(string); is {
		return jsonText(text)
	}
	return fmt.Sprint(o.value)
}

// at is the index of the member that holds a field, or -1.
func (d *draft) at(field string) int {
	return slices.IndexFunc(d.members, func(p pair) bool {
		words := map[string][]string{
			"conn_type": {"conn_type", "engine", "connection_type"}, "schema": {"schema", "database"}, "extra": {"extra"},
			"login": {"login", "user", "username", "user_name"}, "password": {"password", "pass"},
			"host": {"host", "remote_host", "server"}, "port": {"port"},
		}
		return slices.Contains(words[field], p.key)
	})
}

// bareHost is the index of the member that holds the host, or -1 where that is damaged already.
func (d *draft) bareHost() int {
	i := d.at("host")
	if i >= 0 && d.members[i].value != jsonText(d.host[0].host) {
		return -1
	}
	return i
}

func (d *draft) has(key string) int {
	return slices.IndexFunc(d.extra, func(o option) bool { return o.key == key })
}

// intended is the connection that was meant.
func (d *draft) intended() aircon.Connection {
	conn := aircon.Connection{
		Type: aircon.Text("postgres"), Login: aircon.Text(d.login), Password: aircon.NewSecret(d.secret), Schema: aircon.Text(d.schema),
	}
	u := uri{hosts: d.host}
	hosts, ports, same := u.servers()
	conn.Host = aircon.Text(hosts)
	extra := new(py.Dict)
	for _, o := range d.extra {
		extra.Set(o.key, o.value)
	}
	switch {
	case !same:
		extra.Set("port", ports)
	case ports != "":
		conn.Port = aircon.Number(ports)
	}
	if extra.Len() > 0 {
		conn.Extra = aircon.NewExtra(py.Dumps(extra))
	}
	return conn
}

// text writes the draft down.
func (d *draft) text() string {
	text := d.json()
	if d.uri {
		text = d.asURI()
	}
	for _, f := range d.texts {
		text = f(text)
	}
	return text
}

func (d *draft) asURI() string {
	var hosts, query []string
	for _, h := range d.host {
		host := h.host
		if h.port != "" {
			host += ":" + h.port
		}
		hosts = append(hosts, host)
	}
	for _, o := range d.extra {
		value, _ := py.QuotePlus(fmt.Sprint(o.value))
		if slices.Contains(d.done, ":// in a value") && strings.Contains(fmt.Sprint(o.value), "://") {
			value = fmt.Sprint(o.value)
		}
		query = append(query, o.key+"="+value)
	}
	text := d.one("postgres", "postgresql") + "://" + quoted(d.login) + ":" + d.raw(d.secret) + "@" + strings.Join(hosts, ",") + "/" + quoted(d.schema)
	if len(query) > 0 {
		text += "?" + strings.Join(query, "&")
	}
	return text
}

// json writes the members in the draft's style.
func (d *draft) json() string {
	between, indent := " ", ""
	if d.style.lines {
		between, indent = "\n", "  "
	}
	var b strings.Builder
	b.WriteString("{" + strings.TrimLeft(between, " "))
	for i, m := range d.members {
		value := m.value
		if m.key == "extra" {
			value = d.wrap(value)
		}
		b.WriteString(indent + d.quote(jsonText(m.key), true) + ": " + d.quote(value, false))
		if i < len(d.members)-1 && !(d.style.noCommas && d.style.lines) || i == len(d.members)-1 && d.style.trailing {
			b.WriteString(",")
		}
		if d.style.comments && d.r.IntN(2) == 0 {
			b.WriteString(d.comment())
		}
		b.WriteString(between)
	}
	return b.String() + "}"
}

func (d *draft) comment() string {
	if d.style.lines && d.r.IntN(2) == 0 {
		return d.one(" // the user's own, \"as it was\"", " # {old}", " // http://x")
	}
	return d.one(" /* a, b */", "/*{*/")
}

// wrap writes extra's object as something else.
func (d *draft) wrap(object string) string {
	switch d.wrapped {
	case "text":
		return jsonText(object)
	case "twice":
		return jsonText(jsonText(object))
	case "python":
		value, _ := py.Loads(object)
		return jsonText(py.Repr(value))
	case "list":
		var items []string
		for _, o := range d.extra {
			items = append(items, "{"+jsonText(o.key)+": "+d.value(o)+"}")
		}
		return "[" + strings.Join(items, ", ") + "]"
	case "words":
		var items []string
		for _, o := range d.extra {
			items = append(items, jsonText(o.key+"="+fmt.Sprint(o.value)))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return object
}

// quote writes a JSON value with the draft's quotes and words.
func (d *draft) quote(value string, key bool) string {
	if key && d.style.bare {
		return strings.Trim(value, `"`)
	}
	if d.style.python || d.style.constants {
		loaded, err := py.Loads(value)
		if _, isNumber := loaded.(py.Digits); err == nil && !isNumber && d.style.python {
			return py.Repr(loaded)
		}
	}
	if d.style.unescaped && !key {
		value = strings.ReplaceAll(value, `\"`, `"`)
	}
	if d.style.single && strings.HasPrefix(value, `"`) {
		return "'" + strings.ReplaceAll(value[1:len(value)-1], `\"`, `"`) + "'"
	}
	if d.style.constants {
		value = strings.NewReplacer(": true", ": True", ": false", ": False").Replace(value)
	}
	if d.style.rawBreaks {
		value = strings.ReplaceAll(value, `\n`, "\n")
	}
	if d.style.smart {
		opening := true
		var b strings.Builder
		for _, c := range value {
			if c == '"' {
				b.WriteString(map[bool]string{true: "“", false: "”"}[opening])
				opening = !opening
				continue
			}
			b.WriteRune(c)
		}
		return b.String()
	}
	return value
}

// damage is one way in which people get a text wrong. It reports whether the draft has what it damages.
type damage struct {
	name string
	form string // json or uri; empty for both
	do   func(*draft) bool
}

// styled turns on a way of writing JSON.
func styled(name string, set func(*style)) damage {
	return damage{name, "json", func(d *draft) bool { set(&d.style); return true }}
}

// whole changes a text at the end.
func whole(name string, change func(string) string) damage {
	return damage{name, "", func(d *draft) bool { d.texts = append(d.texts, change); return true }}
}

// wrapping writes the extra as something else than an object.
func wrapping(name, how string) damage {
	return damage{name, "json", func(d *draft) bool { d.wrapped = how; return len(d.extra) > 0 }}
}

var damages = []damage{
	styled("comments", func(s *style) { s.comments = true }),
	styled("a trailing comma", func(s *style) { s.trailing = true }),
	styled("Python's notation", func(s *style) { s.python = true }),
	styled("single quotes by hand", func(s *style) { s.single = true }),
	styled("quotes that are not escaped", func(s *style) { s.unescaped = true }),
	styled("Python's words", func(s *style) { s.constants = true }),
	styled("typographic quotes", func(s *style) { s.smart = true }),
	styled("keys without quotes", func(s *style) { s.bare = true }),
	styled("no commas", func(s *style) { s.noCommas, s.lines = true, true }),
	styled("raw line breaks", func(s *style) { s.rawBreaks = true }),
	wrapping("extra twice encoded", "twice"),
	wrapping("extra in Python's notation", "python"),
	wrapping("extra as a list of objects", "list"),
	wrapping("extra as a list of words", "words"),
	whole("a byte order mark", func(text string) string { return byteOrderMark + text }),
	whole("a no-break space before it", func(text string) string { return "\u00a0" + text }),
	whole("base64", func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }),
	whole("quotes around it", jsonText),
	{"a semicolon behind it", "json", func(d *draft) bool {
		d.texts = append(d.texts, func(text string) string { return text + ";" })
		return true
	}},
	{"cut short", "json", func(d *draft) bool {
		d.texts = append(d.texts, func(text string) string { return text[:len(text)-1] })
		return true
	}},
	{"numbers without quotes", "json", func(d *draft) bool {
		found := false
		for i, m := range d.members {
			inner := strings.Trim(m.value, `"`)
			if inner != "" && strings.Trim(inner, "0123456789") == "" {
				d.members[i].value, found = inner, true
			}
		}
		return found
	}},
	{"dbname", "json", func(d *draft) bool {
		i := d.at("schema")
		if i >= 0 {
			d.members[i].key = "dbname"
		}
		return i >= 0
	}},
	{"an option beside the fields", "json", func(d *draft) bool {
		i := d.has("sslmode")
		if i < 0 || d.at("extra") < 0 {
			return false
		}
		d.members = slices.Insert(d.members, d.r.IntN(len(d.members)+1), pair{"sslmode", `"require"`})
		rest := slices.Clone(d.extra)
		d.extra = slices.Delete(d.extra, i, i+1)
		d.members[d.at("extra")].value = d.object()
		d.extra = rest
		return d.wrapped == "" || d.wrapped == "text"
	}},
	{"a misspelt key", "json", func(d *draft) bool {
		i := d.r.IntN(len(d.members))
		d.members[i].key = d.misspelt(d.members[i].key)
		return true
	}},
	{"a badly misspelt key", "json", func(d *draft) bool {
		i := d.r.IntN(len(d.members))
		d.members[i].key = d.misspelt(d.misspelt(d.members[i].key))
		return true
	}},
	{"a misspelt option", "json", func(d *draft) bool {
		i := d.has("sslmode")
		if i < 0 || d.at("extra") < 0 {
			return false
		}
		extra := d.members[d.at("extra")].value
		d.members[d.at("extra")].value = strings.Replace(extra, "sslmode", d.misspelt("sslmode"), 1)
		return d.wrapped == "" || d.wrapped == "text"
	}},
	{"no type", "json", func(d *draft) bool {
		i := d.at("conn_type")
		if i >= 0 {
			d.members = slices.Delete(d.members, i, i+1)
		}
		return i >= 0
	}},
	{"conn_id", "json", func(d *draft) bool {
		d.members = slices.Insert(d.members, 0, pair{"conn_id", `"my_db"`})
		return true
	}},
	{"encoded values", "json", func(d *draft) bool {
		for _, field := range []string{"login", "password"} {
			if i := d.at(field); i >= 0 {
				value, _ := py.Loads(d.members[i].value)
				d.members[i].value = jsonText(quoted(fmt.Sprint(value)))
			}
		}
		return true
	}},
	{"iam as a text", "json", func(d *draft) bool {
		if d.has("iam") < 0 || d.at("extra") < 0 {
			return false
		}
		i := d.at("extra")
		d.members[i].value = strings.NewReplacer(`"iam": true`, `"iam": "True"`, `"iam": false`, `"iam": "false"`).Replace(d.members[i].value)
		return d.wrapped == "" || d.wrapped == "text"
	}},
	{"the port in host", "json", func(d *draft) bool {
		i, port := d.bareHost(), d.host[0].port
		if i < 0 || port == "" {
			return false
		}
		d.members[i].value = jsonText(d.host[0].host + ":" + port)
		if p := d.at("port"); p >= 0 && d.r.IntN(3) > 0 {
			d.members = slices.Delete(d.members, p, p+1)
		}
		return true
	}},
	{"another port in host", "json", func(d *draft) bool {
		i := d.bareHost()
		if i < 0 || d.host[0].port == "" {
			return false
		}
		d.members[i].value = jsonText(d.host[0].host + ":7654")
		return true
	}},
	{"a URL as host", "json", func(d *draft) bool {
		i := d.bareHost()
		if i >= 0 {
			d.members[i].value = jsonText(d.one("https://", "postgres://", "jdbc:postgresql://") + d.host[0].host + d.one("", "/", "/"+d.schema))
		}
		return i >= 0
	}},
	{"white space around host", "json", func(d *draft) bool {
		i := d.bareHost()
		if i >= 0 {
			d.members[i].value = jsonText(d.one("", " ") + d.host[0].host + d.one("\n", " "))
		}
		return i >= 0
	}},
	{"more than a number as port", "json", func(d *draft) bool {
		i, port := d.at("port"), d.host[0].port
		if i < 0 || port == "" {
			return false
		}
		d.members[i].value = d.one(`":`+port+`"`, `"`+port+`;"`, "["+port+"]", `"`+port+` (TLS)"`, `"tcp/`+port+`"`)
		return true
	}},
	{"nothing encoded", "uri", func(d *draft) bool { d.raw = func(text string) string { return text }; return true }},
	{"some encoded", "uri", func(d *draft) bool {
		d.raw = strings.NewReplacer("@", "%40", ":", "%3A").Replace
		return true
	}},
	{"iam in a URI", "uri", func(d *draft) bool { return d.has("iam") >= 0 }},
	{":// in a value", "uri", func(d *draft) bool { return d.has("application_name") >= 0 }},
	{"several hosts", "uri", func(d *draft) bool {
		if d.host[0].port == "" {
			d.host[0].port = "5432"
		}
		d.host = append(d.host, hostPort{"db9.example.internal", d.one("5432", "5433")})
		return true
	}},
	{"a line break in it", "uri", func(d *draft) bool {
		d.texts = append(d.texts, func(text string) string { return text[:len(text)/2] + "\n" + text[len(text)/2:] })
		return true
	}},
}

// misspelt changes one letter of a key.
func (d *draft) misspelt(key string) string {
	letters := []rune(key)
	i := d.r.IntN(len(letters))
	switch d.r.IntN(5) {
	case 0:
		return string(slices.Delete(letters, i, i+1))
	case 1:
		return string(slices.Insert(letters, i, letters[i]))
	case 2:
		letters[i] = 'x'
	case 3:
		return strings.ToUpper(key[:1]) + key[1:]
	case 4:
		if i > 0 {
			letters[i], letters[i-1] = letters[i-1], letters[i]
		}
	}
	return string(letters)
}

// damaged draws a connection and damages it in one or two ways.
func damaged(seed uint64) *draft {
	for n := uint64(0); ; n++ {
		r := rand.New(rand.NewPCG(seed, n))
		d := newDraft(r)
		want := 1 + r.IntN(2)
		for range 100 {
			if len(d.done) == want {
				return d
			}
			one := damages[r.IntN(len(damages))]
			if slices.Contains(d.done, one.name) || one.form != "" && d.uri != (one.form == "uri") {
				continue
			}
			if !one.do(d) {
				break
			}
			d.done = append(d.done, one.name)
		}
	}
}
