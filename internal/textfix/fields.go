package textfix

import (
	"slices"
	"strings"

	"aircon/internal/near"
	"aircon/internal/py"
	"aircon/lookup"
	"aircon/pghook"
)

// wordsOf are the keys that stand for each field. Bad extra_conn_words are no matter of the text.
func wordsOf(backend *lookup.Backend) map[string][]string {
	keys, err := backend.Keys()
	if err != nil {
		return map[string][]string{}
	}
	return keys
}

// winner is the member that a field's value comes from: of the keys that stand for it the one that comes first, with its last value.
func (s *state) winner(field string) *Member {
	words := wordsOf(s.Backend)[field]
	for _, m := range s.root.Members {
		if slices.Contains(words, m.Key.Text) {
			return s.root.member(m.Key.Text)
		}
	}
	return nil
}

// FieldOf is the field that a key stands for, and "" where it stands for none.
func FieldOf(backend *lookup.Backend, key string) string {
	for field, words := range wordsOf(backend) {
		if slices.Contains(words, key) {
			return field
		}
	}
	return ""
}

func (s *state) fieldOf(key string) string { return FieldOf(s.Backend, key) }

// isPostgres reports whether the connection's type is, or will be, postgres.
func (s *state) isPostgres() bool {
	kind := s.ConnType
	if m := s.winner("conn_type"); m != nil && m.Value.Text != "" {
		kind = m.Value.Text
	}
	return kind == "postgres" || kind == "postgresql"
}

// Others are keys that a secret may have for other readers: of AWS's own secrets and rotation functions, and Airflow's own form.
var Others = strings.Fields(`dbname description dbInstanceIdentifier dbClusterIdentifier masterarn superuser proxyendpoint
	clusterIdentifier serviceName namespace_name workgroup_name ssl`)

// Meant is the key that a key which stands for nothing was probably meant as, and how many edits lie between; "" where nothing is near.
// Of several that are as near none is meant.
func Meant(key string, candidates []string) (string, int) {
	best, distance, several := "", -1, false
	folded := strings.ToLower(key)
	for _, candidate := range candidates {
		d := near.Distance(folded, candidate)
		if distance < 0 || d < distance {
			best, distance, several = candidate, d, false
		} else if d == distance {
			several = true
		}
	}
	if _, close := near.Nearest(key, candidates); !close {
		return "", 0
	}
	if several {
		return "", distance
	}
	return best, distance
}

// Candidates are the keys that a misspelt one may have been meant as: those that the backend reads, and libpq's options.
func Candidates(backend *lookup.Backend) []string {
	all := append(pghook.LibPQOptions(backend.Runtime().Driver.LibPQ), "dbname")
	for _, words := range wordsOf(backend) {
		all = append(all, words...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// keys spells keys right that differ in one letter from what was meant.
func (s *state) keys() ([]edit, *Refusal) {
	if Wrapped(s.root, s.Backend) {
		return s.unwrap(), nil
	}
	candidates := Candidates(s.Backend)
	for _, m := range s.root.Members {
		key := m.Key.Text
		if slices.Contains(candidates, key) || slices.Contains(Others, key) {
			continue
		}
		meant, distance := Meant(key, candidates)
		if meant == "" && distance == 0 && s.needless(m) {
			continue
		}
		field := s.fieldOf(meant)
		if meant == "" || distance > 1 || field != "" && s.winner(field) != nil || s.root.Get(meant) != nil {
			return nil, &Refusal{ID: "AC106", Why: "the key " + Shown(key) + " stands for nothing, and what it was meant for is not certain", at: m.Key.Start}
		}
		return []edit{{m.Key.Start, m.Key.End, jsonText(meant), "AC106", "spelt the key " + Shown(key) + " as " + meant}}, nil
	}
	return nil, nil
}

// needless reports whether a key that stands for nothing cannot have been meant for anything: every field that its value would do for has
// one.
func (s *state) needless(m Member) bool {
	fields := []string{"host", "login", "password", "schema", "port"}
	if m.Value.Kind == Object || m.Value.Kind == List {
		fields = []string{"extra"}
	}
	return !slices.ContainsFunc(fields, func(field string) bool {
		return s.winner(field) == nil && !(field == "schema" && s.root.Get("dbname") != nil)
	})
}

// numbers puts a number into quotes where a text belongs.
func (s *state) numbers() ([]edit, *Refusal) {
	for _, field := range []string{"conn_type", "login", "password", "host", "schema"} {
		m := s.winner(field)
		switch {
		case m == nil || m.Value.Kind == Text || m.Value.Kind == Null:
		case m.Value.Kind == Number && field != "conn_type":
			return []edit{{m.Value.Start, m.Value.End, `"` + m.Value.Text + `"`, "AC045", "put the value of " + Shown(m.Key.Text) + " in double quotes"}}, nil
		default:
			return nil, &Refusal{ID: "AC045", Why: "the value of " + Shown(m.Key.Text) + " is no text", at: m.Value.Start}
		}
	}
	return nil, nil
}

// LooksEncoded reports whether a value is what percent-encoding makes of another one.
func LooksEncoded(value string) bool {
	return encoded.MatchString(value) && strings.Count(value, "%") == len(encoded.FindAllString(value, -1)) &&
		!strings.ContainsFunc(value, func(c rune) bool {
			return c >= 0x80 || !isWord(byte(c)) && !strings.ContainsRune("%.~+/", c)
		})
}

// percent decodes the values that the kwargs say are encoded, where the provider does not do so any more.
func (s *state) percent() ([]edit, *Refusal) {
	said, given := s.Backend.Encoded()
	if s.decoded || said && !s.Backend.Runtime().Amazon.AtLeast(9, 0) {
		return nil, nil // the provider does it
	}
	if s.Encoded != nil {
		said, given = *s.Encoded, true
	}
	if given && !said {
		return nil, nil
	}
	var edits []edit
	for _, field := range []string{"login", "password", "host", "schema"} {
		m := s.winner(field)
		if m == nil || m.Value.Kind != Text {
			continue
		}
		if !said && LooksEncoded(m.Value.Text) {
			return nil, &Refusal{
				ID: "AC020", at: m.Value.Start,
				Why: "the value of " + Shown(m.Key.Text) + " looks percent-encoded, and Airflow takes it as it is written: say whether it is, with --encoded yes or no",
			}
		}
		if plain := py.Unquote(m.Value.Text); said && plain != m.Value.Text {
			edits = append(edits, edit{m.Value.Start, m.Value.End, jsonText(plain), "AC020", "decoded the percent signs of " + Shown(m.Key.Text)})
		}
	}
	s.decoded = true
	return edits, nil
}

// connID takes out a key conn_id that stands before the type, which it would become.
func (s *state) connID() ([]edit, *Refusal) {
	m := s.winner("conn_type")
	if m == nil || m.Key.Text != "conn_id" || knownType(m.Value.Text) {
		return nil, nil
	}
	for _, other := range s.root.Members {
		if other.Key.Text != "conn_id" && s.fieldOf(other.Key.Text) == "conn_type" && other.Value.Kind == Text && other.Value.Text != "" {
			return s.remove(m, "AC002", "took out the key conn_id, which Airflow takes for the type"), nil
		}
	}
	if s.ConnType == "" {
		return nil, s.untyped(m.Key.Start)
	}
	return []edit{{m.Key.Start, m.Value.End, `"conn_type": ` + jsonText(s.ConnType), "AC002", "wrote the type in place of the key conn_id"}}, nil
}

func knownType(name string) bool { return name == "postgres" || MeansPostgres(name) }

func (s *state) untyped(at int) *Refusal {
	return &Refusal{ID: "AC002", Why: "the connection has no type, which only you know: say it with --conn-type", at: at}
}

// connType adds the type where there is none and it is known, and writes postgres as Airflow does.
func (s *state) connType() ([]edit, *Refusal) {
	m := s.winner("conn_type")
	switch {
	case m != nil && MeansPostgres(m.Value.Text) && m.Value.Text != "postgresql": // which Airflow reads as postgres
		return []edit{{m.Value.Start, m.Value.End, jsonText("postgres"), "AC107", "wrote the type postgres"}}, nil
	case m != nil && !m.Value.Empty():
		return nil, nil
	case s.ConnType == "":
		return nil, s.untyped(s.root.Start)
	case m != nil:
		return []edit{{m.Value.Start, m.Value.End, jsonText(s.ConnType), "AC002", "wrote the type " + s.ConnType}}, nil
	}
	return []edit{s.insert(`"conn_type": `+jsonText(s.ConnType), "AC002", "wrote the type "+s.ConnType)}, nil
}

// insert puts a member before all others.
func (s *state) insert(member, id, what string) edit {
	if len(s.root.Members) > 0 {
		member += ", "
	}
	return edit{s.root.Start + 1, s.root.Start + 1, member, id, what}
}

// remove takes a member out, with the comma that it leaves behind.
func (s *state) remove(m *Member, id, what string) []edit {
	for i := range s.root.Members {
		if s.root.Members[i].Key != m.Key {
			continue
		}
		switch {
		case i+1 < len(s.root.Members):
			return []edit{{m.Key.Start, s.root.Members[i+1].Key.Start, "", id, what}}
		case i > 0:
			return []edit{{s.root.Members[i-1].Value.End, m.Value.End, "", id, what}}
		}
	}
	return []edit{{m.Key.Start, m.Value.End, "", id, what}}
}

// database copies the database's name to where Airflow looks for it. The key dbname stays, as rotation functions read it.
func (s *state) database() ([]edit, *Refusal) {
	name, schema := s.root.member("dbname"), s.winner("schema")
	if name == nil || name.Value.Kind != Text && name.Value.Kind != Number || s.fieldOf("dbname") != "" || schema != nil && !schema.Value.Empty() {
		return nil, nil
	}
	value := s.text[name.Value.Start:name.Value.End]
	if schema != nil {
		return []edit{{schema.Value.Start, schema.Value.End, value, "AC003", "wrote the value of dbname as " + schema.Key.Text}}, nil
	}
	return []edit{{name.Value.End, name.Value.End, `, "schema": ` + value, "AC003", "added schema with the value of dbname"}}, nil
}
