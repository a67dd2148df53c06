package iam

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"aircon/localaws/constraint"
	"aircon/policy"
)

// rule is what the service's model says of a member: the length of a text or the value of a number, a pattern, and the words of an
// enumeration.
type rule struct {
	min, max int
	pattern  *constraint.Pattern
	words    []string
}

// maxUserName bounds new names; members that name a user that exists may be longer.
const maxUserName = 64

// rules are those of the public service model (2010-05-08), by member.
var rules = map[string]rule{
	"UserName":                 {min: 1, max: 128, pattern: constraint.Matching(`[\w+=,.@-]+`)},
	"NewUserName":              {min: 1, max: maxUserName, pattern: constraint.Matching(`[\w+=,.@-]+`)},
	"RoleName":                 {min: 1, max: 64, pattern: constraint.Matching(`[\w+=,.@-]+`)},
	"GroupName":                {min: 1, max: 128, pattern: constraint.Matching(`[\w+=,.@-]+`)},
	"PolicyName":               {min: 1, max: 128, pattern: constraint.Matching(`[\w+=,.@-]+`)},
	"Path":                     {min: 1, max: 512, pattern: constraint.Matching(`(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`)},
	"NewPath":                  {min: 1, max: 512, pattern: constraint.Matching(`(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`)},
	"PathPrefix":               {min: 1, max: 512, pattern: constraint.Matching(`\u002F[\u0021-\u007F]*`)},
	"PolicyDocument":           {min: 1, max: 131_072, pattern: constraint.Matching(`[\u0009\u000A\u000D\u0020-\u00FF]+`)},
	"AssumeRolePolicyDocument": {min: 1, max: 131_072, pattern: constraint.Matching(`[\u0009\u000A\u000D\u0020-\u00FF]+`)},
	"ResourcePolicy":           {min: 1, max: 131_072, pattern: constraint.Matching(`[\u0009\u000A\u000D\u0020-\u00FF]+`)},
	"Description":              {max: 1000, pattern: constraint.Matching(`[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`)},
	"MaxSessionDuration":       {min: 3600, max: 43_200},
	"PolicyArn":                {min: 20, max: 2048},
	"PolicySourceArn":          {min: 20, max: 2048},
	"PermissionsBoundary":      {min: 20, max: 2048},
	"VersionId":                {max: 128, pattern: constraint.Matching(`v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`)},
	"AccessKeyId":              {min: 16, max: 128, pattern: constraint.Matching(`[\w]+`)},
	"Status":                   {words: []string{"Active", "Inactive"}},
	"Scope":                    {words: []string{"All", "AWS", "Local"}},
	"PolicyUsageFilter":        {words: []string{"PermissionsPolicy", "PermissionsBoundary"}},
	"EntityFilter":             {words: []string{"User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"}},
	"Marker":                   {min: 1, max: 320, pattern: constraint.Matching(`[\u0020-\u00FF]+`)},
	"MaxItems":                 {min: 1, max: 1000},
	"key":                      {min: 1, max: 128, pattern: constraint.Matching(`[\p{L}\p{Z}\p{N}_.:/=+\-@]+`)},
	"value":                    {max: 256, pattern: constraint.Matching(`[\p{L}\p{Z}\p{N}_.:/=+\-@]*`)},
}

// check holds an input against the model: the members that are required, and each member that has a rule.
func check(in any, required ...string) error {
	var e constraint.Errors
	v := reflect.ValueOf(in).Elem()
	for _, f := range reflect.VisibleFields(v.Type()) {
		if f.Anonymous {
			continue
		}
		fv, name := v.FieldByIndex(f.Index), lowerFirst(f.Name)
		switch {
		case fv.Kind() != reflect.Pointer && fv.Kind() != reflect.Slice:
		case fv.IsNil() && slices.Contains(required, f.Name):
			e.Null(name)
		case fv.IsNil():
		case fv.Type() == reflect.TypeFor[[]policy.Tag]():
			checkTags(&e, fv.Interface().([]policy.Tag))
		case fv.Kind() == reflect.Pointer:
			if r, has := rules[f.Name]; has {
				r.check(&e, name, fv.Elem())
			}
		}
	}
	return e.ErrAs(codeInvalid)
}

const maxTags = 50

func checkTags(e *constraint.Errors, tags []policy.Tag) {
	e.Size("tags", len(tags), 0, maxTags)
	for i, t := range tags {
		at := fmt.Sprintf("tags.%d.member.", i+1)
		rules["key"].check(e, at+"key", reflect.ValueOf(t.Key))
		rules["value"].check(e, at+"value", reflect.ValueOf(t.Value))
	}
}

func lowerFirst(s string) string { return string(unicode.ToLower(rune(s[0]))) + s[1:] }

// check notes the faults of one member.
func (r rule) check(e *constraint.Errors, name string, v reflect.Value) {
	switch {
	case v.Kind() == reflect.Int:
		e.Range(name, int(v.Int()), r.min, r.max)
	case r.words != nil:
		e.OneOf(name, v.String(), r.words...)
	default:
		if r.pattern != nil {
			e.Pattern(name, v.String(), r.pattern)
		}
		e.Length(name, v.String(), r.min, r.max)
	}
}

// uniqueTags refuses keys that differ in case only.
func uniqueTags(tags []policy.Tag) error {
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		key := strings.ToLower(t.Key)
		if seen[key] {
			return invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		seen[key] = true
	}
	return nil
}
