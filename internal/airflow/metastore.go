package airflow

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // the driver that database/sql knows by the name sqlite

	"aircon"
)

// airflow returns a run of Airflow's command line that needs nothing but a metastore.
func (i *Installed) airflow(home, metastore string, args ...string) program {
	return program{
		args: append([]string{filepath.Join(i.Dir, "bin", "airflow")}, args...),
		dir:  home,
		env: []string{
			"PATH=" + filepath.Join(i.Dir, "bin") + ":/usr/bin:/bin", "HOME=" + home, "AIRFLOW_HOME=" + home, "LANG=C.UTF-8",
			"AIRFLOW__CORE__LOAD_EXAMPLES=False", "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False",
			"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=" + metastore,
		},
	}
}

// migrate brings a metastore to the version, with the user who logs in to the web server (2.x; 3.x keeps users in a file).
func (i *Installed) migrate(ctx context.Context, home, metastore string) error {
	if err := i.airflow(home, metastore, "db", "migrate").run(ctx); err != nil {
		return err
	}
	if newer(i.Version, 3, 0) {
		return nil
	}
	// The password is made up and replaced at each start: it stands in the process list for a moment.
	user := i.airflow(home, metastore, "users", "create", "--role", "Admin", "--username", User, "--firstname", User, "--lastname", User,
		"--email", User+"@localhost", "--password", rand.Text())
	return user.run(ctx)
}

// makeMetastore makes the SQLite metastore that environments begin with.
func (i *Installed) makeMetastore(ctx context.Context) error {
	home, err := os.MkdirTemp(i.Dir, "home-")
	if err != nil {
		return err
	}
	fresh := filepath.Join(home, "metastore.db")
	if err := i.migrate(ctx, home, sqliteURL(fresh)); err != nil {
		return errors.Join(err, os.RemoveAll(home))
	}
	if err := os.Rename(fresh, i.metastore()); err != nil {
		return fmt.Errorf("airflow db migrate left no metastore: %w", err)
	}
	return os.RemoveAll(home)
}

func sqliteURL(path string) string { return "sqlite:///" + path }

// openMetastore returns the URL of the SQLite metastore in an environment's directory: the one that is there, or a copy of the
// installation's. Each version has its own file.
func (i *Installed) openMetastore(ctx context.Context, home string, keys Keys) (string, error) {
	path := filepath.Join(home, "metastore-"+i.Version+".db")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := copyFile(path, i.metastore()); err != nil {
			return "", err
		}
	}
	if newer(i.Version, 3, 0) {
		return sqliteURL(path), nil
	}
	return sqliteURL(path), setPassword(ctx, path, keys.Password)
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	fresh := to + ".new"
	out, err := os.OpenFile(fresh, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Rename(fresh, to)
}

// setPassword gives User a password in the metastore of Airflow 2, which its command line takes 4 s for, and as an argument.
func setPassword(ctx context.Context, path string, password aircon.Secret) error {
	hash, err := hashed(password)
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, `UPDATE ab_user SET password = ? WHERE username = ?`, hash, User)
	return err
}

// migratePostgres readies a metastore on PostgreSQL.
func (i *Installed) migratePostgres(ctx context.Context, home, url string, keys Keys) error {
	if err := i.migrate(ctx, home, url); err != nil || newer(i.Version, 3, 0) {
		return err
	}
	hash, err := hashed(keys.Password)
	if err != nil {
		return err
	}
	// SQLAlchemy's name of a dialect may have its driver after a plus.
	scheme, rest, _ := strings.Cut(url, "://")
	dialect, _, _ := strings.Cut(scheme, "+")
	db, err := pgx.Connect(ctx, dialect+"://"+rest)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, `UPDATE ab_user SET password = $1 WHERE username = $2`, hash, User)
	return errors.Join(err, db.Close(ctx))
}
