package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"aircon"
	"aircon/internal/pglocal"
)

// localMWAA is an environment of local AWS, as far as running it needs.
type localMWAA struct {
	Name                        string
	Arn                         string
	AirflowVersion              string
	ExecutionRoleArn            string
	AirflowConfigurationOptions map[string]string
}

func (e *localMWAA) account() string { return e.part(4) }

func (e *localMWAA) region() string { return e.part(3) }

// part is one of the ARN's, which are divided by colons.
func (e *localMWAA) part(n int) string {
	if parts := strings.Split(e.Arn, ":"); len(parts) > n {
		return parts[n]
	}
	return ""
}

// role is the execution role's name.
func (e *localMWAA) role() string {
	return e.ExecutionRoleArn[strings.LastIndexByte(e.ExecutionRoleArn, '/')+1:]
}

// findEnvironment returns the environment of a name, or without one the only environment that there is.
func findEnvironment(ctx context.Context, env map[string]string, name string) (*localMWAA, error) {
	if name == "" {
		var all struct{ Environments []string }
		if err := askMWAA(ctx, env, "ListEnvironments", map[string]string{}, &all); err != nil {
			return nil, err
		}
		switch len(all.Environments) {
		case 0:
			return nil, usageError{errors.New("local AWS has no environment: make one with: aircon local environment NAME --airflow VERSION")}
		case 1:
			name = all.Environments[0]
		default:
			return nil, usageError{fmt.Errorf("which environment: %s", strings.Join(all.Environments, ", "))}
		}
	}
	var got struct{ Environment localMWAA }
	err := askMWAA(ctx, env, "GetEnvironment", map[string]string{"Name": name}, &got)
	return &got.Environment, err
}

func askMWAA(ctx context.Context, env map[string]string, operation string, input map[string]string, answer any) error {
	text, err := json.Marshal(input)
	if err != nil {
		return err
	}
	got, err := callLocal(ctx, env, "mwaa", operation, string(text))
	if err != nil {
		return err
	}
	return json.Unmarshal(got, answer)
}

// metastoreURL makes an environment's metastore in the PostgreSQL that local AWS runs, where there is none yet, and returns its URL as SQLAlchemy
// takes it. Each version has its own.
func metastoreURL(ctx context.Context, env map[string]string, directory string, e *localMWAA) (aircon.Secret, error) {
	if env["PGHOST"] == "" {
		return aircon.Secret{}, usageError{errors.New("--metastore postgres: local AWS runs no PostgreSQL: start it with: aircon local --database NAME")}
	}
	name := metastoreName(e)
	if err := makeMetastore(ctx, env, directory, name); err != nil {
		return aircon.Secret{}, fmt.Errorf("making the metastore %s: %w", name, err)
	}
	u := url.URL{
		Scheme: "postgresql+psycopg2", User: url.UserPassword(env["PGUSER"], env["PGPASSWORD"]), Host: net.JoinHostPort(env["PGHOST"], env["PGPORT"]), Path: "/" + name,
		RawQuery: url.Values{"sslmode": {env["PGSSLMODE"]}, "sslrootcert": {env["PGSSLROOTCERT"]}}.Encode(),
	}
	return aircon.NewSecret(u.String()), nil
}

// metastoreName is a database's for an environment and version. PostgreSQL cuts names off after 63 bytes, so that what tells them apart comes first.
func metastoreName(e *localMWAA) string {
	sum := sha256.Sum256([]byte(e.Arn))
	name := "airflow_" + hex.EncodeToString(sum[:4]) + "_" + strings.ReplaceAll(e.AirflowVersion, ".", "_") + "_" + e.Name
	return name[:min(len(name), 63)]
}

// makeMetastore makes a database as the superuser of local AWS's PostgreSQL.
func makeMetastore(ctx context.Context, env map[string]string, directory, name string) error {
	db, err := pglocal.Join(ctx, postgresDirectory(directory), env["PGPORT"], "postgres")
	if err != nil {
		return err
	}
	var there bool
	err = db.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there)
	if err == nil && !there {
		_, err = db.Exec(ctx, "CREATE DATABASE "+pglocal.Quote(name)+" OWNER "+pglocal.Quote(env["PGUSER"]))
	}
	return errors.Join(err, db.Close(ctx))
}
