package doctor

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aircon/internal/edit"
	"aircon/policy"
)

const policyPrefix = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"

// lintPolicy is what is found in statements, which may leave out Effect and Action.
func lintPolicy(t testing.TB, statements string, needs Needs) []Finding {
	t.Helper()
	found, err := Policy("p.json", `{"Version": "2012-10-17", "Statement": [`+statements+`]}`, needs)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func ids(found []Finding) string {
	var all []string
	for _, f := range found {
		all = append(all, f.ID)
	}
	return strings.Join(all, " ")
}

func TestPolicyFindings(t *testing.T) {
	needs := Needs{Region: "eu-west-1", Account: "123456789012", Partition: "aws", Secrets: []string{"airflow/connections/db"}}
	read := func(resource string) string {
		return `{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "` + resource + `"}`
	}
	exact := read(policyPrefix + "airflow/connections/db-??????")
	for _, test := range []struct {
		name, statements string
		needs            Needs
		want             string
	}{
		{"the least policy", exact, needs, ""},
		{"a prefix", read(policyPrefix + "airflow/*"), needs, ""},
		{"a prefix of another kind", read(policyPrefix + "airflow/variables/*"), needs, "AC160"},
		{"with one action more", strings.Replace(exact, `"secretsmanager:GetSecretValue"`, `["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]`, 1), needs, ""},
		{"beside another service", exact + `, {"Effect": "Allow", "Action": ["s3:GetObject*", "logs:*"], "Resource": "*"}`, needs, ""},
		{"NotAction", `{"Effect": "Allow", "NotAction": "iam:*", "Resource": "` + policyPrefix + `airflow/*"}`, needs, "AC052"},
		{"an ARN that ends early", read("arn:aws:secretsmanager:*"), Needs{}, "AC052"},
		{"all regions", read("arn:aws:secretsmanager:*:*:secret:*"), Needs{}, "AC052"},
		{"all regions under a prefix", read("arn:aws:secretsmanager:*:*:secret:airflow/*"), needs, ""},
		{"a word that looks like a suffix", read(policyPrefix + "airflow/connections/my-secret"), Needs{}, "AC005"},
		{"a real suffix", read(policyPrefix + "airflow/connections/db-AbC1dE"), needs, ""},
		{"the bare name", read(policyPrefix + "airflow/connections/db"), needs, "AC005"},
		{"another account", read("arn:aws:secretsmanager:eu-west-1:999999999999:secret:airflow/connections/db-??????"), needs, "AC161"},
		{"the partition", read("arn:aws:secretsmanager:us-gov-west-1:123456789012:secret:x-??????"), Needs{}, "AC161"},
		{"a key by its alias", exact, Needs{Secrets: needs.Secrets, Keys: []string{"alias/x"}}, "AC162"},
		{"a key by its alias, and any key allowed", exact + `, {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}`, Needs{Secrets: needs.Secrets, Keys: []string{"alias/x"}}, ""},
		{"twice", exact + "," + exact, needs, "AC163"},
		{"twice, once under a condition", exact + "," + strings.Replace(exact, "}", `, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}`, 1), needs, "AC163"},
		{"an action on the wrong type", `{"Effect": "Allow", "Action": "secretsmanager:ListSecrets", "Resource": "` + policyPrefix + `x-??????"}`, Needs{}, "AC163"},
		{"a pattern of actions that there are not", `{"Effect": "Allow", "Action": "secretsmanager:Fetch*", "Resource": "*"}`, Needs{}, "AC164"},
		{"a misspelt service", `{"Effect": "Allow", "Action": "secretmanager:GetSecretValue", "Resource": "*"}`, Needs{}, "AC164"},
		{"a service like another", `{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}`, Needs{}, ""},
		{"a condition key of every request", strings.Replace(exact, "}", `, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "data"}}}`, 1), needs, ""},
		{"a deny for others", exact + `, {"Effect": "Deny", "Action": "secretsmanager:*", "NotResource": "` + policyPrefix + `airflow/*"}`, needs, ""},
		{"a deny for all", exact + `, {"Effect": "Deny", "Action": "secretsmanager:*", "Resource": "*"}`, needs, "AC165"},
		{"a secret's own policy", `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/r"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}`, needs, ""},
		{"nothing about secrets", `{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}`, needs, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := ids(lintPolicy(t, test.statements, test.needs)); got != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}

func TestWhatIsNoPolicy(t *testing.T) {
	if _, err := Policy("p.json", `{"Statement": [`, Needs{}); err == nil || !strings.HasPrefix(err.Error(), "p.json:1:") {
		t.Errorf("half a document: %v", err)
	}
	for text, want := range map[string]string{
		`{"Version": "2012-10-17", "Statment": []}`:                                    "write Statement", //nolint:misspell // on purpose
		`{"Version": "2012-10-17", "Statement": {"Effect": "Alow", "Action": "s3:x"}}`: "write Allow",
		`{"Version": "2012-10-18", "Statement": []}`:                                   "write 2012-10-17",
	} {
		found, err := Policy("p.json", text, Needs{})
		if err != nil || ids(found) != "AC164" || found[0].Mend.Text != want {
			t.Errorf("%s: %v, %+v", text, err, found)
		}
	}
}

// Whatever the names, the least policy that package policy writes has nothing to find.
func TestLeastPolicyIsHealthy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`airflow/connections/[a-z0-9_-]{1,12}`), 1, 5, rapid.ID).Draw(t, "names")
		key := "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
		least, err := policy.Least(policy.Reads{Region: "eu-west-1", Account: "123456789012", Names: names, Keys: []string{key}})
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range least.Documents {
			found, err := Policy("p.json", document, Needs{Partition: "aws", Region: "eu-west-1", Account: "123456789012", Secrets: names, Keys: []string{key}})
			if err != nil || len(found) > 0 {
				t.Fatalf("%v: %s in\n%s", err, ids(found), document)
			}
		}
	})
}

// A policy from which suffixes were taken, or whose partition was changed, is the least one again once the edits are carried out.
func TestEditsMendPolicies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`airflow/connections/[a-z0-9_]{1,12}`), 1, 4, rapid.ID).Draw(t, "names")
		needs := Needs{Partition: "aws", Region: "eu-west-1", Account: "123456789012", Secrets: names}
		least, err := policy.Least(policy.Reads{Region: needs.Region, Account: needs.Account, Names: names})
		if err != nil {
			t.Fatal(err)
		}
		damage := rapid.SampledFrom([][2]string{
			{"-??????", ""}, {"arn:aws:", "arn:aws-cn:"}, {"eu-west-1", "eu-central-1"}, {"GetSecretValue", "GetSecretValu"}, {"123456789012", "1234567890"},
		}).Draw(t, "damage")
		text := strings.ReplaceAll(least.Documents[0], damage[0], damage[1])
		for range 20 {
			found, err := Policy("p.json", text, needs)
			if err != nil {
				t.Fatal(err)
			}
			if len(found) == 0 {
				break
			}
			before := text
			if text, _ = edit.Apply(text, found[0].Mend.Edits); text == before {
				t.Fatalf("%s is left: %s in\n%s", found[0].ID, found[0].Seen, text)
			}
		}
		if text != least.Documents[0] {
			t.Fatalf("mended to\n%s\nfrom\n%s", text, least.Documents[0])
		}
	})
}

// covers never says so of a pattern that matches something which the wide one does not.
func TestCoversIsSound(t *testing.T) {
	pattern := rapid.StringOfN(rapid.RuneFrom([]rune("ab*?")), 0, 5, -1)
	rapid.Check(t, func(t *rapid.T) {
		wide, narrow := pattern.Draw(t, "wide"), pattern.Draw(t, "narrow")
		text := rapid.StringOfN(rapid.RuneFrom([]rune("abq")), 0, 6, -1).Draw(t, "text")
		if covers(wide, narrow) && globMatches(narrow, text) && !globMatches(wide, text) {
			t.Fatalf("%q covers %q, but only the latter matches %q", wide, narrow, text)
		}
	})
}
