package pghook

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"aircon"
)

// RoleState is what another login sees of a role that cannot log in.
type RoleState struct {
	Exists      Tristate
	Expired     Tristate // whether VALID UNTIL is over
	ValidUntil  string   // as the server writes it; "" means without end
	HasPassword Tristate // only superusers may see it; unknown to others
}

// Role asks a server for the state of a role, with another login's connection: any login may read pg_roles, and superusers pg_authid too.
// The error means that this login did not get in either, or was refused.
func Role(ctx context.Context, conn aircon.Connection, rt aircon.Runtime, opts Options, name string) (*RoleState, error) {
	config, _, err := Config(ctx, conn, rt, opts)
	if err != nil {
		return nil, err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol // goes through every pooler
	session, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		var r Report
		r.fail(PhaseLogin, err)
		return nil, r.Err
	}
	defer func() { _ = session.Close(context.WithoutCancel(ctx)) }()
	return askRole(ctx, session, name)
}

func askRole(ctx context.Context, session *pgx.Conn, name string) (*RoleState, error) {
	rows, err := session.Query(ctx, "SELECT coalesce(rolvaliduntil::text, ''), coalesce(rolvaliduntil < now(), false) FROM pg_catalog.pg_roles WHERE rolname = $1", name)
	if err != nil {
		return nil, fmt.Errorf("pg_roles: %w", err)
	}
	state := &RoleState{Exists: No}
	var expired bool
	if _, err := pgx.ForEachRow(rows, []any{&state.ValidUntil, &expired}, func() error {
		state.Exists, state.Expired = Yes, tristate(expired)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("pg_roles: %w", err)
	}
	var has bool
	if session.QueryRow(ctx, "SELECT rolpassword IS NOT NULL FROM pg_catalog.pg_authid WHERE rolname = $1", name).Scan(&has) == nil {
		state.HasPassword = tristate(has) // an error leaves it unknown: who is no superuser may not read pg_authid
	}
	return state, nil
}
