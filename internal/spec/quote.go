package spec

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// blank stands in a quoted line for what may be secret.
const blank = "***"

// plainText is what keys are made of. A count of them in the expression would be compiled as so many copies: 4 ms and 4 MiB at each start.
var plainText = regexp.MustCompile(`^[\p{L}\p{N}_./ -]+$`)

// plainKey reports whether a key is one as people write them. Anything else may be a piece of a file that is no YAML, with a value in it.
func plainKey(key string) bool {
	return utf8.RuneCountInString(key) <= 100 && plainText.MatchString(key)
}

// quote adds to each problem its line. Only keys, and values that are known to hold nothing secret, are shown: a misspelt
// `pasword: …` must not end in a build log.
func (d *decoder) quote() {
	sortProblems(d.problems)
	byLine := map[int][]*yaml.Node{}
	budget := MaxNodes
	collect(d.root, byLine, &budget, d.shown)
	for i := range d.problems {
		p := &d.problems[i]
		if p.Line == 0 || p.Line > len(d.lines) {
			continue
		}
		p.Quote, p.caret = quoteLine(d.lines[p.Line-1], p.Column, byLine[p.Line], d.shown)
	}
}

// hide takes back that a mapping's value may be quoted.
func (d *decoder) hide(n *yaml.Node, key string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			delete(d.shown, n.Content[i+1])
		}
	}
}

// collect sorts nodes by their line. Keys are counted among what may be shown.
func collect(n *yaml.Node, byLine map[int][]*yaml.Node, budget *int, shown map[*yaml.Node]bool) {
	*budget--
	if n == nil || *budget < 0 || n.Kind == yaml.AliasNode {
		return
	}
	if n.Kind == yaml.ScalarNode {
		byLine[n.Line] = append(byLine[n.Line], n)
		return
	}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			shown[child] = plainKey(child.Value)
		}
		collect(child, byLine, budget, shown)
	}
}

// quoteLine shows a line with its hidden values blanked, and says where the caret goes.
func quoteLine(line string, column int, nodes []*yaml.Node, shown map[*yaml.Node]bool) (string, int) {
	runes := []rune(strings.TrimRight(line, "\r"))
	slices.SortFunc(nodes, func(a, b *yaml.Node) int { return a.Column - b.Column })
	caret := column
	var b strings.Builder
	put := func(from, to int, show bool) {
		part := string(runes[from:to])
		if !show && strings.Trim(part, " \t{}[],-?") != "" {
			lead := part[:len(part)-len(strings.TrimLeft(part, " \t"))]
			trail := part[len(strings.TrimRight(part, " \t,}]")):]
			part = lead + blank + trail
			if to < column {
				caret += len([]rune(part)) - (to - from)
			}
		}
		b.WriteString(part)
	}
	at, show := 0, false
	for _, n := range nodes {
		start := min(max(n.Column-1, at), len(runes))
		put(at, start, show)
		at, show = start, shown[n]
	}
	put(at, len(runes), show)
	return clip(b.String(), caret)
}

// maxQuote is the widest line that is shown whole, in characters.
const maxQuote = 160

// clip cuts a long line to a window around the caret.
func clip(line string, caret int) (string, int) {
	runes := []rune(line)
	if len(runes) <= maxQuote {
		return line, caret
	}
	from := max(0, min(caret-maxQuote/2, len(runes)-maxQuote))
	return string(runes[from : from+maxQuote]), caret - from
}

var (
	unparsedKey = regexp.MustCompile(`^[\s-]*["']?([\w-]+)["']?\s*:(\s|$)`)
	plainKeys   = []string{"version", "region", "profile", "airflow_version", "host", "port", "schema", "conn_type", "format", "policy", "kind"}
)

// quoteUnparsed shows a line of a file that did not parse: whole where it is one of a few plain keys with one value, else up to
// its first colon.
func (d *decoder) quoteUnparsed(line int) string {
	if line < 1 || line > len(d.lines) {
		return ""
	}
	text := strings.TrimRight(d.lines[line-1], "\r")
	found := unparsedKey.FindStringSubmatchIndex(text)
	switch {
	case strings.TrimSpace(text) == "":
		return ""
	case found == nil:
		return blank
	case slices.Contains(plainKeys, text[found[2]:found[3]]) && !strings.ContainsAny(text[found[1]:], ":{,"):
		quoted, _ := clip(text, 1)
		return quoted
	}
	return text[:found[1]] + blank
}
