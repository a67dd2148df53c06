package lookup

import (
	"errors"
	"slices"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// Reading is what Airflow makes of a secret's text.
type Reading struct {
	// Value is what get_conn_value returns: of a JSON secret, the JSON of its fields after aliasing; the text itself otherwise.
	// Null where Problem came up before.
	Value aircon.Secret
	// Empty says that the text is empty, which Airflow takes for absent.
	Empty bool
	Conn  aircon.Connection
	// Notes say what the text says that its meaning hides. Their places, and that of an error, are places in the secret's own text.
	Notes   aircon.Notes
	Problem *Problem

	carried *carried // Airflow goes on where Problem is that aircon cannot
}

// ReadConnection reads the text of the secret that holds a connection, as the backend on rt's side does: JSON, with aliases,
// where it starts with a brace, and a URI otherwise.
func (b *Backend) ReadConnection(id string, text aircon.Secret) Reading {
	return b.readConnection(id, text, b.rt)
}

func (b *Backend) readConnection(id string, text aircon.Secret, rt aircon.Runtime) Reading {
	reading := Reading{Value: text}
	if !strings.HasPrefix(py.Strip(text.Reveal()), "{") {
		read(&reading, id, rt)
		return reading
	}
	secret, problem := b.aliased(text)
	if problem != nil {
		return Reading{Problem: problem}
	}
	reading.Value = aircon.NewSecret(py.Dumps(secret.fields))
	read(&reading, id, rt)
	secret.relocate(&reading)
	return reading
}

// aliased is what get_conn_value makes of JSON.
func (b *Backend) aliased(text aircon.Secret) (*jsonSecret, *Problem) {
	secret := &jsonSecret{text: text.Reveal()}
	value, err := py.LoadsKeys(secret.text, secret.addKey)
	if err != nil {
		return nil, jsonProblem(err)
	}
	keys, problem := b.keys()
	if problem != nil {
		return nil, problem
	}
	dict, is := value.(*py.Dict)
	if !is {
		return nil, &Problem{Step: StepRead, Code: "AttributeError", Message: "the JSON is no object"}
	}
	secret.words = keys
	secret.fields, secret.from = standardised(dict, keys)
	if b.urlencoded {
		return secret, unquoted(secret.fields)
	}
	return secret, nil
}

// read makes the connection of reading.Value, as every source that holds texts does.
func read(reading *Reading, id string, rt aircon.Runtime) {
	if reading.Value.Reveal() == "" {
		reading.Empty = true
		return
	}
	conn, notes, err := aircon.ParseEnv(reading.Value.Reveal(), id, rt)
	reading.Conn, reading.Notes = conn, notes
	if err != nil {
		reading.Problem = &Problem{Step: StepRead, Message: err.Error(), Err: err}
		reading.carried = carries(reading.Value.Reveal(), id, rt, err)
	}
}

// jsonProblem says where a text is not JSON.
func jsonProblem(err error) *Problem {
	var syntax *py.JSONError
	if !errors.As(err, &syntax) {
		return &Problem{Step: StepRead, Message: err.Error(), Err: err}
	}
	cause := &aircon.Error{Kind: aircon.ErrJSON, Line: syntax.Line, Column: syntax.Column, Reason: syntax.Message}
	return &Problem{Step: StepRead, Code: "JSONDecodeError", Message: cause.Error(), Err: cause}
}

// jsonSecret is a JSON secret on its way to a connection.
type jsonSecret struct {
	text   string
	keys   []keyPlace          // of the secret, in its order
	words  map[string][]string // the keys that stand for each field
	fields *py.Dict            // after aliasing
	from   map[string]string   // by field: the key that won
}

type keyPlace struct {
	key string
	at  int // in bytes
}

func (s *jsonSecret) addKey(key string, at int) { s.keys = append(s.keys, keyPlace{key, at}) }

// place is where a key stands last, which is where its value comes from.
func (s *jsonSecret) place(key string) (line, column int) {
	for i := len(s.keys) - 1; i >= 0; i-- {
		if s.keys[i].key == key {
			return py.Position(s.text, s.keys[i].at)
		}
	}
	return 0, 0
}

// relocate turns places in the aliased text into places in the secret's own, and adds what aliasing hides.
func (s *jsonSecret) relocate(reading *Reading) {
	for i := range reading.Notes {
		reading.Notes[i].Line, reading.Notes[i].Column = s.place(s.from[reading.Notes[i].Field])
	}
	reading.Notes = append(s.notes(), reading.Notes...)
	if reading.Problem == nil {
		return
	}
	var cause *aircon.Error
	if !errors.As(reading.Problem.Err, &cause) {
		return
	}
	moved := *cause
	moved.Line, moved.Column = s.place(s.from[cause.Field])
	reading.Problem.Err, reading.Problem.Message = &moved, moved.Error()
}

// notes are about the keys: those that come twice, stand for nothing, or came too late to count.
func (s *jsonSecret) notes() aircon.Notes {
	var notes aircon.Notes
	seen := map[string]bool{}
	for _, k := range s.keys {
		if kind := s.noteOn(k.key, seen[k.key]); kind != "" {
			line, column := py.Position(s.text, k.at)
			notes = append(notes, aircon.Note{Kind: kind, Field: k.key, Line: line, Column: column})
		}
		seen[k.key] = true
	}
	return notes
}

func (s *jsonSecret) noteOn(key string, again bool) aircon.NoteKind {
	stands, won := false, false
	for _, f := range fieldWords {
		if slices.Contains(s.words[f.field], key) {
			stands = true
			won = won || s.from[f.field] == key
		}
	}
	switch {
	case again:
		return aircon.DuplicateKey
	case !stands:
		return aircon.IgnoredKey
	case !won:
		return aircon.AliasShadowed
	case key == "conn_id":
		return aircon.TypeFromConnID
	}
	return ""
}
