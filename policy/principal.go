package policy

import "strings"

// PrincipalKind is what sort of principal makes a request.
type PrincipalKind uint8

// The kinds of principal. The zero value is nobody.
const (
	Anonymous     PrincipalKind = iota
	AccountRoot                 // arn:aws:iam::111122223333:root
	User                        // arn:aws:iam::111122223333:user/path/name
	RoleSession                 // arn:aws:sts::111122223333:assumed-role/name/session
	FederatedUser               // arn:aws:sts::111122223333:federated-user/name
	Service                     // an AWS service, such as airflow-env.amazonaws.com
)

// Principal is who makes a request. What it implies of condition keys (aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType,
// aws:PrincipalTag/KEY, aws:userid, aws:username) need not be in the request's Context.
type Principal struct {
	Kind    PrincipalKind
	ARN     string // as GetCallerIdentity gives it: of a session its own, of a service its name
	Issuer  string // of a session: the ARN, with path, of the role, user or root that it was made from
	Account string // twelve digits; "" for a service
	UserID  string // aws:userid: AIDA… of a user, AROA…:session of a session, the account of its root
	Name    string // aws:username, of a user only
	Tags    []Tag  // of the user or role and of the session, merged: aws:PrincipalTag

	IssuerID string `json:",omitempty"` // of a federated user: the unique id of the user that it was made from; a role's is in UserID
}

// Tag is a key and its value.
type Tag struct{ Key, Value string }

func (p *Principal) tag(key string) (string, bool) {
	for _, t := range p.Tags {
		if strings.EqualFold(t.Key, key) {
			return t.Value, true
		}
	}
	return "", false
}

// serviceLinked reports whether the principal is a session of a service-linked role, which no organisation policy binds.
func (p *Principal) serviceLinked() bool {
	return p.Kind == RoleSession && strings.Contains(p.Issuer, ":role/aws-service-role/")
}

// rootful reports whether the principal may do everything that no policy takes away: an account's root, and the federated user that a root
// made, whom its session policies limit.
func (p *Principal) rootful() bool {
	return p.Kind == AccountRoot || p.Kind == FederatedUser && strings.HasSuffix(p.Issuer, ":root")
}

// grant is how closely a resource's policy names the principal that it allows, which decides what may still limit the permission
// (reference_policies_evaluation-logic, "Resource-based policies").
type grant uint8

const (
	noGrant   grant = iota
	toAccount       // the account: its identity policies decide
	toIssuer        // the role or user behind a session: boundary and session policies limit it
	toItself        // the user, the session, the service, or everybody: nothing limits it but a deny
)

// principalRef is one entry of a Principal or NotPrincipal element.
type principalRef struct {
	kind  refKind
	value string // account number, ARN, unique id or service name
}

type refKind uint8

const (
	refEverybody refKind = iota
	refAccount
	refARN
	refID
	refService
	refOther // federation and canonical users: no principal here is one
)

// newPrincipalRef reads an entry under "AWS", "Service", "Federated" or "CanonicalUser"; it reports whether AWS would take it.
func newPrincipalRef(class, value string) (principalRef, bool) {
	switch class {
	case "Service":
		return principalRef{refService, value}, strings.Contains(value, ".") && !strings.Contains(value, "*")
	case "AWS":
	default:
		return principalRef{refOther, value}, value != ""
	}
	if value == "*" {
		return principalRef{refEverybody, value}, true
	}
	if isAccount(value) {
		return principalRef{refAccount, value}, true
	}
	if len(value) >= 16 && (strings.HasPrefix(value, "AROA") || strings.HasPrefix(value, "AIDA")) {
		return principalRef{refID, value}, true
	}
	f := strings.SplitN(value, ":", 6)
	if len(f) < 6 || f[0] != "arn" || f[1] == "" || f[2] != "iam" && f[2] != "sts" || f[3] != "" || !isAccount(f[4]) || strings.ContainsAny(value, "*?") {
		return principalRef{}, false
	}
	if f[5] == "root" {
		return principalRef{refAccount, f[4]}, true
	}
	class, name, _ := strings.Cut(f[5], "/")
	return principalRef{refARN, value}, name != "" && (f[2] == "iam" && (class == "user" || class == "role") ||
		f[2] == "sts" && (class == "assumed-role" || class == "federated-user"))
}

func isAccount(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// names returns how closely the entry names p.
func (ref *principalRef) names(p *Principal) grant {
	switch ref.kind {
	case refEverybody:
		return toItself
	case refService:
		if p.Kind == Service && p.ARN == ref.value {
			return toItself
		}
	case refAccount:
		if p.Kind != Service && p.Kind != Anonymous && p.Account == ref.value {
			if p.Kind == AccountRoot {
				return toItself
			}
			return toAccount
		}
	case refARN:
		if p.Kind != Service && p.ARN == ref.value {
			return toItself
		}
		if p.Issuer != "" && p.Issuer == ref.value {
			return toIssuer
		}
	case refID:
		if p.UserID == ref.value {
			return toItself
		}
		if rest, ok := strings.CutPrefix(p.UserID, ref.value); ok && rest[0] == ':' {
			return toIssuer
		}
		if p.IssuerID != "" && p.IssuerID == ref.value {
			return toIssuer
		}
	}
	return noGrant
}

// grants returns how closely the statement's Principal names p; with NotPrincipal, whether p is left out of the exception.
//
// A Deny with NotPrincipal spares a principal only when all that it acts as is listed: itself, the role behind the session, and
// the account (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html). An Allow with
// NotPrincipal excepts a principal when anything that it acts as is listed. Nor does a Deny with NotPrincipal spare a user or role that
// has a permissions boundary, whatever it lists (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html).
func (s *Statement) grants(p *Principal, bounded bool) grant {
	if !s.notPrincipal {
		best := noGrant
		for i := range s.principals {
			best = max(best, s.principals[i].names(p))
		}
		return best
	}
	if s.Deny && bounded {
		return toItself
	}
	var seen [toItself + 1]bool
	for i := range s.principals {
		seen[s.principals[i].names(p)] = true
		if s.principals[i].kind == refEverybody {
			return noGrant
		}
	}
	spared := seen[toItself] || seen[toIssuer] || seen[toAccount]
	if s.Deny {
		account := seen[toAccount] || p.Kind == AccountRoot || p.Kind == Service || p.Kind == Anonymous
		issuer := seen[toIssuer] || p.Issuer == ""
		spared = seen[toItself] && account && issuer
	}
	if spared {
		return noGrant
	}
	return toItself
}

// PrincipalOf returns who asks by this ARN: a user, a role (by a session of that name), a session, a federated user, an account's root, or a
// service by its host name. It reports false where the text is none of them. Unique ids and tags an ARN does not tell.
func PrincipalOf(text, session string) (Principal, bool) {
	if strings.HasSuffix(text, ".amazonaws.com") && !strings.Contains(text, ":") {
		return Principal{Kind: Service, ARN: text}, true
	}
	arn, ok := ParseARN(text)
	if !ok || !isAccount(arn.Account) || arn.Service != "iam" && arn.Service != "sts" {
		return Principal{}, false
	}
	p := Principal{ARN: text, Account: arn.Account}
	kind, rest, _ := strings.Cut(arn.Resource, "/")
	switch {
	case arn.Resource == "root" && arn.Service == "iam":
		p.Kind, p.UserID = AccountRoot, arn.Account
	case rest == "":
		return Principal{}, false
	case kind == "user" && arn.Service == "iam":
		p.Kind, p.Name = User, arn.Name()
	case kind == "role" && arn.Service == "iam":
		p.Kind, p.Issuer = RoleSession, text
		p.ARN = "arn:" + arn.Partition + ":sts::" + arn.Account + ":assumed-role/" + arn.Name() + "/" + session
	case kind == "assumed-role" && arn.Service == "sts":
		role, _, _ := strings.Cut(rest, "/")
		p.Kind, p.Issuer = RoleSession, "arn:"+arn.Partition+":iam::"+arn.Account+":role/"+role
	case kind == "federated-user" && arn.Service == "sts":
		p.Kind, p.UserID = FederatedUser, arn.Account+":"+rest
	default:
		return Principal{}, false
	}
	return p, true
}
