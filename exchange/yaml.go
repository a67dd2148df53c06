package exchange

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"aircon"
	"aircon/internal/py"
)

// What a file may ask of the reader, far above what an export of all of an Airflow's connections needs.
const (
	maxNodes = 300_000
	maxDepth = 100
)

// readYAML is _parse_yaml_file: yaml.safe_load of PyYAML, which is YAML 1.1, and an object by conn_id.
func readYAML(text string, _ aircon.Runtime) ([]entry, error) {
	if text == "" {
		return nil, &FileError{Reason: "the file is empty"}
	}
	var document yaml.Node
	if err := yaml.Load([]byte(text), &document); err != nil {
		return nil, yamlError(err)
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) != 1 {
		return nil, &FileError{Reason: "the file holds no object of connections by their ids"}
	}
	r := yamlReader{left: maxNodes}
	root, err := r.pairs(document.Content[0], 0)
	if err != nil {
		return nil, err
	}
	return r.entries(root)
}

// yamlError says where a text is no YAML. The parser's words may quote the file and are not passed on.
func yamlError(err error) error {
	var load *yaml.LoadError
	if errors.As(err, &load) && load.Mark.Line > 0 {
		return &FileError{load.Mark.Line, max(load.Mark.Column, 1), "not YAML"}
	}
	return &FileError{Reason: "not one document of YAML"}
}

type yamlReader struct{ left int }

// pair is one member of a mapping.
type pair struct{ key, value *yaml.Node }

func (r *yamlReader) entries(root []pair) ([]entry, error) {
	var entries []entry
	at := map[string]int{}
	for _, p := range root {
		key, err := r.value(p.key, 0)
		if err != nil {
			return nil, err
		}
		e := entry{line: p.key.Line, column: p.key.Column}
		if id, is := key.(string); is {
			e.id = id
		} else {
			e.id, e.err = p.key.Value, fmt.Errorf("the id is of Python's type %s to YAML, and Airflow takes text: put it between quotation marks", py.TypeName(key))
		}
		if e.err == nil {
			e.value, err = r.value(p.value, 0)
		}
		if whole := (*FileError)(nil); errors.As(err, &whole) {
			return nil, err
		}
		if err != nil {
			e.err = err
		}
		if first, twice := at[e.id]; twice {
			entries[first] = e // the last one wins, in the first one's place
			continue
		}
		at[e.id] = len(entries)
		entries = append(entries, e)
	}
	return entries, nil
}

// fail is an error about the whole file, as PyYAML's constructors' are.
func fail(n *yaml.Node, format string, args ...any) error {
	return &FileError{n.Line, n.Column, fmt.Sprintf(format, args...)}
}

// enter follows an alias, and counts.
func (r *yamlReader) enter(n *yaml.Node, depth int) (*yaml.Node, error) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if r.left--; r.left < 0 {
		return nil, fail(n, "more than %d values, aliases counted by what they stand for", maxNodes)
	}
	if depth > maxDepth {
		return nil, fail(n, "more than %d mappings and lists in each other", maxDepth)
	}
	return n, nil
}

// value is what PyYAML makes of a node.
func (r *yamlReader) value(n *yaml.Node, depth int) (any, error) {
	n, err := r.enter(n, depth)
	if err != nil {
		return nil, err
	}
	switch n.Kind {
	case yaml.ScalarNode:
		return yamlScalar(n)
	case yaml.SequenceNode:
		if err := untagged(n, "!!seq"); err != nil {
			return nil, err
		}
		list := []any{}
		for _, item := range n.Content {
			value, err := r.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	}
	return r.object(n, depth)
}

// object is a mapping as a dict whose keys are what json.dumps makes of them.
func (r *yamlReader) object(n *yaml.Node, depth int) (any, error) {
	pairs, err := r.pairs(n, depth)
	if err != nil {
		return nil, err
	}
	dict := new(py.Dict)
	for _, p := range pairs {
		key, err := r.value(p.key, depth+1)
		if err != nil {
			return nil, err
		}
		name, is := key.(string)
		switch key.(type) {
		case *py.Dict, []any:
			return nil, fail(p.key, "a key that is no text, number or truth value")
		case string:
		default:
			name, is = py.Dumps(key), true // so for a key of extra; one of a connection would be unknown
		}
		value, err := r.value(p.value, depth+1)
		if err != nil {
			return nil, err
		}
		if is {
			dict.Set(name, value)
		}
	}
	return dict, nil
}

// pairs are a mapping's members, those that << merges first (flatten_mapping).
func (r *yamlReader) pairs(n *yaml.Node, depth int) ([]pair, error) {
	n, err := r.enter(n, depth)
	if err != nil {
		return nil, err
	}
	if n.Kind != yaml.MappingNode {
		return nil, fail(n, "an object of connections by their ids belongs here")
	}
	if err := untagged(n, "!!map"); err != nil {
		return nil, err
	}
	var merged, own []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		p := pair{n.Content[i], n.Content[i+1]}
		if !isMerge(p.key) {
			own = append(own, p)
			continue
		}
		more, err := r.merge(p.value, depth+1)
		if err != nil {
			return nil, err
		}
		merged = append(merged, more...)
	}
	return append(merged, own...), nil
}

func isMerge(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.TaggedStyle) == 0 && n.Value == "<<"
}

// merge gives the members of a mapping, or of a list of them of which the first wins.
func (r *yamlReader) merge(n *yaml.Node, depth int) ([]pair, error) {
	n, err := r.enter(n, depth)
	if err != nil {
		return nil, err
	}
	if n.Kind != yaml.SequenceNode {
		return r.pairs(n, depth)
	}
	var all []pair
	for i := len(n.Content) - 1; i >= 0; i-- {
		more, err := r.pairs(n.Content[i], depth+1)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// untagged refuses tags that no connection needs.
func untagged(n *yaml.Node, own string) error {
	if n.Style&yaml.TaggedStyle != 0 && n.Tag != own && strings.TrimPrefix(n.Tag, "tag:yaml.org,2002:") != own[2:] {
		return fail(n, "a tag that no connection needs")
	}
	return nil
}
