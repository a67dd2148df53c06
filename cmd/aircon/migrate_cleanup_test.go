//go:build unix

package main

import (
	"database/sql"
	"path/filepath"
	"slices"
	"testing"

	"aircon"
	"aircon/internal/metastore"
)

// Whoever cleans up is asked before it, and a row that somebody changes until the answer stays.
func TestMigrateCleanUpAsks(t *testing.T) {
	path := sqliteMetastore(t, filepath.Join(t.TempDir(), "airflow.db"), "2.10.3", []metastoreRow{
		{id: "changed", connType: "http", host: "h"}, {id: "same", connType: "http", host: "h"},
	})
	execSetup(t)
	left := func(want ...string) {
		t.Helper()
		s, err := metastore.Read(t.Context(), aircon.NewSecret(path))
		if err != nil || !slices.Equal(s.IDs(), want) {
			t.Errorf("the metastore has %v, want %v: %v", s, want, err)
		}
	}
	command := "aircon migrate --environment analytics --clean-up --metastore " + path + "\n"
	term := openTerminal(t)
	term.types(command, "write these secrets? [y/N]")
	left("changed", "same")
	term.types("n\n", "$ ")
	term.types(command, "write these secrets? [y/N]")
	term.types("y\n", "delete from the metastore 2 connections that Secrets Manager has been proven to hold? [y/N]")
	left("changed", "same")
	term.types("n\n", "$ ")
	left("changed", "same")

	term.types(command, "delete from the metastore 2 connections that Secrets Manager has been proven to hold? [y/N]")
	db, err := sql.Open("sqlite", path[len("sqlite:///"):])
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE connection SET host = 'other' WHERE conn_id = 'changed'"); err != nil {
		t.Fatal(err)
	}
	term.types("y\n", "retained  somebody has changed it in the metastore since it was")
	term.awaits("1 cleaned, 1 retained")
	left("changed")
}
