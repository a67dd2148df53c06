package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aircon/policy"
)

// TestGeneratedPoliciesFit generates the policies of 150 connections, which no single one of 6,144 characters holds, and of 900, which not
// even ten hold.
func TestGeneratedPoliciesFit(t *testing.T) {
	for connections, scope := range map[int]string{150: "exact", 900: "prefix"} {
		spec := "version: 1\nenvironments:\n  analytics:\n    connections:\n"
		for i := range connections {
			spec += fmt.Sprintf("      warehouse_%03d: {conn_type: postgres}\n", i)
		}
		file := filepath.Join(t.TempDir(), "aircon.yaml")
		if err := os.WriteFile(file, []byte(spec), 0o600); err != nil {
			t.Fatal(err)
		}
		generate := func(more ...string) string {
			code, text := account{t: t}.aircon(append([]string{"policy", "generate", "-f", file, "--account", "111122223333", "--region", "eu-west-1"}, more...)...)
			if code != exitDone {
				t.Fatalf("status %d: %s", code, text)
			}
			return text
		}
		text := generate("--output", "json")
		var got generated
		if err := json.Unmarshal([]byte(text[strings.IndexByte(text, '{'):strings.LastIndexByte(text, '}')+1]), &got); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		named := 0
		for _, document := range got.Documents {
			d, err := policy.Parse(document)
			if err != nil || d.Size() > policy.MaxManagedSize {
				t.Fatalf("a document of %d characters: %v", d.Size(), err)
			}
			named += len(d.Statements()[0].Resources)
		}
		if got.Scope != scope || scope == "exact" && (named != connections || len(got.Documents) < 2) || scope == "prefix" && (named != 1 || got.Reason == "" || !strings.Contains(text, got.Reason+": the policy names the prefix instead")) {
			t.Errorf("%d connections: %d documents, %d ARNs, %s: %s", connections, len(got.Documents), named, got.Scope, got.Reason)
		}
		if n := strings.Count(generate("--format", "hcl"), `resource "aws_iam_policy"`); n != len(got.Documents) {
			t.Errorf("%d resources of Terraform for %d documents", n, len(got.Documents))
		}
	}
}
