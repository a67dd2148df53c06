package doctor

import (
	"strings"

	"aircon/internal/edit"
)

// Severity says how much a finding matters.
type Severity string

// The severities, from the one that breaks the connection to the one that is good to know.
const (
	Error   Severity = "error"   // the connection does not work, or not for everyone who reads it
	Warning Severity = "warning" // it works, and something about it will hurt
	Info    Severity = "info"    // good to know
)

// Arrow is one link of the chain from a DAG's conn_id to an open session. A connection is broken at its first arrow
// with an error.
type Arrow string

// The arrows, in the order in which a lookup walks them.
const (
	ArrowOptions    Arrow = "options"    // MWAA's configuration options name the backend and its kwargs
	ArrowPattern    Arrow = "pattern"    // the lookup pattern lets the conn_id through to the backend
	ArrowPermission Arrow = "permission" // the execution role may read the secret
	ArrowKey        Arrow = "key"        // the execution role may use the secret's KMS key
	ArrowSecret     Arrow = "secret"     // the secret exists and has a current text
	ArrowText       Arrow = "text"       // the text is a connection
	ArrowHook       Arrow = "hook"       // PostgresHook makes arguments of it that the driver takes
	ArrowNetwork    Arrow = "network"    // the host resolves and its port answers
	ArrowTLS        Arrow = "tls"        // both sides agree on encryption and certificates
	ArrowLogin      Arrow = "login"      // the server lets the login in
	ArrowDatabase   Arrow = "database"   // the database exists and the login may use it
	ArrowQuery      Arrow = "query"      // a query runs
)

// Arrows lists the arrows in the order in which a lookup walks them.
var Arrows = []Arrow{
	ArrowOptions, ArrowPattern, ArrowPermission, ArrowKey, ArrowSecret, ArrowText,
	ArrowHook, ArrowNetwork, ArrowTLS, ArrowLogin, ArrowDatabase, ArrowQuery,
}

// Finding is one result of a check.
type Finding struct {
	ID       string   `json:"id"` // of the catalogue, such as AC005
	Title    string   `json:"title"`
	Severity Severity `json:"severity"`
	Arrow    Arrow    `json:"arrow"`
	ConnID   string   `json:"conn_id,omitempty"` // "" where it concerns the whole environment
	Where    string   `json:"where,omitempty"`   // file:line:column, or an ARN
	Seen     string   `json:"seen"`              // what was seen, without any secret
	Means    string   `json:"means"`             // what it leads to
	Mend     Mend     `json:"mend"`
	Declared string   `json:"declared,omitempty"` // file:line:column of the spec that declares what it is about
}

// Mend is what makes a finding go away.
type Mend struct {
	Text    string   `json:"text,omitempty"`    // what to do, in words
	Command []string `json:"command,omitempty"` // what to type; it can be run as it stands
	SQL     []string `json:"sql,omitempty"`     // statements for the database's server, by who may run them; they can be run as they stand

	// Then is what must be done as well, one after the other, before the finding is gone.
	Then []Mend `json:"then,omitempty"`

	// LiftsDeny says that the command takes away a statement that denies, or the policy that has it. Somebody meant it, so that only a person
	// who has read it should type it.
	LiftsDeny bool `json:"lifts_deny,omitempty"`

	// Edits are what the file that Where names must become, for whoever changes it by program. None: a person must decide.
	Edits []edit.Edit `json:"-"`

	// options is the environment's whole map as the command sends it, where that is what the mend is. See joinOptions.
	options map[string]string
}

// String words a mend in one line: what to do, then what to type.
func (m Mend) String() string {
	text := m.Text
	if len(m.Command) > 0 {
		if text != "" {
			text += "; "
		}
		text += "type: " + strings.Join(m.Command, " ")
	}
	for _, next := range m.Then {
		text += "; then " + next.String()
	}
	return text
}

// Found makes a finding from its entry in the catalogue. It panics on an id that the catalogue does not have.
func Found(id, seen string, mend Mend) Finding {
	k, ok := Lookup(id)
	if !ok {
		panic("doctor: no finding " + id + " in the catalogue")
	}
	return Finding{ID: k.ID, Title: k.Title, Severity: k.Severity, Arrow: k.Arrow, Seen: seen, Means: k.Means, Mend: mend}
}

// At returns the finding with the conn_id and place that it concerns.
func (f Finding) At(connID, where string) Finding {
	f.ConnID, f.Where = connID, where
	return f
}
