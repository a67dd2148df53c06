package textfix

import (
	"slices"
	"strings"

	"aircon"
	"aircon/internal/py"
	"aircon/pghook"
)

// Position turns a place in a text, in bytes from 0, into line and column, both from 1, columns in characters.
func Position(text string, at int) (line, column int) { return py.Position(text, at) }

// ExtraPlace is where a key of the extra stands, in bytes: in a URI's query, in an object's extra, or at the beginning of an extra that is a
// text. root is what [Read] made of a text that looks like JSON, and nil for a URI.
func ExtraPlace(text string, root *Node, key string) (int, bool) {
	if extra := root.Get("extra"); extra != nil {
		if m := extra.member(key); m != nil {
			return m.Key.Start, true
		}
		return extra.Start, true
	}
	_, query, asked := strings.Cut(text, "?")
	if root != nil || !asked {
		return 0, false
	}
	at := len(text) - len(query)
	for part := range strings.SplitSeq(query, "&") {
		written, _, _ := strings.Cut(part, "=")
		if name := py.Unquote(strings.ReplaceAll(written, "+", " ")); name == key || name == "__extra__" {
			return at, true
		}
		at += len(part) + 1
	}
	return 0, false
}

// LooksPostgres reports whether what an object holds points to PostgreSQL: its port, or keys that only libpq has. root may be nil.
func LooksPostgres(root *Node, rt aircon.Runtime) bool {
	if root == nil {
		return false
	}
	if port := root.Get("port"); port != nil && port.Text == "5432" {
		return true
	}
	isOption := func(m Member) bool {
		return strings.Trim(m.Key.Text, "abcdefghijklmnopqrstuvwxyz_") == "" && strings.Contains(m.Key.Text, "ssl") &&
			slices.Contains(pghook.LibPQOptions(rt.Driver.LibPQ), m.Key.Text)
	}
	extra := root.Get("extra")
	return slices.ContainsFunc(root.Members, isOption) || extra != nil && slices.ContainsFunc(extra.Members, isOption)
}
