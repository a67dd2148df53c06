package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func metastoreCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: metastore FILE STATEMENT…")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	table, err := os.ReadFile("../../internal/metastore/testdata/3.3.1.sql")
	ts.Check(err)
	for _, statement := range append([]string{strings.Replace(string(table), "TABLE", "TABLE IF NOT EXISTS", 1)}, args[1:]...) {
		_, err := db.Exec(statement)
		ts.Check(err)
	}
}

// airflowMain is the airflow of the scripts: it carries out the command of Airflow's that a mend prints, on an SQLite metastore.
func airflowMain() {
	if err := runAirflow(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "airflow:", err)
		os.Exit(1)
	}
}

func runAirflow(args []string) error {
	if len(args) != 3 || args[0] != "connections" || args[1] != "delete" {
		return errors.New("usage: airflow connections delete CONN_ID")
	}
	path, is := strings.CutPrefix(os.Getenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"), "sqlite:///")
	if !is {
		return errors.New("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN names no SQLite database")
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	done, err := db.Exec("DELETE FROM connection WHERE conn_id = ?", args[2])
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("did not find a connection with conn_id=%s", args[2]) // Airflow's words (cli/commands/connection_command.py)
	}
	return nil
}
