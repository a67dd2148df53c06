package policycases

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"aircon/internal/policycases/short"
	"aircon/policy"
)

// shorthand are the names that cases write behind an @, besides those of principals.
var shorthand = map[string]string{
	"account": "111122223333", "other": "444455556666",
	"secret": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/connections/db-AbCdEf",
	"home":   "arn:aws:secretsmanager:eu-west-1:111122223333:secret:etl/db-AbCdEf",
	"key":    "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
	"worker": "arn:aws:iam::111122223333:role/airflow/worker",
	"topic":  "arn:aws:sns:eu-west-1:111122223333:alarms",
}

// sessions are the names of the sessions that principals of the roles' names are.
var sessions = map[string]string{"task": "role", "visit": "guest"}

var shorthandPattern = regexp.MustCompile(`@[a-z]+`)

// expand writes out what stands behind an @. A role that is a principal is the role itself, not its session.
func (f *file) expand(text string) string {
	return shorthandPattern.ReplaceAllStringFunc(text, func(s string) string {
		name := s[1:]
		if full, ok := shorthand[name]; ok {
			return full
		}
		if p := f.principals[sessions[name]]; p != nil {
			return p.ARN
		}
		switch p := f.principals[name]; {
		case p == nil:
			return s
		case p.Kind == policy.RoleSession:
			return p.Issuer
		default:
			return p.ARN
		}
	})
}

var fieldPattern = regexp.MustCompile("([A-Za-z0-9:/._-]+)=(`[^`]*`|[^ ]*)")

// request makes the request of a case. Later fields win over earlier ones.
func (f *file) request(fields string) (r *policy.Request, sent string, err error) {
	fields, condition, _ := strings.Cut(f.expand(fields), "if=")
	r = &policy.Request{}
	for _, m := range fieldPattern.FindAllStringSubmatch(fields, -1) {
		name, value := m[1], strings.Trim(m[2], "`")
		policies := func() []policy.Policy {
			all, failed := f.policies(name, m[2], condition)
			err = errors.Join(err, failed)
			return all
		}
		switch name {
		case "who":
			p, ok := f.principals[value]
			if !ok {
				return r, sent, fmt.Errorf("nobody is called %s", value)
			}
			r.Principal = p
		case "do":
			r.Action = value
		case "to":
			r.Resource = value
		case "sent":
			sent = value
		case "owner":
			r.Owner = value
		case "policy-decides":
			r.ResourcePolicyRequired = value == "yes"
		case "trust":
			r.TrustPolicy = value == "yes"
		case "identity":
			r.Identity = policies()
		case "session":
			r.Session = policies()
		case "boundary":
			r.Boundary = first(policies())
		case "resource":
			r.ResourcePolicy = first(policies())
		case "endpoint":
			r.Endpoint = first(policies())
		case "scp":
			levels, failed := f.levels(name, m[2], condition)
			r.Organisation, err = levels, errors.Join(err, failed)
		case "rcp":
			levels, failed := f.levels(name, m[2], condition)
			r.ResourceControl, err = levels, errors.Join(err, failed)
		default:
			r.Context = append(slices.DeleteFunc(r.Context, func(k policy.Key) bool { return k.Name == name }), keyOf(name, value))
		}
	}
	return r, sent, err
}

func first(p []policy.Policy) *policy.Policy {
	if len(p) == 0 {
		return nil
	}
	return &p[0]
}

// policies reads names that a comma separates, or statements in backquotes.
func (f *file) policies(kind, value, condition string) (all []policy.Policy, err error) {
	if statements, ok := strings.CutPrefix(value, "`"); ok {
		d, err := f.document(strings.TrimSuffix(statements, "`"), condition)
		return []policy.Policy{{Name: kind, Document: d}}, err
	}
	for _, name := range strings.Split(value, ",") {
		statements, ok := f.lets[name]
		switch {
		case ok:
			d, err := f.document(statements, condition)
			if err != nil {
				return nil, err
			}
			all = append(all, policy.Policy{Name: name, Document: d})
		case name != "none":
			return nil, fmt.Errorf("no policy is called %s", name)
		}
	}
	return all, nil
}

// levels reads the levels of a hierarchy, which a > separates; statements are a single one.
func (f *file) levels(kind, value, condition string) (all [][]policy.Policy, err error) {
	levels := strings.Split(value, ">")
	if strings.HasPrefix(value, "`") {
		levels = []string{value}
	}
	for _, level := range levels {
		policies, err := f.policies(kind, level, condition)
		if err != nil {
			return nil, err
		}
		all = append(all, policies)
	}
	return all, nil
}

// document reads statements in short, of the older version where they begin with its date. A % stands for the case's own condition.
func (f *file) document(statements, condition string) (*policy.Document, error) {
	version := "2012-10-17"
	if rest, old := strings.CutPrefix(statements, "2008-10-17 "); old {
		version, statements = "2008-10-17", rest
	}
	text := strings.ReplaceAll(f.expand(statements), "%", condition)
	if d := f.parsed[version+text]; d != nil {
		return d, nil
	}
	full, err := short.Policy(version, strings.Split(text, ";")...)
	if err != nil {
		return nil, err
	}
	d, err := policy.Parse([]byte(full))
	f.parsed[version+text] = d
	return d, err
}

// keyOf reads a value, or a list of them in brackets.
func keyOf(name, value string) policy.Key {
	inner, list := strings.CutPrefix(value, "[")
	inner = strings.TrimSuffix(inner, "]")
	switch {
	case list && inner == "":
		return policy.Many(name)
	case list:
		return policy.Many(name, strings.Split(inner, ",")...)
	}
	return policy.One(name, value)
}
