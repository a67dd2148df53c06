package policy

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// This file and secondcondition_test.go are a second evaluation, written from the documentation in another shape: it works on decoded
// JSON with regular expressions, big rationals and sets, allocates as it likes, and shares nothing with the first but the types of a request.

type object = map[string]any

// kindSet is a set of kinds of policy.
type kindSet map[Kind]bool

// second decides a request. It names the kinds of policy that deny, or of those that would have to allow and do not.
func second(r *Request) (Effect, kindSet) {
	w := newSecondWorld(r)
	denying, lacking := kindSet{}, kindSet{}
	for kind, levels := range w.policies() {
		for _, level := range levels {
			if slices.Contains(w.effects(level), "Deny") {
				denying[kind] = true
			}
		}
	}
	if len(denying) > 0 {
		return ExplicitDeny, denying
	}
	for _, kind := range w.needed() {
		if !w.allowed(kind) {
			lacking[kind] = true
		}
	}
	if len(lacking) > 0 {
		return ImplicitDeny, lacking
	}
	return Allowed, nil
}

// secondWorld is a request as the second evaluation sees it.
type secondWorld struct {
	r      *Request
	who    *Principal
	faces  map[string]string // what a resource's policy may call the principal, and as what it then names it
	keys   map[string]values // condition keys by name in lower case
	linked bool              // whether the principal is a service-linked role
}

func newSecondWorld(r *Request) *secondWorld {
	w := &secondWorld{r: r, who: r.Principal}
	if w.who == nil {
		w.who = &Principal{}
	}
	w.linked = regexp.MustCompile(`^arn:aws:iam::\d+:role/aws-service-role/`).MatchString(w.who.Issuer)
	w.faces, w.keys = facesOf(w.who), keysOf(r, w.who)
	return w
}

// facesOf follows the IAM User Guide, "AWS JSON policy elements: Principal".
func facesOf(p *Principal) map[string]string {
	faces := map[string]string{"AWS *": "itself"}
	switch p.Kind {
	case Anonymous:
		return faces
	case Service:
		faces["Service "+p.ARN] = "itself"
		return faces
	}
	as := "account"
	if p.Kind == AccountRoot {
		as = "itself"
	}
	faces["AWS "+p.Account], faces["AWS arn:aws:iam::"+p.Account+":root"] = as, as
	if id, _, _ := strings.Cut(p.UserID, ":"); p.Kind == RoleSession {
		faces["AWS "+id] = "issuer"
	}
	if p.Issuer != "" && !strings.HasSuffix(p.Issuer, ":root") {
		faces["AWS "+p.Issuer] = "issuer"
	}
	faces["AWS "+p.UserID] = "itself"
	if p.Kind != AccountRoot {
		faces["AWS "+p.ARN] = "itself"
	}
	return faces
}

// policies returns all policies that bind the principal, by kind. Only hierarchies have several levels.
func (w *secondWorld) policies() map[Kind][][]Policy {
	r := w.r
	one := func(p *Policy) [][]Policy {
		if p == nil {
			return nil
		}
		return [][]Policy{{*p}}
	}
	all := map[Kind][][]Policy{
		Identity: {r.Identity}, Session: {r.Session}, Boundary: one(r.Boundary), Resource: one(r.ResourcePolicy), Endpoint: one(r.Endpoint),
	}
	if !w.linked && w.who.Kind != Service && w.who.Kind != Anonymous {
		all[Organisation] = r.Organisation
	}
	if !w.linked {
		all[ResourceControl] = r.ResourceControl
	}
	return all
}

// allowed reports whether each level of a kind allows.
func (w *secondWorld) allowed(kind Kind) bool {
	levels := w.policies()[kind]
	for _, level := range levels {
		if !slices.ContainsFunc(w.effects(level), isAllow) {
			return false
		}
	}
	return len(levels) > 0
}

func isAllow(effect string) bool { return strings.HasPrefix(effect, "Allow") }

// needed lists the kinds of policy that must allow, by the tables of the IAM User Guide, "Policy evaluation logic".
func (w *secondWorld) needed() []Kind {
	r, p := w.r, w.who
	var all []Kind
	for _, kind := range []Kind{Organisation, ResourceControl, Endpoint} {
		if len(w.policies()[kind]) > 0 {
			all = append(all, kind)
		}
	}
	if p.Kind == Service || p.Kind == Anonymous {
		return append(all, Resource)
	}
	var granted []string
	if r.ResourcePolicy != nil {
		granted = w.effects([]Policy{*r.ResourcePolicy})
	}
	own := r.Owner == "" || r.Owner == p.Account
	if own && slices.Contains(granted, "Allow itself") {
		return all
	}
	if r.Boundary != nil {
		all = append(all, Boundary)
	}
	if len(r.Session) > 0 || p.Kind == FederatedUser {
		all = append(all, Session)
	}
	if own && slices.Contains(granted, "Allow issuer") {
		return all
	}
	if p.Kind != AccountRoot && !strings.HasSuffix(p.Issuer, ":root") {
		all = append(all, Identity)
	}
	if !own || r.ResourcePolicyRequired {
		all = append(all, Resource)
	}
	return all
}

// effects lists what the statements that apply say: Deny, Allow, or for a resource's policy how it names the principal.
func (w *secondWorld) effects(policies []Policy) []string {
	var all []string
	for _, p := range policies {
		var d object
		decoder := json.NewDecoder(strings.NewReader(p.Document.Text()))
		decoder.UseNumber()
		if err := decoder.Decode(&d); err != nil {
			panic(err)
		}
		for _, s := range listOf(d["Statement"]) {
			if effect := w.applying(s.(object), d["Version"] == version2012); effect != "" {
				all = append(all, effect)
			}
		}
	}
	return all
}

func listOf(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// applying returns the effect of a statement that is about the request, or "".
func (w *secondWorld) applying(s object, variables bool) string {
	action := func(v any) (bool, bool) {
		return naive(anywhere, strings.ToLower(v.(string)), strings.ToLower(w.r.Action)), true
	}
	target := func(v any) (bool, bool) {
		return w.like(resource, v.(string), w.r.Resource, variables)
	}
	if !either(s, "Action", action) || !either(s, "Resource", target) {
		return ""
	}
	as := ""
	if s["Principal"] != nil || s["NotPrincipal"] != nil {
		if as = w.naming(s); as == "" {
			return ""
		}
		as = " " + as
	}
	conditions, _ := s["Condition"].(object)
	for operator, tests := range conditions {
		for key, wanted := range tests.(object) {
			if !w.met(operator, key, listOf(wanted), variables) {
				return ""
			}
		}
	}
	if s["Effect"] == "Deny" {
		return "Deny"
	}
	return "Allow" + as
}

// either tests an element or its Not form. A Not form with a variable that has no value makes the statement invalid.
func either(s object, name string, matches func(v any) (matched, resolved bool)) bool {
	for _, v := range listOf(s[name]) {
		if v == nil {
			continue
		}
		if matched, _ := matches(v); matched {
			return true
		}
	}
	if s["Not"+name] == nil {
		return s[name] == nil
	}
	for _, v := range listOf(s["Not"+name]) {
		if matched, resolved := matches(v); matched || !resolved {
			return false
		}
	}
	return true
}

// naming says as what a statement names the principal: itself, issuer, account or "".
func (w *secondWorld) naming(s object) string {
	named := func(element any) map[string]bool {
		if element == "*" {
			element = object{"AWS": "*"}
		}
		found := map[string]bool{}
		for class, entries := range element.(object) {
			for _, e := range listOf(entries) {
				found[w.faces[class+" "+e.(string)]] = true
				found["everybody"] = found["everybody"] || e == "*"
			}
		}
		return found
	}
	if element := s["Principal"]; element != nil {
		found := named(element)
		for _, as := range []string{"itself", "issuer", "account"} {
			if found[as] {
				return as
			}
		}
		return ""
	}
	found := named(s["NotPrincipal"])
	spared := found["itself"] || found["issuer"] || found["account"]
	if s["Effect"] == "Deny" {
		if w.r.Boundary != nil {
			return "itself"
		}
		inAccount := w.who.Kind != AccountRoot && w.who.Account != ""
		spared = found["itself"] && (found["account"] || !inAccount) && (found["issuer"] || w.who.Issuer == "")
	}
	if spared || found["everybody"] {
		return ""
	}
	return "itself"
}
