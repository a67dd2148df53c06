package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"aircon"
	"aircon/internal/pglocal"
	"aircon/internal/store"
)

// database is the PostgreSQL database that local serves beside AWS: what it is called, where, and its owner's password.
// It lies in the data directory, mode 0600.
type database struct {
	Name     string `json:"name"` // of the database and of the role that owns it
	Password string `json:"password"`
	Port     int    `json:"port"`
}

const databaseFile = "database.json"

// postgresDirectory is the server's own directory. It lies beside the data directory, which only its owner may enter, as
// PostgreSQL runs as another user where aircon is root.
func postgresDirectory(dir string) string { return filepath.Clean(dir) + "-postgres" }

// startDatabase starts PostgreSQL with TLS and SCRAM, and makes the database and its owner where they are not there yet. The port
// stays the same from start to start as long as it is free.
func startDatabase(ctx context.Context, dir, name string) (*pglocal.Server, map[string]string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	db, err := readDatabase(dir)
	if err != nil {
		return nil, nil, err
	}
	fresh := db.Name != name
	if fresh {
		db.Name, db.Password = name, rand.Text()
	}
	if !free(db.Port) {
		db.Port = 0
	}
	server, err := pglocal.Start(ctx, pglocal.Options{Dir: postgresDirectory(dir), Port: db.Port, Durable: true})
	if err != nil {
		return nil, nil, err
	}
	db.Port = server.Port
	if fresh {
		err = makeDatabase(ctx, server, db)
	}
	if err == nil {
		err = db.save(dir)
	}
	if err != nil {
		return nil, nil, errors.Join(err, server.Stop(ctx))
	}
	return server, db.env(server.CAFile), nil
}

func makeDatabase(ctx context.Context, server *pglocal.Server, db database) error {
	if err := server.CreateRole(ctx, db.Name, aircon.NewSecret(db.Password), ""); err != nil {
		return err
	}
	return server.CreateDatabase(ctx, db.Name, db.Name)
}

func readDatabase(dir string) (database, error) {
	var db database
	text, err := os.ReadFile(filepath.Join(dir, databaseFile))
	if errors.Is(err, fs.ErrNotExist) {
		return db, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &db)
	}
	if err != nil {
		return db, fmt.Errorf("reading %s: %w", databaseFile, err)
	}
	return db, nil
}

func (db database) save(dir string) error {
	text, err := json.Marshal(db)
	if err != nil {
		return err
	}
	return store.WriteFile(filepath.Join(dir, databaseFile), text)
}

// env are libpq's own variables, without the password.
func (db database) env(caFile string) map[string]string {
	return map[string]string{
		"PGHOST": pglocal.Host, "PGPORT": strconv.Itoa(db.Port), "PGDATABASE": db.Name, "PGUSER": db.Name,
		"PGSSLMODE": "verify-full", "PGSSLROOTCERT": caFile,
	}
}

// free reports whether nobody listens on a port; 0 is always free.
func free(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort(pglocal.Host, strconv.Itoa(port)))
	if err != nil {
		return false
	}
	return l.Close() == nil
}
