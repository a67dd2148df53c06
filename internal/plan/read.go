package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"aircon"
	"aircon/internal/spec"
	"aircon/lookup"
)

// reader reads secrets as the environment's Airflow does: on its server side, and in Airflow 3 on workers too.
type reader struct {
	rt    aircon.Runtime
	sides []*lookup.Backend
}

func newReader(rt aircon.Runtime, kwargs string) (reader, error) {
	sides := []aircon.Side{aircon.Server}
	if rt.Airflow.AtLeast(3, 0) {
		sides = append(sides, aircon.Worker)
	}
	r := reader{rt: rt}
	for _, side := range sides {
		backend, err := lookup.NewBackend(aircon.NewSecret(kwargs), rt.On(side))
		if err != nil {
			return r, fmt.Errorf("the backend's arguments: %w", err)
		}
		r.sides = append(r.sides, backend)
	}
	return r, nil
}

// stored returns the connection that a secret holds.
func (r reader) stored(id string, text aircon.Secret) (aircon.Connection, error) {
	if text.IsNull() {
		return aircon.Connection{}, errNothingToKeep
	}
	reading := r.sides[0].ReadConnection(id, text)
	switch {
	case reading.Problem != nil:
		return reading.Conn, fmt.Errorf("what is stored is no connection: %w", reading.Problem)
	case reading.Empty:
		return reading.Conn, errNothingToKeep
	}
	return reading.Conn, nil
}

// differs names the fields in which what Airflow reads from a text differs from conn, on any side; none where it means the same.
func (r reader) differs(id string, conn aircon.Connection, text aircon.Secret) []string {
	var fields []string
	for _, backend := range r.sides {
		reading := backend.ReadConnection(id, text)
		if reading.Problem != nil || reading.Empty {
			return []string{"connection"}
		}
		for _, field := range differing(conn, reading.Conn) {
			if !slices.Contains(fields, field) {
				fields = append(fields, field)
			}
		}
	}
	return fields
}

// differing names the fields in which two connections differ; members of extra as extra.NAME. A null and an empty text are alike: a URI
// cannot tell them apart, and hooks don't.
func differing(a, b aircon.Connection) []string {
	var fields []string
	for _, f := range []struct {
		name string
		a, b aircon.Field
	}{{"conn_type", a.Type, b.Type}, {"host", a.Host, b.Host}, {"login", a.Login, b.Login}, {"schema", a.Schema, b.Schema}, {"port", a.Port, b.Port}} {
		if f.a != f.b && !(empty(f.a) && empty(f.b)) {
			fields = append(fields, f.name)
		}
	}
	if a.Password.Reveal() != b.Password.Reveal() {
		fields = append(fields, "password")
	}
	return append(fields, differingExtra(a.Extra, b.Extra)...)
}

func empty(f aircon.Field) bool { return f.IsNull() || f.IsText() && f.String() == "" }

func differingExtra(a, b aircon.Extra) []string {
	left, errLeft := a.Members()
	right, errRight := b.Members()
	if errLeft != nil || errRight != nil {
		if a.Text().Reveal() == b.Text().Reveal() {
			return nil
		}
		return []string{"extra"}
	}
	before, after := byKey(left), byKey(right)
	var fields []string
	for key, value := range after {
		if other, ok := before[key]; !ok || other != value {
			fields = append(fields, "extra."+key)
		}
	}
	for key := range before {
		if _, ok := after[key]; !ok {
			fields = append(fields, "extra."+key)
		}
	}
	slices.Sort(fields)
	return fields
}

func byKey(members []aircon.Member) map[string]string {
	values := map[string]string{}
	for _, m := range members {
		values[m.Key] = canonical(m.Value)
	}
	return values
}

// canonical is a text that is equal for equal values, whatever the order of their members.
func canonical(v aircon.Value) string {
	var b strings.Builder
	switch v.Kind() {
	case aircon.ObjectValue:
		values := byKey(v.Members())
		for _, key := range slices.Sorted(maps.Keys(values)) {
			b.WriteString(spec.QuoteJSON(key) + ":" + values[key] + ",")
		}
		return "{" + b.String() + "}"
	case aircon.ListValue:
		for _, item := range v.List() {
			b.WriteString(canonical(item) + ",")
		}
		return "[" + b.String() + "]"
	}
	return v.JSON().Reveal()
}
