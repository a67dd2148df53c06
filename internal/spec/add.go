package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrForm says that connections cannot be added to a spec as it is written.
var ErrForm = errors.New("its connections do not stand in lines of their own, so that none can be added to them")

// AddConnections returns a spec's text with connections added to an environment, below those that it has; all else stays as it is, comments
// too. An id that the environment has already is an error. Opts say what the file may hold.
func AddConnections(name string, text []byte, opts Options, environment string, more Named[*Connection]) ([]byte, error) {
	file, err := Parse(name, text, opts)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(file.Environments.Keys(), environment) {
		return nil, fmt.Errorf("the spec has no environment %q", environment)
	}
	e := file.Environments.Get(environment)
	for _, c := range more {
		if slices.Contains(e.Connections.Keys(), c.ID) {
			return nil, fmt.Errorf("%s:%s: the spec has the connection %q already", name, e.Connections.Get(c.ID).Pos(), c.ID)
		}
	}
	added, err := insert(strings.SplitAfter(string(text), "\n"), e, more)
	if err != nil {
		return nil, err
	}
	again, err := Parse(name, added, opts)
	if err != nil || !slices.Equal(again.Environments.Get(environment).Connections.Keys(), append(e.Connections.Keys(), more.Keys()...)) {
		return nil, ErrForm
	}
	return added, nil
}

func insert(lines []string, e *Environment, more Named[*Connection]) ([]byte, error) {
	block, err := blockOf(more)
	if err != nil {
		return nil, err
	}
	var at, indent int
	switch {
	case len(e.Connections) > 0:
		first := e.Connections[0].Pos()
		indent = first.Column - 1
		at = blockEnd(lines, first.Line-1, indent)
	case e.Has("connections"):
		return nil, ErrForm
	default: // below the environment's own members, which are indented by more than its name
		name := e.Pos()
		at = blockEnd(lines, name.Line, name.Column)
		key := strings.Repeat(" ", name.Column+1)
		block = append([]string{"connections:\n"}, indented(block, 2)...)
		indent = len(key)
	}
	if at > 0 && !strings.HasSuffix(lines[at-1], "\n") {
		lines[at-1] += "\n"
	}
	lines = slices.Insert(slices.Clone(lines), at, indented(block, indent)...)
	return []byte(strings.Join(lines, "")), nil
}

// blockOf writes connections as the lines of a block without indentation.
func blockOf(more Named[*Connection]) ([]string, error) {
	file := File{Version: 1, Environments: Named[*Environment]{{Name: "e", Connections: more}}}
	text, err := file.Write()
	if err != nil {
		return nil, err
	}
	_, below, _ := strings.Cut(string(text), "connections:\n")
	lines := strings.SplitAfter(strings.TrimSuffix(below, "\n")+"\n", "\n")
	lines = lines[:len(lines)-1]
	depth := depthOf(lines[0])
	for i, l := range lines {
		lines[i] = l[min(depth, len(l)-1):]
	}
	return lines, nil
}

func depthOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

func indented(lines []string, by int) []string {
	all := make([]string, len(lines))
	for i, l := range lines {
		if all[i] = l; l != "\n" {
			all[i] = strings.Repeat(" ", by) + l
		}
	}
	return all
}

// blockEnd is the line after the last one that is indented by at least that much, from a line on. Empty lines and comments at the end are
// someone else's.
func blockEnd(lines []string, from, indent int) int {
	end := from
	for i := from; i < len(lines); i++ {
		text := strings.TrimSpace(lines[i])
		switch {
		case text == "" || strings.HasPrefix(text, "#") && depthOf(lines[i]) < indent:
		case depthOf(lines[i]) < indent:
			return end
		default:
			end = i + 1
		}
	}
	return end
}
