package policy

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// This file is a second evaluation, written from the documentation in another shape: it works on decoded JSON with regular
// expressions, big rationals and sets, allocates as it likes, and shares nothing with the first but the types of a request.

type object = map[string]any

// second decides a request.
func second(r *Request) Effect {
	allows := func(policies []Policy) bool { return slices.ContainsFunc(effects(r, policies), isAllow) }
	single := func(p *Policy) []Policy {
		if p == nil {
			return nil
		}
		return []Policy{*p}
	}
	p := r.Principal
	if p == nil {
		p = &Principal{}
	}
	levels := r.ResourceControl
	if p.Kind != Service {
		levels = append(slices.Clone(levels), r.Organisation...)
	}
	all := slices.Concat(append(slices.Clone(levels), r.Identity, r.Session, single(r.Boundary), single(r.ResourcePolicy), single(r.Endpoint))...)
	if slices.Contains(effects(r, all), "Deny") {
		return ExplicitDeny
	}
	for _, level := range levels {
		if !allows(level) {
			return ImplicitDeny
		}
	}
	if r.Endpoint != nil && !allows(single(r.Endpoint)) {
		return ImplicitDeny
	}
	granted := effects(r, single(r.ResourcePolicy))
	limits := (r.Boundary == nil || allows(single(r.Boundary))) && (len(r.Session) == 0 || allows(r.Session))
	identity := p.Kind == AccountRoot || allows(r.Identity)
	own := r.Owner == "" || r.Owner == p.Account
	var ok bool
	switch {
	case p.Kind == Service || p.Kind == Anonymous:
		ok = slices.Contains(granted, "Allow itself")
	case own && slices.Contains(granted, "Allow itself"):
		ok = true
	case own && slices.Contains(granted, "Allow issuer"):
		ok = limits
	case !own || r.ResourcePolicyRequired:
		ok = identity && limits && slices.ContainsFunc(granted, isAllow)
	default:
		ok = identity && limits
	}
	if ok {
		return Allowed
	}
	return ImplicitDeny
}

func isAllow(effect string) bool { return strings.HasPrefix(effect, "Allow") }

// effects lists what the statements that apply say: Deny, Allow, or for a resource's policy how it names the principal.
func effects(r *Request, policies []Policy) []string {
	var all []string
	for _, p := range policies {
		var d object
		if err := json.Unmarshal([]byte(p.Document.Text()), &d); err != nil {
			panic(err)
		}
		for _, s := range listOf(d["Statement"]) {
			if effect := applying(r, s.(object)); effect != "" {
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

// either tests an element or its Not form.
func either(s object, name string, matches func(text string) bool) bool {
	if v, ok := s[name]; ok {
		return slices.ContainsFunc(listOf(v), func(v any) bool { return matches(v.(string)) })
	}
	if v, ok := s["Not"+name]; ok {
		return !slices.ContainsFunc(listOf(v), func(v any) bool { return matches(v.(string)) })
	}
	return true
}

func applying(r *Request, s object) string {
	action := func(p string) bool { return naive(anywhere, strings.ToLower(p), strings.ToLower(r.Action)) }
	target := func(p string) bool { return naive(resource, p, r.Resource) }
	if !either(s, "Action", action) || !either(s, "Resource", target) {
		return ""
	}
	as := ""
	if s["Principal"] != nil || s["NotPrincipal"] != nil {
		if as = naming(r.Principal, s); as == "" {
			return ""
		}
	}
	conditions, _ := s["Condition"].(object)
	for operator, tests := range conditions {
		for key, values := range tests.(object) {
			if !met(r, operator, key, listOf(values)) {
				return ""
			}
		}
	}
	if s["Effect"] == "Deny" {
		return "Deny"
	}
	return "Allow" + as
}

// naming says as what a statement names the principal: " itself", " issuer", " account" or "".
func naming(p *Principal, s object) string {
	if p == nil {
		p = &Principal{}
	}
	faces := map[string]string{"*": " itself"}
	switch p.Kind {
	case Service:
		faces[p.ARN] = " itself"
	case Anonymous:
	default:
		faces[p.Account], faces["arn:aws:iam::"+p.Account+":root"] = " account", " account"
		if p.Issuer != "" {
			faces[p.Issuer] = " issuer"
		}
		faces[p.ARN] = " itself"
		if p.Kind == AccountRoot {
			faces[p.Account] = " itself"
		}
	}
	element, not := s["Principal"], false
	if element == nil {
		element, not = s["NotPrincipal"], true
	}
	found := map[string]bool{}
	for _, entries := range element.(object) {
		for _, e := range listOf(entries) {
			found[faces[e.(string)]] = true
			found["*"] = found["*"] || e == "*"
		}
	}
	if !not {
		for _, as := range []string{" itself", " issuer", " account"} {
			if found[as] {
				return as
			}
		}
		return ""
	}
	spared := found[" itself"] || found[" issuer"] || found[" account"]
	if s["Effect"] == "Deny" {
		spared = found[" itself"] && (found[" account"] || p.Kind == AccountRoot || p.Account == "") && (found[" issuer"] || p.Issuer == "")
	}
	if spared || found["*"] {
		return ""
	}
	return " itself"
}

// met evaluates one test of a condition.
func met(r *Request, operator, key string, wanted []any) bool {
	var values []string
	present := false
	for _, k := range r.Context {
		if strings.EqualFold(k.Name, key) {
			if present = true; k.Multiple {
				values = k.List
			} else {
				values = []string{k.Value}
			}
		}
	}
	qualifier, operator, qualified := strings.Cut(operator, ":")
	if !qualified {
		qualifier, operator = "", qualifier
	}
	if operator == "Null" {
		return slices.ContainsFunc(wanted, func(w any) bool { return fmt.Sprint(w) == fmt.Sprint(len(values) == 0) })
	}
	operator, optional := strings.CutSuffix(operator, "IfExists")
	if !present && optional {
		return true
	}
	operator, negated := strings.CutPrefix(strings.Replace(operator, "Not", "!", 1), "!")
	if at := strings.Index(operator, "!"); at >= 0 {
		operator, negated = operator[:at]+operator[at+1:], true
	}
	if qualifier != "" && (len(values) == 0 || len(values) == 1 && values[0] == "") {
		return qualifier == "ForAllValues"
	}
	holds := func(v string) bool {
		return slices.ContainsFunc(wanted, func(w any) bool { return compared(operator, v, fmt.Sprint(w)) }) != negated
	}
	switch {
	case qualifier == "ForAllValues", qualifier == "" && negated:
		return !slices.ContainsFunc(values, func(v string) bool { return !holds(v) })
	default:
		return slices.ContainsFunc(values, holds)
	}
}

// compared compares a value of the request with one of the policy. The operator has lost its Not.
func compared(operator, v, w string) bool {
	switch operator {
	case "StringEquals":
		return v == w
	case "StringEqualsIgnoreCase":
		return strings.EqualFold(v, w)
	case "StringLike":
		return naive(anywhere, w, v)
	case "ArnEquals", "ArnLike":
		return naive(arn, w, v)
	case "Bool":
		return strings.EqualFold(v, w)
	case "BinaryEquals":
		a, errA := base64.StdEncoding.DecodeString(v)
		b, errB := base64.StdEncoding.DecodeString(w)
		return errA == nil && errB == nil && bytes.Equal(a, b)
	case "IpAddress":
		a, err := netip.ParseAddr(v)
		if !strings.Contains(w, "/") {
			w += "/32"
		}
		return err == nil && netip.MustParsePrefix(w).Contains(a)
	}
	var order int
	if relation, ok := strings.CutPrefix(operator, "Numeric"); ok {
		a, okA := new(big.Rat).SetString(v)
		b, okB := new(big.Rat).SetString(w)
		if !okA || !okB {
			return false
		}
		order, operator = a.Cmp(b), relation
	} else {
		a, errA := time.Parse(time.RFC3339, v)
		b, errB := time.Parse(time.RFC3339, w)
		if errA != nil || errB != nil {
			return false
		}
		order, operator = a.Compare(b), strings.TrimPrefix(operator, "Date")
	}
	return slices.Contains(map[string][]int{"Equals": {0}, "LessThan": {-1}, "LessThanEquals": {-1, 0}, "GreaterThan": {1}, "GreaterThanEquals": {0, 1}}[operator], order)
}

// conditionValues are what conditions of the test compare, by the beginning of the operator's name.
var conditionValues = map[string][]string{
	"String": {"a", "A", "ab", "b", ""}, "Arn": {"arn:aws:s3:::b", "arn:aws:s3:::*", "arn:*:s3:::?", "arn:aws:sns:eu-west-1:1:b"},
	"Numeric": {"1", "1.50", "1.25", "-2", "10"}, "Date": {"2026-11-22T12:00:00Z", "2026-11-22T13:00:00+01:00", "2020-01-01T00:00:00Z"}, "Bool": {"true", "false"},
	"Binary": {"QQ==", "Qg=="}, "Ip": {"10.1.2.3", "10.0.0.0/8", "192.0.2.1"}, "Null": {"true", "false"},
}

// drawCondition draws an operator with every qualifier, and a key that the request may have with one value, several or none.
func drawCondition(t *rapid.T) string {
	name := rapid.SampledFrom(slices.Sorted(func(yield func(string) bool) {
		for name := range operators {
			if !yield(name) {
				return
			}
		}
	})).Draw(t, "operator")
	family := strings.TrimPrefix(name, "Not")
	for begin, values := range conditionValues {
		if !strings.HasPrefix(family, begin) {
			continue
		}
		if begin == "String" && strings.Contains(name, "Like") {
			values = append(slices.Clone(values), "*", "a*", "?")
		}
		wanted := rapid.SliceOfN(rapid.SampledFrom(values), 1, 2).Draw(t, "wanted")
		if name != "Null" {
			name = rapid.SampledFrom([]string{"", "", "ForAllValues:", "ForAnyValue:"}).Draw(t, "qualifier") + name
			name += rapid.SampledFrom([]string{"", "", "IfExists"}).Draw(t, "suffix")
		}
		key := "x:" + rapid.SampledFrom([]string{"one", "many", "none", "missing"}).Draw(t, "key") + begin
		text, err := json.Marshal(object{name: object{key: wanted}})
		if err != nil {
			t.Fatal(err)
		}
		return " if " + string(text)
	}
	t.Fatalf("no values for %s", name)
	return ""
}

// drawContext draws the values of the keys that drawCondition names.
func drawContext(t *rapid.T) (c Context) {
	for _, begin := range []string{"String", "Arn", "Numeric", "Date", "Bool", "Binary", "Ip", "Null"} {
		values := rapid.SampledFrom(slices.DeleteFunc(slices.Clone(conditionValues[begin]), func(v string) bool { return strings.ContainsAny(v, "*?") || strings.Contains(v, "/8") }))
		c = append(c, One("x:one"+begin, values.Draw(t, "one")), Many("X:Many"+begin, rapid.SliceOfN(values, 1, 2).Draw(t, "many")...), Many("x:none"+begin))
	}
	return c
}

func TestASecondEvaluationAgrees(t *testing.T) {
	counts := map[Effect]int{}
	decisive := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		r := drawRequest(rt, t)
		r.Context = append(drawContext(rt), One("aws:SecureTransport", "true"))
		condition := drawCondition(rt)
		r.Identity = append(r.Identity, Policy{"conditional", document(t, rapid.SampledFrom([]string{"allow", "deny"}).Draw(rt, "effect")+" secretsmanager:* on *"+condition)})
		// What the principal implies is no part of the second evaluation: aws:PrincipalTag must be in the context.
		if r.Principal != nil {
			for _, tag := range r.Principal.Tags {
				r.Context = append(r.Context, One("aws:PrincipalTag/"+tag.Key, tag.Value))
			}
		}
		got, want := Evaluate(r).Effect, second(r)
		if got != want {
			rt.Fatalf("got %s, want %s, with%s", got, want, condition)
		}
		counts[got]++
		without := *r
		without.Identity = r.Identity[:len(r.Identity)-1]
		if Evaluate(&without).Effect != got {
			operator, _, _ := strings.Cut(strings.TrimPrefix(condition, ` if {"`), `"`)
			decisive[operator]++
		}
	})
	for _, e := range []Effect{Allowed, ImplicitDeny, ExplicitDeny} {
		if counts[e] == 0 {
			t.Errorf("no request was %s: the test proves little", e)
		}
	}
	if len(decisive) == 0 {
		t.Error("no condition decided a request: the test proves little")
	}
	t.Logf("%v, decided by %d operators with their qualifiers", counts, len(decisive))
}
