package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"aircon/internal/doctor"
	"aircon/internal/spec"
)

// TestGeneratedGuides holds the tables that guides take from the code against the code. UPDATE_DOCS=1 writes them anew.
func TestGeneratedGuides(t *testing.T) {
	for name, generated := range map[string]string{
		"docs/findings.md": findingsTable(t),
		"docs/spec.md":     specTable(t),
	} {
		before := readGuide(t, name)
		after := generatedPart.ReplaceAllLiteralString(before, "<!-- generated -->\n"+generated+"<!-- end -->")
		if !generatedPart.MatchString(before) {
			t.Errorf("%s has no generated part", name)
		}
		if before == after {
			continue
		}
		if os.Getenv("UPDATE_DOCS") == "" {
			t.Errorf("%s is not what the code says: UPDATE_DOCS=1 go test ./cmd/aircon writes it anew", name)
			continue
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(after), 0o644); err != nil { //nolint:gosec // a file of the repository
			t.Fatal(err)
		}
	}
}

var generatedPart = regexp.MustCompile(`(?s)<!-- generated -->\n.*?<!-- end -->`)

// mends say in general what ends a finding; doctor says it for the case at hand.
var mends = map[string]string{
	"AC001": "what AWS answered is under `seen`: mend that; `aircon get CONN_ID` shows the search source by source",
	"AC003": "name the key `schema`, or map it: `extra_conn_words: {schema: [dbname]}` in the spec's backend",
	"AC004": "encode the characters, or write the secret as JSON: `aircon convert secret.txt --to json`",
	"AC005": "put `-??????` behind the name; `aircon apply` writes such a policy",
	"AC006": "`connections_lookup_pattern: auto` in the spec, then `aircon apply`",
	"AC007": "a lookup pattern that leaves `aws_default` out; `aircon apply` writes one",
	"AC009": "`kms:Decrypt` on the key for the execution role, with `kms:ViaService`; the key policy must allow it too",
	"AC011": "the nearest valid name is under `seen`; `aircon apply` sets options that fit",
	"AC012": "the corrected text is in the finding; `aircon apply` sets it",
	"AC030": "`aircon apply` restores it",
	"AC037": "the corrected text is in the finding, with the place of each mistake",
	"AC038": "make `extra` an object, or a string that holds one, encoded once",
	"AC039": "the nearest names that exist are under `seen`; rename the secret, or apply the spec",
	"AC043": "doctor tries each sslmode and says which work and what each protects",
	"AC044": "PostgreSQL's SQLSTATE in words, and the statement that mends it",
	"AC045": "put the number into quotes",
	"AC046": "store JSON or a URI: `aircon apply`, or `aircon convert`",
	"AC052": "detach the wide policy once the least one is attached: `aircon apply` attaches it",
	"AC101": "DNS, route, security group, or a server that is down; `seen` says how far it came",
	"AC102": "the option's nearest valid name is under `seen`; take it out of `extra`, or correct it",
	"AC103": "change the pattern or the prefix: `connections_lookup_pattern: auto` fits the spec's ids",
	"AC104": "`aircon apply` attaches the least policy; where an explicit deny decides, `seen` names its statement",
	"AC105": "give the field a value of its kind: a port is a whole number",
}

// findingsTable is the catalogue as a guide: a table to look up an id, then each finding.
func findingsTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| id | finding | severity | arrow |\n| --- | --- | --- | --- |\n")
	for _, k := range doctor.Catalogue {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", k.ID, strings.ToLower(k.ID), k.Title, k.Severity, k.Arrow)
	}
	scripts := scriptTexts(t)
	for _, k := range doctor.Catalogue {
		var by []string
		for _, name := range sortedKeys(scripts) {
			if strings.Contains(scripts[name], k.ID) {
				by = append(by, fmt.Sprintf("[%s](../cmd/aircon/testdata/script/%[1]s)", name))
			}
		}
		if mends[k.ID] == "" {
			t.Errorf("%s has no mend in this test", k.ID)
		}
		fmt.Fprintf(&b, "\n## %s\n\n**%s**: %s, at the arrow *%s*.\n\n", k.ID, k.Title, k.Severity, k.Arrow)
		fmt.Fprintf(&b, "| | |\n| --- | --- |\n| why | %s |\n| mend | %s |\n| made for real in | %s |\n", k.Why, mends[k.ID], strings.Join(by, ", "))
	}
	return b.String()
}

func scriptTexts(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no scripts:", err)
	}
	texts := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(name)] = string(text)
	}
	return texts
}

// schemaNode is what the reference shows of a JSON Schema.
type schemaNode struct {
	Type                 string                `json:"type"`
	Description          string                `json:"description"`
	Default              any                   `json:"default"`
	Enum                 []any                 `json:"enum"`
	Const                any                   `json:"const"`
	Minimum              *float64              `json:"minimum"`
	Maximum              *float64              `json:"maximum"`
	MaxLength            *int                  `json:"maxLength"`
	Required             []string              `json:"required"`
	Properties           map[string]schemaNode `json:"properties"`
	AdditionalProperties json.RawMessage       `json:"additionalProperties"`
	OneOf                []schemaNode          `json:"oneOf"`
	AnyOf                []schemaNode          `json:"anyOf"`
	Items                *schemaNode           `json:"items"`
}

// specTable lists every key of the spec, as the JSON Schema has it, by the mapping that it stands in.
func specTable(t *testing.T) string {
	t.Helper()
	text, err := spec.Schema()
	var file schemaNode
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	describeKeys(&b, "the file", file)
	return b.String()
}

func describeKeys(b *strings.Builder, path string, n schemaNode) {
	fmt.Fprintf(b, "\n### %s\n\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n", path)
	type mapping struct {
		path string
		node schemaNode
	}
	var below []mapping
	for _, key := range sortedKeys(n.Properties) {
		p := n.Properties[key]
		meaning := p.Description
		if slices.Contains(n.Required, key) {
			meaning = strings.TrimSuffix("required. "+meaning, " ")
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", key, values(p), literal(p.Default), meaning)
		if inner, path, ok := mappingIn(p, key); ok {
			below = append(below, mapping{path, inner})
		}
	}
	for _, m := range below {
		describeKeys(b, m.path, m.node)
	}
}

// mappingIn finds the mapping with keys of its own that a property holds: itself, its values, or one of its forms.
func mappingIn(p schemaNode, key string) (schemaNode, string, bool) {
	if p.Properties != nil {
		return p, "`" + key + "`", true
	}
	var inner schemaNode
	if json.Unmarshal(p.AdditionalProperties, &inner) == nil {
		for _, form := range append([]schemaNode{inner}, append(inner.OneOf, inner.AnyOf...)...) {
			if form.Properties != nil {
				return form, "each of `" + key + "`", true
			}
		}
	}
	for _, form := range append(p.OneOf, p.AnyOf...) {
		if form.Properties != nil {
			return form, "`" + key + "`", true
		}
	}
	return schemaNode{}, "", false
}

// values says what a key takes.
func values(p schemaNode) string {
	var words []string
	for _, form := range append(p.OneOf, p.AnyOf...) {
		words = append(words, values(form))
	}
	for _, v := range p.Enum {
		words = append(words, literal(v))
	}
	switch {
	case len(words) > 0:
		return strings.Join(words, " or ")
	case p.Const != nil:
		return literal(p.Const)
	case p.Type == "object" && p.Properties == nil:
		return "mapping"
	case p.Type == "array":
		return "list"
	case p.Minimum != nil && p.Maximum != nil:
		return fmt.Sprintf("%.0f to %.0f", *p.Minimum, *p.Maximum)
	case p.MaxLength != nil:
		return fmt.Sprintf("text, at most %d characters", *p.MaxLength)
	case p.Type == "string":
		return "text"
	case p.Type == "object":
		return "mapping"
	}
	return p.Type
}

func literal(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprintf("`%v`", v)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
