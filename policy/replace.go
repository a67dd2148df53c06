package policy

import (
	"strconv"
	"strings"
)

// ReplacePrincipal returns the document's text with another entry in the place of one of its Principal and NotPrincipal elements, however
// that one is escaped: AWS does so when it renames or deletes a user or role. All else stays as it is written. Both are ARNs or unique ids.
func (d *Document) ReplacePrincipal(from, to string) string {
	var text strings.Builder
	done := 0
	for _, n := range d.principalNodes() {
		if n.text == from {
			text.WriteString(d.text[done:n.at] + strconv.Quote(to))
			done = n.end
		}
	}
	return text.String() + d.text[done:]
}

// principalNodes returns the entries under "AWS", in their order.
func (d *Document) principalNodes() (entries []*node) {
	root, err := readJSON(d.text)
	if err != nil {
		panic(err) // it was parsed once
	}
	for _, s := range root.get("Statement").list() {
		for _, name := range []string{"Principal", "NotPrincipal"} {
			if of := s.get(name); of != nil && of.kind == '{' && of.get("AWS") != nil {
				entries = append(entries, of.get("AWS").list()...)
			}
		}
	}
	return entries
}
