package store

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// newestSchema is the version of the last migration.
const newestSchema = 3

// schemaOf reads the database's schema version from where goose keeps it. Goose itself takes milliseconds to find out.
func schemaOf(db *sql.DB) (version int64, err error) {
	err = db.QueryRow("SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&version)
	return version, err
}

// migrate brings the database in dir to the newest schema.
func migrate(dir string, db *sql.DB, sealer Sealer) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	seal := func(ctx context.Context, tx *sql.Tx) error { return sealValues(ctx, tx, sealer) }
	log := func(context.Context, *sql.Tx) error { return createLog(dir) } // migration 3: from then on the newest commits are in the log
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithGoMigrations(
		goose.NewGoMigration(2, &goose.GoFunc{RunTx: seal}, nil), goose.NewGoMigration(3, &goose.GoFunc{RunTx: log}, nil)))
	if err != nil {
		return err
	}
	_, err = provider.Up(context.Background())
	return err
}

// sealValues is migration 2: values lay there as JSON, and are sealed from then on.
func sealValues(ctx context.Context, tx *sql.Tx, sealer Sealer) error {
	var last write
	for {
		rows, err := plainRows(ctx, tx, last)
		if err != nil {
			return err
		}
		for _, row := range rows {
			last = row
			if _, err := sealer.Open(row.raw, rowName(row.table, row.key)); err == nil {
				continue // sealed already: what says that it is of the former schema was changed
			}
			sealed := sealer.Seal(row.raw, rowName(row.table, row.key))
			if _, err := tx.ExecContext(ctx, "UPDATE entries SET value = ? WHERE tbl = ? AND key = ?", sealed, row.table, []byte(row.key)); err != nil {
				return err
			}
		}
		if len(rows) < pageSize {
			return nil
		}
	}
}

// plainRows returns the next rows behind last, of any table.
func plainRows(ctx context.Context, tx *sql.Tx, last write) (page []write, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT tbl, key, value FROM entries WHERE (tbl, key) > (?, ?) ORDER BY tbl, key LIMIT ?",
		last.table, []byte(last.key), pageSize)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var table string
		var key, raw []byte
		if err := rows.Scan(&table, &key, &raw); err != nil {
			return nil, err
		}
		page = append(page, write{table: table, key: string(key), raw: raw})
	}
	return page, rows.Err()
}
