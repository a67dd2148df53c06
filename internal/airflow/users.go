package airflow

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that database/sql knows by the name pgx
	_ "modernc.org/sqlite"             // the driver that database/sql knows by the name sqlite
)

// firstUser is the id of the first of the users here, out of the way of those that Airflow makes.
const firstUser = 9001

// putUsers gives Airflow 2 a user for each of its roles, in the tables of Flask-AppBuilder's security manager. Airflow's own `users create` takes
// 4 s a user, and the password as an argument, which every process of the machine may see.
func putUsers(ctx context.Context, driver, name string, keys Keys) (err error) {
	db, err := sql.Open(driver, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for n, role := range Roles {
		hash, err := hashed(keys.PasswordOf(role))
		if err != nil {
			return err
		}
		id, user := firstUser+n, strings.ToLower(role)
		for _, statement := range []struct {
			sql  string
			args []any
		}{
			{`INSERT INTO ab_user (id, first_name, last_name, username, password, active, email)
				VALUES ($1, $2, $2, $2, $3, true, $4) ON CONFLICT (id) DO UPDATE SET password = $3`, []any{id, user, hash, user + "@localhost"}},
			{`INSERT INTO ab_user_role (id, user_id, role_id) SELECT $1, $1, id FROM ab_role WHERE name = $2 ON CONFLICT (id) DO NOTHING`, []any{id, role}},
		} {
			if _, err := tx.ExecContext(ctx, statement.sql, statement.args...); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}
