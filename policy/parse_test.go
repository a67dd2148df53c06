package policy

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestParseRefuses has what AWS refuses, with its message and the place.
func TestParseRefuses(t *testing.T) {
	const head = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": "
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "1:1: unexpected end of the text (Syntax errors in policy.)"},
		{"not an object", "[]", "1:1: a policy document must be an object (Syntax errors in policy.)"},
		{"a comment", "{\n  // allow\n}", "2:3: expected a key in double quotes, found comment (JSON has none) (Syntax errors in policy.)"},
		{"a trailing comma", `{"Version": "2012-10-17",}`, `1:26: expected a key in double quotes, found '}' (Syntax errors in policy.)`},
		{"text after the end", head + `{"Effect":"Allow","Action":"*","Resource":"*"}} x`, "3:64: unexpected 'x' after the document's end (Syntax errors in policy.)"},
		{"a key twice", head + `{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}}`, `3:34: the key "Effect" stands here for the second time (Syntax errors in policy.)`},
		{"not UTF-8", "{\"\xff\"}", "1:3: the text is not UTF-8 (Syntax errors in policy.)"},
		{"too deep", strings.Repeat("[", 100), "1:34: values nest too deeply (Syntax errors in policy.)"},
		{"an unknown version", `{"Version": "2012-10-18", "Statement": []}`, `1:13: Version must be "2012-10-17" or "2008-10-17" (Syntax errors in policy.)`},
		{"no statement", `{"Version": "2012-10-17"}`, "1:1: a policy document needs at least one Statement (Syntax errors in policy.)"},
		{"an unknown element", head + `{"Effect":"Allow","Actions":"*","Resource":"*"}}`, `3:34: a statement has no element "Actions" (Syntax errors in policy.)`},
		{"an element's case", head + `{"effect":"Allow","Action":"*","Resource":"*"}}`, `3:17: "effect" must be written "Effect" (Syntax errors in policy.)`},
		{"no effect", head + `{"Action":"*","Resource":"*"}}`, "3:16: the statement has no Effect (Syntax errors in policy.)"},
		{"an effect's case", head + `{"Effect":"allow","Action":"*","Resource":"*"}}`, "3:26: Effect must be Allow or Deny (Syntax errors in policy.)"},
		{"Action and NotAction", head + `{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}}`, "3:59: a statement cannot have both Action and NotAction (Syntax errors in policy.)"},
		{"no action", head + `{"Effect":"Allow","Resource":"*"}}`, "3:16: Policy statement must contain actions."},
		{"an empty list", head + `{"Effect":"Allow","Action":[],"Resource":"*"}}`, "3:43: Policy statement must contain actions."},
		{"an action without service", head + `{"Effect":"Allow","Action":"GetSecretValue","Resource":"*"}}`, "3:43: Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		{"two colons", head + `{"Effect":"Allow","Action":"a:b:c","Resource":"*"}}`, "3:43: Actions/Condition can contain only one colon."},
		{"a service that cannot be", head + `{"Effect":"Allow","Action":"a_b:c","Resource":"*"}}`, "3:43: Vendor a_b is not valid"},
		{"a resource by name", head + `{"Effect":"Allow","Action":"*","Resource":["*","my-secret"]}}`, `3:63: Resource my-secret must be in ARN format or "*".`},
		{"a partition", head + `{"Effect":"Allow","Action":"*","Resource":"arn:amazon:s3:::x"}}`, `3:58: Partition "amazon" is not valid for resource "arn:amazon:s3:::x".`},
		{"an ARN cut short", head + `{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3"}}`, "3:58: The policy failed legacy parsing"},
		{"two Sids", head + `[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Deny","Action":"*","Resource":"*"}]}`, "3:81: Statement IDs (SID) in a single policy must be unique."},
		{"a principal", head + `{"Effect":"Allow","Action":"*","Principal":{"AWS":"etl"}}}`, `3:66: Invalid principal in policy: "AWS":"etl"`},
		{"a principal's wildcard", head + `{"Effect":"Allow","Action":"*","Principal":{"AWS":"arn:aws:iam::111122223333:role/*"}}}`, `3:66: Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:role/*"`},
		{"an operator", head + `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEqual":{"a:b":"c"}}}}`, `3:75: "StringEqual" is no condition operator (Syntax errors in policy.)`},
		{"a date", head + `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"a:b":"tomorrow-ish"}}}}`, "3:97: a date is ISO 8601 or epoch seconds (The policy failed legacy parsing)"},
		{"a value", head + `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a:b":null}}}}`, "3:89: a condition's value must be a string, a number, a truth, or a list of them (Syntax errors in policy.)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.text))
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestParseTakes(t *testing.T) {
	for _, s := range []string{
		"allow *:Get* on *", "allow s3:* on arn:aws-cn:s3:::x", "allow s3:* on arn:aws:*", "allow s3:* on arn:*:s3:::x", "allow sts:AssumeRole to *",
		`allow s3:* on * if {"Bool":{"aws:SecureTransport":[true,"false"]}}`, `allow s3:* on * if {"StringEquals":{"x:y":"\ud83d\ude00\u00e9"}}`,
	} {
		document(t, s)
	}
}

func TestCheck(t *testing.T) {
	identity, resource := document(t, "allow s3:* on *"), document(t, "allow s3:* on * to *")
	trust, old := document(t, "allow sts:AssumeRole to ec2.amazonaws.com"), documentOf(t, version2008, "allow s3:* on *")
	for _, c := range []struct {
		name string
		d    *Document
		kind Kind
		want string
	}{
		{"an identity policy", identity, Identity, ""},
		{"the older version", old, Identity, "Policy document must be version 2012-10-17 or greater."},
		{"with a principal", resource, Identity, "Policy document should not specify a principal."},
		{"without resources", documents(t, "allow sts:AssumeRole"), Identity, "Policy statement must contain resources."},
		{"a resource policy", resource, Resource, ""},
		{"without a principal", identity, Resource, "Missing required field Principal"},
		{"a trust policy", trust, Trust, ""},
		{"a trust policy without a principal", documents(t, "allow sts:AssumeRole"), Trust, "Missing required field Principal"},
		{"a trust policy with a resource", documents(t, "allow sts:AssumeRole on * to *"), Trust, "Has prohibited field Resource"},
		{"a trust policy with other actions", documents(t, "allow s3:GetObject to *"), Trust, "AssumeRole policy may only specify STS AssumeRole actions."},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got string
			var fault *Error
			if err := c.d.Check(c.kind); errors.As(err, &fault) {
				got = fault.Message
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestParseKeepsPlaces(t *testing.T) {
	d, err := Parse([]byte("{\"Version\": \"2012-10-17\", \"Statement\": [\n  {\"Sid\": \"é\", \"Effect\": \"Allow\", \"Action\": [\"s3:*\",\n   \"kms:*\"], \"Resource\": \"*\"}]}"))
	if err != nil {
		t.Fatal(err)
	}
	s := d.Statements()[0]
	if s.Line != 2 || s.Column != 3 || s.EndLine != 3 || s.EndColumn != 29 || s.Actions[1] != (Element{"kms:*", 3, 4}) || s.Sid != "é" {
		t.Errorf("%+v", s)
	}
	if got := d.Size(); got != Size(strings.Join(strings.Fields(d.Text()), "")) {
		t.Errorf("size %d counts white space", got)
	}
}

// FuzzParse holds Parse to three things: it does not panic, its errors point into the text, and what it takes can be evaluated.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/policies/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no corpus: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Parse(text)
		var fault *Error
		if errors.As(err, &fault) {
			if fault.Line < 1 || fault.Line > strings.Count(string(text), "\n")+1 || fault.Column < 1 || fault.Message == "" {
				t.Errorf("%q: %+v", text, fault)
			}
			return
		}
		if err != nil {
			t.Fatalf("%q: %T", text, err)
		}
		r := &Request{Principal: role, Action: get, Resource: secret, Identity: []Policy{{"p", d}}, ResourcePolicy: &Policy{"r", d}}
		Evaluate(r)
		again, err := Parse([]byte(d.Text()))
		if err != nil || len(again.Statements()) != len(d.Statements()) {
			t.Errorf("%q does not parse again: %v", text, err)
		}
	})
}

// FuzzEvaluate holds Evaluate to four things, whatever stands in a policy: it does not panic, decides the same each time, as Explain does, and
// as the second evaluation.
func FuzzEvaluate(f *testing.F) {
	for i, operator := range slices.Sorted(maps.Keys(operators)) {
		d := newDrawer(f, uint64(i))
		f.Add(uint64(i), []byte(documentOf(f, version2012, d.statement("deny", false), "allow * on * if "+d.condition(operator)).Text()))
	}
	f.Fuzz(func(t *testing.T, seed uint64, text []byte) {
		document, err := Parse(text)
		if err != nil {
			return
		}
		r := newDrawer(t, seed).request()
		r.Identity = append(r.Identity, Policy{"p", document})
		if document.Check(Resource) == nil {
			r.ResourcePolicy = one("p", document)
		}
		d := Evaluate(r)
		if again, explained := Evaluate(r), Explain(r).Decision; d != again || d != explained {
			t.Fatalf("%+v, then %+v, explained as %+v", d, again, explained)
		}
		agreed(t, int(seed), r)
	})
}
