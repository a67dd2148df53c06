package textfix

import (
	"context"
	"strings"

	"aircon"
	"aircon/internal/py"
	"aircon/lookup"
	"aircon/pghook"
)

// uri writes a URI as JSON where Airflow reads it otherwise than it was meant: in JSON nothing needs encoding, and values have types.
func (s *state) uri() ([]edit, *Refusal) {
	id, reading := "", lookup.Reading{}
	for _, side := range s.sides() {
		read := side.ReadConnection("x", aircon.NewSecret(s.text))
		if found, _ := wrong(read, side.Runtime()); id == "" {
			id, reading = found, read
		}
	}
	if id == "" && SidesDiffer(aircon.NewSecret(s.text), s.Backend) {
		id = "AC050"
	}
	if id == "" && s.Rotated {
		id = "AC016"
	}
	if id == "" {
		return nil, nil
	}
	return s.uriAsJSON(id, reading)
}

func (s *state) uriAsJSON(id string, reading lookup.Reading) ([]edit, *Refusal) {
	text := py.Strip(s.text)
	start := strings.Index(s.text, text)
	conn, refusal := intended(text)
	if refusal == nil && understood(reading) && !sameFields(conn, reading.Conn) {
		refusal = &Refusal{ID: id, Why: "Airflow reads the URI without an error, and otherwise than it looks: write the connection as JSON", at: stray(text)}
	}
	if refusal != nil {
		refusal.at += start
		return nil, refusal
	}
	written, err := conn.JSON(s.Backend.Runtime())
	if err != nil {
		return nil, &Refusal{ID: id, Why: err.Error()}
	}
	return []edit{{start, start + len(text), written.Reveal(), uriID(id, text, reading), "wrote the URI as JSON, where nothing needs encoding"}}, nil
}

// understood reports whether Airflow takes the fields of a URI from where they stand.
func understood(reading lookup.Reading) bool {
	return reading.Problem == nil && !reading.Notes.Has(aircon.SchemeInQuery)
}

// sameFields reports whether two connections are the same but for their extras.
func sameFields(a, b aircon.Connection) bool {
	return a.Type == b.Type && a.Host == b.Host && a.Login == b.Login && a.Password.Equal(b.Password) && a.Schema == b.Schema && a.Port == b.Port
}

// uriID is the finding of what is wrong with a URI that cannot be read.
func uriID(id, text string, reading lookup.Reading) string {
	if reading.Problem == nil {
		return id
	}
	if found := ways(text); len(found) == 1 {
		switch u := found[0]; {
		case len(u.hosts) > 1:
			return "AC036"
		case strings.Contains(u.query, "://"):
			return "AC047"
		}
	}
	return id
}

// SidesDiffer reports whether the two sides of Airflow 3 make different things of a text: from 3.2 on, a URI's extras have types on
// servers and are texts on workers. Where PostgresHook is meant, what counts is what it hands to the driver.
func SidesDiffer(text aircon.Secret, backend *lookup.Backend) bool {
	if !backend.Runtime().Airflow.AtLeast(3, 2) {
		return false
	}
	server, worker := backend.On(aircon.Server), backend.On(aircon.Worker)
	a, b := server.ReadConnection("x", text), worker.ReadConnection("x", text)
	if a.Problem != nil || b.Problem != nil {
		return (a.Problem == nil) != (b.Problem == nil)
	}
	if a.Conn.Type.String() != "postgres" {
		return !a.Conn.Extra.Text().Equal(b.Conn.Extra.Text())
	}
	return handed(a.Conn, server.Runtime()) != handed(b.Conn, worker.Runtime())
}

// handed is what PostgresHook hands to the driver, or that it fails.
func handed(conn aircon.Connection, rt aircon.Runtime) string {
	args, err := pghook.NewArguments(context.Background(), conn, rt, pghook.Hook{})
	if err != nil {
		return "error"
	}
	dsn, err := args.DSN()
	if err != nil {
		return "error"
	}
	return dsn.Reveal()
}

// URIFault is the finding that a URI is, which is not read as it was meant.
func URIFault(text aircon.Secret, reading lookup.Reading) string {
	if reading.Notes.Has(aircon.SchemeInQuery) {
		return "AC047"
	}
	return uriID("AC004", py.Strip(text.Reveal()), reading)
}
