package exchange

import (
	"aircon"
	"aircon/internal/py"
)

// Change says how a field differs.
type Change string

// The changes.
const (
	Lost        Change = "lost"          // a value became null or empty
	Gained      Change = "gained"        // what was null or empty has a value
	NullToEmpty Change = "null-to-empty" // null became an empty text
	EmptyToNull Change = "empty-to-null" // an empty text, or an empty object of extra, became null
	Retyped     Change = "retyped"       // a text became a number or a truth value, or the other way round
	Changed     Change = "changed"       // another value
	Hindered    Change = "hindered"      // the same, with a condition that the reason names
)

// Difference is one field in which two connections differ.
type Difference struct {
	Field  string // as Airflow calls it; extra.NAME for a member of extra
	Change Change
	// Folded says that the values differ in capital letters only.
	Folded bool
}

// Differences compares two connections field by field: null and an empty text differ, and so do a number and the text of its digits. Of extra
// what its JSON means counts, not how it is written.
func Differences(was, is aircon.Connection) []Difference {
	var all []Difference
	for _, f := range []struct {
		name    string
		was, is aircon.Field
	}{
		{"conn_id", was.ID, is.ID},
		{"conn_type", was.Type, is.Type},
		{"description", was.Description, is.Description},
		{"host", was.Host, is.Host},
		{"login", was.Login, is.Login},
		{"password", was.Password.RevealField(), is.Password.RevealField()},
		{"schema", was.Schema, is.Schema},
		{"port", was.Port, is.Port},
	} {
		if f.was != f.is {
			all = append(all, Difference{Field: f.name, Change: change(f.was, f.is), Folded: foldEqual(f.was.String(), f.is.String())})
		}
	}
	return append(all, extraDifferences(was.Extra, is.Extra)...)
}

func change(was, is aircon.Field) Change {
	none := func(f aircon.Field) bool { return f.IsNull() || f == aircon.Text("") }
	switch {
	case none(was) && none(is) && was.IsNull():
		return NullToEmpty
	case none(was) && none(is):
		return EmptyToNull
	case none(is):
		return Lost
	case none(was):
		return Gained
	case was.String() == is.String():
		return Retyped
	}
	return Changed
}

func extraDifferences(was, is aircon.Extra) []Difference {
	if was.Value().Equal(is.Value()) {
		return nil
	}
	before, isObject := members(was)
	after, stays := members(is)
	switch {
	case was.IsNull() && !is.IsTrue():
		return []Difference{{Field: "extra", Change: NullToEmpty}}
	case is.IsNull() && (isObject || !was.IsTrue()) && len(before) == 0:
		return []Difference{{Field: "extra", Change: EmptyToNull}}
	case !is.IsTrue():
		return []Difference{{Field: "extra", Change: Lost}}
	case !was.IsTrue():
		return []Difference{{Field: "extra", Change: Gained}}
	case !isObject || !stays:
		return []Difference{{Field: "extra", Change: Changed}}
	}
	return memberDifferences(before, after)
}

// members are those of an extra that is a JSON object, and false of any other, which [aircon.Extra.Members] does not tell from an empty one.
func members(e aircon.Extra) ([]aircon.Member, bool) {
	value, err := py.Loads(e.Text().Reveal())
	if _, is := value.(*py.Dict); err != nil || !is {
		return nil, false
	}
	all, err := e.Members()
	return all, err == nil
}

func memberDifferences(before, after []aircon.Member) []Difference {
	var all []Difference
	now := map[string]aircon.Value{}
	for _, m := range after {
		now[m.Key] = m.Value
	}
	for _, m := range before {
		value, there := now[m.Key]
		delete(now, m.Key)
		switch {
		case !there:
			all = append(all, Difference{Field: "extra." + m.Key, Change: Lost})
		case value.Equal(m.Value):
		case value.Kind() != m.Value.Kind():
			all = append(all, Difference{Field: "extra." + m.Key, Change: Retyped})
		default:
			all = append(all, Difference{Field: "extra." + m.Key, Change: Changed})
		}
	}
	for _, m := range after {
		if _, left := now[m.Key]; left {
			all = append(all, Difference{Field: "extra." + m.Key, Change: Gained})
		}
	}
	return all
}
