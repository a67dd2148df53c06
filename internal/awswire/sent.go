package awswire

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// SentJSON returns a JSON structure as maps, lists and scalars if it may hold an empty text, and nil for others: a struct's field
// does not tell "" from a member that was not sent. The structure has been decoded before.
func SentJSON(data []byte) any {
	if !bytes.Contains(data, []byte(`""`)) {
		return nil
	}
	var sent any
	if json.Unmarshal(data, &sent) != nil {
		return nil
	}
	return sent
}

// Sent is SentJSON for a query request: name.member.N is a list, name.entry.N a map.
func (f *Form) Sent() any {
	if !slices.ContainsFunc(f.parameters, func(p parameter) bool { return p.value == "" }) {
		return nil
	}
	root := map[string]any{}
	for _, p := range f.parameters {
		place(root, strings.Split(p.name, "."), p.value)
	}
	return collect(root)
}

// place puts a value below the parts of its name. Where a name is a value and a structure at once, the structure stays.
func place(in map[string]any, parts []string, value string) {
	for _, part := range parts[:len(parts)-1] {
		below, ok := in[part].(map[string]any)
		if !ok {
			below = map[string]any{}
			in[part] = below
		}
		in = below
	}
	last := parts[len(parts)-1]
	if _, taken := in[last]; !taken {
		in[last] = value
	}
}

// collect turns what stands below member and entry into lists and maps.
func collect(v any) any {
	in, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for name, below := range in {
		in[name] = collect(below)
	}
	if len(in) != 1 {
		return in
	}
	if numbered, ok := in["member"].(map[string]any); ok {
		return inOrder(numbered)
	}
	if numbered, ok := in["entry"].(map[string]any); ok {
		entries := map[string]any{}
		for _, entry := range inOrder(numbered) {
			pair, _ := entry.(map[string]any)
			if key, ok := pair["key"].(string); ok {
				entries[key] = pair["value"]
			}
		}
		return entries
	}
	return in
}

// inOrder lists values in the order of their numbers.
func inOrder(numbered map[string]any) []any {
	number := func(text string) int {
		n, _ := strconv.Atoi(text) // decoding has refused what is none
		return n
	}
	keys := slices.SortedFunc(maps.Keys(numbered), func(a, b string) int { return number(a) - number(b) })
	list := make([]any, len(keys))
	for i, key := range keys {
		list[i] = numbered[key]
	}
	return list
}
