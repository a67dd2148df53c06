package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestTable writes a small model of each kind of shape as a table, without its documentation.
func TestTable(t *testing.T) {
	data, out := t.TempDir(), t.TempDir()
	const text = `{
	  "metadata": {"apiVersion": "2020-01-01", "protocol": "rest-json", "endpointPrefix": "things", "signingName": "thing"},
	  "operations": {
	    "PutThing": {"http": {"method": "PUT", "requestUri": "/things/{Name}"}, "input": {"shape": "PutInput"}, "documentation": "<p>Puts.</p>"},
	    "GetThing": {"http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "GetInput"}, "output": {"shape": "GetOutput"}}
	  },
	  "shapes": {
	    "PutInput": {"type": "structure", "required": ["Tags", "Name"], "documentation": "<p>In.</p>", "members": {
	      "Tags": {"shape": "Tags", "documentation": "<p>T.</p>"},
	      "Name": {"shape": "Name", "location": "uri", "locationName": "Name"},
	      "Again": {"shape": "Name", "idempotencyToken": true}, "Body": {"shape": "Body"}}},
	    "GetInput": {"type": "structure", "members": {}},
	    "GetOutput": {"type": "structure", "members": {"Names": {"shape": "Names"}}},
	    "Tags": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Value"}, "max": 50, "min": 1, "sensitive": true},
	    "Names": {"type": "list", "member": {"shape": "Name"}},
	    "Name": {"type": "string", "pattern": "[a-z ]+", "max": 8},
	    "Value": {"type": "string", "enum": ["a", "b"]},
	    "Body": {"type": "structure", "members": {}, "document": true},
	    "Fault": {"type": "structure", "members": {"message": {"shape": "Value"}}, "exception": true}
	  }
	}`
	const want = `# made by tools/awsmodel; make models writes it anew
service thing 2020-01-01 rest-json botocore-0.0.1
operation GetThing POST / GetInput GetOutput
operation PutThing PUT /things/{Name} PutInput -
document Body
structure GetInput
structure GetOutput
	Names Names
string Name max=8 pattern=[a-z ]+
list Names Name
structure PutInput
	Tags Tags required
	Name Name required uri=Name
	Again Name token
	Body Body
map Tags Name Value min=1 max=50 sensitive
string Value enum=a,b
`
	for _, name := range services {
		older, newest := filepath.Join(data, name, "2019-01-01"), filepath.Join(data, name, "2020-01-01")
		for dir, text := range map[string]string{older: "{}", newest: text} {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "service-2.json"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := run("0.0.1", data, "", out); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(out, "thing.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := run("0.0.1", t.TempDir(), "", out); err == nil {
		t.Error("a directory without models is taken")
	}
}
