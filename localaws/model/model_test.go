package model_test

import (
	"regexp"
	"strings"
	"testing"

	"aircon/localaws/model"
)

// counts are the operations of the pinned models: a new version of botocore shows here what it brings.
var counts = map[string]int{"airflow": 12, "iam": 180, "kms": 56, "secretsmanager": 26, "sts": 11}

// pinned is the version that tools/awsmodel names.
const pinned = "1.44.5"

func TestTables(t *testing.T) {
	for name, operations := range counts {
		t.Run(name, func(t *testing.T) {
			s := model.Of(name)
			if s.Name != name || s.Botocore != pinned || !regexp.MustCompile(`^20\d\d-\d\d-\d\d$`).MatchString(s.APIVersion) {
				t.Errorf("the table is of %s %s, botocore %s; want botocore %s", s.Name, s.APIVersion, s.Botocore, pinned)
			}
			if len(s.Operations) != operations {
				t.Errorf("%d operations, want %d", len(s.Operations), operations)
			}
			for _, o := range s.Operations {
				wellFormed(t, s, o)
			}
			for _, shape := range s.Shapes {
				wellShaped(t, shape)
			}
		})
	}
	if model.Of("s3") != nil {
		t.Error("there is a table of s3")
	}
}

func wellFormed(t *testing.T, s *model.Service, o *model.Operation) {
	for _, shape := range []*model.Shape{o.Input, o.Output} {
		if shape != nil && shape.Kind != model.Structure {
			t.Errorf("%s: %s is a %s", o.Name, shape.Name, shape.Kind)
		}
	}
	if s.Protocol != "rest-json" && (o.Method != "POST" || o.URI != "/") {
		t.Errorf("%s: %s %s", o.Name, o.Method, o.URI)
	}
	for _, label := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(o.URI, -1) {
		if m := o.Input.Member(label[1]); m == nil || m.Location != "uri" || !m.Required {
			t.Errorf("%s: the path's label %s is %+v", o.Name, label[1], m)
		}
	}
	if s.Operation(o.Name) != o {
		t.Errorf("%s is not found by its name", o.Name)
	}
}

// wellShaped asks that a shape's constraints fit its kind, and that Go reads its pattern.
func wellShaped(t *testing.T, s *model.Shape) {
	if s.Pattern != nil {
		s.Pattern.Match("")
	}
	if s.Min != nil && s.Max != nil && *s.Min > *s.Max {
		t.Errorf("%s: from %d to %d", s.Name, *s.Min, *s.Max)
	}
	if (s.Pattern != nil || s.Enum != nil) && s.Kind != model.String {
		t.Errorf("%s is a %s with a pattern or words", s.Name, s.Kind)
	}
	if (s.Kind == model.List || s.Kind == model.Map) != (s.Element != nil) || (s.Kind == model.Map) != (s.Key != nil) {
		t.Errorf("%s is a %s of %v", s.Name, s.Kind, s.Element)
	}
	for _, m := range s.Members {
		if m.Shape == nil || s.Member(m.Name) != m {
			t.Errorf("%s.%s has no shape, or its name twice", s.Name, m.Name)
		}
	}
}

// TestSensitive names what must never show: a model that drops one is a change to look at.
func TestSensitive(t *testing.T) {
	want := map[string]string{
		"airflow": "AirflowConfigurationOptions ConfigValue", "iam": "passwordType privateKeyType accessKeySecretType",
		"kms": "PlaintextType", "secretsmanager": "SecretStringType SecretBinaryType RotationTokenType", "sts": "accessKeySecretType",
	}
	for service, shapes := range want {
		for name := range strings.FieldsSeq(shapes) {
			if s := model.Of(service).Shapes[name]; s == nil || !s.Sensitive {
				t.Errorf("%s: %s is not sensitive", service, name)
			}
		}
	}
}
