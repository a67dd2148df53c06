package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"aircon"
	"aircon/exchange"
	"aircon/internal/plan"
	"aircon/internal/py"
	"aircon/internal/spec"
	"aircon/internal/store"
)

// secretPlaces is where the secrets of declared connections go: files of a directory, or variables of one file.
type secretPlaces struct {
	dir, env string // env goes before dir
	spec     string // whose directory a relative dir starts from
	taken    map[string]bool
	texts    []secretText
}

// secretText is a secret and its place: a file's name, or a variable's.
type secretText struct {
	place string
	text  aircon.Secret
}

func (s *secretPlaces) begin(spec string) { s.spec, s.taken = spec, map[string]bool{} }

// declare makes spec's connections, and says what a spec cannot say of them. Each is read back from its declaration. refused says why a spec
// would not be read that has one, or nothing.
func (s *secretPlaces) declare(all []aircon.Connection, refused func(*spec.Connection) string) (declared spec.Named[*spec.Connection], losses []exchange.Loss, problems []exchange.Problem) {
	for _, c := range all {
		id := c.ID.String()
		values := map[string]aircon.Secret{}
		d, err := plan.Declare(c, func(field string, secret aircon.Secret) (spec.Source, error) {
			if secret.IsNull() {
				return spec.Source{}, fmt.Errorf("its extra's %s is no text, and may hold a secret: a spec points at secrets that are texts", field)
			}
			values[field] = secret
			return s.place(id, field), nil
		})
		if err != nil {
			problems = append(problems, exchange.Problem{ID: id, Reason: err.Error()})
			continue
		}
		if reason := refused(d); reason != "" {
			problems = append(problems, exchange.Problem{ID: id, Reason: reason})
			continue
		}
		back, err := plan.ConnectionOf(d, valuesOf(d, values))
		if err != nil {
			problems = append(problems, exchange.Problem{ID: id, Reason: err.Error()})
			continue
		}
		for _, difference := range exchange.Differences(c, back) {
			losses = append(losses, exchange.Loss{ID: id, Field: difference.Field, Change: difference.Change, Reason: "a spec leaves out what is empty"})
		}
		declared = append(declared, d)
		s.keep(d, values)
	}
	return declared, losses, problems
}

// valuesOf gives each source of a connection its secret.
func valuesOf(d *spec.Connection, secrets map[string]aircon.Secret) plan.Values {
	values := plan.Values{}
	if d.Password != nil {
		values[d.Password] = secrets["password"]
	}
	for _, member := range d.SecretExtra {
		values[&member.Source] = secrets[member.Key]
	}
	return values
}

// keep remembers the secrets that a connection points at.
func (s *secretPlaces) keep(d *spec.Connection, secrets map[string]aircon.Secret) {
	for source, secret := range valuesOf(d, secrets) {
		s.texts = append(s.texts, secretText{source.File + source.Env, secret})
	}
}

// place finds a name for a secret that no other has.
func (s *secretPlaces) place(id, field string) spec.Source {
	plain := func(text string, more string) string {
		return strings.Map(func(r rune) rune {
			if r < 0x80 && py.IsWord(r) || strings.ContainsRune(more, r) {
				return r
			}
			return '_'
		}, text)
	}
	name := plain(id, ".-") + "." + plain(field, "-")
	if s.env != "" {
		name = strings.ToUpper(plain(id+"_"+field, ""))
		if name[0] >= '0' && name[0] <= '9' {
			name = "_" + name
		}
	}
	free := name
	for n := 2; s.taken[free]; n++ {
		free = fmt.Sprintf("%s_%d", name, n)
	}
	s.taken[free] = true
	if s.env != "" {
		return spec.Source{Env: free}
	}
	return spec.Source{File: filepath.ToSlash(filepath.Join(s.dir, free))}
}

// write puts the secrets where the spec points. What is there already is not overwritten.
func (s *secretPlaces) write() error {
	if s.env != "" {
		return s.writeEnv()
	}
	for _, t := range s.texts {
		path := t.place
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(s.spec), path)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return badInput{err}
		}
		text := t.text.Reveal()
		if !strings.HasSuffix(text, "\r") { // whoever reads it drops one line end, \n or \r\n
			text += "\n"
		}
		if err := writeSecret(path, []byte(text)); err != nil {
			return err
		}
	}
	return nil
}

func (s *secretPlaces) writeEnv() error {
	var b strings.Builder
	for _, t := range s.texts {
		b.WriteString(t.place + "='" + strings.ReplaceAll(t.text.Reveal(), "'", `'\''`) + "'\n")
	}
	return writeSecret(s.env, []byte(b.String()))
}

// next says what to do with the secrets.
func (s *secretPlaces) next() string {
	switch {
	case len(s.texts) == 0:
		return "  aircon plan  shows what they would change\n"
	case s.env != "":
		return fmt.Sprintf("  the secrets are in %s, which belongs into no repository: set -a; . %s; set +a; aircon plan\n", s.env, shellQuote(pathOf(s.env)))
	}
	return fmt.Sprintf("  the secrets are in %s/, which belongs into no repository; aircon plan reads them there\n", filepath.ToSlash(s.dir))
}

// pathOf is a file's name such that a shell's dot does not look for it in PATH.
func pathOf(name string) string {
	if strings.ContainsRune(name, '/') {
		return name
	}
	return "./" + name
}

// replaceFile writes a file's new text such that it is whole, or as it was, and keeps who may read it.
func replaceFile(path string, text []byte) error {
	was, err := os.Stat(path)
	if err != nil {
		return badInput{err}
	}
	return store.CreateFile(path, func(file *os.File) error {
		_, err := file.Write(text)
		return errors.Join(err, file.Chmod(was.Mode().Perm()))
	})
}
