// Package pgfiles hands a connection to programs that use libpq by files: a connection service file with its options and a password file, so that no
// password stands on a command line, in a history or in an environment that child processes inherit.
//
//	NewDir -> a directory; Hold, in the process that will remove it -> Write
//	Sweep  -> removes what is left of those whose holder was killed
package pgfiles

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"aircon"
	"aircon/pghook"
)

// files are the files of one connection.
type files struct {
	dir string
	env map[string]aircon.Secret // what points libpq at them
}

// service is the name of the only service in the file.
const service = "aircon"

// Write writes the files for what libpq gets into a directory of NewDir's, and returns the variables that point libpq at them. A value that a
// service file cannot hold is an error that names the option.
func Write(dir string, settings []pghook.Setting) (env map[string]aircon.Secret, err error) {
	text, password, err := split(settings)
	if err != nil {
		return nil, err
	}
	f := &files{dir, map[string]aircon.Secret{"PGSERVICE": aircon.NewSecret(service)}}
	err = f.file("PGSERVICEFILE", "pg_service.conf", text)
	switch {
	case password.IsNull():
	case strings.ContainsAny(password.Reveal(), "\r\n"): // a password file has lines
		f.env["PGPASSWORD"] = password
	default:
		err = errors.Join(err, f.file("PGPASSFILE", "pgpass", "*:*:*:*:"+passEscapes.Replace(password.Reveal())+"\n"))
	}
	return f.env, err
}

// passEscapes are those of a password file: the colon too, as others than libpq read such files.
var passEscapes = strings.NewReplacer(`\`, `\\`, ":", `\:`)

// file writes one, which a variable points at. libpq refuses a password file that others can read.
func (f *files) file(variable, name, text string) error {
	path := filepath.Join(f.dir, name)
	f.env[variable] = aircon.NewSecret(path)
	return os.WriteFile(path, []byte(text), 0o600)
}

// longest is how long a line of a service file may be (libpq's parseServiceFile, MAXBUFSIZE up to version 12; later ones have no limit).
const longest = 1022

// split is the text of the service file, and the password, which is null where there is none. The value of a line begins right after the equals sign, and the
// white space at its end is lost (libpq's parseServiceFile).
func split(settings []pghook.Setting) (text string, password aircon.Secret, err error) {
	var b strings.Builder
	b.WriteString("[" + service + "]\n")
	for _, s := range settings {
		value := s.Value.Reveal()
		line := s.Option + "=" + value
		switch {
		case s.Option == "password":
			password = s.Value
			continue
		case s.Option == "service":
			return "", password, errors.New("its extra names a service of a file on the workers, which is not here")
		case strings.ContainsAny(value, "\r\n\x00") || strings.TrimRight(value, " \t\v\f") != value:
			return "", password, fmt.Errorf("its %s ends in white space or has several lines, which no connection service file can hold", s.Option)
		case len(line) > longest:
			return "", password, fmt.Errorf("its %s has %d characters, and a connection service file takes %d a line", s.Option, len(value), longest)
		}
		b.WriteString(line + "\n")
	}
	return b.String(), password, nil
}
