package iam

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"aircon/policy"
)

// rule is what the service's model says of a member: the length of a text or the value of a number, a pattern as AWS
// writes it in messages, and the words of an enumeration.
type rule struct {
	min, max int
	pattern  string
	words    []string
	re       func() *regexp.Regexp // compiled when it is first needed, as most processes of aircon need none
}

// maxUserName bounds new names; members that name a user that exists may be longer.
const maxUserName = 64

// rules are those of the public service model (2010-05-08), by member.
var rules = compileRules(map[string]rule{
	"UserName":                 {min: 1, max: 128, pattern: `[\w+=,.@-]+`},
	"NewUserName":              {min: 1, max: maxUserName, pattern: `[\w+=,.@-]+`},
	"RoleName":                 {min: 1, max: 64, pattern: `[\w+=,.@-]+`},
	"GroupName":                {min: 1, max: 128, pattern: `[\w+=,.@-]+`},
	"PolicyName":               {min: 1, max: 128, pattern: `[\w+=,.@-]+`},
	"Path":                     {min: 1, max: 512, pattern: `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`},
	"NewPath":                  {min: 1, max: 512, pattern: `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`},
	"PathPrefix":               {min: 1, max: 512, pattern: `\u002F[\u0021-\u007F]*`},
	"PolicyDocument":           {min: 1, max: 131_072, pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
	"AssumeRolePolicyDocument": {min: 1, max: 131_072, pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
	"ResourcePolicy":           {min: 1, max: 131_072, pattern: `[\u0009\u000A\u000D\u0020-\u00FF]+`},
	"Description":              {max: 1000, pattern: `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`},
	"MaxSessionDuration":       {min: 3600, max: 43_200},
	"PolicyArn":                {min: 20, max: 2048},
	"PolicySourceArn":          {min: 20, max: 2048},
	"PermissionsBoundary":      {min: 20, max: 2048},
	"VersionId":                {max: 128, pattern: `v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`},
	"AccessKeyId":              {min: 16, max: 128, pattern: `[\w]+`},
	"Status":                   {words: []string{"Active", "Inactive"}},
	"Scope":                    {words: []string{"All", "AWS", "Local"}},
	"PolicyUsageFilter":        {words: []string{"PermissionsPolicy", "PermissionsBoundary"}},
	"EntityFilter":             {words: []string{"User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"}},
	"Marker":                   {min: 1, max: 320, pattern: `[\u0020-\u00FF]+`},
	"MaxItems":                 {min: 1, max: 1000},
	"key":                      {min: 1, max: 128, pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
	"value":                    {max: 256, pattern: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`},
})

var escaped = regexp.MustCompile(`\\u([0-9A-F]{4})`)

func compileRules(all map[string]rule) map[string]rule {
	for name, r := range all {
		if r.pattern != "" {
			r.re = sync.OnceValue(func() *regexp.Regexp {
				return regexp.MustCompile(`\A(?:` + escaped.ReplaceAllString(r.pattern, `\x{$1}`) + `)\z`)
			})
			all[name] = r
		}
	}
	return all
}

// check holds an input against the model: the members that are required, and each member that has a rule.
func check(in any, required ...string) error {
	var faults []string
	v := reflect.ValueOf(in).Elem()
	for _, f := range reflect.VisibleFields(v.Type()) {
		if f.Anonymous {
			continue
		}
		fv, name := v.FieldByIndex(f.Index), lowerFirst(f.Name)
		switch {
		case fv.Kind() != reflect.Pointer && fv.Kind() != reflect.Slice:
		case fv.IsNil() && slices.Contains(required, f.Name):
			faults = append(faults, fmt.Sprintf("Value null at '%s' failed to satisfy constraint: Member must not be null", name))
		case fv.IsNil():
		case fv.Type() == reflect.TypeFor[[]policy.Tag]():
			faults = append(faults, checkTags(fv.Interface().([]policy.Tag))...)
		case fv.Kind() == reflect.Pointer:
			faults = append(faults, rules[f.Name].check(name, fv.Elem())...)
		}
	}
	if len(faults) == 0 {
		return nil
	}
	plural := ""
	if len(faults) > 1 {
		plural = "s"
	}
	return invalid("%d validation error%s detected: %s", len(faults), plural, strings.Join(faults, "; "))
}

const maxTags = 50

func checkTags(tags []policy.Tag) (faults []string) {
	if len(tags) > maxTags {
		faults = append(faults, fmt.Sprintf("Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to %d", maxTags))
	}
	for i, t := range tags {
		at := fmt.Sprintf("tags.%d.member.", i+1)
		faults = append(faults, rules["key"].check(at+"key", reflect.ValueOf(t.Key))...)
		faults = append(faults, rules["value"].check(at+"value", reflect.ValueOf(t.Value))...)
	}
	return faults
}

func lowerFirst(s string) string { return string(unicode.ToLower(rune(s[0]))) + s[1:] }

// check returns the faults of one member.
func (r rule) check(name string, v reflect.Value) (faults []string) {
	add := func(format string, args ...any) {
		faults = append(faults, fmt.Sprintf("Value '%v' at '%s' failed to satisfy constraint: Member must ", v, name)+fmt.Sprintf(format, args...))
	}
	size, measure := 0, "length"
	switch v.Kind() {
	case reflect.String:
		size = utf8.RuneCountInString(v.String())
	case reflect.Int:
		size, measure = int(v.Int()), "value"
	default:
		return nil
	}
	if r.words != nil {
		if !slices.Contains(r.words, v.String()) {
			add("satisfy enum value set: [%s]", strings.Join(r.words, ", "))
		}
		return faults
	}
	if r.re != nil && !r.re().MatchString(v.String()) {
		add("satisfy regular expression pattern: %s", r.pattern)
	}
	if size < r.min {
		add("have %s greater than or equal to %d", measure, r.min)
	}
	if r.max > 0 && size > r.max {
		add("have %s less than or equal to %d", measure, r.max)
	}
	return faults
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
