package spec

import (
	"errors"
	"strings"
	"testing"
)

// Connections come below those that an environment has, whatever stands around them.
func TestAddConnections(t *testing.T) {
	more := Named[*Connection]{{ID: "new", ConnType: "http", Password: &Source{Env: "P"}}, {ID: "other", ConnType: "aws"}}
	for _, test := range []struct{ name, text, want string }{
		{
			"below others, with comments around",
			"version: 1\nenvironments:\n  e:\n    connections:\n      a: # first\n        conn_type: http\n      # of a\n\n    variables: {v: x} # kept\n",
			"version: 1\nenvironments:\n  e:\n    connections:\n      a: # first\n        conn_type: http\n      # of a\n      new:\n        conn_type: http\n        password: {env: P}\n      other:\n        conn_type: aws\n\n    variables: {v: x} # kept\n",
		},
		{
			"another indentation, and no line end at the end",
			"version: 1\nenvironments:\n    e:\n        connections:\n            a: {conn_type: http}",
			"version: 1\nenvironments:\n    e:\n        connections:\n            a: {conn_type: http}\n            new:\n              conn_type: http\n              password: {env: P}\n            other:\n              conn_type: aws\n",
		},
		{
			"the first ones",
			"version: 1\nenvironments:\n  e:\n    region: eu-west-1\n  f:\n    region: eu-west-1\n",
			"version: 1\nenvironments:\n  e:\n    region: eu-west-1\n    connections:\n      new:\n        conn_type: http\n        password: {env: P}\n      other:\n        conn_type: aws\n  f:\n    region: eu-west-1\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := AddConnections("aircon.yaml", []byte(test.text), Options{}, "e", more)
			if err != nil {
				t.Fatal(err)
			}
			if unindented(string(got)) != unindented(test.want) {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			file, err := Parse("aircon.yaml", got, Options{})
			if err != nil || file.Environments.Get("e").Connections.Get("new").Password.Env != "P" {
				t.Errorf("it is read as %v, %v", file, err)
			}
		})
	}
}

// unindented leaves how deep a value is indented below its key to the writer.
func unindented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimLeft(line, " "))
	}
	return b.String()
}

// A spec to whose connections no lines can be added stays as it is.
func TestAddConnectionsRefuses(t *testing.T) {
	for _, test := range []struct{ name, text, id, says string }{
		{"in one line", "version: 1\nenvironments:\n  e: {connections: {a: {conn_type: http}}}\n", "new", ErrForm.Error()},
		{"connections in one line", "version: 1\nenvironments:\n  e:\n    connections: {a: {conn_type: http}}\n", "new", ErrForm.Error()},
		{"no members at all", "version: 1\nenvironments:\n  e: {}\n", "new", ErrForm.Error()},
		{"there already", "version: 1\nenvironments:\n  e:\n    connections:\n      new: {conn_type: http}\n", "new", `5:7: the spec has the connection "new" already`},
		{"another environment", "version: 1\nenvironments:\n  f:\n    region: eu-west-1\n", "new", `no environment "e"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := AddConnections("aircon.yaml", []byte(test.text), Options{}, "e", Named[*Connection]{{ID: test.id, ConnType: "http"}})
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %q", err, test.says)
			}
			if test.says == ErrForm.Error() && !errors.Is(err, ErrForm) {
				t.Errorf("got %v", err)
			}
		})
	}
}
