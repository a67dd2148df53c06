package policy

import (
	"fmt"
	"testing"
)

// TestAValueIsNoPattern puts what patterns are compiled to, and what they are written with, into a principal's tag.
func TestAValueIsNoPattern(t *testing.T) {
	d := document(t, "allow secretsmanager:* on arn:aws:secretsmanager:eu-west-1:111122223333:secret:${aws:PrincipalTag/team}/*")
	for _, tag := range []string{"*", "?irflow", "\xf8", "\xfairflow", "\xfc\x00"} {
		who := *role
		who.Tags = []Tag{{"team", tag}}
		if Evaluate(&Request{Principal: &who, Action: get, Resource: secret, Identity: named("p", d)}).Allowed() {
			t.Errorf("the tag %q opens every secret", tag)
		}
	}
}

// TestPatterns has the wildcards of resources: * reaches across colons only as a part's last character or in the resource's own part.
func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		mode          mode
		pattern, text string
		want          bool
	}{
		{resource, "*", secret, true},
		{resource, "arn:aws:secretsmanager:*", secret, true},
		{resource, "arn:aws:secretsmanager:eu-west-1:111122223333:*", secret, true},
		{resource, "arn:aws:secretsmanager:*:secret:airflow/*", secret, true},
		{resource, "arn:*:secretsmanager:*:*:secret:airflow/connections/db-??????", secret, true},
		{resource, "arn:aws:secretsmanager:*:*:secret:airflow/connections/db-?????", secret, false},
		{resource, "arn:aws:secretsmanager:*:*:secret:airflow/connections/db", secret, false},
		{resource, "arn:aws:s*r:eu-west-1:111122223333:secret:*", secret, true},
		{resource, "arn:aws:s*t:*", secret, false},
		{resource, "arn:aws:secretsmanager:eu?west?1:*", secret, true},
		{resource, "arn:aws?secretsmanager:*", secret, false},
		{resource, "arn:aws:secretsmanager:eu-west-1:111122223333:s*db-*", secret, true},
		{anywhere, "*a*b*", "xxaxxbxx", true},
		{anywhere, "a*b", "a:b", true},
		{anywhere, "?", "é", true},
		{anywhere, "??", "é", false},
		{anywhere, "", "", true},
		{anywhere, "**", "", true},
		{arn, "arn:aws:s3:::*", "arn:aws:s3:::a:b", true},
		{arn, "arn:aws:*:::a", "arn:aws:s3:::a", true},
		{arn, "arn:aws:s3:*:a", "arn:aws:s3:::a", false},
		{arn, "*", "arn:aws:s3:::a", true},
	} {
		p := compile(c.pattern, c.mode, true)
		if got, _ := p.matches(&query{}, c.text); got != c.want {
			t.Errorf("%s matches %s: got %v, want %v", c.pattern, c.text, got, c.want)
		}
	}
}

func ExampleDecision_Denial() {
	d, err := Parse([]byte(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
		"Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/connections/db"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	r := &Request{
		Principal: &Principal{Kind: User, ARN: "arn:aws:iam::111122223333:user/etl", Account: "111122223333"},
		Action:    "secretsmanager:GetSecretValue",
		Resource:  "arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/connections/db-AbCdEf",
		Identity:  []Policy{{"too-narrow", d}},
	}
	fmt.Println(Evaluate(r).Denial(r, "airflow/connections/db"))
	// Output: User: arn:aws:iam::111122223333:user/etl is not authorized to perform: secretsmanager:GetSecretValue on resource: airflow/connections/db because no identity-based policy allows the secretsmanager:GetSecretValue action
}
