package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"aircon/mwaa"
)

const examples = "../../examples"

func TestExamplesAreValid(t *testing.T) {
	schema := compiled(t)
	files, err := filepath.Glob(filepath.Join(examples, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			file, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := againstSchema(schema, read(t, path)); err != nil {
				t.Error(err)
			}
			written, err := file.Write()
			if err != nil {
				t.Fatal(err)
			}
			again, err := Parse("written", written, Options{})
			if err != nil {
				t.Fatalf("%v\n%s", err, written)
			}
			if content(file.Environments) != content(again.Environments) {
				t.Errorf("writing it back changed it:\n%s", written)
			}
		})
	}
}

// in puts lines into a spec's one connection.
func in(lines ...string) string {
	return "version: 1\nenvironments:\n  prod:\n    connections:\n      db:\n        conn_type: postgres\n        " + strings.Join(lines, "\n        ") + "\n"
}

// env puts lines into a spec's one environment.
func env(lines ...string) string {
	return "version: 1\nenvironments:\n  prod:\n    " + strings.Join(lines, "\n    ") + "\n"
}

var mistakes = []struct {
	name, text string
	want       []string // parts of the error, in order
	meaning    bool     // only the meaning is wrong, which the JSON Schema cannot see
}{
	{"unknown key", in("hots: db.internal"), []string{`s.yaml:7:9: connection "db": unknown key "hots"`, "7 |         hots: ***", "\n    |         ^", "did you mean host?"}, false},
	{"unknown key far from all", env("zzzzzzzz: 1"), []string{"4:5", "valid are: airflow_version, assume_role"}, false},
	{"duplicate key", in("host: a", "host: b"), []string{`8:9: connection "db": the key "host" stands here a second time (first on line 7)`}, true},
	{"duplicate conn_id", env("connections:", "  db: {conn_type: a}", "  db: {conn_type: b}"), []string{`6:7: environment "prod": connections: the key "db" stands here a second time`}, true},
	{"number as login", in("login: 12345"), []string{"7:16", "login must be text, not a number", "put quotes around it"}, false},
	{"text as port", in(`port: "5432"`), []string{"port must be a whole number, not text"}, false},
	{"port out of range", in("port: 70000"), []string{"70000 is not between 1 and 65535"}, false},
	{"empty host", in("host:"), []string{"host must be text, not empty", "leave the key out"}, false},
	{"mapping as host", in("host: {a: b}"), []string{"host must be text, not a mapping"}, false},
	{"text as extra", in("extra: '{}'"), []string{"extra must be a mapping, not text"}, false},
	{"no conn_type", env("connections:", "  db: {host: x}"), []string{`connection "db": conn_type is missing`}, false},
	{"no version", "environments:\n  prod: {}\n", []string{"version is missing", "version: …"}, false},
	{"version of the future", "version: 2\nenvironments: {prod: {}}\n", []string{"1:10", `version: "2" is not valid`}, false},
	{"bad format", in("format: jsn"), []string{"7:17", "did you mean json?"}, false},
	{"literal password", in("password: hunter2-canary"), []string{"7:19", "a secret must not stand in the file", "{env: NAME}"}, false},
	{"two sources", in("password: {env: A, file: B}"), []string{"exactly one of env, file, command and keep"}, false},
	{"keep false", in("password: {keep: false}"), []string{`"false" is not valid`}, false},
	{"command as text", in("password: {command: pass db}"), []string{"command must be a list"}, false},
	{"secret in extra", in("extra: {sslpassword: hunter2-canary}"), []string{"7:30", "{sslpassword: ***}", "secret_extra: {sslpassword: {env: NAME}}"}, true},
	{"both extras", in("extra: {token: ''}", "secret_extra: {token: {env: T}}"), []string{"token stands in extra and in secret_extra"}, true},
	{"another kind of quotes", in("{“password”:“hunter2-canary”}: 1"), []string{"7 |"}, false},
	{"JSON with a comment", in("/* the login */ \"password\":\"hunter2-canary\": 1"), []string{`unknown key "***"`, "7 |         ***"}, false},
	{"JSON in a line", env("{ // the type\n “password”:“hunter2-canary”,\n login: 1 }"), []string{`4:7: environment "prod": unknown key "***"`, "4 |     { ***"}, false},
	{"misspelt password", in("pasword: hunter2-canary"), []string{"7 |         pasword: ***", "did you mean password?"}, false},
	{"secret beside a mistake", in("secret_extra: {token: {evn: hunter2-canary}}"), []string{`unknown key "evn"`, "{evn: ***}"}, false},
	{"id no secret can have", env("connections:", "  my db: {conn_type: a}"), []string{`5:7: connection "my db": not a conn_id`}, false},
	{"id Airflow drops", env("connections:", "  a@b: {conn_type: a}"), []string{"not a conn_id: Airflow drops"}, false},
	{"id for Airflow 3", env("airflow_version: 3.0.6", "connections:", "  a/b: {conn_type: a}"), []string{"Airflow 3 never finds an id with /"}, true},
	{"long id", env("connections:", "  "+strings.Repeat("x", 251)+": {conn_type: a}"), []string{"longer than 250"}, false},
	{"aws_default", env("connections:", "  aws_default: {conn_type: aws}"), []string{"overwriting it damages the environment"}, true},
	{"long secret name", env("backend: {connections_prefix: "+strings.Repeat("p", 510)+"}", "connections:", "  db: {conn_type: a}"), []string{"Secrets Manager takes 512"}, true},
	{"bad environment name", "version: 1\nenvironments:\n  1st: {}\n", []string{"3:3", "not a name that an environment can have"}, false},
	{"no environments", "version: 1\nenvironments: {}\n", []string{"no environment is declared"}, false},
	{"unsupported version", env("airflow_version: 2.10.4"), []string{"did you mean 2.10."}, true},
	{"bad region", env("region: ireland"), []string{`"ireland" is not a region`}, true},
	{"bad role", env("execution_role: my-role"), []string{"not the ARN of a role"}, true},
	{"null prefix with connections", env("backend: {connections_prefix: null}", "connections:", "  db: {conn_type: a}"), []string{"Airflow never asks for the 1 declared here"}, true},
	{"pattern that misses", env("backend: {connections_lookup_pattern: ^x}", "connections:", "  db: {conn_type: a}"), []string{`does not match connection "db"`}, true},
	{"pattern that is none", env("backend: {connections_lookup_pattern: '('}"), []string{"connections_lookup_pattern: ", "Airflow raises at each lookup"}, true},
	{"unknown conn word", env("backend: {extra_conn_words: {usr: [u]}}"), []string{`"usr" is not a field`, "did you mean user?"}, true},
	{"self-managed without version", env("kind: self-managed", "policy: none"), []string{"has no version to read"}, true},
	{"self-managed without role", env("kind: self-managed", "airflow_version: 2.10.3"), []string{"has no execution role to read"}, true},
	{"ignore no finding", env("ignore: {AC6: kept elsewhere}"), []string{"4:14", `ignore: "AC6" is not the id of a finding`, "such as AC006"}, false},
	{"ignore without a reason", in("ignore: {AC006: ''}"), []string{"7:25", "the reason for AC006 is empty"}, false},
	{"ignore as a list", in("ignore: [AC006]"), []string{"ignore must be a mapping, not a list"}, false},
	{"bad key", in("kms_key: a b"), []string{"kms_key: not a KMS key"}, true},
	{"own tags", env("tags: {'aircon:environment': x}"), []string{"not yours to set"}, true},
	{"variable as number", env("variables: {n: 5}"), []string{`variable "n" must be text, not a number`}, false},
	{"empty variable", env("variables: {n: ''}"), []string{`variable "n" is empty`}, true},
	{"variable of two kinds", env("variables: {n: {value: a, json: 1}}"), []string{"exactly one of value, json and secret"}, false},
	{
		"one secret for two", env("backend: {variables_prefix: airflow/connections}", "connections: {x: {conn_type: a}}", "variables: {x: b}"),
		[]string{`variable "x" of environment "prod" writes the secret "airflow/connections/x" with other content than connection "x" of environment "prod" on line 5`},
		true,
	},
	{
		"one secret in two environments", "version: 1\nenvironments:\n  a: {connections: {x: {conn_type: a}}}\n  b: {connections: {x: {conn_type: b}}}\n",
		[]string{`4:21: connection "x" of environment "b" writes the secret`},
		true,
	},
	{"a secret's prefix", env("backend: {connections_prefix: 'a b'}"), []string{"not the beginning of a secret's name"}, true},
	{"an ARN that is no secret's", env("backend: {connections_prefix: 'arn:aws:s3:::bucket'}"), []string{"not the beginning of a secret's ARN", "such as arn:aws:secretsmanager"}, true},
	{
		"an ARN of another region", env("region: eu-west-1", "backend: {connections_prefix: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:x'}"),
		[]string{"is in us-east-1, and the backend asks in the environment's region eu-west-1"},
		true,
	},
	{
		"an id that ends an ARN", env("backend: {connections_prefix: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:x'}", "connections:", "  etl-source: {conn_type: a}"),
		[]string{`6:7: connection "etl-source": by an ARN no secret is found`, "use another id"},
		true,
	},
	{
		"an alias beside an ARN", env("backend: {connections_prefix: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:x'}", "connections:", "  db: {conn_type: a, kms_key: alias/airflow}"),
		[]string{`connection "db": kms_key: an id or alias is the own account's`, "name the key by its ARN"},
		true,
	},
	{"own tag type", in("host: !hunter2-canary x"), []string{"a value with a tag of its own"}, true},
}

func TestMistakes(t *testing.T) {
	schema := compiled(t)
	for _, test := range mistakes {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("s.yaml", []byte(test.text), Options{})
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want problems", err)
			}
			rest := err.Error()
			for _, part := range test.want {
				_, after, ok := strings.Cut(rest, part)
				if !ok {
					t.Fatalf("got\n%s\nwant in it %q", err, part)
				}
				rest = after
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error shows a secret:\n%s", err)
			}
			if seen := againstSchema(schema, []byte(test.text)); (seen == nil) != test.meaning {
				t.Errorf("the JSON Schema says %v", seen)
			}
		})
	}
}

// TestIgnoreNamesFindings refuses an id of the right form that the catalogue does not have, wherever it stands.
func TestIgnoreNamesFindings(t *testing.T) {
	opts := Options{Findings: []string{"AC003", "AC006"}}
	text := env("ignore: {AC006: kept elsewhere}", "connections:", "  db: {conn_type: a, ignore: {AC003: on purpose}}")
	file, err := Parse("s.yaml", []byte(text), opts)
	if err != nil {
		t.Fatal(err)
	}
	e := file.Environments[0]
	if got := []string{e.Ignore["AC006"], e.Connections[0].Ignore["AC003"]}; !slices.Equal(got, []string{"kept elsewhere", "on purpose"}) {
		t.Errorf("the reasons are %q", got)
	}
	_, err = Parse("s.yaml", []byte(strings.ReplaceAll(text, "AC003", "AC004")), opts)
	if err == nil || !strings.Contains(err.Error(), `s.yaml:6:35: connection "db": ignore: there is no finding AC004`) || !strings.Contains(err.Error(), "did you mean AC003?") {
		t.Errorf("the error is %v", err)
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	text := env("regoin: x", "connections:", "  db: {conn_type: a, prt: 1, host: 5}", "  b c: {}")
	_, err := Parse("s.yaml", []byte(text), Options{})
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 6 {
		t.Fatalf("got %d problems, want 6:\n%v", len(problems), err)
	}
}

var rubbish = []struct {
	name string
	text []byte
	want string
}{
	{"10 MB", bytes.Repeat([]byte("a: b # padding\n"), 700_000), "larger than 4 MiB"},
	{"zeros", make([]byte, 4096), "control character 0x00"},
	{"binary", []byte("\x7fELF\x02\x01\x01"), "control character"},
	{"not UTF-8", []byte("version: \xff\xfe\n"), "not a text in UTF-8"},
	{"UTF-16", []byte("\xff\xfev\x00"), "save it as UTF-8"},
	{"nothing", nil, "holds no spec"},
	{"only a comment", []byte("# x\n"), "holds no spec"},
	{"a list", []byte("[1, 2]"), "must be a mapping, not a list"},
	{"prose", []byte("hello there"), "must be a mapping, not text"},
	{"two documents", []byte("version: 1\n---\nversion: 1\n"), "more than one document"},
	{"deep flow", bytes.Repeat([]byte("["), 1_000_000), "more than 64 mappings and lists"},
	{"deep blocks", deepBlocks(), "more than 64 mappings and lists"},
	{"tabs", []byte("version: 1\n\tenvironments: {}\n"), "2:1"},
	{"unknown alias", []byte("version: 1\nenvironments: *hunter2-canary\n"), "needs quotes"},
	{"unclosed quote", []byte("version: 1\npassword: \"hunter2-canary\n"), "not YAML"},
	{"alias bomb", aliasBomb(), "more than 500000 values"},
	{"merge bomb", mergeBomb(), "more than 500000 values"},
	{"an alias inside of itself", []byte("environments:\n  e:\n    variables:\n      v: {json: &a {deep: *a}}\n"), "would never end"},
	{"a merge inside of itself", []byte("environments: &a\n  e: {}\n  <<: *a\n"), "would never end"},
	{"a chain of aliases", aliasChain(), "more than 64 aliases"},
}

func TestRubbishIsRefused(t *testing.T) {
	for _, test := range rubbish {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("s.yaml", test.text, Options{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %.400v, want %q", err, test.want)
			}
			if strings.Contains(err.Error(), "canary") || len(err.Error()) > 10_000 {
				t.Errorf("the error shows too much: %.400v", err)
			}
		})
	}
}

func deepBlocks() []byte {
	var b bytes.Buffer
	for i := range 2000 {
		fmt.Fprintf(&b, "%*sa:\n", i, "")
	}
	return b.Bytes()
}

func aliasBomb() []byte {
	var b strings.Builder
	b.WriteString("version: 1\nenvironments:\n  e:\n    variables:\n      a: {json: &a [x, x, x, x, x, x, x, x, x, x]}\n")
	for c := 'b'; c <= 'k'; c++ {
		fmt.Fprintf(&b, "      %c: {json: &%c [%s]}\n", c, c, strings.Repeat(fmt.Sprintf("*%c, ", c-1), 9)+fmt.Sprintf("*%c", c-1))
	}
	return []byte(b.String())
}

func aliasChain() []byte {
	var b strings.Builder
	b.WriteString("environments:\n  e:\n    variables:\n      v0: {json: &v0 [x]}\n")
	for i := 1; i < 2000; i++ {
		fmt.Fprintf(&b, "      v%d: {json: &v%d {k: *v%d}}\n", i, i, i-1)
	}
	return []byte(b.String())
}

func mergeBomb() []byte {
	var b strings.Builder
	b.WriteString("x0: &x0 {k: v}\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&b, "x%d: &x%d {<<: [%s]}\n", i, i, strings.Repeat(fmt.Sprintf("*x%d, ", i-1), 9)+fmt.Sprintf("*x%d", i-1))
	}
	b.WriteString("environments: {<<: *x11}\n")
	return []byte(b.String())
}

// BenchmarkParse reads a spec of nearly the largest size.
func BenchmarkParse(b *testing.B) {
	var text strings.Builder
	text.WriteString("version: 1\nenvironments:\n  prod:\n    connections:\n")
	for i := 0; text.Len() < MaxBytes-1000; i++ {
		fmt.Fprintf(&text, "      c%05d:\n        conn_type: postgres\n        host: db%d.example.internal\n        password: {env: PW}\n        extra: {sslmode: require}\n", i, i)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := Parse("s.yaml", []byte(text.String()), Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestAnchorsAndMerges(t *testing.T) {
	file, err := Parse("s.yaml", []byte(env("connections:", "  a: &base {conn_type: postgres, host: h, port: 1}", "  b: {<<: *base, host: other}")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := file.Environments[0].Connections.Get("b")
	if *b.Host != "other" || *b.Port != 1 || b.ConnType != "postgres" {
		t.Errorf("got %+v", b)
	}
}

func TestPlaces(t *testing.T) {
	file, err := Parse("s.yaml", []byte(in("host: x", "extra:", "  sslmode: require")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := file.Environments[0].Connections[0]
	for _, test := range []struct {
		got  Pos
		want string
	}{{c.Pos(), "5:7"}, {c.At("host"), "7:15"}, {c.At("extra", "sslmode"), "9:20"}, {c.At("port"), "5:7"}, {c.At("extra", "x"), "9:11"}} {
		if test.got.String() != test.want {
			t.Errorf("got %s, want %s", test.got, test.want)
		}
	}
}

func TestRuntimeTakesProviders(t *testing.T) {
	file, err := Parse("s.yaml", []byte(env("providers: {postgres: 6.6.0}")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rt, err := file.Environments[0].Runtime("2.11.0")
	if err != nil || rt.Postgres.String() != "6.6.0" || rt.Amazon.String() != "9.8.0" {
		t.Errorf("got %+v, %v", rt, err)
	}
	if _, err := file.Environments[0].Runtime("1.10.15"); err == nil {
		t.Error("a version without an image has a runtime")
	}
	for _, v := range mwaa.Versions() {
		if _, err := file.Environments[0].Runtime(v); err != nil {
			t.Errorf("%s: %v", v, err)
		}
	}
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("aircon.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("aircon.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// againstSchema judges a YAML text as an editor would.
func againstSchema(schema *jsonschema.Schema, text []byte) error {
	var value any
	if err := yaml.Load(text, &value, yaml.WithUniqueKeys(false)); err != nil {
		return err
	}
	asJSON, err := json.Marshal(value)
	if err != nil {
		return err
	}
	value, err = jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
