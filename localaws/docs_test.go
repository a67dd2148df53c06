package localaws

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"aircon/localaws/op"
)

// TestOperationsGuide holds the table of operations in docs/local-aws.md against the services' own. UPDATE_DOCS=1 writes it anew.
func TestOperationsGuide(t *testing.T) {
	const path = "../docs/local-aws.md"
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	part := regexp.MustCompile(`(?s)<!-- generated -->\n.*?<!-- end -->`)
	if !part.Match(before) {
		t.Fatal(path, "has no generated part")
	}
	after := part.ReplaceAllLiteralString(string(before), "<!-- generated -->\n"+operationsTable(s)+"<!-- end -->")
	if after == string(before) {
		return
	}
	if os.Getenv("UPDATE_DOCS") == "" {
		t.Fatalf("%s is not what the services say: UPDATE_DOCS=1 go test ./localaws -run Guide writes it anew", path)
	}
	if err := os.WriteFile(path, []byte(after), 0o644); err != nil { //nolint:gosec // a file of the repository
		t.Fatal(err)
	}
}

func operationsTable(s *Server) string {
	protocols := map[op.Protocol]string{op.JSON11: "JSON 1.1", op.Query: "query, XML answers", op.RESTJSON: "REST-JSON"}
	var b strings.Builder
	b.WriteString("| service | protocol | operations |\n| --- | --- | --- |\n")
	for _, svc := range s.services {
		if svc.Name == adminService {
			continue
		}
		names := make([]string, len(svc.Operations))
		for i, o := range svc.Operations {
			names[i] = o.Name
		}
		slices.Sort(names)
		fmt.Fprintf(&b, "| %s | %s | %d: %s |\n", svc.Name, protocols[svc.Protocol], len(names), strings.Join(names, ", "))
	}
	return b.String()
}
