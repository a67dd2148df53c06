package iac

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// hcl writes the resources of Terraform's AWS provider.
func (s *Set) hcl() (string, error) {
	var b strings.Builder
	for i, document := range s.Documents {
		root, err := readTree(document)
		if err != nil {
			return "", err
		}
		label := identifier(s.Environment) + "_" + strconv.Itoa(i+1)
		if i > 0 {
			b.WriteString("\n")
		}
		head := tree{kind: '{', keys: []string{"name"}, items: []tree{text(s.name(i))}}
		kind := "aws_iam_policy"
		if s.Inline {
			kind = "aws_iam_role_policy"
			head.add("role", s.Role)
		} else {
			head.add("path", s.Path)
			head.add("description", s.Description)
		}
		fmt.Fprintf(&b, "resource %q %q {\n%s\n  policy = jsonencode(%s)\n}\n", kind, label, head.members("  "), root.hcl("  "))
		if s.Role != "" && !s.Inline {
			fmt.Fprintf(&b, "\nresource \"aws_iam_role_policy_attachment\" %q {\n  role       = %s\n  policy_arn = aws_iam_policy.%s.arn\n}\n", label, quote(s.Role), label)
		}
	}
	return b.String(), nil
}

// tree is a JSON value whose objects keep their order.
type tree struct {
	kind  byte // { [ or " for a scalar
	text  string
	keys  []string
	items []tree
}

func text(s string) tree { return tree{kind: '"', text: quote(s)} }

func (t *tree) add(key, value string) {
	if value != "" {
		t.keys, t.items = append(t.keys, key), append(t.items, text(value))
	}
}

func readTree(document string) (tree, error) {
	d := json.NewDecoder(strings.NewReader(document))
	d.UseNumber()
	return next(d)
}

func next(d *json.Decoder) (tree, error) {
	token, err := d.Token()
	if err != nil {
		return tree{}, err
	}
	delim, compound := token.(json.Delim)
	if !compound {
		if s, is := token.(string); is {
			return text(s), nil
		}
		return tree{kind: '"', text: fmt.Sprint(token)}, nil
	}
	t := tree{kind: byte(delim)}
	for d.More() {
		if t.kind == '{' {
			key, err := d.Token()
			if err != nil {
				return t, err
			}
			t.keys = append(t.keys, key.(string))
		}
		item, err := next(d)
		if err != nil {
			return t, err
		}
		t.items = append(t.items, item)
	}
	_, err = d.Token() // the closing one
	return t, err
}

// hcl writes the value; indent is that of the line that it begins on.
func (t *tree) hcl(indent string) string {
	switch {
	case t.kind == '"':
		return t.text
	case t.kind == '{' && len(t.items) == 0:
		return "{}"
	case t.kind == '{':
		return "{\n" + t.members(indent+"  ") + indent + "}"
	case len(t.items) == 0:
		return "[]"
	}
	var b strings.Builder
	b.WriteString("[\n")
	for i := range t.items {
		b.WriteString(indent + "  " + t.items[i].hcl(indent+"  ") + ",\n")
	}
	return b.String() + indent + "]"
}

// members writes an object's members, one a line. As in terraform fmt, the equals signs of neighbours that take one line each stand in a column.
func (t *tree) members(indent string) string {
	var b strings.Builder
	for i := 0; i < len(t.items); {
		end, width := i, 0
		for end < len(t.items) && t.items[end].kind == '"' {
			width = max(width, len(name(t.keys[end])))
			end++
		}
		if end == i { // takes several lines
			fmt.Fprintf(&b, "%s%s = %s\n", indent, name(t.keys[i]), t.items[i].hcl(indent))
			i++
		}
		for ; i < end; i++ {
			fmt.Fprintf(&b, "%s%-*s = %s\n", indent, width, name(t.keys[i]), t.items[i].text)
		}
	}
	return b.String()
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

func name(key string) string {
	if plainName.MatchString(key) {
		return key
	}
	return quote(key)
}

// quote writes a string of HCL, in which ${ and %{ begin templates.
func quote(s string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(s))
}

// identifier is a name in Terraform: letters, digits, underscores and hyphens, and no digit first.
func identifier(name string) string {
	label := regexp.MustCompile(`[^A-Za-z0-9_-]`).ReplaceAllString(name, "_")
	if label == "" || label[0] >= '0' && label[0] <= '9' || label[0] == '-' {
		label = "_" + label
	}
	return label
}
