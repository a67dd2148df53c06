package awswire

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// Routes finds the operation of a REST-JSON request. The zero value knows none.
type Routes struct{ routes []route }

type route struct {
	method    string
	segments  []string // literals, {Label}, or {Label+} at the end, which takes the rest with its slashes
	operation int
}

// Add says that a method and a path, such as /environments/{Name}, stand for an operation's number.
func (r *Routes) Add(method, path string, operation int) {
	r.routes = append(r.routes, route{method, segments(path), operation})
	// A path with more literals is more exact, and goes first.
	slices.SortStableFunc(r.routes, func(a, b route) int { return labels(a.segments) - labels(b.segments) })
}

func segments(path string) []string { return strings.Split(strings.TrimPrefix(path, "/"), "/") }

func labels(segments []string) int {
	n := 0
	for _, s := range segments {
		if strings.HasPrefix(s, "{") {
			n++
		}
	}
	return n
}

// Path holds the values of a path's labels.
type Path []parameter

// Find returns the number of the operation that a request means and the labels of its path, which is escaped as it was sent.
func (r *Routes) Find(method, escapedPath string) (operation int, labels Path, ok bool) {
	sent := segments(strings.TrimSuffix(escapedPath, "/"))
	for _, route := range r.routes {
		if route.method != method {
			continue
		}
		if labels, ok := route.match(sent); ok {
			return route.operation, labels, true
		}
	}
	return 0, nil, false
}

func (r *route) match(sent []string) (Path, bool) {
	var path Path
	for i, want := range r.segments {
		if i >= len(sent) {
			return nil, false
		}
		if !strings.HasPrefix(want, "{") {
			if want != sent[i] {
				return nil, false
			}
			continue
		}
		text, name := sent[i], strings.Trim(want, "{}")
		greedy := strings.HasSuffix(name, "+")
		if greedy {
			text = strings.Join(sent[i:], "/")
		}
		value, err := url.PathUnescape(text)
		if err != nil || value == "" {
			return nil, false
		}
		path = append(path, parameter{strings.TrimSuffix(name, "+"), value})
		if greedy {
			return path, true
		}
	}
	return path, len(sent) == len(r.segments)
}

// DecodeOutside fills the members of what into points to that stand in the path or in the URL's query.
func DecodeOutside(path Path, query url.Values, into any) error {
	v, c, err := target(into)
	if err != nil {
		return err
	}
	for _, f := range c.fields {
		var values []string
		switch f.location {
		case inPath:
			for _, p := range path {
				if p.name == f.outside {
					values = append(values, p.value)
				}
			}
		case inQuery:
			values = query[f.outside]
		}
		if len(values) == 0 {
			continue
		}
		if err := setOutside(f.codec, v.FieldByIndex(f.index), f.outside, values); err != nil {
			return err
		}
	}
	return nil
}

// setOutside sets a scalar, or a list of them where the name stands several times.
func setOutside(c *codec, v reflect.Value, name string, values []string) error {
	switch c.kind {
	case kindPointer:
		v.Set(reflect.New(c.elem.typ))
		return setOutside(c.elem, v.Elem(), name, values)
	case kindList:
		v.Set(reflect.MakeSlice(c.typ, len(values), len(values)))
		for i := range values {
			if err := setParameter(c.elem, v.Index(i), name, values[i]); err != nil {
				return err
			}
		}
		return nil
	default:
		return setParameter(c, v, name, values[0])
	}
}
