package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"aircon"
	"aircon/internal/doctor"
	"aircon/internal/optionfile"
	"aircon/internal/spec"
)

// The kinds of files that lint knows.
const (
	kindSpec    = "spec"
	kindSecret  = "secret"
	kindPolicy  = "policy"
	kindOptions = "options"
)

// input is a file to look at.
type input struct {
	Name string `json:"name"` // - is standard input
	Kind string `json:"kind"`

	text   *aircon.Secret    // where it was read already
	format optionfile.Format // of options, once it is known
}

// read returns the file's text: at most what a spec may be, and for the text of a secret what a secret holds.
func (in *input) read(w world) (aircon.Secret, error) {
	if in.text != nil {
		return *in.text, nil
	}
	from := w.in
	if in.Name != "-" {
		file, err := os.Open(in.Name)
		if err != nil {
			return aircon.Secret{}, usageError{err}
		}
		defer file.Close()
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, spec.MaxBytes+1))
	if err != nil {
		return aircon.Secret{}, err
	}
	if len(text) > spec.MaxBytes {
		return aircon.Secret{}, badInput{fmt.Errorf("%s: longer than %d MiB", in.where(), spec.MaxBytes>>20)}
	}
	secret := aircon.NewSecret(string(text))
	in.text = &secret
	return secret, nil
}

// where is what findings call the file.
func (in *input) where() string { return inputName([]string{in.Name}) }

// file looks at one file, and settles its kind.
func (l *linting) file(ctx context.Context, w world, in *input) ([]doctor.Finding, error) {
	text, err := in.read(w)
	if err != nil {
		return nil, err
	}
	if in.Kind == "" {
		in.Kind = kindOf(in.Name, text)
	}
	return l.examine(ctx, in, text)
}

// examine looks at a text of a known kind.
func (l *linting) examine(ctx context.Context, in *input, text aircon.Secret) ([]doctor.Finding, error) {
	where := in.where()
	switch in.Kind {
	case kindSpec:
		return l.spec(where, text)
	case kindPolicy:
		return doctor.Policy(where, text.Reveal(), l.needs)
	case kindOptions:
		file, err := in.options(text)
		if err != nil {
			return nil, err
		}
		return doctor.OptionFile(ctx, file, l.runtime.airflow)
	}
	return l.secret(where, text)
}

// options reads a text in the format that the file has: a change can leave nothing by which to tell it.
func (in *input) options(text aircon.Secret) (*optionfile.File, error) {
	if in.format == "" {
		in.format = optionfile.Map // where only --as options says so; the error tells what is missing
		if format, is := optionfile.ByName(in.Name); is {
			in.format = format
		}
		if format, is := optionfile.Detect(in.Name, text.Reveal()); is {
			in.format = format
		}
	}
	return optionfile.Parse(in.where(), text.Reveal(), in.format)
}

func (l *linting) secret(where string, text aircon.Secret) ([]doctor.Finding, error) {
	if len(text.Reveal()) > maxInput {
		return nil, badInput{fmt.Errorf("%s: longer than %d bytes, the most that a secret may hold", where, maxInput)}
	}
	backend, err := l.backend()
	if err != nil {
		return nil, err
	}
	id := strings.TrimSuffix(filepath.Base(where), filepath.Ext(where))
	return doctor.Text(doctor.SecretText{ID: id, Where: where, Text: text, Rotated: l.fix.rotated, Fix: l.fixCommand(where)}, backend), nil
}

// policyNeeds is what policies are for: the spec's, where one was named.
func (l *linting) policyNeeds() (doctor.Needs, error) {
	if l.fix.at.file == "" || l.fix.secret != "" {
		return doctor.Needs{}, nil
	}
	l.fix.at.literal = l.literal
	target, err := l.fix.at.load()
	if err != nil {
		return doctor.Needs{}, err
	}
	return doctor.NeedsOf(target.Spec), nil
}

func isYAML(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

// kindOf tells what a text is by its content; what is nothing else is the text of a secret.
func kindOf(name string, text aircon.Secret) string {
	if kind := knownKind(name, text); kind != "" {
		return kind
	}
	if isYAML(name) {
		return kindSpec
	}
	if _, is := optionfile.ByName(name); is {
		return kindOptions
	}
	return kindSecret
}

// knownKind tells what a text is, and "" where nothing of it says so.
func knownKind(name string, text aircon.Secret) string {
	if isYAML(name) {
		if specKey.MatchString(text.Reveal()) {
			return kindSpec
		}
		return ""
	}
	if _, is := optionfile.Detect(name, text.Reveal()); is {
		return kindOptions
	}
	var object map[string]json.RawMessage
	if json.NewDecoder(bytes.NewReader([]byte(text.Reveal()))).Decode(&object) == nil {
		if _, is := object["Statement"]; is {
			return kindPolicy
		}
	}
	plain := strings.TrimSpace(text.Reveal())
	if strings.HasPrefix(plain, "{") && connectionKey.MatchString(plain) || connectionURI.MatchString(plain) {
		return kindSecret
	}
	return ""
}

var (
	specKey = regexp.MustCompile(`(?m)^environments[ \t]*:`)
	// connectionKey is a key by which JSON, however broken, is meant for a connection.
	connectionKey = regexp.MustCompile(`["'](?:conn_type|connection_type|engine|login|remote_host|dbname)["'][ \t]*:`)
	connectionURI = regexp.MustCompile(`^(?:postgres|postgresql|mysql|redshift|aws|sqlite|mssql|snowflake)(?:\+\w+)?://\S*$`)
)
