package spec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"unicode/utf8"

	"aircon"
)

// ErrKeep is what Resolve gives for {keep: true}: the secret is what is stored already, and nowhere else.
var ErrKeep = errors.New("the secret is kept as it is stored")

// MaxSecret is the most bytes that a source may give: the most that a secret of Secrets Manager holds.
const MaxSecret = 65_536

// Resolver says how sources find their secrets. The zero value uses this process's environment and working directory.
type Resolver struct {
	Dir       string                      // where relative files start: the spec's directory
	LookupEnv func(string) (string, bool) // nil means os.LookupEnv
	Stderr    io.Writer                   // what commands say, such as a question for a PIN; nil drops it
}

// Resolve fetches the secret. One line end (\n or \r\n) at the end of a file or of a command's output is dropped, as editors
// and echo put it there; everything else stays, and a variable's value stays as it is. An empty result is an error. A command runs without a shell
// and without standard input; errors name it, but not its arguments or what it printed.
func (s *Source) Resolve(ctx context.Context, r Resolver) (aircon.Secret, error) {
	switch {
	case s.Keep:
		return aircon.Secret{}, ErrKeep
	case !s.literal.IsNull():
		return s.literal, nil
	case s.Env != "":
		return r.fromEnv(s.Env)
	case s.File != "":
		return r.fromFile(s.File)
	case len(s.Command) > 0:
		return r.fromCommand(ctx, s.Command)
	}
	return aircon.Secret{}, errors.New("the spec does not say where the secret is")
}

func (r Resolver) fromEnv(name string) (aircon.Secret, error) {
	lookup := r.LookupEnv
	if lookup == nil {
		lookup = os.LookupEnv
	}
	text, ok := lookup(name)
	if !ok {
		return aircon.Secret{}, fmt.Errorf("the environment variable %s is not set", name)
	}
	return checked([]byte(text), "the environment variable "+name)
}

func (r Resolver) fromFile(path string) (aircon.Secret, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.Dir, path)
	}
	file, err := os.Open(path)
	if err != nil {
		return aircon.Secret{}, fmt.Errorf("read the secret: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, MaxSecret+3))
	if err != nil {
		return aircon.Secret{}, fmt.Errorf("read the secret: %w", err)
	}
	return checked(withoutLineEnd(text), "the file "+path)
}

func (r Resolver) fromCommand(ctx context.Context, command []string) (aircon.Secret, error) {
	run := exec.CommandContext(ctx, command[0], command[1:]...)
	run.Dir = r.Dir
	run.Stderr = r.Stderr
	var output limited
	run.Stdout = &output
	if err := run.Run(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return aircon.Secret{}, fmt.Errorf("the command %s that gives the secret: %w", command[0], err)
	}
	return checked(withoutLineEnd(output.Bytes()), "the command "+command[0])
}

// limited keeps a little more than a secret can hold and drops the rest, so that a chatty command cannot fill the memory.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if room := MaxSecret + 3 - l.Len(); room > 0 {
		l.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func withoutLineEnd(text []byte) []byte {
	if before, ok := bytes.CutSuffix(text, []byte("\n")); ok {
		return bytes.TrimSuffix(before, []byte("\r"))
	}
	return text
}

func checked(text []byte, from string) (aircon.Secret, error) {
	switch {
	case len(text) == 0:
		return aircon.Secret{}, fmt.Errorf("%s is empty", from)
	case len(text) > MaxSecret:
		return aircon.Secret{}, fmt.Errorf("%s gives more than %d bytes, the most that a secret holds", from, MaxSecret)
	case !utf8.Valid(text):
		return aircon.Secret{}, fmt.Errorf("%s gives bytes that are not UTF-8", from)
	}
	return aircon.NewSecret(string(text)), nil
}
