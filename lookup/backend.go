package lookup

import (
	"fmt"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// Backend is Airflow's SecretsManagerBackend as its kwargs make it. It is immutable after its making, but for MultiTeam.
type Backend struct {
	// MultiTeam is [core] multi_team. False, the zero value, is Airflow's default; MWAA forces it.
	MultiTeam bool

	rt         aircon.Runtime
	scopes     map[Kind]scope
	sep        string
	words      any  // extra_conn_words
	urlencoded bool // whether values are decoded
	encoded    bool // what are_secret_values_urlencoded says
	client     Client
	clientErr  *Problem
	warnings   []Warning

	encodedGiven bool

	teamProblem *Problem // what reading [core] multi_team raises
}

// scope is what the kwargs say of one kind.
type scope struct {
	null    bool   // never looked up
	prefix  string // without trailing separators; empty for none
	pattern pattern
}

// StartError says that Airflow does not start.
type StartError struct {
	Option  string // where the cause stands: secrets.backend_kwargs, workers.secrets_backend, …
	Class   string // the Python exception's
	Message string
}

// Error names the option, the exception and the cause.
func (e *StartError) Error() string {
	return fmt.Sprintf("[%s] keeps Airflow from starting: %s: %s", e.Option, e.Class, e.Message)
}

// NewBackend makes a backend from kwargs, a JSON object as text; an empty text is an empty object.
//
// The error is a [*StartError] where SecretsManagerBackend's constructor raises, and another where the text is not a JSON object.
// What the constructor takes without complaint although it has no effect is in [Backend.Warnings].
func NewBackend(kwargs aircon.Secret, rt aircon.Runtime) (*Backend, error) {
	dict := new(py.Dict)
	if text := kwargs.Reveal(); text != "" {
		value, err := py.Loads(text)
		if err != nil {
			return nil, fmt.Errorf("the kwargs are not JSON: %w", err)
		}
		given, is := value.(*py.Dict)
		if !is {
			return nil, fmt.Errorf("the kwargs are a %s in JSON, and must be an object", py.TypeName(value))
		}
		dict = given
	}
	return newBackend(dict, rt)
}

// prefixDefaults are the defaults of the constructor's *_prefix arguments.
var prefixDefaults = []struct{ kind, argument, prefix string }{
	{string(Connection), "connections", "airflow/connections"},
	{string(Variable), "variables", "airflow/variables"},
	{string(Option), "config", "airflow/config"},
}

func newBackend(kwargs *py.Dict, rt aircon.Runtime) (*Backend, error) {
	if _, found := kwargs.Get("self"); found {
		return nil, &StartError{Class: "TypeError", Message: "got multiple values for argument 'self'"}
	}
	b := &Backend{rt: rt, scopes: map[Kind]scope{}}
	sep, found := kwargs.Get("sep")
	if !found {
		sep = "/"
	}
	b.sep = py.Str(sep)
	for _, defaults := range prefixDefaults {
		s, err := newScope(kwargs, defaults.argument, defaults.prefix, sep)
		if err != nil {
			return nil, err
		}
		b.scopes[Kind(defaults.kind)] = s
	}
	b.words, _ = kwargs.Get("extra_conn_words")
	encoded, given := kwargs.Get("are_secret_values_urlencoded")
	b.encoded, b.encodedGiven = py.Truth(encoded), given
	b.urlencoded = b.encoded && !rt.Amazon.AtLeast(9, 0)
	b.client, b.clientErr = newClient(kwargs, rt)
	b.warnings = kwargWarnings(kwargs, rt)
	return b, nil
}

func newScope(kwargs *py.Dict, argument, prefix string, sep any) (scope, error) {
	given, found := kwargs.Get(argument + "_prefix")
	if !found {
		given = prefix
	}
	expression, _ := kwargs.Get(argument + "_lookup_pattern")
	s := scope{null: given == nil, pattern: newPattern(expression)}
	if !py.Truth(given) { // an empty list or 0 is as good as an empty text
		return s, nil
	}
	text, is := given.(string)
	if !is {
		return scope{}, &StartError{Class: "AttributeError", Message: fmt.Sprintf(
			"%s_prefix is a %s, and must be text or null", argument, py.TypeName(given))}
	}
	s.prefix, is = stripped(text, sep)
	if !is {
		return scope{}, &StartError{Class: "TypeError", Message: fmt.Sprintf(
			"sep is a %s, and must be text or null", py.TypeName(sep))}
	}
	return s, nil
}

// stripped is text.rstrip(sep): without any of sep's characters at the end, or without white space where sep is None.
func stripped(text string, sep any) (string, bool) {
	switch sep := sep.(type) {
	case nil:
		return strings.TrimRightFunc(text, py.IsSpace), true
	case string:
		return strings.TrimRight(text, sep), true
	}
	return "", false
}

// Client returns how the kwargs want the AWS client to be made. The error, a [*Problem], is what every lookup raises instead of asking.
func (b *Backend) Client() (Client, error) {
	if b.clientErr != nil {
		return Client{}, b.clientErr
	}
	return b.client, nil
}

// Warnings returns what the constructor takes without complaint although it has no effect, or not the one it seems to have.
func (b *Backend) Warnings() []Warning { return b.warnings }

// Runtime returns the versions and the side that the backend was made for.
func (b *Backend) Runtime() aircon.Runtime { return b.rt }

// On returns the backend as another side of Airflow 3 makes it of the same kwargs.
func (b *Backend) On(side aircon.Side) *Backend {
	other := *b
	other.rt = b.rt.On(side)
	return &other
}

// Encoded says what the kwarg are_secret_values_urlencoded says of the secrets' values, and whether it is given at all. Providers from 9.0
// on do not heed it: they take each value as it is written.
func (b *Backend) Encoded() (encoded, given bool) {
	return b.encoded, b.encodedGiven
}
