package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"aircon"
	"aircon/lookup"
	"aircon/pghook"
)

// Narrower asks a server about a role, with a connection that is not the role's own.
type Narrower func(ctx context.Context, second aircon.Connection, rt aircon.Runtime, role string) (*pghook.RoleState, error)

// AskRole returns a Narrower that works from this machine, as [Connect] does.
func AskRole(tokens pghook.TokenSource, limit time.Duration) Narrower {
	return func(ctx context.Context, second aircon.Connection, rt aircon.Runtime, role string) (*pghook.RoleState, error) {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return pghook.Role(ctx, second, rt, pghook.Options{Hook: pghook.Hook{Tokens: tokens}}, role)
	}
}

// errOtherServer says that the second login is no help.
var errOtherServer = errors.New("it leads to another server")

// narrow asks the second login which of its causes a refused login has, where the user allowed one.
func (d *Doctor) narrow(ctx context.Context, p *Patient) error {
	if d.Narrow == nil || p.ID == d.SecondLogin || p.stopped(pghook.CausePassword) == nil {
		return nil
	}
	trace, err := p.Env.search.Connection(ctx, d.SecondLogin)
	if err != nil {
		return err
	}
	conn, _ := p.connection()
	switch {
	case trace.Outcome != lookup.Found:
		err = fmt.Errorf("the search for it ends %s", trace.Outcome)
	case trace.Conn.Host.String() != conn.Host.String() || trace.Conn.Port.String() != conn.Port.String():
		err = errOtherServer
	default:
		p.Probe.Role, err = d.Narrow(ctx, trace.Conn, p.Env.Runtime.On(trace.Holder), conn.Login.String())
	}
	if err != nil {
		p.Probe.RoleErr = fmt.Errorf("%s could not tell: %w", d.SecondLogin, err)
	}
	return nil
}
