package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Write returns the spec as YAML that Parse reads to the same content: keys in the order of the types, environments, connections and
// variables in their own. Notes become comments above what they are about. A literal secret is an error: Write puts no secret into a file.
func (f *File) Write() ([]byte, error) {
	node, err := encode(reflect.ValueOf(f))
	if err != nil {
		return nil, fmt.Errorf("write the spec: %w", err)
	}
	node.HeadComment = comment(f.Note)
	text, err := yaml.Dump(node, yaml.WithLineWidth(-1))
	if err != nil {
		return nil, fmt.Errorf("write the spec: %w", err)
	}
	return text, nil
}

func comment(note string) string {
	if note == "" {
		return ""
	}
	return "# " + strings.ReplaceAll(note, "\n", "\n# ")
}

// encodes is a type that writes itself as a node.
type encodes interface{ encode() (*yaml.Node, error) }

func encode(v reflect.Value) (*yaml.Node, error) {
	if custom, ok := v.Interface().(encodes); ok {
		return custom.encode()
	}
	switch v.Kind() {
	case reflect.Pointer:
		return encode(v.Elem())
	case reflect.Struct:
		return encodeStruct(v)
	case reflect.Map:
		return encodeMap(v)
	case reflect.Slice:
		return encodeList(v)
	case reflect.Int:
		return scalar("!!int", strconv.FormatInt(v.Int(), 10)), nil
	case reflect.Bool:
		return scalar("!!bool", strconv.FormatBool(v.Bool())), nil
	}
	return scalar("!!str", v.String()), nil
}

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

func encodeStruct(v reflect.Value) (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.MappingNode}
	for i := range v.NumField() {
		key, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if key == "" || key == "-" || options == "omitempty" && leftOut(v.Field(i)) {
			continue
		}
		value, err := encode(v.Field(i))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		node.Content = append(node.Content, scalar("!!str", key), value)
	}
	return node, nil
}

// leftOut reports whether a value need not be written. A list or mapping is left out when it is empty, an empty text behind a pointer is not.
func leftOut(v reflect.Value) bool {
	if v.Kind() == reflect.Slice || v.Kind() == reflect.Map {
		return v.Len() == 0
	}
	return v.IsZero()
}

func encodeMap(v reflect.Value) (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.MappingNode}
	keys := make([]string, 0, v.Len())
	for _, key := range v.MapKeys() {
		keys = append(keys, key.String())
	}
	for _, key := range sortedCopy(keys) {
		value, err := encode(v.MapIndex(reflect.ValueOf(key)))
		if err != nil {
			return nil, err
		}
		node.Content = append(node.Content, scalar("!!str", key), value)
	}
	return node, nil
}

func encodeList(v reflect.Value) (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for i := range v.Len() {
		value, err := encode(v.Index(i))
		if err != nil {
			return nil, err
		}
		node.Content = append(node.Content, value)
	}
	return node, nil
}

func (n Named[T]) encode() (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.MappingNode}
	for _, item := range n {
		value, err := encode(reflect.ValueOf(item))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", label(item), err)
		}
		key := scalar("!!str", *item.name())
		if noted, ok := any(item).(interface{ note() string }); ok {
			key.HeadComment = comment(noted.note())
		}
		node.Content = append(node.Content, key, value)
	}
	return node, nil
}

func (t Text) encode() (*yaml.Node, error) { //nolint:unparam // as encodes asks
	if t.IsNull() {
		return scalar("!!null", "null"), nil
	}
	return scalar("!!str", t.text), nil
}

func (s *Source) encode() (*yaml.Node, error) {
	if !s.literal.IsNull() {
		return nil, errors.New("a secret must not stand in the file: " + sourceHint)
	}
	plain := sourceFields(*s)
	node, err := encodeStruct(reflect.ValueOf(plain))
	if err == nil {
		node.Style = yaml.FlowStyle
	}
	return node, err
}

func (s *SecretField) encode() (*yaml.Node, error) { return s.Source.encode() }

func (v *Variable) encode() (*yaml.Node, error) {
	if v.Value != nil && v.Description == "" && v.KMSKey == "" {
		return scalar("!!str", *v.Value), nil
	}
	return encodeStruct(reflect.ValueOf(variableFields(*v)))
}

func (j JSON) encode() (*yaml.Node, error) {
	d := json.NewDecoder(strings.NewReader(j.text.Reveal()))
	d.UseNumber()
	node, err := jsonNode(d)
	if err != nil {
		return nil, errors.New("not JSON that YAML can hold")
	}
	return node, nil
}

// jsonNode reads one JSON value into a node, keeping the order of its members and the text of its numbers.
func jsonNode(d *json.Decoder) (*yaml.Node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		return jsonCollection(d, token)
	case string:
		return scalar("!!str", token), nil
	case json.Number:
		return jsonNumber(token.String()), nil
	case bool:
		return scalar("!!bool", strconv.FormatBool(token)), nil
	}
	return scalar("!!null", "null"), nil
}

func jsonNumber(text string) *yaml.Node {
	if strings.ContainsAny(text, ".eE") {
		return scalar("!!float", text)
	}
	return scalar("!!int", text)
}

func jsonCollection(d *json.Decoder, open json.Delim) (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	if open == '{' {
		node.Kind = yaml.MappingNode
	}
	for d.More() {
		item, err := jsonNode(d)
		if err != nil {
			return nil, err
		}
		node.Content = append(node.Content, item)
	}
	_, err := d.Token()
	return node, err
}
