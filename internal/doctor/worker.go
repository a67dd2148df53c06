package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"aircon/internal/probe"
)

// AskWorker asks a worker of an environment, whose Airflow is of a version, what it sees of connections.
type AskWorker func(ctx context.Context, environment, airflow string, questions []probe.Question) (*probe.Answers, error)

// InsideTime bounds the run that asks a worker where nothing else is said.
const InsideTime = 3 * time.Minute

// lookInside asks a worker about all connections at once. What keeps it from being asked costs that view alone.
func (d *Doctor) lookInside(ctx context.Context, e *Environment, patients []*Patient) error {
	if d.Inside == nil || len(patients) == 0 {
		return nil
	}
	questions := make([]probe.Question, len(patients))
	for i, p := range patients {
		questions[i] = p.question()
	}
	answers, err := d.Inside(ctx, e.Name, e.MWAA.Airflow, questions)
	if err != nil {
		e.unchecked("what a worker inside the environment sees", err)
		if denied(err) {
			e.Unchecked[len(e.Unchecked)-1].Why += "; aircon doctor --inside --print-policy  prints what allows it"
		}
		return ctx.Err()
	}
	e.Worker = answers
	for _, p := range patients {
		i := slices.IndexFunc(answers.Connections, func(a probe.Answer) bool { return a.ConnID == p.ID })
		if i < 0 {
			return errors.New("the probe DAG answered about other connections than it was asked")
		}
		p.Worker = &answers.Connections[i]
	}
	return nil
}

// question is what a worker is to say of a connection. It opens none of which a piece of the password may stand in another field, and says in
// no words what went wrong with one that nobody has read here.
func (p *Patient) question() probe.Question {
	_, read := p.connection()
	return probe.Question{ConnID: p.ID, Open: !p.garbled(), Words: read}
}

// workerStop is the arrow at which a worker does not get further; "" where it does, or was not to open the connection.
func (p *Patient) workerStop() Arrow {
	if p.Worker == nil || p.Worker.Hook == nil || p.Worker.Hook.Opened {
		return ""
	}
	return stopOf(p.Worker)
}

// driverError is the class of the driver's errors while it connects (PEP 249), and once a statement has failed it comes with an SQLSTATE.
const driverError = "OperationalError"

// stopOf tells from the driver's words where it stopped. FATAL is how the server begins what it refuses a session with, and libpq passes it on
// (PostgreSQL's manual, "Error and Notice Message Fields"; postinit.c has what concerns the database).
func stopOf(a *probe.Answer) Arrow {
	raised := a.Hook.Error
	words := raised.Message
	switch {
	case a.Reach != nil && a.Reach.Failed != "":
		return ArrowNetwork
	case strings.HasPrefix(raised.Code, "28"): // class 28, invalid authorization specification
		return ArrowLogin
	case raised.Code == "3D000": // invalid_catalog_name
		return ArrowDatabase
	case raised.Code != "":
		return ArrowQuery
	case raised.Class != driverError:
		return ArrowHook
	case strings.Contains(words, `FATAL:  database "`), strings.Contains(words, "permission denied for database"):
		return ArrowDatabase
	case strings.Contains(words, "FATAL:"):
		return ArrowLogin
	case strings.Contains(words, "SSL"), strings.Contains(words, "certificate"):
		return ArrowTLS
	case a.Reach != nil && words == "":
		return ArrowLogin // the port answers, and whatever was said stays unsaid
	}
	return ArrowNetwork
}

// fromWorker lets a worker's view stand in the steps, as far as it has one.
func (p *Patient) fromWorker(steps []Step) []Step {
	if p.Worker == nil {
		return steps
	}
	seen := "a worker finds nothing: " + p.workerSources()
	if p.Worker.Found != "" {
		seen = "a worker has it from " + p.Worker.Found
	}
	i := slices.IndexFunc(steps, func(s Step) bool { return s.Arrow == ArrowSecret })
	steps = slices.Insert(steps, i+1, ok(ArrowSecret, FromWorker, "%s", seen))
	if p.Worker.Hook == nil {
		return steps
	}
	stop := p.workerStop()
	for i := range steps {
		switch s := &steps[i]; {
		case turn(s.Arrow) < turn(ArrowHook):
		case p.passed(s.Arrow):
			*s = ok(s.Arrow, FromWorker, "%s", p.workerSaw(s.Arrow))
		case s.Arrow == stop:
			*s = ok(s.Arrow, FromWorker, "%s", p.Worker.Hook.Error)
		default:
			*s = unchecked(s.Arrow, FromWorker, "the chain ends before")
		}
	}
	return steps
}

// workerSaw words what a worker saw at an arrow that it passed.
func (p *Patient) workerSaw(a Arrow) string {
	hook, reach := p.Worker.Hook, p.Worker.Reach
	switch {
	case a == ArrowHook:
		return "PostgresHook takes the arguments"
	case a == ArrowNetwork && reach != nil && reach.Address != "":
		return reach.Address + " answers " + reach.From
	case a == ArrowTLS && reach != nil && reach.TLS != nil && reach.TLS.Offered:
		return "the server offers " + reach.TLS.Version + ", " + reach.TLS.Cipher
	case a == ArrowTLS && reach != nil && reach.TLS != nil:
		return "the server offers no TLS"
	case a == ArrowLogin && hook.Opened:
		return "as " + orNone(hook.User)
	case a == ArrowDatabase && hook.Opened:
		return orNone(hook.Database)
	case a == ArrowQuery:
		return "a query through PostgresHook is answered"
	}
	return "passed"
}
