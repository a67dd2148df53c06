// Package spec reads aircon.yaml: the user's declaration of environments, their connections and variables.
//
// Which function to use when: Load reads and checks a file, Parse a text that is in memory already. Both report every
// mistake at once, as Problems, each with its line, column and the nearest valid word. Environment.Check repeats the checks that need
// the Airflow version, once that is known. Source.Resolve fetches a secret from where the spec says that it is. Schema gives the JSON Schema
// for editors, and Write turns a File into YAML again.
//
// The keys of the file are the `yaml` tags of the types, and nothing else: decoder, schema and writer all read them.
package spec
