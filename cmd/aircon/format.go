package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"aircon"
	"aircon/pghook"
)

// format is one way to write a connection.
type format struct {
	name  string
	what  string
	write func(ctx context.Context, id string, conn aircon.Connection, rt aircon.Runtime) (aircon.Secret, error)
}

// formats lists the forms that convert and get --reveal write.
var formats = []format{
	{"json", "Airflow's JSON, which Secrets Manager and AIRFLOW_CONN_ variables may hold", writeJSON},
	{"uri", "Airflow's URI", writeURI},
	{"env", "a line AIRFLOW_CONN_<ID>='…' for a shell", writeEnv},
	{"sqlalchemy", "SQLAlchemy's URL, as PostgresHook.get_uri() gives it", writeSQLAlchemy},
	{"libpq", "libpq's connection string, as the driver makes it of PostgresHook's arguments", writeLibpq},
}

func formatNamed(name string) (format, error) {
	i := slices.IndexFunc(formats, func(f format) bool { return f.name == name })
	if i < 0 {
		return format{}, usageError{fmt.Errorf("format %q: the formats are %s", name, formatNames())}
	}
	return formats[i], nil
}

func formatNames() string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func writeJSON(_ context.Context, _ string, conn aircon.Connection, rt aircon.Runtime) (aircon.Secret, error) {
	return conn.JSON(rt)
}

func writeURI(_ context.Context, _ string, conn aircon.Connection, rt aircon.Runtime) (aircon.Secret, error) {
	return conn.URI(rt)
}

func writeEnv(_ context.Context, id string, conn aircon.Connection, rt aircon.Runtime) (aircon.Secret, error) {
	text, err := conn.JSON(rt)
	if err != nil {
		return aircon.Secret{}, err
	}
	quoted := "'" + strings.ReplaceAll(text.Reveal(), "'", `'\''`) + "'"
	return aircon.NewSecret(aircon.EnvName(id) + "=" + quoted), nil
}

func writeSQLAlchemy(ctx context.Context, _ string, conn aircon.Connection, rt aircon.Runtime) (aircon.Secret, error) {
	return pghook.URI(ctx, conn, rt, pghook.Hook{})
}

func writeLibpq(ctx context.Context, _ string, conn aircon.Connection, rt aircon.Runtime) (aircon.Secret, error) {
	args, err := pghook.NewArguments(ctx, conn, rt, pghook.Hook{})
	if err != nil {
		return aircon.Secret{}, err
	}
	return args.DSN()
}
