package textfix

import (
	"slices"
	"strings"

	"aircon/internal/py"
	"aircon/pghook"
)

// extraObject makes the extra an object, or a text that holds one.
func (s *state) extraObject() ([]edit, *Refusal) {
	m := s.winner("extra")
	if m == nil || m.Value.Empty() {
		return nil, nil
	}
	refusal := &Refusal{ID: "AC038", Why: "extra is no object, and which options it should hold is not certain", at: m.Value.Start}
	put := func(text, what string) ([]edit, *Refusal) {
		return []edit{{m.Value.Start, m.Value.End, text, "AC038", what}}, nil
	}
	switch m.Value.Kind {
	case Object:
		return nil, nil
	case List:
		if merged, ok := merge(s.text, m.Value); ok {
			return put(merged, "made one object of the list in extra")
		}
	case Text:
		inner, edits, unread := read(m.Value.Text, "extra")
		switch {
		case unread != nil:
		case len(edits) > 0:
			return put(jsonText(apply(m.Value.Text, edits)), "wrote the text in extra as JSON")
		case inner.Kind == Object:
			return nil, nil
		case inner.Kind == Text:
			return put(jsonText(inner.Text), "decoded extra, which was encoded once too often")
		case inner.Kind == List:
			if merged, ok := merge(m.Value.Text, inner); ok {
				return put(merged, "made one object of the list in extra")
			}
		}
	}
	return nil, refusal
}

// merge writes a list of objects whose keys all differ as one object.
func merge(text string, list *Node) (string, bool) {
	seen := map[string]bool{}
	var members []string
	for _, item := range list.Items {
		if item.Kind != Object {
			return "", false
		}
		for _, m := range item.Members {
			if seen[m.Key.Text] {
				return "", false
			}
			seen[m.Key.Text] = true
			members = append(members, text[m.Key.Start:m.Value.End])
		}
	}
	return "{" + strings.Join(members, ", ") + "}", true
}

// extra is the member that holds the extra, and the object in it; nil where there is none.
func (s *state) extra() (*Member, *Node) {
	m := s.winner("extra")
	if m == nil || m.Value.Empty() {
		return m, nil
	}
	if m.Value.Kind == Object {
		return m, m.Value
	}
	inner, _, refusal := read(m.Value.Text, "extra")
	if refusal != nil || inner.Kind != Object {
		return m, nil
	}
	return m, inner
}

// within makes a change of the extra's own text one of the whole text.
func (s *state) within(m *Member, e edit) []edit {
	if m.Value.Kind == Text {
		text := apply(m.Value.Text, []edit{e})
		e.start, e.end, e.text = m.Value.Start, m.Value.End, jsonText(text)
	}
	return []edit{e}
}

// optionIntoExtra moves one of libpq's options into extra, from where Airflow drops it.
func (s *state) optionIntoExtra() ([]edit, *Refusal) {
	if !s.isPostgres() {
		return nil, nil
	}
	options := pghook.LibPQOptions(s.Backend.Runtime().Driver.LibPQ)
	for i := range s.root.Members {
		m := &s.root.Members[i]
		if name := m.Key.Text; slices.Contains(options, name) && name != "dbname" && s.fieldOf(name) == "" {
			return s.move(m)
		}
	}
	return nil, nil
}

func (s *state) move(m *Member) ([]edit, *Refusal) {
	name := m.Key.Text
	if m.Value.Kind == Object || m.Value.Kind == List {
		return nil, &Refusal{ID: "AC023", Why: name + " holds no single value", at: m.Value.Start}
	}
	what := "moved " + name + " into extra"
	member := s.text[m.Key.Start:m.Value.End]
	extra, object := s.extra()
	if there := object.Get(name); there != nil {
		if there.Kind != m.Value.Kind || there.Text != m.Value.Text {
			return nil, &Refusal{ID: "AC023", Why: name + " stands in extra too, with another value", at: m.Key.Start}
		}
		return s.remove(m, "AC023", "took out "+name+", which stands in extra already"), nil
	}
	switch {
	case extra == nil:
		return []edit{{m.Key.Start, m.Value.End, `"extra": {` + member + `}`, "AC023", what}}, nil
	case object == nil:
		return append(s.remove(m, "AC023", what), edit{extra.Value.Start, extra.Value.End, "{" + member + "}", "AC023", ""}), nil
	case len(object.Members) > 0:
		member = ", " + member
	}
	return append(s.within(extra, edit{object.End - 1, object.End - 1, member, "AC023", ""}), s.remove(m, "AC023", what)...), nil
}

// Switches are the extras that PostgresHook takes for on or off: as a text, "false" is on.
var Switches = []string{"iam", "redshift", "redshift-serverless"}

// SaysNo reports whether a text was meant as false.
func SaysNo(text string) bool {
	return slices.Contains([]string{"false", "no", "off", "0"}, strings.ToLower(text))
}

// extraValues mends the extra's members, as far as PostgresHook reads them.
func (s *state) extraValues() ([]edit, *Refusal) {
	extra, object := s.extra()
	if object == nil || !s.isPostgres() {
		return nil, nil
	}
	for _, m := range object.Members {
		at := m.Key.Start
		if extra.Value.Kind == Text {
			at = extra.Value.Start
		}
		e, refusal := s.extraValue(object, m, at)
		if refusal != nil || e.what != "" {
			return s.within(extra, e), refusal
		}
	}
	return nil, nil
}

func (s *state) extraValue(object *Node, m Member, at int) (edit, *Refusal) {
	rt, name := s.Backend.Runtime(), m.Key.Text
	switch {
	case slices.Contains(Switches, name) && m.Value.Kind == Text && SaysNo(m.Value.Text):
		return edit{m.Value.Start, m.Value.End, "false", "AC021", "wrote false without quotes for " + name}, nil
	case name == "cursor" && rt.Driver.Name == "psycopg" && py.Lower(m.Value.Text) == "realdictcursor":
		return edit{m.Value.Start, m.Value.End, `"dictcursor"`, "AC024", "wrote dictcursor for realdictcursor: with psycopg 3 it gives the same rows"}, nil
	case m.Value.Kind == Null || pghook.TakesExtra(rt, name):
		return edit{}, nil
	}
	meant, distance := Meant(name, pghook.LibPQOptions(rt.Driver.LibPQ))
	if meant == "" || distance > 1 || object.Get(meant) != nil {
		return edit{}, &Refusal{ID: "AC022", Why: "the extra " + Shown(name) + " is none that PostgresHook or libpq knows: take it out, or spell it as they do", at: at}
	}
	return edit{m.Key.Start, m.Key.End, jsonText(meant), "AC022", "spelt the extra " + Shown(name) + " as " + meant}, nil
}
