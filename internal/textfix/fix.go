package textfix

import (
	"aircon"
	"aircon/internal/py"
	"aircon/lookup"
)

// Options say what is known besides the text.
type Options struct {
	// Backend reads the text: its kwargs name keys, and its runtime decides what works.
	Backend *lookup.Backend
	// ConnType is the type of a connection whose text has none, such as postgres. Empty: only the writer knows, and such a text is refused.
	ConnType string
	// Encoded says whether the values of JSON are percent-encoded. Nil: what the kwargs say with are_secret_values_urlencoded, and where they
	// say nothing, only the writer knows.
	Encoded *bool
	// Rotated says that one of AWS's rotation functions for PostgreSQL uses the secret too, which wants keys of its own.
	Rotated bool
}

// Applied is one change of a text.
type Applied struct {
	ID     string `json:"id"`     // of the finding that it mends
	Line   int    `json:"line"`   // in the text as it was, from 1
	Column int    `json:"column"` // in characters, from 1
	What   string `json:"what"`   // without any of the text but keys and names of options
}

// maxRounds is how often a text is changed at most: more than any text that people write needs.
const maxRounds = 200

// Fix returns the text as it was meant, and what was changed in it: nothing where Airflow reads it as it was meant already. The error is a
// [*Refusal]; the text is then returned as it was.
func Fix(text aircon.Secret, o Options) (aircon.Secret, []Applied, error) {
	s := &state{Options: o, text: text.Reveal()}
	refusal := s.run()
	if refusal == nil {
		refusal = s.verify()
	}
	if refusal != nil {
		refusal.at = s.origin(refusal.at)
		return text, nil, refusal.placed(text.Reveal())
	}
	applied := make([]Applied, len(s.applied))
	for i, a := range s.applied {
		r := (&Refusal{at: a.start}).placed(text.Reveal())
		applied[i] = Applied{a.id, r.Line, r.Column, a.what}
	}
	if len(applied) == 0 {
		return text, nil, nil
	}
	return aircon.NewSecret(s.text), applied, nil
}

// state is a text on its way.
type state struct {
	Options
	text    string
	root    *Node    // once it is JSON
	rounds  [][]edit // carried out so far
	applied []edit   // those that are told, their start in the first text
	decoded bool     // whether percent signs were decoded
}

// steps look for one thing to change in JSON each, in an order in which each can rely on what the former ones did.
var steps = []func(*state) ([]edit, *Refusal){
	(*state).syntax, (*state).keys, (*state).numbers, (*state).percent, (*state).connID, (*state).connType, (*state).database,
	(*state).host, (*state).port,
	(*state).extraObject, (*state).optionIntoExtra, (*state).extraValues, (*state).rotation,
}

// run goes on until no step finds anything.
func (s *state) run() *Refusal {
	for range maxRounds {
		edits, refusal := s.step()
		if refusal != nil || len(edits) == 0 {
			return refusal
		}
		for _, e := range edits {
			if e.what != "" {
				e.start = s.origin(e.start)
				s.applied = append(s.applied, e)
			}
		}
		s.text = apply(s.text, edits)
		s.rounds = append(s.rounds, edits)
	}
	return &Refusal{ID: "AC037", Why: "there is too much to change in it"}
}

// step returns what the first step wants that wants anything.
func (s *state) step() ([]edit, *Refusal) {
	if edits, refusal := s.envelope(); refusal != nil || len(edits) > 0 {
		return edits, refusal
	}
	if IsURI(py.Strip(s.text)) {
		return s.uri()
	}
	for _, step := range steps {
		if edits, refusal := step(s); refusal != nil || len(edits) > 0 {
			return edits, refusal
		}
	}
	return nil, nil
}

// origin is where in the first text a place comes from.
func (s *state) origin(at int) int {
	for i := len(s.rounds) - 1; i >= 0; i-- {
		at = origin(s.rounds[i], at)
	}
	return at
}

// sides are the backend as each side of Airflow makes it.
func (s *state) sides() []*lookup.Backend {
	sides := []*lookup.Backend{s.Backend.On(aircon.Server)}
	if s.Backend.Runtime().Airflow.Major >= 3 {
		sides = append(sides, s.Backend.On(aircon.Worker))
	}
	return sides
}

// syntax makes JSON of what looks like it.
func (s *state) syntax() ([]edit, *Refusal) {
	root, edits, refusal := read(s.text, "")
	if refusal == nil && root.Kind != Object {
		refusal = &Refusal{ID: "AC046", Why: "the text is JSON, and no object"}
	}
	s.root = root
	return edits, refusal
}

// JSON returns a text that looks like JSON as JSON has it, whatever it means, and false where that is not certain.
func JSON(text aircon.Secret) (aircon.Secret, bool) {
	_, edits, refusal := read(text.Reveal(), "")
	return aircon.NewSecret(apply(text.Reveal(), edits)), refusal == nil
}
