// Package migrate takes connections to Secrets Manager and proves that Airflow finds there what it had.
//
//	Prepare -> the text of each secret; what no secret can hold is a problem, and is not written
//	Carry   -> writes what a plan says, one secret after another; what fails is told, and the others go on
//	Prove   -> looks each connection up as Airflow does and compares it field by field
//
// There is no journal: the secrets themselves are the state. Whoever kills a migration anywhere and runs it again comes to the same end, as
// the plan finds what is there already, and every run proves all. Nothing here shows a connection's values.
package migrate

import (
	"fmt"
	"slices"
	"strings"

	"aircon"
	"aircon/exchange"
	"aircon/internal/plan"
	"aircon/internal/spec"
	"aircon/lookup"
)

// State says how far a connection has come.
type State string

// The states.
const (
	Broken   State = "broken"   // what its source has is no connection, or no secret can hold it
	Planned  State = "planned"  // it is to be written
	Refused  State = "refused"  // a secret is in its place that aircon did not make
	Failed   State = "failed"   // AWS refused to write it
	Differs  State = "differs"  // Airflow finds another connection under its id, or none
	Proven   State = "proven"   // Airflow finds it, equal in every field
	Cleaned  State = "cleaned"  // proven, and deleted from the metastore
	Retained State = "retained" // proven, but changed in the metastore since it was read, so that it was not deleted
)

// Result is how far one connection has come, and why no further.
type Result struct {
	ID     string          `json:"conn_id"`
	Secret string          `json:"secret,omitempty"` // the secret's name
	State  State           `json:"state"`
	Reason string          `json:"reason,omitempty"`
	Losses []exchange.Loss `json:"losses,omitempty"` // what nobody misses: an empty text that becomes null, say
	Opened string          `json:"opened,omitempty"` // yes, or why a session could not be opened; "" where it was not tried
}

// done reports whether a connection has arrived.
func (r *Result) done() bool { return r.State == Proven || r.State == Cleaned || r.State == Retained }

// Summary counts results by state.
func Summary(results []Result) map[State]int {
	counts := map[State]int{}
	for _, r := range results {
		counts[r.State]++
	}
	return counts
}

// Arrived reports whether every connection was proven.
func Arrived(results []Result) bool {
	return !slices.ContainsFunc(results, func(r Result) bool { return !r.done() })
}

// maxDescription is the most characters that a secret's description has.
const maxDescription = 2048

// Format is how a secret is written.
type Format string

// The formats.
const (
	JSON Format = "json"
	URI  Format = "uri"
)

// Writing says how secrets are written.
type Writing struct {
	Format   Format
	Reformat bool   // write a secret anew too that means the same in the other format
	KMSKey   string // of new secrets; "" for the account's aws/secretsmanager
}

// Prepare writes each connection's text, and a result for each: Planned, or Broken with the reason. Each text is read back as the place's Airflow
// reads it, on servers and workers.
func Prepare(at *plan.Place, connections []aircon.Connection, how Writing) ([]plan.Whole, []Result, error) {
	readers, err := readers(at)
	if err != nil {
		return nil, nil, err
	}
	var wholes []plan.Whole
	results := make([]Result, len(connections))
	for i, c := range connections {
		id := c.ID.String()
		r := Result{ID: id, Secret: at.Env.ConnectionsPrefix().Name(id), State: Planned}
		text, losses, reason := prepare(at, readers, c, how.Format)
		if r.Losses = losses; reason != "" {
			r.State, r.Reason = Broken, reason
		} else {
			wholes = append(wholes, plan.Whole{ID: id, Conn: c, Text: text, Description: c.Description.String(), KMSKey: how.KMSKey, Reformat: how.Reformat})
		}
		results[i] = r
	}
	return wholes, results, nil
}

// readers are the backends on each side that reads secrets.
func readers(at *plan.Place) ([]*lookup.Backend, error) {
	server, err := lookup.NewBackend(aircon.NewSecret(at.Kwargs), at.Runtime.On(aircon.Server))
	if err != nil {
		return nil, fmt.Errorf("the backend's arguments: %w", err)
	}
	if !at.Runtime.Airflow.AtLeast(3, 0) {
		return []*lookup.Backend{server}, nil
	}
	return []*lookup.Backend{server, server.On(aircon.Worker)}, nil
}

func prepare(at *plan.Place, readers []*lookup.Backend, c aircon.Connection, format Format) (aircon.Secret, []exchange.Loss, string) {
	if reason := unfit(at, c); reason != "" {
		return aircon.Secret{}, nil, reason
	}
	bare := c
	bare.Description = aircon.Field{} // the secret's own has it
	text, err := write(bare, at.Runtime, format)
	if err != nil {
		return aircon.Secret{}, nil, err.Error()
	}
	if size := len(text.Reveal()); size > spec.MaxSecret {
		return aircon.Secret{}, nil, fmt.Sprintf("its text has %d bytes; a secret holds %d", size, spec.MaxSecret)
	}
	var losses []exchange.Loss
	for _, backend := range readers {
		reading := backend.ReadConnection(c.ID.String(), text)
		switch {
		case reading.Problem != nil:
			return aircon.Secret{}, nil, fmt.Sprintf("Airflow %s could not read it from a secret: %v", at.Runtime.Airflow, reading.Problem)
		case reading.Empty:
			return aircon.Secret{}, nil, "nothing of it is left in a secret"
		}
		lost, reason := judge(bare, reading.Conn)
		if reason != "" {
			return aircon.Secret{}, nil, fmt.Sprintf("written as %s, Airflow %s would read it otherwise: %s", format, at.Runtime.Airflow, reason)
		}
		losses = lost
	}
	return text, losses, ""
}

func write(c aircon.Connection, rt aircon.Runtime, format Format) (aircon.Secret, error) {
	if format == URI {
		return c.URI(rt)
	}
	return exchange.Text(c, rt)
}

// unfit says why a connection cannot be a secret's, whatever its text.
func unfit(at *plan.Place, c aircon.Connection) string {
	id := c.ID.String()
	named := *at.Env
	named.Connections = spec.Named[*spec.Connection]{{ID: id}}
	for _, p := range named.Check(at.Runtime.Airflow.String()) {
		if strings.Contains(p.What, fmt.Sprintf("%q", id)) {
			_, what, _ := strings.Cut(p.What, ": ")
			return what
		}
	}
	switch description := []rune(c.Description.String()); {
	case len(description) > maxDescription:
		return fmt.Sprintf("its description has %d characters; a secret's has %d", len(description), maxDescription)
	case !c.Type.IsTrue() && at.Runtime.Airflow.AtLeast(3, 0):
		return "it has no conn_type, and Airflow 3's Execution API refuses such a connection"
	}
	return ""
}

// judge compares what Airflow reads with what it was: in words, without any value. That null and an empty text change places is a loss that
// no hook sees.
func judge(was, is aircon.Connection) (losses []exchange.Loss, reason string) {
	var differs []string
	for _, d := range exchange.Differences(was, is) {
		if d.Change == exchange.NullToEmpty || d.Change == exchange.EmptyToNull {
			losses = append(losses, exchange.Loss{ID: was.ID.String(), Field: d.Field, Change: d.Change, Reason: "hooks take null and empty alike"})
			continue
		}
		differs = append(differs, fmt.Sprintf("%s (%s)", d.Field, d.Change))
	}
	return losses, strings.Join(differs, ", ")
}
