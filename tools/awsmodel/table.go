package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// description is what is used of a service-2.json.
type description struct {
	Metadata struct {
		APIVersion     string `json:"apiVersion"`
		EndpointPrefix string `json:"endpointPrefix"`
		Protocol       string `json:"protocol"`
		SigningName    string `json:"signingName"`
	} `json:"metadata"`
	Operations map[string]operation `json:"operations"`
	Shapes     map[string]shape     `json:"shapes"`
}

type operation struct {
	HTTP struct {
		Method string `json:"method"`
		URI    string `json:"requestUri"`
	} `json:"http"`
	Input  ref `json:"input"`
	Output ref `json:"output"`
}

type ref struct {
	Shape string `json:"shape"`
}

type shape struct {
	Type      string   `json:"type"`
	Members   members  `json:"members"`
	Required  []string `json:"required"`
	Member    ref      `json:"member"`
	Key       ref      `json:"key"`
	Value     ref      `json:"value"`
	Min       *int64   `json:"min"`
	Max       *int64   `json:"max"`
	Enum      []string `json:"enum"`
	Pattern   string   `json:"pattern"`
	Sensitive bool     `json:"sensitive"`
	Document  bool     `json:"document"`
}

type member struct {
	name         string
	Shape        string `json:"shape"`
	Token        bool   `json:"idempotencyToken"`
	Location     string `json:"location"`
	LocationName string `json:"locationName"`
}

// members are a structure's, in the order of the model.
type members []member

// UnmarshalJSON keeps the order, which a map would lose.
func (m *members) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		one := member{name: fmt.Sprint(name)}
		if err := d.Decode(&one); err != nil {
			return err
		}
		*m = append(*m, one)
	}
	return nil
}

// name is the service's in credential scopes, which local AWS goes by.
func (d *description) name() string {
	if d.Metadata.SigningName != "" {
		return d.Metadata.SigningName
	}
	return d.Metadata.EndpointPrefix
}

// used lists the shapes that inputs and outputs are made of.
func (d *description) used() []string {
	seen := map[string]bool{"": true}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		s := d.Shapes[name]
		for _, m := range s.Members {
			visit(m.Shape)
		}
		visit(s.Member.Shape)
		visit(s.Key.Shape)
		visit(s.Value.Shape)
	}
	for _, o := range d.Operations {
		visit(o.Input.Shape)
		visit(o.Output.Shape)
	}
	delete(seen, "")
	return slices.Sorted(maps.Keys(seen))
}

// table writes the service in the form that package localaws/model documents and reads.
func (d *description) table(version string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# made by tools/awsmodel; make models writes it anew\n")
	fmt.Fprintf(&b, "service %s %s %s botocore-%s\n", d.name(), d.Metadata.APIVersion, d.Metadata.Protocol, version)
	for _, name := range slices.Sorted(maps.Keys(d.Operations)) {
		o := d.Operations[name]
		fmt.Fprintf(&b, "operation %s %s %s %s %s\n", name, o.HTTP.Method, o.HTTP.URI, or(o.Input.Shape, "-"), or(o.Output.Shape, "-"))
	}
	for _, name := range d.used() {
		d.Shapes[name].write(&b, name)
	}
	return b.Bytes()
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// write adds a shape's line, and one for each member of a structure. A pattern comes last, as it may hold spaces.
func (s shape) write(b *bytes.Buffer, name string) {
	kind := s.Type
	if s.Document {
		kind = "document"
	}
	fmt.Fprintf(b, "%s %s", kind, name)
	for _, r := range []ref{s.Member, s.Key, s.Value} {
		if r.Shape != "" {
			fmt.Fprintf(b, " %s", r.Shape)
		}
	}
	if s.Min != nil {
		fmt.Fprintf(b, " min=%d", *s.Min)
	}
	if s.Max != nil {
		fmt.Fprintf(b, " max=%d", *s.Max)
	}
	if s.Sensitive {
		b.WriteString(" sensitive")
	}
	if len(s.Enum) > 0 {
		fmt.Fprintf(b, " enum=%s", strings.Join(s.Enum, ","))
	}
	if s.Pattern != "" {
		fmt.Fprintf(b, " pattern=%s", s.Pattern)
	}
	b.WriteByte('\n')
	for _, m := range s.Members {
		m.write(b, slices.Contains(s.Required, m.name))
	}
}

func (m member) write(b *bytes.Buffer, required bool) {
	fmt.Fprintf(b, "\t%s %s", m.name, m.Shape)
	if required {
		b.WriteString(" required")
	}
	if m.Token {
		b.WriteString(" token")
	}
	if m.Location != "" {
		fmt.Fprintf(b, " %s=%s", m.Location, m.LocationName)
	}
	b.WriteByte('\n')
}
