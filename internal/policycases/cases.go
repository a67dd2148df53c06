package policycases

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"aircon/policy"
)

// Case is what is asked, and what must come of it.
type Case struct {
	File    string // its base name without .txt
	Place   string // file:line
	Name    string
	Source  string // the document of AWS's that says what comes of it
	Request *policy.Request
	Sent    string // the resource as the caller wrote it
	Want    string // the decision's reason, or AWS's whole message, which begins with User:
}

// Read returns the cases of every file in a directory, with principals.json beside them.
func Read(dir string) ([]Case, error) {
	principals, err := Principals(dir)
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no cases in %s: %w", dir, err)
	}
	var all []Case
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		f := &file{principals: principals, lets: map[string]string{}, means: map[string]string{}, parsed: map[string]*policy.Document{}}
		for i, line := range strings.Split(string(text), "\n") {
			c, ok, err := f.read(line)
			c.File, c.Place = strings.TrimSuffix(filepath.Base(name), ".txt"), fmt.Sprintf("%s:%d", name, i+1)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Place, err)
			}
			if ok {
				all = append(all, c)
			}
		}
	}
	return all, nil
}

// Principals reads those whom cases call by name.
func Principals(dir string) (map[string]*policy.Principal, error) {
	text, err := os.ReadFile(filepath.Join(dir, "principals.json"))
	if err != nil {
		return nil, err
	}
	var all map[string]*policy.Principal
	err = json.Unmarshal(text, &all)
	return all, err
}

// file is what the lines above a case have said.
type file struct {
	principals map[string]*policy.Principal
	source     string                      // the document of AWS's that the cases are from
	lets       map[string]string           // policies by name
	means      map[string]string           // reasons by a short word
	given      string                      // fields that every case has
	parsed     map[string]*policy.Document // by their text: one policy is asked about one principal after the other
}

// read takes a line in. It reports whether it is a case.
func (f *file) read(line string) (c Case, is bool, err error) {
	word, rest, _ := strings.Cut(line, " ")
	name, value, _ := strings.Cut(rest, ": ")
	switch {
	case line == "" || word == "#":
	case word == "source:":
		f.source = rest
	case word == "given:":
		f.given = rest
	case word == "let":
		f.lets[name] = value
	case word == "means":
		f.means[name] = value
	default:
		parts := strings.Split(line, " | ")
		if len(parts) != 3 || f.source == "" {
			return c, false, fmt.Errorf("a case takes a name, fields and what comes of it, below its source: %s", line)
		}
		c = Case{Name: parts[0], Source: f.source, Want: f.expand(parts[2])}
		if meant, ok := f.means[c.Want]; ok {
			c.Want = meant
		}
		c.Request, c.Sent, err = f.request(f.given + " " + parts[1])
		return c, err == nil, err
	}
	return c, false, nil
}
