package airflow

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// openPostgres readies a metastore on PostgreSQL. One that was migrated here before, and that nobody has touched since, is ready: Airflow's own
// check takes seconds.
func (i *Installed) openPostgres(ctx context.Context, home, url string, keys Keys) error {
	// SQLAlchemy's name of a dialect may have its driver after a plus.
	scheme, rest, _ := strings.Cut(url, "://")
	dialect, _, _ := strings.Cut(scheme, "+")
	plain := dialect + "://" + rest
	if err := i.migrateOnce(ctx, home, url, plain); err != nil || newer(i.Version, 3, 0) {
		return err
	}
	return putUsers(ctx, "pgx", plain, keys)
}

// migratedFile lies in an environment's directory: the metastore on PostgreSQL that was migrated to the end, permissions included.
const migratedFile = "migrated.json"

// migrated is what tells a metastore that was migrated from another. A database that was dropped and made again has another OID.
type migrated struct {
	Airflow  string `json:"airflow"`
	Database string `json:"database"`
	OID      uint32 `json:"oid"`
	Revision string `json:"revision"` // Alembic's; "" where there is none
}

func (i *Installed) migrateOnce(ctx context.Context, home, url, plain string) error {
	path := filepath.Join(home, migratedFile)
	var before migrated
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &before)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	now, err := i.lookAt(ctx, plain)
	if err != nil || now == before && now.Revision != "" {
		return err
	}
	if err := i.migrate(ctx, home, url); err != nil {
		return err
	}
	if now, err = i.lookAt(ctx, plain); err != nil {
		return err
	}
	if text, err = json.Marshal(now); err != nil {
		return err
	}
	return writeFile(path, text)
}

// lookAt says which metastore is there.
func (i *Installed) lookAt(ctx context.Context, plain string) (m migrated, err error) {
	db, err := sql.Open("pgx", plain)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	m.Airflow = i.Version
	var there bool
	err = db.QueryRowContext(ctx, `SELECT datname, oid, to_regclass('alembic_version') IS NOT NULL FROM pg_database WHERE datname = current_database()`).
		Scan(&m.Database, &m.OID, &there)
	if err != nil || !there {
		return m, err
	}
	err = db.QueryRowContext(ctx, `SELECT coalesce(string_agg(version_num, ' ' ORDER BY version_num), '') FROM alembic_version`).Scan(&m.Revision)
	return m, err
}
