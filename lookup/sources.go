package lookup

import (
	"context"
	"regexp"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// environment is EnvironmentVariablesBackend.
type environment struct{ s *Search }

func (environment) class() string       { return className(environmentClass) }
func (v environment) side() aircon.Side { return v.s.rt.Side }

// teamVariable is an id that names a team's own variable, which Airflow 3.2 does not give to who has no team.
var teamVariable = regexp.MustCompile(`^_[^_]+___.+$`)

// get asks for the team's variable and then the global one.
func (v environment) get(prefix, id string, e *Entry) (aircon.Secret, bool) {
	if problem := v.s.settings.teamProblem; problem != nil && v.s.rt.Airflow.AtLeast(3, 3) {
		e.Result, e.Problem = Raised, problem
		return aircon.Secret{}, false
	}
	if v.refuses(id) {
		e.Result, e.Reason = Skipped, TeamSeparator
		return aircon.Secret{}, false
	}
	if team := v.s.opts.Team; team != "" {
		if text, is := v.ask(prefix+"_"+py.Upper(team)+"___"+py.Upper(id), e); is && text != "" {
			return aircon.NewSecret(text), true
		}
	}
	text, is := v.ask(prefix+py.Upper(id), e)
	return aircon.NewSecret(text), is
}

func (v environment) refuses(id string) bool {
	switch airflow := v.s.rt.Airflow; {
	case airflow.AtLeast(3, 3):
		return v.s.settings.MultiTeam && strings.Contains(id, "___")
	case airflow.AtLeast(3, 2):
		return v.s.opts.Team == "" && teamVariable.MatchString(id)
	}
	return false
}

func (v environment) ask(name string, e *Entry) (string, bool) {
	text, is := v.s.opts.Env[name]
	ask := Ask{Name: name, Result: Absent}
	if is {
		ask.Result = Present
	}
	e.Asked, e.Result = append(e.Asked, ask), Absent
	return text, is
}

func (v environment) connection(_ context.Context, id string, e *Entry) (found, error) {
	text, is := v.get("AIRFLOW_CONN_", id, e)
	if !is {
		return found{}, nil
	}
	reading := Reading{Value: text}
	holder := v.s.holder()
	read(&reading, id, v.s.rt.On(holder))
	return v.s.readFound(reading, holder, e), nil
}

func (v environment) variable(_ context.Context, key string, e *Entry) (found, error) {
	text, is := v.get("AIRFLOW_VAR_", key, e)
	return found{is: is, value: text}, nil
}

// readFound turns a reading into what the search gets.
func (s *Search) readFound(reading Reading, holder aircon.Side, e *Entry) found {
	switch {
	case reading.carried != nil && !(reading.carried.uriFails && s.writesURI()):
		e.Result, e.Problem = Raised, reading.Problem
		return found{fatal: &AirflowError{Class: NotHeld, Message: reading.Problem.Message}, plain: reading.carried.conn}
	case reading.Problem != nil:
		e.Result, e.Problem = PassedOver, reading.Problem
	case reading.Empty:
		e.Result = Absent
	default:
		return found{is: true, conn: reading.Conn, notes: reading.Notes, holder: holder}
	}
	return found{}
}

// metastore is MetastoreBackend.
type metastore struct{ s *Search }

func (metastore) class() string       { return className(metastoreClass) }
func (m metastore) side() aircon.Side { return m.s.rt.Side }

func (m metastore) connection(ctx context.Context, id string, e *Entry) (found, error) {
	if m.s.opts.Metastore == nil {
		e.Result, e.Reason = Unchecked, NoAccess
		return found{}, nil
	}
	conn, is, err := m.s.opts.Metastore.Connection(ctx, id, m.s.opts.Team)
	if ctx.Err() != nil {
		return found{}, ctx.Err()
	}
	if is && err == nil {
		err = m.checkExtra(conn)
	}
	m.asked(id, is, err, e)
	return found{is: is && err == nil, conn: conn, holder: aircon.Server}, nil
}

// checkExtra is what airflow.models' Connection does from 3.0 each time its extra is read: it must be a JSON object.
func (m metastore) checkExtra(conn aircon.Connection) error {
	text := conn.Extra.Text().Reveal()
	if text == "" || m.s.rt.Airflow.Major < 3 {
		return nil
	}
	value, err := py.Loads(text)
	if _, is := value.(*py.Dict); err != nil || !is {
		return &aircon.Error{Kind: aircon.ErrExtra, Field: "extra"}
	}
	return nil
}

func (m metastore) variable(ctx context.Context, key string, e *Entry) (found, error) {
	if m.s.opts.Metastore == nil {
		e.Result, e.Reason = Unchecked, NoAccess
		return found{}, nil
	}
	value, is, err := m.s.opts.Metastore.Variable(ctx, key, m.s.opts.Team)
	if ctx.Err() != nil {
		return found{}, ctx.Err()
	}
	m.asked(key, is, err, e)
	return found{is: is && err == nil, value: value}, nil
}

func (m metastore) asked(id string, is bool, err error, e *Entry) {
	ask := Ask{Name: id, Result: Absent}
	switch {
	case err != nil:
		ask.Result = Raised
		ask.Problem = &Problem{Step: StepRow, Message: err.Error(), Err: err}
		e.Problem = ask.Problem
	case is:
		ask.Result = Present
	}
	e.Asked, e.Result = append(e.Asked, ask), ask.Result
}

// unknown is a backend that this package cannot replay.
type unknown struct{ s *Search }

func (u unknown) class() string     { return className(u.s.settings.Class) }
func (u unknown) side() aircon.Side { return u.s.rt.Side }

func (u unknown) connection(_ context.Context, _ string, e *Entry) (found, error) {
	e.Result, e.Reason = Unchecked, UnknownClass
	return found{}, nil
}

func (u unknown) variable(ctx context.Context, key string, e *Entry) (found, error) {
	return u.connection(ctx, key, e)
}
