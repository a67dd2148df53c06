package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// cases is how many random requests the two evaluations are held against each other with; CASES in the environment changes it.
func cases(t testing.TB) int {
	n, err := strconv.Atoi(os.Getenv("CASES"))
	if os.Getenv("CASES") == "" {
		n, err = 5_000, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// drawer draws policies and requests. The same seed always draws the same.
type drawer struct {
	*rand.Rand
	t testing.TB
}

func newDrawer(t testing.TB, seed uint64) drawer { return drawer{rand.New(rand.NewPCG(seed, 4)), t} }

func draw[T any](d drawer, from ...T) T { return from[d.IntN(len(from))] }

// chance is true once in n times.
func (d drawer) chance(n int) bool { return d.IntN(n) == 0 }

// list draws one to n texts and joins them as the short form of statements does.
func (d drawer) list(n int, from ...string) string {
	var all []string
	for range 1 + d.IntN(n) {
		all = append(all, draw(d, from...))
	}
	return strings.Join(all, ",")
}

const (
	home  = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:etl/db-AbCdEf"
	shelf = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:"
)

var (
	federated, rootFederated, linked = people["federated"], people["rootfederated"], people["linked"]

	principals = []*Principal{user, role, root, stranger, guest, federated, rootFederated, linked, service, nil}
	// entries are what a Principal element may list.
	entries = []string{
		"*", account, other, root.ARN, role.ARN, role.Issuer, "AROAEXAMPLEROLEID", user.ARN, user.UserID, stranger.ARN, guest.Issuer, guest.ARN, federated.ARN, linked.Issuer,
		"airflow-env.amazonaws.com", "lambda.amazonaws.com",
	}
)

// statement draws a statement in the short form of document.
func (d drawer) statement(effect string, principal bool) string {
	s := effect + " " + draw(d, get, "secretsmanager:*", "*", "s3:*", "secretsmanager:Put*", "SecretsManager:?etSecretV*", "*:Get*", "not s3:*", "not secretsmanager:Get*", "kms:*,"+get)
	s += " on " + draw(d, "*", secret, home, "arn:aws:secretsmanager:*", "arn:aws:secretsmanager:*:"+account+":*", "arn:aws:s3:::*,"+secret, "arn:aws:s*:111122223333:secret:*", "arn:aws:secretsmanager:e*3:secret:*", "arn:aws:s*r:*:secret:*",
		shelf+"${aws:username}/*", shelf+"${aws:PrincipalTag/team, 'airflow'}/*", shelf+"air${?}*", "not "+secret, "not arn:aws:s3:::*", "not "+shelf+"${aws:username}/*")
	if principal {
		s += " to " + d.named(effect == "deny")
	}
	if d.chance(3) {
		s += " if " + draw(d, `{"Bool":{"aws:SecureTransport":"true"}}`, `{"StringNotEquals":{"aws:PrincipalTag/team":"data"}}`, `{"StringEqualsIfExists":{"x:missing":"a"}}`, `{"Null":{"aws:username":"false"},"StringLike":{"aws:userid":"A*"}}`)
	}
	return s
}

// named draws a principal element. A deny often excepts whoever it lists, and who is listed by half of its names is not excepted.
func (d drawer) named(deny bool) string {
	switch {
	case deny && d.chance(2):
		return "not " + d.list(3, user.ARN, account, role.ARN, role.Issuer, service.ARN, "*")
	case d.chance(8):
		return "not " + d.list(4, entries...)
	}
	return d.list(4, entries...)
}

func (d drawer) document(principal bool, extra ...string) *Document {
	for range 1 + d.IntN(3) {
		extra = append(extra, d.statement(draw(d, "allow", "allow", "allow", "deny"), principal))
	}
	return documentOf(d.t, draw(d, version2012, version2012, version2012, version2008), extra...)
}

// request draws a request with policies of every kind.
func (d drawer) request() *Request {
	r := &Request{
		Principal: draw(d, principals...), Action: draw(d, get, get, "secretsmanager:PutSecretValue"), Resource: draw(d, secret, secret, home), Owner: draw(d, account, account, account, other, ""),
		Context: append(d.context(), One("aws:SecureTransport", "true")), ResourcePolicyRequired: d.chance(4),
	}
	for range d.IntN(3) {
		r.Identity = append(r.Identity, Policy{"identity", d.document(false)})
	}
	if d.chance(5) {
		r.Boundary = one("boundary", d.document(false))
	}
	if d.chance(4) {
		r.Session = named("session", d.document(false))
	}
	if d.chance(4) {
		r.Organisation = [][]Policy{named("root", d.document(false, "allow * on *")), named("unit", d.document(false))}
	}
	if d.chance(6) {
		r.ResourceControl = [][]Policy{named("control", d.document(true, "allow * on * to *"))}
	}
	if d.chance(6) {
		r.Endpoint = one("endpoint", d.document(true))
	}
	if !d.chance(3) {
		r.ResourcePolicy = one("resource", d.document(true))
	}
	return r
}

// family is what the operators whose names begin alike compare: values that a request may have, and those that a policy may.
type operatorFamily struct{ had, wanted []string }

var families = map[string]operatorFamily{
	"String": {[]string{"a", "A", "ab", "b", "etl", "data", "*"}, []string{"a", "A", "ab", "b", "etl", "*", "a*", "?", "${aws:username}", "${aws:PrincipalTag/TEAM}", "${aws:username, 'a'}", "${x:oneString}", "${X:ManyString}", "${*}", "${$}"}},
	"Arn": {
		[]string{"arn:aws:s3:::b", "arn:aws:sns:eu-west-1:1:b", "arn:aws:sns:eu-west-1:1:b:c", "b"},
		[]string{"arn:aws:s3:::b", "arn:aws:s3:::*", "arn:*:s3:::?", "arn:aws:sns:eu-west-1:1:b", "arn:aws:*:1:b", "arn:aws:s*:*:*:b", "*", "b", "arn:aws:sns:eu-west-1:1:${aws:username, 'b'}", "${aws:PrincipalArn}", "${x:oneArn}", "${x:oneArn}:*", "*:${aws:username}"},
	},
	"Numeric": {[]string{"1", "1.50", "1.25", "-2", "10", "9007199254740993", "a"}, []string{"1", "1.5", "01.25", "-2", "2", "10", "9007199254740992"}},
	"Date": {
		[]string{"2026-11-22T12:00:00Z", "2026-11-22T13:00:00+01:00", "2020-01-01T00:00:00Z", "1795348800", "a"},
		[]string{"2026-11-22T12:00:00Z", "2026-11-22T07:00:00-05:00", "2020-01-01", "1795348800", "1795348801", "2026-11-22T12:00:00.5Z"},
	},
	"Bool":   {[]string{"true", "false", "True", "1"}, []string{"true", "false", "TRUE"}},
	"Binary": {[]string{"QQ==", "Qg==", "QmluYXJ5"}, []string{"QQ==", "Qg=="}},
	"Ip": {
		[]string{"10.1.2.3", "10.1.2.9", "192.0.2.1", "::ffff:10.1.2.3", "2001:db8::1", "a"},
		[]string{"10.1.2.3", "10.0.0.0/8", "192.0.2.1", "0.0.0.0/0", "2001:db8::/32", "2001:DB8::1", "::/0", "10.1.2.4/31"},
	},
	"Null": {[]string{"a"}, []string{"true", "false"}},
}

func familyOf(operator string) string {
	for begin := range families {
		if strings.HasPrefix(strings.TrimPrefix(operator, "Not"), begin) {
			return begin
		}
	}
	panic("no values for " + operator)
}

// context draws the values of the keys that condition names.
func (d drawer) context() (c Context) {
	for _, begin := range slices.Sorted(maps.Keys(families)) {
		had := families[begin].had
		c = append(c, One("x:one"+begin, draw(d, had...)), Many("X:Many"+begin, draw(d, had...), draw(d, had...)), Many("x:none"+begin), One("x:empty"+begin, ""))
	}
	if d.chance(4) { // what the principal implies wins over it
		c = append(c, One("aws:PrincipalAccount", "999999999999"), One("aws:UserName", "ab"), One("aws:PrincipalTag/team", "b"))
	}
	return c
}

// condition draws an operator with every qualifier, and a key that the request may have with one value, several or none.
func (d drawer) condition(operator string) string {
	begin := familyOf(operator)
	key := "x:" + draw(d, "one", "one", "one", "many", "none", "empty", "missing") + begin
	if begin == "String" && d.chance(3) {
		key = draw(d, "aws:username", "aws:userid", "AWS:PrincipalAccount", "aws:PrincipalTag/Team", "aws:PrincipalType", "aws:ResourceAccount", "aws:PrincipalServiceName")
	}
	if begin == "Arn" && d.chance(6) {
		key = "aws:PrincipalArn"
	}
	if operator != "Null" {
		operator = draw(d, "", "", "ForAllValues:", "ForAnyValue:") + operator + draw(d, "", "", "IfExists")
	}
	var wanted []string
	for range 1 + d.IntN(2) {
		wanted = append(wanted, draw(d, families[begin].wanted...))
	}
	text, err := json.Marshal(object{operator: object{key: wanted}})
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}

// permissive draws a request that everything allows, and takes what one kind of policy allows away: that kind then decides.
func (d drawer) permissive(decides Kind) *Request {
	everything, everybody := documents(d.t, "allow * on *"), documents(d.t, "allow * on * to *")
	r := d.request()
	r.Principal, r.Owner, r.Session = draw(d, user, role, federated), account, named("session", everything)
	r.Identity, r.Boundary, r.ResourcePolicy, r.Endpoint, r.Organisation, r.ResourceControl = named("identity", everything), nil, nil, nil, nil, nil
	r.ResourcePolicyRequired = false
	switch decides {
	case Identity:
		r.Identity = nil
	case Session:
		r.Session = nil
	case Resource:
		if d.chance(2) {
			r.Identity = nil
		}
	case Boundary:
		r.Session = named("session", everything)
	case Organisation:
		r.ResourcePolicy = one("resource", everybody)
	}
	return r
}

// put adds a document to the policies of a kind.
func (r *Request) put(k Kind, d *Document) *Request {
	c := copyRequest(r)
	switch p := (Policy{"focus", d}); k {
	case Identity:
		c.Identity = append(c.Identity, p)
	case Session:
		c.Session = append(c.Session, p)
	case Boundary:
		c.Boundary = &p
	case Organisation:
		c.Organisation = append(c.Organisation, []Policy{p})
	default:
		c.ResourcePolicy = &p
	}
	return c
}

// focus is a random request with one conditional statement in one of its policies.
type focus struct {
	operator  string
	condition string
	request   *Request
	decisive  bool // whether the decision hangs on the condition
}

// qualifiers writes what stands around the operator.
func (f focus) qualifiers() string {
	written, _, _ := strings.Cut(strings.TrimPrefix(f.condition, `{"`), `"`)
	return strings.Replace(written, f.operator, "…", 1)
}

func (d drawer) focus(operator string) focus {
	kind := draw(d, Identity, Session, Boundary, Organisation, Resource)
	r := d.permissive(kind)
	if d.chance(2) {
		r = d.request()
	}
	statement := draw(d, "allow", "deny") + " secretsmanager:* on *"
	if kind == Resource {
		statement += " to " + draw(d, "*", d.named(strings.HasPrefix(statement, "deny")))
	}
	var others []string
	if strings.HasPrefix(statement, "deny") && kind != Resource {
		others = []string{"allow * on *"}
	}
	f := focus{operator: operator, condition: d.condition(operator)}
	version := draw(d, version2012, version2012, version2012, version2008)
	never := strings.Replace(statement, "secretsmanager:*", "none:None", 1)
	f.request = r.put(kind, documentOf(d.t, version, append(others, statement+" if "+f.condition)...))
	met := Evaluate(r.put(kind, documentOf(d.t, version, append(others, statement)...)))
	missed := Evaluate(r.put(kind, documentOf(d.t, version, append(others, never)...)))
	f.decisive = met.Effect != missed.Effect
	return f
}

// TestASecondEvaluationAgrees holds both evaluations against each other, with each operator in turn. A decision must be the same, and
// its reason one that the second evaluation found too.
func TestASecondEvaluationAgrees(t *testing.T) {
	n := cases(t)
	names := slices.Sorted(maps.Keys(operators))
	effects, reasons, decisive, qualified := map[Effect]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for i := range n {
		d := newDrawer(t, uint64(i))
		f := d.focus(names[i%len(names)])
		got := agreed(t, i, f.request)
		if d.chance(4) { // the same policies are asked about another principal
			next := *f.request
			next.Principal = draw(d, principals...)
			agreed(t, i, &next)
		}
		effects[got.Effect]++
		reasons[fmt.Sprintf("%s by %s", got.Effect, got.Kind)]++
		if f.decisive {
			decisive[f.operator]++
			qualified[f.qualifiers()]++
		}
	}
	t.Logf("%d requests, no difference", n)
	for _, r := range slices.Sorted(maps.Keys(reasons)) {
		t.Logf("%7d %s", reasons[r], r)
	}
	for _, name := range names {
		t.Logf("%7d decided by %s", decisive[name], name)
		if decisive[name] < n/100 {
			t.Errorf("%s decided %d of %d requests: the test proves little of it", name, decisive[name], n)
		}
	}
	for _, q := range slices.Sorted(maps.Keys(qualified)) {
		t.Logf("%7d decided by an operator %s", qualified[q], q)
	}
	if effects[Allowed] < n/5 {
		t.Errorf("%d of %d requests were allowed: the test proves little", effects[Allowed], n)
	}
}

// agreed decides a request both ways.
func agreed(t testing.TB, number int, r *Request) Decision {
	t.Helper()
	got := Evaluate(r)
	if want, kinds := second(r); got.Effect != want || got.Effect != Allowed && !kinds[got.Kind] {
		t.Fatalf("request %d: got %s, want %s by one of %v, for\n%s", number, reason(got), want, kinds, asJSON(t, r))
	}
	return got
}

// asJSON writes a request out for whoever must find out why it is decided in two ways.
func asJSON(t testing.TB, r *Request) string {
	t.Helper()
	show := func(policies ...Policy) (texts []json.RawMessage) {
		for _, p := range policies {
			texts = append(texts, json.RawMessage(p.Document.Text()))
		}
		return texts
	}
	all := object{"principal": r.Principal, "action": r.Action, "resource": r.Resource, "owner": r.Owner, "context": r.Context, "identity": show(r.Identity...), "session": show(r.Session...)}
	for name, p := range map[string]*Policy{"boundary": r.Boundary, "resource policy": r.ResourcePolicy, "endpoint": r.Endpoint} {
		if p != nil {
			all[name] = show(*p)
		}
	}
	for name, levels := range map[string][][]Policy{"organisation": r.Organisation, "resource control": r.ResourceControl} {
		all[name] = show(slices.Concat(levels...)...)
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
