package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const customerKey = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

func reads(n int) Reads {
	r := Reads{Region: "eu-west-1", Account: account, Prefixes: []string{"airflow/connections/"}}
	for i := range n {
		r.Names = append(r.Names, fmt.Sprintf("airflow/connections/warehouse_%03d", i))
	}
	return r
}

func TestLeastIsThisText(t *testing.T) {
	r := reads(1)
	r.Keys = []string{customerKey}
	got, err := Least(r)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ReadSecrets",
      "Effect": "Allow",
      "Action": "secretsmanager:GetSecretValue",
      "Resource": [
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/connections/warehouse_000-??????"
      ]
    },
    {
      "Sid": "DecryptThem",
      "Effect": "Allow",
      "Action": "kms:Decrypt",
      "Resource": [
        "` + customerKey + `"
      ],
      "Condition": {
        "StringEquals": {
          "kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"
        }
      }
    }
  ]
}`
	if len(got.Documents) != 1 || got.Documents[0] != want {
		t.Errorf("got %s", got.Documents)
	}
}

// TestLeastTakesARNs names another account's secrets as they are.
func TestLeastTakesARNs(t *testing.T) {
	const prefix = "arn:aws:secretsmanager:eu-west-1:444455556666:secret:airflow/connections/"
	r := Reads{Region: "eu-west-1", Account: account, Names: []string{prefix + "db", "airflow/variables/x"}, Prefixes: []string{prefix}}
	for scope, want := range map[Scope][]string{
		Exact:  {`"` + prefix + `db-??????"`, `"arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/variables/x-??????"`},
		Prefix: {`"` + prefix + `*"`},
	} {
		r.Scope = scope
		got, err := Least(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range want {
			if !strings.Contains(got.Documents[0], part) {
				t.Errorf("%v: want %s in %s", scope, part, got.Documents[0])
			}
		}
	}
}

func TestLeastWithinTheLimits(t *testing.T) {
	for _, c := range []struct {
		name      string
		n         int
		change    func(*Reads)
		documents int
		scope     Scope
		reason    string
	}{
		{"nothing to read", 0, func(*Reads) {}, 0, Exact, ""},
		{"one policy", 55, func(*Reads) {}, 1, Exact, ""},
		{"several", 300, func(*Reads) {}, 6, Exact, ""},
		{"packed close to the limit", 620, func(*Reads) {}, 10, Exact, ""},
		{"too many", 700, func(*Reads) {}, 1, Prefix, "700 secrets do not fit into managed policies of 6144 characters: the role may have 10 of them, and 0 are in use"},
		{"a raised quota", 700, func(r *Reads) { r.Limit = 20 }, 15, Exact, ""},
		{"most slots taken", 200, func(r *Reads) { r.Used = 8 }, 1, Prefix, "200 secrets do not fit into managed policies of 6144 characters: the role may have 10 of them, and 8 are in use"},
		{"inline", 100, func(r *Reads) { r.Form = Inline }, 1, Exact, ""},
		{"inline and full", 110, func(r *Reads) { r.Form = Inline }, 1, Prefix, "110 secrets do not fit into an inline policy: a role's may have 10240 characters together, and 0 are in use"},
		{"by prefix", 700, func(r *Reads) { r.Scope = Prefix }, 1, Prefix, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := reads(c.n)
			c.change(&r)
			got, err := Least(r)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Documents) != c.documents || got.Scope != c.scope || got.Reason != c.reason {
				t.Errorf("%d documents, %s, %q", len(got.Documents), got.Scope, got.Reason)
			}
		})
	}
}

// TestLeastFillsToTheLastCharacter lets one name grow: the document stays one up to the limit exactly, and is two behind it.
func TestLeastFillsToTheLastCharacter(t *testing.T) {
	var full bool
	for n := 150; n <= 250; n++ {
		r := reads(60)
		r.Names = append(r.Names, strings.Repeat("n", n))
		l, err := Least(r)
		if err != nil {
			t.Fatal(err)
		}
		size := Size(l.Documents[0])
		for _, text := range l.Documents {
			if Size(text) > MaxManagedSize {
				t.Errorf("name of %d characters: a document has %d", n, Size(text))
			}
		}
		full = full || len(l.Documents) == 1 && size == MaxManagedSize
	}
	if !full {
		t.Error("no document was full to the last character")
	}
}

func TestLeastRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Reads)
		want   string
	}{
		{"a wildcard as a name", func(r *Reads) { r.Names = []string{"*"} }, `"*" can be no secret's name`},
		{"a wildcard in an ARN", func(r *Reads) { r.Names = []string{"arn:aws:secretsmanager:eu-west-1:444455556666:secret:*"} }, `"*" can be no secret's name`},
		{"the ARN of something else", func(r *Reads) { r.Names = []string{"arn:aws:s3:::bucket"} }, `"arn:aws:s3:::bucket" can be no secret's name`},
		{"a prefix of everything", func(r *Reads) { r.Prefixes, r.Scope = []string{""}, Prefix }, `"" can be no secret's name`},
		{"no prefix", func(r *Reads) { r.Prefixes, r.Scope = nil, Prefix }, "would open every secret of the account"},
		{"no prefix to fall back to", func(r *Reads) { *r = reads(700); r.Prefixes = nil }, "there is no prefix to fall back to"},
		{"an alias", func(r *Reads) { r.Keys = []string{"alias/airflow"} }, `"alias/airflow" is no key's ARN`},
		{"no room at all", func(r *Reads) { r.Used = 10 }, "the role has room for 0 policies"},
		{"no account", func(r *Reads) { r.Account = "1" }, "an account of twelve digits"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := reads(1)
			c.change(&r)
			if _, err := Least(r); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestLeastAllowsThatAndNoMore evaluates what Least writes: each secret can be read, with its key through Secrets Manager only, and
// no other.
func TestLeastAllowsThatAndNoMore(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := reads(0)
		r.Names = rapid.SliceOfNDistinct(rapid.StringMatching(`airflow/connections/[a-z_]{1,40}`), 1, 120, rapid.ID).Draw(rt, "names")
		r.Form = rapid.SampledFrom([]Form{Managed, Inline}).Draw(rt, "form")
		r.Keys = []string{customerKey}
		l, err := Least(r)
		if err != nil {
			rt.Fatal(err)
		}
		var identity []Policy
		for i, text := range l.Documents {
			d, err := Parse([]byte(text))
			if err != nil || d.Check(Identity) != nil {
				rt.Fatalf("%v %v in %s", err, d.Check(Identity), text)
			}
			if d.Size() > map[Form]int{Managed: MaxManagedSize, Inline: MaxInlineSize}[r.Form] {
				rt.Fatalf("%d characters", d.Size())
			}
			identity = append(identity, Policy{fmt.Sprint(i), d})
		}
		may := func(action, resource string, context ...Key) bool {
			return Evaluate(&Request{Principal: role, Action: action, Resource: resource, Identity: identity, Context: context}).Allowed()
		}
		for _, name := range r.Names {
			if !may(get, r.arnFor(name)+"-AbCdEf") {
				rt.Fatalf("%s cannot be read", name)
			}
			stranger := name + "x"
			if l.Scope == Exact && !slices.Contains(r.Names, stranger) && may(get, r.arnFor(stranger)+"-AbCdEf") {
				rt.Fatalf("%s can be read", stranger)
			}
		}
		via := One("kms:ViaService", "secretsmanager.eu-west-1.amazonaws.com")
		if !may("kms:Decrypt", customerKey, via) || may("kms:Decrypt", customerKey) || may("secretsmanager:PutSecretValue", r.arnFor(r.Names[0])+"-AbCdEf") {
			rt.Fatal("the key's statement is wrong")
		}
	})
}

// arnFor is the ARN without the suffix, for Reads that Least has not completed.
func (r Reads) arnFor(name string) string {
	r.Partition = "aws"
	return r.arn(name)
}

// TestAnotherNameChangesLittle adds names one by one: as long as the number of documents stays, one document changes.
func TestAnotherNameChangesLittle(t *testing.T) {
	before, err := Least(reads(1))
	if err != nil {
		t.Fatal(err)
	}
	var grew int
	for n := 2; n <= 400; n++ {
		after, err := Least(reads(n))
		if err != nil {
			t.Fatal(err)
		}
		if len(after.Documents) == len(before.Documents) {
			changed := 0
			for i := range after.Documents {
				if after.Documents[i] != before.Documents[i] {
					changed++
				}
			}
			if changed != 1 {
				t.Errorf("name %d changes %d of %d documents", n, changed, len(after.Documents))
			}
		} else {
			grew++
		}
		before = after
	}
	if grew > 9 {
		t.Errorf("the number of documents changed %d times", grew)
	}
	shuffled := reads(400)
	slices.Reverse(shuffled.Names)
	again, err := Least(shuffled)
	if err != nil || !slices.Equal(again.Documents, before.Documents) {
		t.Errorf("the order of the names matters: %v", err)
	}
}
