package pghook

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// driverOwn are the arguments that a driver keeps to itself instead of handing them to libpq.
var driverOwn = map[string][]string{
	"psycopg2": {"async", "async_", "connection_factory", "cursor_factory"},
	"psycopg":  {"autocommit", "prepare_threshold", "context", "row_factory", "cursor_factory"},
}

// isDriverOwn reports whether an argument never reaches libpq, with a runtime's driver.
func isDriverOwn(rt aircon.Runtime, name string) bool {
	if isPsycopg3(rt) {
		return slices.Contains(driverOwn["psycopg"], name)
	}
	return slices.Contains(driverOwn["psycopg2"], name)
}

// DSN returns the connection string that the driver makes of the arguments and hands to libpq. It fails where the driver or
// libpq refuses them; for an option that this libpq does not know, [errors.As] finds a [*Fault] with its name.
func (a Arguments) DSN() (aircon.Secret, error) {
	params, err := a.params()
	if err != nil {
		return aircon.Secret{}, err
	}
	var parts []string
	for name, v := range params.All() {
		parts = append(parts, name+"="+escapeParam(py.Str(v)))
	}
	dsn := strings.Join(parts, " ")
	if _, err := parseConninfo(dsn, a.rt.Driver.LibPQ); err != nil {
		return aircon.Secret{}, err
	}
	return aircon.NewSecret(dsn), nil
}

// params are the arguments for libpq, in order and without those that are None.
func (a Arguments) params() (*py.Dict, error) {
	whole := "dsn" // the argument that holds a whole connection string
	if isPsycopg3(a.rt) {
		whole = "conninfo"
	}
	params := new(py.Dict)
	if text, given := a.dict.Get(whole); given && (text != nil || isPsycopg3(a.rt)) {
		base, ok := text.(string)
		if !ok {
			return nil, fmt.Errorf("%s holds %s where the driver needs text", whole, py.TypeName(text))
		}
		var err error
		if params, err = parseConninfo(base, a.rt.Driver.LibPQ); err != nil {
			return nil, fmt.Errorf("%s: %w", whole, err)
		}
	}
	if _, both := a.dict.Get("database"); both && !isPsycopg3(a.rt) {
		return nil, errors.New("database and dbname are one thing for psycopg2, and PostgresHook always passes dbname: leave database out of the extra")
	}
	for name, v := range a.dict.All() {
		if name != whole && v != nil && !isDriverOwn(a.rt, name) {
			params.Set(name, v)
		}
	}
	return params, nil
}

// escapeParam is the drivers' _param_escape.
func escapeParam(text string) string {
	if text == "" {
		return "''"
	}
	escaped := paramEscapes.Replace(text)
	if strings.ContainsFunc(escaped, py.IsSpace) {
		return "'" + escaped + "'"
	}
	return escaped
}

var paramEscapes = strings.NewReplacer(`\`, `\\`, `'`, `\'`)
