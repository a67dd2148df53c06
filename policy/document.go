package policy

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The versions of the policy language. Variables exist in the newer only.
const (
	version2008 = "2008-10-17"
	version2012 = "2012-10-17"
)

// Document is a parsed and compiled policy document. It never changes, so that goroutines may share it.
type Document struct {
	text       string
	version    string
	id         string
	statements []Statement
}

// Text returns the JSON that the document was parsed from, byte for byte.
func (d *Document) Text() string { return d.text }

// Version returns the language's version: 2012-10-17, 2008-10-17, or "" where the document names none and so means the older.
func (d *Document) Version() string { return d.version }

// ID returns the document's Id, or "".
func (d *Document) ID() string { return d.id }

// Statements returns the statements in their order. Do not change them.
func (d *Document) Statements() []Statement { return d.statements }

// Size returns the number of characters without white space, as IAM counts them against its limits
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). White space within strings is not counted either.
func (d *Document) Size() int { return Size(d.text) }

// Size is Document.Size for a text that need not be a policy.
func Size(text string) int {
	n := 0
	for _, r := range text {
		if r != ' ' && r != '\t' && r != '\n' && r != '\r' {
			n++
		}
	}
	return n
}

// Element is a string of a document with its place.
type Element struct {
	Text         string
	Line, Column int // from 1; the column counts characters
}

// Statement is one statement, as written and compiled.
type Statement struct {
	Sid          string
	Deny         bool // Effect; false means Allow
	Line, Column int  // of its opening brace
	EndLine      int  // of its closing brace
	EndColumn    int

	Actions, NotActions     []Element // one of the two is empty
	Resources, NotResources []Element // both are empty in a trust policy
	Principals              []PrincipalElement
	Conditions              []Condition

	hasPrincipal, notPrincipal bool
	principals                 []principalRef
	action, resource           []pattern
	services                   uint64 // serviceBit of each action
}

// PrincipalElement is one entry of a Principal or NotPrincipal element.
type PrincipalElement struct {
	Element
	Class string // AWS, Service, Federated or CanonicalUser; "" for a bare *
	Not   bool   // whether it stands in NotPrincipal
}

// Error is a fault in a document: where it stands and what AWS says of it.
type Error struct {
	Line, Column int    // from 1; the column counts characters
	Message      string // AWS's message for it, as in MalformedPolicyDocument
	Detail       string // what exactly is wrong; "" where Message says it
}

// Error returns place, message and detail.
func (e *Error) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message)
	}
	return fmt.Sprintf("%d:%d: %s (%s)", e.Line, e.Column, e.Detail, e.Message)
}

func newError(text string, at int, message, detail string) error {
	line, column := place(text, at)
	return &Error{Line: line, Column: column, Message: message, Detail: detail}
}

// place turns an offset into line and column.
func place(text string, at int) (line, column int) {
	before := text[:min(at, len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

// Parse reads a policy document as strictly as AWS does, in what holds for every kind of policy; Document.Check has what each kind
// adds. Its error is an *Error.
func Parse(text []byte) (*Document, error) {
	p := &parser{d: &Document{text: string(text)}}
	if err := p.document(); err != nil {
		return nil, err
	}
	return p.d, nil
}

type parser struct{ d *Document }

// at returns an error about a node. The message is AWS's; the detail may be "".
func (p *parser) at(n *node, message, detail string) error {
	return newError(p.d.text, n.at, message, detail)
}

func (p *parser) element(n *node) Element {
	line, column := place(p.d.text, n.at)
	return Element{n.text, line, column}
}

func (p *parser) document() error {
	root, err := readJSON(p.d.text)
	if err != nil {
		return err
	}
	if err := p.fields(root, "a policy document", "Version", "Id", "Statement"); err != nil {
		return err
	}
	if n := root.get("Version"); n != nil {
		if n.kind != '"' || n.text != version2008 && n.text != version2012 {
			return p.at(n, syntaxErrors, `Version must be "2012-10-17" or "2008-10-17"`)
		}
		p.d.version = n.text
	}
	if n := root.get("Id"); n != nil {
		if n.kind != '"' {
			return p.at(n, syntaxErrors, "Id must be a string")
		}
		p.d.id = n.text
	}
	n := root.get("Statement")
	if n == nil || n.kind == '[' && len(n.items) == 0 {
		return p.at(root, syntaxErrors, "a policy document needs at least one Statement")
	}
	for _, item := range n.list() {
		s, err := p.statement(item)
		if err != nil {
			return err
		}
		p.d.statements = append(p.d.statements, s)
	}
	return p.sids(n.list())
}

// fields checks that n is an object with no other keys than these.
func (p *parser) fields(n *node, what string, names ...string) error {
	if n.kind != '{' {
		return p.at(n, syntaxErrors, what+" must be an object")
	}
keys:
	for _, k := range n.keys {
		for _, name := range names {
			if k.text == name {
				continue keys
			}
		}
		for _, name := range names {
			if strings.EqualFold(k.text, name) {
				return p.at(k, syntaxErrors, fmt.Sprintf("%q must be written %q", k.text, name))
			}
		}
		return p.at(k, syntaxErrors, fmt.Sprintf("%s has no element %q", what, k.text))
	}
	return nil
}

func (p *parser) sids(items []*node) error {
	seen := make(map[string]bool)
	for i, s := range p.d.statements {
		if s.Sid != "" && seen[s.Sid] {
			return p.at(items[i].get("Sid"), "Statement IDs (SID) in a single policy must be unique.", "")
		}
		seen[s.Sid] = true
	}
	return nil
}

func (p *parser) statement(n *node) (Statement, error) {
	var s Statement
	err := p.fields(n, "a statement", "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
	if err != nil {
		return s, err
	}
	s.Line, s.Column = place(p.d.text, n.at)
	s.EndLine, s.EndColumn = place(p.d.text, n.end-1)
	for _, name := range []string{"Principal", "Action", "Resource"} {
		if n.get(name) != nil && n.get("Not"+name) != nil {
			return s, p.at(n.get("Not"+name), syntaxErrors, "a statement cannot have both "+name+" and Not"+name)
		}
	}
	for _, read := range []func(*node, *Statement) error{p.head, p.principal, p.actions, p.resources, p.conditions} {
		if err := read(n, &s); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (p *parser) head(n *node, s *Statement) error {
	if sid := n.get("Sid"); sid != nil {
		if sid.kind != '"' {
			return p.at(sid, syntaxErrors, "Sid must be a string")
		}
		s.Sid = sid.text
	}
	effect := n.get("Effect")
	if effect == nil {
		return p.at(n, syntaxErrors, "the statement has no Effect")
	}
	if effect.text != "Allow" && effect.text != "Deny" || effect.kind != '"' {
		return p.at(effect, syntaxErrors, "Effect must be Allow or Deny")
	}
	s.Deny = effect.text == "Deny"
	return nil
}

// strings returns the strings of an element that is one or a list of them.
func (p *parser) strings(n *node, what string) ([]Element, error) {
	var all []Element
	for _, item := range n.list() {
		if item.kind != '"' {
			return nil, p.at(item, syntaxErrors, what+" must be a string or a list of strings")
		}
		all = append(all, p.element(item))
	}
	return all, nil
}

func (p *parser) actions(n *node, s *Statement) error {
	of, name, to := n.get("Action"), "Action", &s.Actions
	if of == nil {
		of, name, to = n.get("NotAction"), "NotAction", &s.NotActions
	}
	if of == nil {
		return p.at(n, "Policy statement must contain actions.", "")
	}
	var err error
	if *to, err = p.strings(of, name); err != nil {
		return err
	}
	if len(*to) == 0 {
		return p.at(of, "Policy statement must contain actions.", "")
	}
	for i, e := range *to {
		if message := actionFault(e.Text); message != "" {
			return p.at(of.list()[i], message, "")
		}
		lower := strings.ToLower(e.Text)
		s.action, s.services = append(s.action, compile(lower, anywhere, false)), s.services|servicesOf(lower)
	}
	return nil
}

func (p *parser) resources(n *node, s *Statement) error {
	of, name, to := n.get("Resource"), "Resource", &s.Resources
	if of == nil {
		of, name, to = n.get("NotResource"), "NotResource", &s.NotResources
	}
	if of == nil {
		return nil
	}
	var err error
	if *to, err = p.strings(of, name); err != nil {
		return err
	}
	if len(*to) == 0 {
		return p.at(of, "Policy statement must contain resources.", "")
	}
	for i, e := range *to {
		if message := resourceFault(e.Text); message != "" {
			return p.at(of.list()[i], message, "")
		}
		s.resource = append(s.resource, compile(e.Text, resource, p.d.version == version2012))
	}
	return nil
}

func (p *parser) principal(n *node, s *Statement) error {
	of := n.get("Principal")
	if of == nil {
		of = n.get("NotPrincipal")
		s.notPrincipal = of != nil
	}
	if of == nil {
		return nil
	}
	s.hasPrincipal = true
	if of.kind == '"' && of.text == "*" {
		s.Principals = []PrincipalElement{{p.element(of), "", s.notPrincipal}}
		s.principals = []principalRef{{kind: refEverybody}}
		return nil
	}
	if err := p.fields(of, "a principal", "AWS", "Service", "Federated", "CanonicalUser"); err != nil {
		return err
	}
	for i, class := range of.keys {
		entries, err := p.strings(of.items[i], class.text)
		if err != nil {
			return err
		}
		for j, e := range entries {
			ref, ok := newPrincipalRef(class.text, e.Text)
			if !ok {
				return p.at(of.items[i].list()[j], fmt.Sprintf(`Invalid principal in policy: "%s":"%s"`, class.text, e.Text), "")
			}
			s.Principals = append(s.Principals, PrincipalElement{e, class.text, s.notPrincipal})
			s.principals = append(s.principals, ref)
		}
	}
	if len(s.principals) == 0 {
		return p.at(of, syntaxErrors, "the principal names nobody")
	}
	return nil
}
