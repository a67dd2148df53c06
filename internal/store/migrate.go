package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the database to this program's version, and refuses one of a newer.
func migrate(db *sql.DB, dir string) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	ctx := context.Background()
	version, err := provider.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	newest := sources[len(sources)-1].Version
	if version > newest {
		return fmt.Errorf("%w: %s has schema %d, and this program knows up to %d: use the newer aircon, or another directory",
			ErrNewer, dir, version, newest)
	}
	if version < newest {
		_, err = provider.Up(ctx)
	}
	return err
}
