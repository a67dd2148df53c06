package operators

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"aircon"
)

// Releases are the Airflow releases whose providers the table has, in its order.
var Releases = []string{"2.9.2", "2.10.1", "2.10.3", "2.11.0", "2.11.2", "3.0.6", "3.2.1", "3.3.1"}

//go:embed table.txt
var written string

// Table holds the classes of the providers as one Runtime has them.
type Table struct {
	byName map[string]*Class
	byBase map[string]*Class // without modules
}

// Lookup returns a class by its full name. A module that the table does not have is one that the class has moved from: then the class's
// own name decides.
func (t *Table) Lookup(name string) (*Class, bool) {
	if c := t.byName[name]; c != nil {
		return c, true
	}
	if !strings.HasPrefix(name, "airflow.") {
		return nil, false
	}
	c := t.byBase[name[strings.LastIndexByte(name, '.')+1:]]
	return c, c != nil
}

// All returns the classes in the order of their names.
func (t *Table) All() []*Class {
	all := make([]*Class, 0, len(t.byName))
	for _, c := range t.byName {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *Class) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// TableFor returns the table of a runtime: for each provider that of the newest release in the table which is not newer than the
// runtime's.
func TableFor(rt aircon.Runtime) *Table {
	t := &Table{byName: map[string]*Class{}, byBase: map[string]*Class{}}
	bits := map[string]uint64{}
	for _, row := range rows() {
		provider := row.provider()
		bit, known := bits[provider]
		if !known {
			bit = 1 << release(rt, provider)
			bits[provider] = bit
		}
		if row.releases&bit != 0 {
			c := row.class
			t.byName[c.Name] = &c
			t.byBase[c.Base()] = &c
		}
	}
	return t
}

// release returns the index of the release whose version of a provider fits a runtime best.
func release(rt aircon.Runtime, provider string) int {
	version := func(rt aircon.Runtime) aircon.Version {
		switch provider {
		case "postgres":
			return rt.Postgres
		case "common":
			return rt.CommonSQL
		}
		return rt.Amazon
	}
	best, oldest := -1, 0
	var bestVersion, oldestVersion aircon.Version
	for i, name := range Releases {
		of, err := aircon.RuntimeFor(name)
		if err != nil {
			panic("operators: " + err.Error()) // Releases are those that aircon knows, as a test shows
		}
		v := version(of)
		if best < 0 || v.Compare(bestVersion) > 0 {
			if v.Compare(version(rt)) <= 0 {
				best, bestVersion = i, v
			}
		}
		if i == 0 || v.Compare(oldestVersion) < 0 {
			oldest, oldestVersion = i, v
		}
	}
	if best < 0 {
		return oldest
	}
	return best
}

// row is a line of the table.
type row struct {
	releases uint64 // a bit for each of Releases
	class    Class
}

// provider returns amazon, postgres or common.
func (r *row) provider() string {
	name, _, _ := strings.Cut(strings.TrimPrefix(r.class.Name, "airflow.providers."), ".")
	return name
}

// rows reads the table once.
var rows = sync.OnceValue(func() []row {
	var all []row
	module := ""
	for lines := bufio.NewScanner(strings.NewReader(written)); lines.Scan(); {
		line := lines.Text()
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '@':
			module = line[1:]
		default:
			all = append(all, parseRow(module, line))
		}
	}
	return all
})

// parseRow reads a line: name, kind, releases in hexadecimal, parameters, templated fields.
func parseRow(module, line string) row {
	f := strings.Split(line, " ")
	releases, err := strconv.ParseUint(f[2], 16, 64)
	if err != nil {
		panic("operators: " + line)
	}
	r := row{releases, Class{Name: module + "." + f[0], Kind: Kind(f[1][0])}}
	for _, p := range split(f[3]) {
		r.class.Params = append(r.class.Params, parseParam(p))
	}
	r.class.Templated = split(f[4])
	return r
}

func split(list string) []string {
	if list == "-" {
		return nil
	}
	return strings.Split(list, ",")
}

// parseParam reads name=default or name:position=default, with ! before it of a fixed one and ~ of one by DbApiHook's attributes.
func parseParam(text string) Param {
	p := Param{Position: -1}
	text, p.Fixed = strings.CutPrefix(text, "!")
	text, p.Attr = strings.CutPrefix(text, "~")
	text, p.Default, _ = strings.Cut(text, "=")
	name, position, given := strings.Cut(text, ":")
	if p.Name = name; given {
		p.Position, _ = strconv.Atoi(position) // what Write wrote
	}
	return p
}

// Write writes a table: for each release of Releases its classes.
func Write(w io.Writer, classes [][]*Class) error {
	masks := map[string]uint64{} // of a line, with its module before it
	for i, of := range classes {
		for _, c := range of {
			masks[line(c)] |= 1 << i
		}
	}
	lines := make([]string, 0, len(masks))
	for l := range masks {
		lines = append(lines, l)
	}
	slices.Sort(lines)
	module := ""
	for _, l := range lines {
		in, rest, _ := strings.Cut(l, "|")
		if in != module {
			module = in
			if _, err := fmt.Fprintln(w, "@"+module); err != nil {
				return err
			}
		}
		name, kind, after := cut3(rest)
		if _, err := fmt.Fprintf(w, "%s %s %x %s\n", name, kind, masks[l], after); err != nil {
			return err
		}
	}
	return nil
}

func cut3(text string) (a, b, rest string) {
	a, rest, _ = strings.Cut(text, " ")
	b, rest, _ = strings.Cut(rest, " ")
	return a, b, rest
}

// line is a class as the table writes it, less its releases.
func line(c *Class) string {
	var params []string
	for _, p := range slices.SortedFunc(slices.Values(c.Params), func(a, b Param) int { return strings.Compare(a.Name, b.Name) }) {
		text := p.Name
		if p.Fixed {
			text = "!" + text
		}
		if p.Attr {
			text = "~" + text
		}
		if p.Position >= 0 {
			text += ":" + strconv.Itoa(p.Position)
		}
		if p.Default != "" {
			text += "=" + p.Default
		}
		params = append(params, text)
	}
	dot := strings.LastIndexByte(c.Name, '.')
	return fmt.Sprintf("%s|%s %c %s %s", c.Name[:dot], c.Name[dot+1:], c.Kind, join(params), join(c.Templated))
}

func join(list []string) string {
	if len(list) == 0 {
		return "-"
	}
	return strings.Join(list, ",")
}
