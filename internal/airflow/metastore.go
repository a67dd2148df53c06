package airflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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

// migrate brings a metastore to the version, with the permissions of Airflow 2's roles, for which its web server would take seconds.
func (i *Installed) migrate(ctx context.Context, home, metastore string) error {
	if err := i.airflow(home, metastore, "db", "migrate").run(ctx); err != nil || newer(i.Version, 3, 0) {
		return err
	}
	return i.airflow(home, metastore, "sync-perm").run(ctx)
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
	return sqliteURL(path), putUsers(ctx, "sqlite", path, keys)
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
