package doctor

import (
	"context"
	"time"

	"aircon"
	"aircon/pghook"
)

// Prober opens the database that a connection leads to, as PostgresHook would. It returns nil for a connection that is
// not PostgresHook's.
type Prober func(ctx context.Context, conn aircon.Connection, rt aircon.Runtime) *Probed

// Probed is what came of it.
type Probed struct {
	Refused error // by PostgresHook or libpq, before anything is opened; nil: they take the arguments
	Report  pghook.Report
	Modes   []pghook.Mode // each sslmode, tried; only where TLS was at fault
	// Role is what another login of the same server saw of a role that was refused; nil: there was none to ask.
	Role    *pghook.RoleState
	RoleErr error // why the other login could not tell; nil: it could, or was not asked
}

// ProbeTime bounds one attempt to open a database where nothing else is said.
const ProbeTime = 10 * time.Second

// Connect returns a Prober that works from this machine. tokens gives the password of connections with iam; nil makes
// those fail. An attempt to open a database takes as long as limit at most.
func Connect(tokens pghook.TokenSource, limit time.Duration) Prober {
	return func(ctx context.Context, conn aircon.Connection, rt aircon.Runtime) *Probed {
		if t := conn.Type.String(); t != "postgres" && t != "" {
			return nil
		}
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		hook := pghook.Hook{Tokens: tokens}
		probed := new(Probed)
		args, err := pghook.NewArguments(ctx, conn, rt, hook)
		if err == nil {
			_, err = args.DSN()
		}
		if probed.Refused = err; err != nil {
			return probed
		}
		opts := pghook.Options{Hook: hook}
		probed.Report = pghook.Probe(ctx, conn, rt, opts)
		if probed.tlsAtFault() {
			probed.Modes = pghook.Modes(ctx, conn, rt, opts)
		}
		return probed
	}
}

// arrows are the arrows behind the hook, with the phases of the probe that belong to them.
var arrows = []struct {
	arrow  Arrow
	phases []pghook.Phase
	seen   func(r *pghook.Report) string
}{
	{ArrowNetwork, []pghook.Phase{pghook.PhaseResolve, pghook.PhaseConnect}, seenNetwork},
	{ArrowTLS, []pghook.Phase{pghook.PhaseTLS}, seenTLS},
	{ArrowLogin, []pghook.Phase{pghook.PhaseLogin}, func(r *pghook.Report) string { return "as " + orNone(r.User) }},
	{ArrowDatabase, []pghook.Phase{pghook.PhaseDatabase}, func(r *pghook.Report) string { return orNone(r.Database) }},
	{ArrowQuery, []pghook.Phase{pghook.PhaseQuery}, seenQuery},
}

func seenNetwork(r *pghook.Report) string {
	if len(r.Addresses) == 0 {
		return "connected"
	}
	return r.Addresses[len(r.Addresses)-1] + " answers"
}

func seenTLS(r *pghook.Report) string {
	if r.TLS == nil {
		return "no TLS: everything passes in the clear"
	}
	return r.TLS.Version + ", " + r.TLS.Cipher + ", certificate verified against " + string(r.TLS.Verified)
}

func seenQuery(r *pghook.Report) string {
	text := "PostgreSQL " + r.ServerVersion + " answers in " + r.Latency.Round(100*time.Microsecond).String()
	if r.ReadOnly == pghook.Yes {
		text += ", read-only"
	}
	return text
}

// probed says what the probe saw of each arrow from the hook on.
func (p *Patient) probed() []Step {
	if p.Probe == nil {
		why := "there is no connection to open"
		if p.inMetastore() {
			why = "not opened: the metastore has it, whose passwords are not read"
		} else if p.garbled() {
			why = "not opened: a piece of the password may stand in another field, as the text is not read as it was meant"
		} else if conn, is := p.connection(); is && conn.Type.String() != "" && conn.Type.String() != "postgres" {
			why = "not opened: its type is " + conn.Type.String() + ", and aircon opens postgres alone"
		} else if is {
			why = "not asked for"
		}
		return uncheckedFrom(ArrowHook, why)
	}
	if p.Probe.Refused != nil {
		steps := uncheckedFrom(ArrowHook, "the chain ends before")
		steps[0].Seen = p.Probe.Refused.Error()
		return steps
	}
	steps := []Step{ok(ArrowHook, FromHere, "%s takes the arguments", p.Env.Runtime.Driver.Name)}
	if p.Probe.Report.Failed == pghook.PhaseConfig {
		return append(steps, uncheckedFrom(ArrowNetwork, "the chain ends before")...)
	}
	for _, a := range arrows {
		for _, phase := range a.phases {
			if p.Probe.Report.Failed == phase {
				return append(steps, uncheckedFrom(a.arrow, "the chain ends before")...)
			}
		}
		steps = append(steps, ok(a.arrow, FromHere, "%s", a.seen(&p.Probe.Report)))
	}
	return steps
}

// uncheckedFrom are the steps of an arrow and all after it, not looked at.
func uncheckedFrom(first Arrow, why string) []Step {
	var steps []Step
	for _, a := range Arrows {
		if a == first || len(steps) > 0 {
			steps = append(steps, unchecked(a, FromHere, why))
		}
	}
	return steps
}

// failed is the probe's report where it failed in one of the phases, and nil otherwise.
func (p *Patient) failed(phases ...pghook.Phase) *pghook.Report {
	if p.Probe == nil || p.Probe.Refused != nil {
		return nil
	}
	for _, phase := range phases {
		if p.Probe.Report.Failed == phase {
			return &p.Probe.Report
		}
	}
	return nil
}
