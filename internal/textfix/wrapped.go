package textfix

import (
	"slices"

	"aircon/lookup"
)

// Wrapped reports whether an object has one member alone, under a key that stands for nothing, and that is a connection: the form of
// `airflow connections export` for files. Root may be nil.
func Wrapped(root *Node, backend *lookup.Backend) bool {
	if root == nil || root.Kind != Object || len(root.Members) != 1 {
		return false
	}
	m := root.Members[0]
	if FieldOf(backend, m.Key.Text) != "" || m.Key.Text == "extra" {
		return false
	}
	return m.Value.Kind == Text && IsURI(m.Value.Text) ||
		m.Value.Kind == Object && slices.ContainsFunc(m.Value.Members, func(in Member) bool { return FieldOf(backend, in.Key.Text) != "" })
}

// unwrap leaves of the text the connection alone.
func (s *state) unwrap() []edit {
	value, what := s.root.Members[0].Value, "took away the key around the connection"
	if value.Kind == Text {
		return []edit{{s.root.Start, s.root.End, value.Text, "AC106", what}}
	}
	return []edit{{s.root.Start, value.Start, "", "AC106", what}, {value.End, s.root.End, "", "AC106", ""}}
}
