//go:build unix

package exchange_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aircon"
	"aircon/exchange"
)

// dotenvReader reads a .env file of one connection, X, or says why it cannot.
func dotenvReader(t *testing.T) func(text string) (aircon.Connection, string) {
	rt := runtimeOf(t)
	form, err := exchange.Named("dotenv")
	if err != nil {
		t.Fatal(err)
	}
	return func(text string) (aircon.Connection, string) {
		file, err := form.Read(aircon.NewSecret(text), rt)
		switch {
		case err != nil:
			return aircon.Connection{}, err.Error()
		case len(file.Problems) > 0:
			return aircon.Connection{}, file.Problems[0].Reason
		case len(file.Connections) != 1:
			t.Fatalf("%d connections in %q", len(file.Connections), text)
		}
		return file.Connections[0], ""
	}
}

func runtimeOf(t *testing.T) aircon.Runtime {
	rt, err := aircon.RuntimeFor("3.3.1")
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

// Files that others have written.
func TestReadDotenv(t *testing.T) {
	read := dotenvReader(t)
	object := func(host string) string { return `{"conn_type": "http", "host": "` + host + `"}` }
	for _, test := range []struct{ name, text, host, problem string }{
		{"single quotation marks", "AIRFLOW_CONN_X='" + object("a # b $HOME") + "'", "a # b $HOME", ""},
		{"double ones", `AIRFLOW_CONN_X="{\"conn_type\": \"http\", \"host\": \"a # \$b\"}" # said`, "a # $b", ""},
		{"bare, as docker run --env-file takes it", "AIRFLOW_CONN_X=" + object("a # b") + "\r\n", "a # b", ""},
		{"a bare URI and a comment", "AIRFLOW_CONN_X=http://a%20b#c # said\n", "a b", ""},
		{"over lines", "A=1\nAIRFLOW_CONN_X='{\n  \"conn_type\": \"http\",\n  \"host\": \"h\"\n}'\nB=2\n", "h", ""},
		{"over lines, in double ones", "export AIRFLOW_CONN_X=\"{\\\"conn_type\\\": \\\"http\\\",\n\\\"host\\\": \\\"h\\\"}\"\n", "h", ""},
		{"what Python takes for a line's end", "AIRFLOW_CONN_X='" + object("a\u0085b\u2028c") + "'", "a\u0085b\u2028c", ""},
		{"a name that comes twice", "AIRFLOW_CONN_X=http://a\nAIRFLOW_CONN_x=http://b\n", "b", ""},
		{"a mark that nobody closes", "AIRFLOW_CONN_X='http://a\nB=1\n", "", "a quotation mark ' that is not closed"},
		{"more after the mark", "AIRFLOW_CONN_X='http://a' b\n", "", "text after the closing quotation mark"},
		{"nothing", "AIRFLOW_CONN_X=\n", "", "an empty value, which is no connection to Airflow"},
		{"no =", "A=1\nAIRFLOW_CONN_X\n", "", "line 2: a line without =; each has the form AIRFLOW_CONN_ID=VALUE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if c, problem := read(test.text); c.Host.String() != test.host || problem != test.problem {
				t.Errorf("%q, %q", c.Host, problem)
			}
		})
	}
}

// Quoted values are what a shell makes of them.
func TestDotenvAsAShellReadsIt(t *testing.T) {
	path, read, rt := filepath.Join(t.TempDir(), "x.env"), dotenvReader(t), runtimeOf(t)
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{`'`, `"`, `\`, `\"`, `\\`, "\n", " ", "#", "a", "ü", "=", "{", `\$`, "\\`", "\\\n"}), 0, 12).Draw(t, "parts")
		text := "AIRFLOW_CONN_X='http://'" + strings.Join(parts, "") + "\n"
		ours, problem := read(text)
		if problem != "" {
			return
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("/bin/sh", "-c", `. "$1"; printf %s. "$AIRFLOW_CONN_X"`, "sh", path).Output()
		if err != nil {
			return // for what stands in the lines below the value
		}
		want, _, err := aircon.ParseEnv(strings.TrimSuffix(string(out), "."), "x", rt)
		if err != nil || len(exchange.Differences(want, ours)) > 0 {
			t.Errorf("of %q a shell makes %q: %v", text, out, err)
		}
	})
}

// Readers of .env files disagree about a value that holds a $, a quotation mark or another backslash than that of \u, and so it holds none.
func TestWrittenDotenvIsPlain(t *testing.T) {
	rt := runtimeOf(t)
	form, err := exchange.Named("dotenv")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := form.Write(rt, []aircon.Connection{made(t, drawn(t, "x"), rt)}).Text.Reveal()
		value := strings.TrimSuffix(strings.TrimPrefix(text, "AIRFLOW_CONN_X='"), "'\n")
		if strings.ContainsAny(strings.ReplaceAll(value, `\u`, ""), "'$\\\n") {
			t.Errorf("%q", value)
		}
	})
}
