package policy

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestCases decides the cases under testdata/cases, whose README tells how they are written. Each asserts its reason, and cites the document
// of AWS's that says so.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	count, sources := 0, map[string]bool{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			f := caseFile{lets: map[string]string{}, means: map[string]string{}, parsed: map[string]*Document{}}
			for i, line := range strings.Split(string(text), "\n") {
				if c, ok := f.read(t, i+1, line); ok {
					count, sources[f.source] = count+1, true
					t.Run(c.name, func(t *testing.T) { f.check(t, fmt.Sprintf("%s:%d", name, i+1), c) })
				}
			}
		})
	}
	t.Logf("%d cases, from %d documents", count, len(sources))
	if count < 400 {
		t.Errorf("%d cases are fewer than 400", count)
	}
}

// caseFile is what the lines above a case have said.
type caseFile struct {
	source string               // the document of AWS's that the cases are from
	lets   map[string]string    // policies by name
	means  map[string]string    // reasons by a short word
	given  string               // fields that every case has
	parsed map[string]*Document // by their text: one policy is asked about one principal after the other
}

// textCase is one case: what is asked, and what must come of it.
type textCase struct{ name, fields, want string }

// read takes a line in. It reports whether it is a case.
func (f *caseFile) read(t *testing.T, number int, line string) (textCase, bool) {
	t.Helper()
	word, rest, _ := strings.Cut(line, " ")
	name, value, _ := strings.Cut(rest, ": ")
	switch {
	case line == "" || word == "#":
	case word == "source:":
		f.source = rest
	case word == "given:":
		f.given = rest
	case word == "let":
		f.lets[name] = value
	case word == "means":
		f.means[name] = value
	default:
		parts := strings.Split(line, " | ")
		if len(parts) != 3 || f.source == "" {
			t.Fatalf("line %d: a case takes a name, fields and what comes of it, below its source: %s", number, line)
		}
		return textCase{parts[0], parts[1], parts[2]}, true
	}
	return textCase{}, false
}

// check decides a case. What comes of it is a reason, or AWS's whole message.
func (f *caseFile) check(t *testing.T, place string, c textCase) {
	r, sent := f.request(t, f.given+" "+c.fields)
	d := Evaluate(r)
	want, got := expand(c.want), reason(d)
	if meant, ok := f.means[want]; ok {
		want = meant
	}
	if strings.HasPrefix(want, "User: ") {
		got = d.Denial(r, sent)
	}
	if got != want {
		t.Errorf("%s, by %s:\ngot  %s\nwant %s", place, f.source, got, want)
	}
	if effect, _ := second(r); effect != d.Effect {
		t.Errorf("%s: the second evaluation says %s", place, effect)
	}
	checkChanges(t, r)
	if e := Explain(r); e.Decision != d {
		t.Errorf("%s: explained as %s", place, reason(e.Decision))
	}
}

// shorthand are the names that cases write behind an @.
var shorthand = map[string]string{
	"account": account, "other": other, "secret": secret, "home": home, "user": user.ARN, "role": role.Issuer, "task": role.ARN, "root": root.ARN,
	"stranger": stranger.ARN, "guest": guest.Issuer, "visit": guest.ARN, "federated": federated.ARN, "linked": linked.Issuer,
	"key":    "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
	"worker": "arn:aws:iam::111122223333:role/airflow/worker",
	"topic":  "arn:aws:sns:eu-west-1:111122223333:alarms",
}

var shorthandPattern = regexp.MustCompile(`@[a-z]+`)

func expand(text string) string {
	return shorthandPattern.ReplaceAllStringFunc(text, func(s string) string {
		if full, ok := shorthand[s[1:]]; ok {
			return full
		}
		return s
	})
}

var casePrincipals = map[string]*Principal{
	"user": user, "role": role, "root": root, "stranger": stranger, "guest": guest, "federated": federated, "rootfederated": rootFederated, "linked": linked, "service": service,
	"nobody": nil, "plain": {Kind: User, ARN: "arn:aws:iam::111122223333:user/plain", Account: account, UserID: "AIDAPLAINUSERIDXX", Name: "plain"},
	"strangeroot": {Kind: AccountRoot, ARN: "arn:aws:iam::444455556666:root", Account: other, UserID: other},
}

var fieldPattern = regexp.MustCompile("([A-Za-z0-9:/._-]+)=(`[^`]*`|[^ ]*)")

// request makes the request of a case. Later fields win over earlier ones.
func (f *caseFile) request(t *testing.T, fields string) (r *Request, sent string) {
	t.Helper()
	fields, condition, _ := strings.Cut(expand(fields), "if=")
	r = &Request{}
	for _, m := range fieldPattern.FindAllStringSubmatch(fields, -1) {
		name, value := m[1], strings.Trim(m[2], "`")
		policies := func() []Policy { return f.policies(t, name, m[2], condition) }
		switch name {
		case "who":
			p, ok := casePrincipals[value]
			if !ok {
				t.Fatalf("nobody is called %s", value)
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
			r.Organisation = f.levels(t, name, m[2], condition)
		case "rcp":
			r.ResourceControl = f.levels(t, name, m[2], condition)
		default:
			r.Context = append(slices.DeleteFunc(r.Context, func(k Key) bool { return k.Name == name }), keyOf(name, value))
		}
	}
	return r, sent
}

func first(p []Policy) *Policy {
	if len(p) == 0 {
		return nil
	}
	return &p[0]
}

// policies reads names that a comma separates, or statements in backquotes.
func (f *caseFile) policies(t *testing.T, kind, value, condition string) (all []Policy) {
	t.Helper()
	if statements, ok := strings.CutPrefix(value, "`"); ok {
		return []Policy{{kind, f.document(t, strings.TrimSuffix(statements, "`"), condition)}}
	}
	for _, name := range strings.Split(value, ",") {
		statements, ok := f.lets[name]
		if !ok && name != "none" {
			t.Fatalf("no policy is called %s", name)
		}
		if ok {
			all = append(all, Policy{name, f.document(t, statements, condition)})
		}
	}
	return all
}

// levels reads the levels of a hierarchy, which a > separates; statements are a single one.
func (f *caseFile) levels(t *testing.T, kind, value, condition string) (all [][]Policy) {
	t.Helper()
	levels := strings.Split(value, ">")
	if strings.HasPrefix(value, "`") {
		levels = []string{value}
	}
	for _, level := range levels {
		all = append(all, f.policies(t, kind, level, condition))
	}
	return all
}

// document reads statements in short, of the older version where they begin with its date. A % stands for the case's own condition.
func (f *caseFile) document(t *testing.T, statements, condition string) *Document {
	t.Helper()
	version := version2012
	if rest, old := strings.CutPrefix(statements, version2008+" "); old {
		version, statements = version2008, rest
	}
	text := strings.ReplaceAll(expand(statements), "%", condition)
	if f.parsed[version+text] == nil {
		f.parsed[version+text] = documentOf(t, version, strings.Split(text, ";")...)
	}
	return f.parsed[version+text]
}

// keyOf reads a value, or a list of them in brackets.
func keyOf(name, value string) Key {
	inner, list := strings.CutPrefix(value, "[")
	inner = strings.TrimSuffix(inner, "]")
	switch {
	case list && inner == "":
		return Many(name)
	case list:
		return Many(name, strings.Split(inner, ",")...)
	}
	return One(name, value)
}
