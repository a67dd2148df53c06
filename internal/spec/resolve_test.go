package spec

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aircon"
)

func TestResolve(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"plain": "s3cret", "unix": "s3cret\n", "dos": "s3cret\r\n", "two": "s3cret\n\n", "empty": "\n", "binary": "\xff", "large": strings.Repeat("x", MaxSecret+1)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := Resolver{Dir: dir, LookupEnv: func(name string) (string, bool) {
		text, ok := map[string]string{"SET": "s3cret", "LINE": "s3cret\n", "EMPTY": ""}[name]
		return text, ok
	}}
	for _, test := range []struct {
		name, want, fault string
		source            Source
	}{
		{"variable", "s3cret", "", Source{Env: "SET"}},
		{"variable keeps its line end", "s3cret\n", "", Source{Env: "LINE"}},
		{"variable that is not set", "", "variable NONE is not set", Source{Env: "NONE"}},
		{"empty variable", "", "variable EMPTY is empty", Source{Env: "EMPTY"}},
		{"file", "s3cret", "", Source{File: "plain"}},
		{"file with a line end", "s3cret", "", Source{File: "unix"}},
		{"file with DOS's line end", "s3cret", "", Source{File: "dos"}},
		{"only one line end goes", "s3cret\n", "", Source{File: "two"}},
		{"absolute file", "s3cret", "", Source{File: filepath.Join(dir, "plain")}},
		{"empty file", "", "is empty", Source{File: "empty"}},
		{"binary file", "", "not UTF-8", Source{File: "binary"}},
		{"large file", "", "more than 65536 bytes", Source{File: "large"}},
		{"missing file", "", "no such file", Source{File: "none"}},
		{"command", "s3 cret $HOME", "", Source{Command: []string{"echo", "s3 cret $HOME"}}},
		{"command that fails", "", "the command false that gives the secret: exit status 1", Source{Command: []string{"false"}}},
		{"command that is not there", "", "the command no-such-program", Source{Command: []string{"no-such-program", "canary"}}},
		{"literal", "s3cret", "", *Literal(aircon.NewSecret("s3cret"))},
		{"kept", "", ErrKeep.Error(), Source{Keep: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			secret, err := test.source.Resolve(t.Context(), r)
			if test.fault == "" && (err != nil || secret.Reveal() != test.want) {
				t.Errorf("got %q, %v", secret.Reveal(), err)
			}
			if test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault) || strings.Contains(err.Error(), "canary")) {
				t.Errorf("got %v, want %q", err, test.fault)
			}
		})
	}
}

func TestLiteralSecretsOnlyWhenAllowed(t *testing.T) {
	text := []byte(in("password: s3cret", "extra: {token: s3cret}"))
	file, err := Parse("s.yaml", text, Options{AllowLiteralSecrets: true})
	if err != nil {
		t.Fatal(err)
	}
	secret, err := file.Environments[0].Connections[0].Password.Resolve(t.Context(), Resolver{})
	if err != nil || secret.Reveal() != "s3cret" {
		t.Errorf("got %q, %v", secret.Reveal(), err)
	}
	if text, err := file.Write(); err == nil {
		t.Errorf("wrote a literal secret:\n%s", text)
	}
	if _, err := Parse("s.yaml", text, Options{}); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
}

// FuzzParse holds that no text makes Parse panic, and that whatever it accepts it also writes and reads again to the same content.
func FuzzParse(f *testing.F) {
	for _, m := range mistakes {
		f.Add(m.text)
	}
	for _, name := range []string{"aircon.yaml", "everything.yaml"} {
		text, err := os.ReadFile(filepath.Join(examples, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse("s.yaml", []byte(text), Options{})
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) {
				t.Errorf("not problems: %v", err)
			}
			return
		}
		written, err := file.Write()
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		again, err := Parse("written", written, Options{})
		if err != nil {
			t.Fatalf("%v\n%s", err, written)
		}
		if content(file.Environments) != content(again.Environments) {
			t.Errorf("differs:\n%s\n%s", text, written)
		}
	})
}
