package policy

import "strings"

// Context holds the condition keys of a request, in no order; a key stands in it at most once. A request has few of them, so
// that looking through a slice costs less than making a map, and appending to a kept slice makes no garbage.
type Context []Key

// Key is a condition key with its value or values. Make one with One or Many.
type Key struct {
	Name     string   // such as aws:SourceIp; upper and lower case are alike
	Value    string   // of a single-valued key
	List     []string // of a multi-valued key
	Multiple bool     // whether List counts, rather than Value
}

// One returns a single-valued key. Times are ISO 8601 or epoch seconds, truths are true and false.
func One(name, value string) Key { return Key{Name: name, Value: value} }

// Many returns a multi-valued key, such as aws:TagKeys. Without values it counts as present but empty.
func Many(name string, values ...string) Key { return Key{Name: name, List: values, Multiple: true} }

// Get returns the key of that name.
func (c Context) Get(name string) (Key, bool) {
	for i := range c {
		if len(c[i].Name) == len(name) && strings.EqualFold(c[i].Name, name) {
			return c[i], true
		}
	}
	return Key{}, false
}

// count is the number of values.
func (k *Key) count() int {
	if k.Multiple {
		return len(k.List)
	}
	return 1
}

// at is the value of an index below count.
func (k *Key) at(i int) string {
	if k.Multiple {
		return k.List[i]
	}
	return k.Value
}

// empty reports whether the values are an empty set; a lone empty string counts as one (reference_policies_multi-value-conditions).
func (k *Key) empty() bool { return k.count() == 0 || k.count() == 1 && k.at(0) == "" }

// implied is a condition key whose value the principal or the resource's owner gives.
type implied uint8

const (
	fromContext implied = iota
	principalArn
	principalAccount
	principalType
	principalTag
	principalIsService
	principalService
	userID
	userName
	resourceAccount
)

var impliedKeys = map[string]implied{
	"aws:principalarn":          principalArn,
	"aws:principalaccount":      principalAccount,
	"aws:principaltype":         principalType,
	"aws:principalisawsservice": principalIsService,
	"aws:principalservicename":  principalService,
	// A multi-valued key of which the name that the service calls by is the one that is known.
	"aws:principalservicenameslist": principalService,
	"aws:userid":                    userID,
	"aws:username":                  userName,
	"aws:resourceaccount":           resourceAccount,
}

const tagPrefix = "aws:principaltag/"

// keyRef is a condition key as a policy names it, looked up once when the policy is parsed.
type keyRef struct {
	name    string // as written
	implied implied
	tag     string // of aws:PrincipalTag/KEY
}

func newKeyRef(name string) keyRef {
	lower := strings.ToLower(name)
	if strings.HasPrefix(lower, tagPrefix) {
		return keyRef{name: name, implied: principalTag, tag: name[len(tagPrefix):]}
	}
	return keyRef{name: name, implied: impliedKeys[lower]}
}

// key returns the request's values of a condition key. What the principal implies wins over the context.
func (q *query) key(ref *keyRef) (Key, bool) {
	if ref.implied != fromContext {
		if q.r.ContextFirst {
			if k, ok := q.r.Context.Get(ref.name); ok {
				return k, true
			}
		}
		if v, ok := q.implied(ref); ok {
			return Key{Value: v}, true
		}
	}
	return q.r.Context.Get(ref.name)
}

// single returns the value of a key that has exactly one, as a variable needs it.
func (q *query) single(ref *keyRef) (string, bool) {
	k, ok := q.key(ref)
	if !ok || k.Multiple {
		return "", false
	}
	return k.Value, true
}

// Implied reports whether the request's principal or owner gives a condition key its value.
func Implied(r *Request, key string) bool {
	q := newQuery(r, nil)
	ref := newKeyRef(key)
	_, ok := q.implied(&ref)
	return ok
}

func (q *query) implied(ref *keyRef) (string, bool) {
	p := q.principal
	var v string
	switch ref.implied {
	case principalArn:
		if v = p.ARN; p.Kind == RoleSession {
			v = p.Issuer // the role's ARN, not the session's
		}
		if p.Kind == Service {
			v = ""
		}
	case principalAccount:
		v = p.Account
	case principalType:
		v = principalTypes[p.Kind]
	case principalTag:
		return p.tag(ref.tag)
	case principalIsService:
		if v = "false"; p.Kind == Service {
			v = "true"
		}
	case principalService:
		if p.Kind == Service {
			v = p.ARN
		}
	case userID:
		v = p.UserID
	case userName:
		v = p.Name
	case resourceAccount:
		if v = q.r.Owner; v == "" {
			v = p.Account
		}
	}
	return v, v != ""
}

// principalTypes are the values of aws:PrincipalType
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable).
var principalTypes = [...]string{
	Anonymous: "Anonymous", AccountRoot: "Account", User: "User", RoleSession: "AssumedRole", FederatedUser: "FederatedUser", Service: "",
}
