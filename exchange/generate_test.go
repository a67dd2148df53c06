package exchange_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// types are connection types of a dozen providers, one of them with the underscore that a URI's scheme has not.
var types = []string{"postgres", "aws", "google_cloud_platform", "http", "snowflake", "ssh", "sftp", "mysql", "redis", "kafka", "databricks", "generic"}

// case_ is what Connection's constructor is given; a nil pointer is None.
type arguments struct {
	ID          string  `json:"conn_id"`
	Type        string  `json:"conn_type"`
	Description *string `json:"description"`
	Host        *string `json:"host"`
	Login       *string `json:"login"`
	Password    *string `json:"password"`
	Schema      *string `json:"schema"`
	Port        *int    `json:"port"`
	Extra       *string `json:"extra"`
}

// words are texts that some reader takes for something else, and plain ones.
var words = []string{
	"", "plain", "db.example.internal", "Upper.Example", "yes", "no", "on", "null", "~", "1e5", "0x1f", "012", "1_000", "12:30:45", "1.5", ".inf",
	"2026-11-30", "=", "<<", "- a", "a: b", "a #b", "#a", "'", `"`, `\`, `it's "so"`, "p@ss/w:rd?x#y", "100%", "%41", "a b", " a ", "tab\there",
	"line\nbreak", "line\r\nbreak", "\u0085\u2028", "ü", "漢字", "😀", "{", "{}", "[1]", "*a", "&a", "!x", "@x", "`x`", "| x", "$HOME", "${HOME}", "$(id)", ";", "a=b",
	"http://elsewhere", "\x01", "\x7f", "true", "None", "{{ x }}", "%(x)s",
}

func text(t *rapid.T, name string) string {
	if rapid.Bool().Draw(t, name+" is a word") {
		return rapid.SampledFrom(words).Draw(t, name)
	}
	return rapid.StringOfN(rapid.RuneFrom([]rune("abzAZ09 _-./:@?#%&=+\"'\\{}[]$,;!~ü漢😀\n\t")), 0, 30, -1).Draw(t, name)
}

func optional(t *rapid.T, name string) *string {
	if rapid.IntRange(0, 3).Draw(t, name+" is there") == 0 {
		return nil
	}
	return new(text(t, name))
}

// value is a value of extra as JSON.
func value(t *rapid.T, depth int) any {
	switch rapid.IntRange(0, 7-min(depth, 1)*2).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "truth")
	case 2:
		return json.Number(rapid.SampledFrom([]string{"0", "1", "-7", "300", "1.5", "1e+16", "12345678901234567890"}).Draw(t, "number"))
	case 6:
		return []any{value(t, depth+1), value(t, depth+1)}
	case 7:
		return object(t, depth+1)
	}
	return text(t, "text")
}

func object(t *rapid.T, depth int) map[string]any {
	all := map[string]any{}
	for range rapid.IntRange(0, 3).Draw(t, "members") {
		all[rapid.SampledFrom([]string{"sslmode", "a", "b c", "__extra__", "ü", "role_arn", "x=y&z", ""}).Draw(t, "key")] = value(t, depth)
	}
	return all
}

// drawn draws the arguments of one connection that Airflow 2 and 3 both store.
func drawn(t *rapid.T, id string) arguments {
	a := arguments{
		ID: id, Type: rapid.SampledFrom(types).Draw(t, "conn_type"), Description: optional(t, "description"), Host: optional(t, "host"),
		Login: optional(t, "login"), Password: optional(t, "password"), Schema: optional(t, "schema"),
	}
	if rapid.Bool().Draw(t, "has a port") {
		a.Port = new(rapid.SampledFrom([]int{0, 22, 443, 5432, 65535}).Draw(t, "port"))
	}
	if rapid.IntRange(0, 2).Draw(t, "has extra") > 0 {
		text, err := json.Marshal(object(t, 0))
		if err != nil {
			t.Fatal(err)
		}
		a.Extra = new(string(text))
	}
	return a
}

// idForms are conn_ids of all the characters that Airflow takes, and such that YAML or a shell takes for something else; the number makes each one
// of its own.
var idForms = []string{
	"my_db_%d", "MyDB_%d", "my-db_%d", "my.db_%d", "a/b_%d", "#x_%d", "(x)_%d", "no_%d", "42_%d", "AIRFLOW_CONN_X_%d", strings.Repeat("l", 200) + "_%d", "a..b_%d",
	"%d", "1e%d", "0x%d", "1:%d", "-%d", ".%d", "!%d", `\%d`,
}

func drawnID(t *rapid.T, number int) string {
	return fmt.Sprintf(rapid.SampledFrom(idForms).Draw(t, "id"), number)
}
