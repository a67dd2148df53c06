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

	"aircon/internal/spec"
)

// TestGeneratedGuides holds the tables that guides take from the code against the code. UPDATE_DOCS=1 writes them anew.
func TestGeneratedGuides(t *testing.T) {
	for name, generated := range map[string]string{
		"docs/findings.md":        findingsTable(t),
		"docs/spec.md":            specTable(t),
		"docs/what-goes-wrong.md": rowsTable(t),
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
