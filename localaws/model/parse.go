package model

import (
	"fmt"
	"strconv"
	"strings"

	"aircon/localaws/constraint"
)

// parser reads a table. Lines may name shapes that come later.
type parser struct {
	service *Service
	open    *Shape // the structure whose members follow
}

func parse(text string) (*Service, error) {
	p := parser{service: &Service{Shapes: map[string]*Shape{}, byName: map[string]*Operation{}}}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if err := p.line(strings.TrimSuffix(line, "\n")); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	for name, s := range p.service.Shapes {
		if s.Kind == "" {
			return nil, fmt.Errorf("shape %s is named and not described", name)
		}
	}
	return p.service, nil
}

func (p *parser) line(line string) error {
	if strings.HasPrefix(line, "#") {
		return nil
	}
	line, pattern, _ := strings.Cut(line, " pattern=")
	words := strings.Fields(line)
	switch {
	case len(words) < 2:
		return fmt.Errorf("%q says too little", line)
	case line[0] == '\t':
		return p.member(words)
	case words[0] == "service" && len(words) == 5:
		s := p.service
		s.Name, s.APIVersion, s.Protocol, s.Botocore = words[1], words[2], words[3], strings.TrimPrefix(words[4], "botocore-")
		return nil
	case words[0] == "operation" && len(words) == 6:
		o := &Operation{Name: words[1], Method: words[2], URI: words[3], Input: p.shape(words[4]), Output: p.shape(words[5])}
		p.service.Operations, p.service.byName[o.Name] = append(p.service.Operations, o), o
		return nil
	}
	return p.describe(words, pattern)
}

// shape returns the shape of a name, to be described before or after, or nil for "-".
func (p *parser) shape(name string) *Shape {
	if name == "-" {
		return nil
	}
	s := p.service.Shapes[name]
	if s == nil {
		s = &Shape{Name: name}
		p.service.Shapes[name] = s
	}
	return s
}

func (p *parser) member(words []string) error {
	if p.open == nil || p.open.Kind != Structure {
		return fmt.Errorf("member %s stands below no structure", words[0])
	}
	m := &Member{Name: words[0], Shape: p.shape(words[1])}
	for _, word := range words[2:] {
		switch key, value, _ := strings.Cut(word, "="); key {
		case "required":
			m.Required = true
		case "token":
			m.Token = true
		case "uri", "querystring":
			m.Location, m.Outside = key, value
		default:
			return fmt.Errorf("member %s: unknown %q", m.Name, word)
		}
	}
	p.open.Members = append(p.open.Members, m)
	return nil
}

// references says how many other shapes a kind's line names.
var references = map[Kind]int{
	Structure: 0, String: 0, Blob: 0, Integer: 0, Long: 0, Double: 0, Boolean: 0, Timestamp: 0, Document: 0, List: 1, Map: 2,
}

func (p *parser) describe(words []string, pattern string) error {
	kind := Kind(words[0])
	n, known := references[kind]
	if !known || len(words) < 2+n {
		return fmt.Errorf("unknown %q", strings.Join(words, " "))
	}
	s := p.shape(words[1])
	if s.Kind != "" {
		return fmt.Errorf("shape %s is described twice", s.Name)
	}
	s.Kind, p.open = kind, s
	if n > 0 {
		s.Element = p.shape(words[1+n])
	}
	if n > 1 {
		s.Key = p.shape(words[2])
	}
	if pattern != "" {
		s.Pattern = constraint.Matching(pattern)
	}
	return s.constrain(words[2+n:])
}

func (s *Shape) constrain(words []string) (err error) {
	for _, word := range words {
		switch key, value, _ := strings.Cut(word, "="); key {
		case "min":
			s.Min, err = bound(value)
		case "max":
			s.Max, err = bound(value)
		case "sensitive":
			s.Sensitive = true
		case "enum":
			s.Enum = strings.Split(value, ",")
		default:
			err = fmt.Errorf("unknown %q", word)
		}
		if err != nil {
			return fmt.Errorf("shape %s: %w", s.Name, err)
		}
	}
	return nil
}

func bound(text string) (*int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	return &n, err
}
