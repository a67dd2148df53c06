package spec

import (
	"encoding/json"
	"fmt"

	"github.com/invopop/jsonschema"
)

// Schema returns the JSON Schema (draft 2020-12) of the spec, generated from the types.
func Schema() ([]byte, error) {
	s := reflector().Reflect(&File{})
	s.Title = "aircon.yaml"
	s.ID = ""
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the JSON Schema: %w", err)
	}
	return append(text, '\n'), nil
}

func reflector() *jsonschema.Reflector {
	return &jsonschema.Reflector{FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true, DoNotReference: true, Anonymous: true}
}

func inline(v any) *jsonschema.Schema {
	s := reflector().Reflect(v)
	s.Version = ""
	return s
}

// JSONSchema describes a mapping of named values.
func (Named[T]) JSONSchema() *jsonschema.Schema {
	var item T
	s := &jsonschema.Schema{Type: "object", AdditionalProperties: inline(item)}
	switch any(item).(type) {
	case *Environment:
		s.PropertyNames = &jsonschema.Schema{Pattern: environmentName.String()}
		s.MinProperties = new(uint64(1))
	case *Connection:
		s.PropertyNames = &jsonschema.Schema{Pattern: `^[\w.\-/]+$`, MaxLength: new(uint64(maxConnID))}
	case *Variable:
		s.PropertyNames = &jsonschema.Schema{Pattern: secretName.String()}
	}
	return s
}

// JSONSchema describes a mapping from findings to reasons.
func (Reasons) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type:                 "object",
		PropertyNames:        &jsonschema.Schema{Pattern: findingID.String()},
		AdditionalProperties: &jsonschema.Schema{Type: "string", MinLength: new(uint64(1))},
	}
}

// JSONSchema describes a text that may be null.
func (Text) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string"}, {Type: "null"}}}
}

// JSONSchemaExtend says that exactly one source is given.
func (Source) JSONSchemaExtend(s *jsonschema.Schema) {
	s.MinProperties, s.MaxProperties = new(uint64(1)), new(uint64(1))
	if keep, ok := s.Properties.Get("keep"); ok {
		keep.Const = true
	}
}

// JSONSchemaAlias says that a member of secret_extra is a source.
func (SecretField) JSONSchemaAlias() any { return Source{} }

// JSONSchemaExtend says that a variable may be the text itself.
func (Variable) JSONSchemaExtend(s *jsonschema.Schema) {
	mapping := *s
	for _, key := range []string{"value", "json", "secret"} {
		mapping.OneOf = append(mapping.OneOf, &jsonschema.Schema{Required: []string{key}})
	}
	*s = jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string"}, &mapping}}
}

// JSONSchema describes any value.
func (JSON) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{} }

// JSONSchema describes a mapping.
func (Object) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{Type: "object"} }
