package textfix

import (
	"errors"
	"slices"

	"aircon"
	"aircon/lookup"
	"aircon/pghook"
)

// odd are the notes of a text that Airflow does not read as it was meant, with their findings.
var odd = []struct {
	kind aircon.NoteKind
	id   string
}{
	{aircon.SchemeInQuery, "AC047"},
	{aircon.StrayAt, "AC004"},
	{aircon.FragmentCut, "AC004"},
	{aircon.ControlCut, "AC004"},
	{aircon.NotUTF8, "AC004"},
	{aircon.NoScheme, "AC046"},
	{aircon.NumberAsText, "AC045"},
	{aircon.ExtraTwice, "AC038"},
	{aircon.ExtraNotObject, "AC038"},
	{aircon.PairedExtra, "AC022"},
}

// wrong is the finding of the first thing that a reading has wrong, and "" where it has nothing.
func wrong(reading lookup.Reading, rt aircon.Runtime) (string, string) {
	var fault *aircon.Error
	switch {
	case reading.Problem != nil && errors.As(reading.Problem.Err, &fault):
		return problemID(fault), fault.Error()
	case reading.Problem != nil:
		return "AC001", reading.Problem.Message
	case reading.Empty:
		return "AC046", "the text is empty"
	}
	for _, o := range odd {
		if reading.Notes.Has(o.kind) {
			return o.id, string(o.kind)
		}
	}
	conn := reading.Conn
	if conn.Type.String() == "" {
		return "AC002", "the connection has no type"
	}
	if MeansPostgres(conn.Type.String()) {
		return "AC107", "the type is not one of Airflow's"
	}
	if _, err := conn.URI(rt); err != nil {
		return "AC045", err.Error()
	}
	if conn.Type.String() != "postgres" {
		return "", ""
	}
	if reading.Notes.Has(aircon.ProtocolInHost) {
		return "AC004", "the host begins with a protocol"
	}
	if unknown := pghook.UnknownExtras(conn, rt); len(unknown) > 0 {
		return "AC022", "an extra that neither PostgresHook nor libpq knows"
	}
	if falseText(conn) {
		return "AC021", "a switch in extra is the text false"
	}
	return "", ""
}

func problemID(fault *aircon.Error) string {
	switch {
	case errors.Is(fault, aircon.ErrURI):
		return "AC004"
	case errors.Is(fault, aircon.ErrExtra):
		return "AC038"
	case errors.Is(fault, aircon.ErrField) && fault.Field == "password":
		return "AC045"
	case errors.Is(fault, aircon.ErrField):
		return "AC105"
	}
	return "AC037"
}

// falseText reports whether a switch of PostgresHook's is off as it was meant and on as it is read.
func falseText(conn aircon.Connection) bool {
	members, err := conn.Extra.Members()
	return err == nil && slices.ContainsFunc(members, func(m aircon.Member) bool {
		return slices.Contains(Switches, m.Key) && m.Value.Kind() == aircon.TextValue && SaysNo(m.Value.Reveal())
	})
}

// verify reads the text once more, as each side of Airflow does.
func (s *state) verify() *Refusal {
	for _, side := range s.sides() {
		if id, why := wrong(side.ReadConnection("x", aircon.NewSecret(s.text)), side.Runtime()); id != "" {
			return &Refusal{ID: id, Why: why}
		}
	}
	return nil
}
