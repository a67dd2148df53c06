package lookup

import (
	"errors"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// teamSep stands between a team's name and an id in the name of a secret.
const teamSep = "--"

// asksTeams reports whether the amazon provider asks for a team's own secrets, and refuses ids that look like one.
func asksTeams(rt aircon.Runtime) bool { return rt.Amazon.AtLeast(9, 34) }

// Names says which secrets an id stands for.
type Names struct {
	// Asked are the names, in the order in which they are asked for: the first that has a text ends the lookup. Two at most:
	// the team's, then the global one.
	Asked []string
	// Skip is why none is asked for; empty where one is.
	Skip    Reason
	Pattern string   // the pattern that refused
	Problem *Problem // the error that each lookup raises before it asks: a bad lookup pattern
}

// Names returns the names of the secrets that the backend asks for, without asking. team is empty where the caller has none.
func (b *Backend) Names(kind Kind, id, team string) Names {
	s := b.scopes[kind]
	teams := asksTeams(b.rt)
	switch {
	case s.null:
		return Names{Skip: PrefixNull}
	case teams && b.teamProblem != nil:
		return Names{Problem: b.teamProblem}
	case teams && b.MultiTeam && strings.Contains(id, teamSep):
		return Names{Skip: TeamSeparator}
	}
	matches, err := s.pattern.matches(id)
	if err != nil {
		return Names{Problem: err, Pattern: s.pattern.text}
	}
	if !matches {
		return Names{Skip: PatternRefused, Pattern: s.pattern.text}
	}
	if s.prefix == "" {
		return Names{Asked: []string{id}}
	}
	path := s.prefix + b.sep
	if teams && team != "" && kind != Option {
		return Names{Asked: []string{path + team + teamSep + id, path + id}}
	}
	return Names{Asked: []string{path + id}}
}

// pattern is a lookup pattern: Python's, matched at the start only, without regard to case.
type pattern struct {
	none     bool
	text     string
	compiled *py.Pattern
	err      *Problem // what each lookup raises
}

func newPattern(expression any) pattern {
	if !py.Truth(expression) {
		return pattern{none: true}
	}
	text, is := expression.(string)
	if !is {
		return pattern{err: &Problem{
			Step: StepPattern, Code: "TypeError",
			Message: "it is a " + py.TypeName(expression) + ", and must be text or null",
		}}
	}
	compiled, err := py.Compile(text)
	if err != nil {
		return pattern{text: text, err: &Problem{Step: StepPattern, Code: "re.error", Message: err.Error(), Err: err}}
	}
	return pattern{text: text, compiled: compiled}
}

func (p pattern) matches(id string) (bool, *Problem) {
	if p.none || p.err != nil {
		return p.none, p.err
	}
	matched, err := p.compiled.Match(id)
	if err != nil {
		return false, &Problem{
			Step: StepPattern, Code: "timeout", Err: errors.Unwrap(err),
			Message: "the pattern takes too long on this id: in Airflow the lookup would hang",
		}
	}
	return matched, nil
}
