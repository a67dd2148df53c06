package policy

import (
	"fmt"
	"testing"
)

// TestConditions has each operator, met and not, and what a missing key, a qualifier and IfExists make of it
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html).
func TestConditions(t *testing.T) {
	context := Context{
		One("secretsmanager:VersionStage", "AWSCURRENT"), One("aws:SourceIp", "203.0.113.7"), One("aws:CurrentTime", "2026-11-22T12:00:00Z"),
		One("aws:EpochTime", "1795348800"), One("aws:SecureTransport", "true"), One("secretsmanager:RecoveryWindowInDays", "7.50"),
		One("aws:SourceArn", "arn:aws:sns:eu-west-1:111122223333:topic"), One("x:binary", "QmluYXJ5"), One("x:empty", ""), One("x:v6", "2001:db8::1"),
		One("x:star", "a*c"), Many("aws:TagKeys", "team", "cost"), Many("x:none"), One("x:big", "9007199254740993"),
		One("x:cold", "-8.5"), One("x:mapped", "::ffff:203.0.113.7"),
	}
	yes, no := true, false
	for _, c := range []struct {
		condition string
		want      bool
	}{
		{`{"StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}`, yes},
		{`{"StringEquals":{"SecretsManager:versionstage":["x","AWSCURRENT"]}}`, yes},
		{`{"StringEquals":{"secretsmanager:VersionStage":"awscurrent"}}`, no},
		{`{"StringEquals":{"secretsmanager:VersionStage":"AWS*"}}`, no},
		{`{"StringEquals":{"x:missing":"a"}}`, no},
		{`{"StringEqualsIfExists":{"x:missing":"a"}}`, yes},
		{`{"StringEqualsIfExists":{"secretsmanager:VersionStage":"a"}}`, no},
		{`{"StringNotEquals":{"secretsmanager:VersionStage":"AWSPENDING"}}`, yes},
		{`{"StringNotEquals":{"secretsmanager:VersionStage":["AWSPENDING","AWSCURRENT"]}}`, no},
		{`{"StringNotEquals":{"x:missing":"a"}}`, yes},
		{`{"StringEqualsIgnoreCase":{"secretsmanager:VersionStage":"awsCurrent"}}`, yes},
		{`{"StringNotEqualsIgnoreCase":{"secretsmanager:VersionStage":"awsCurrent"}}`, no},
		{`{"StringLike":{"secretsmanager:VersionStage":"AWS*"}}`, yes},
		{`{"StringLike":{"secretsmanager:VersionStage":"AWSCURREN?"}}`, yes},
		{`{"StringLike":{"secretsmanager:VersionStage":"?AWSCURRENT"}}`, no},
		{`{"StringNotLike":{"secretsmanager:VersionStage":"AWS*"}}`, no},
		{`{"StringEquals":{"x:star":"a${*}c"}}`, yes},
		{`{"StringLike":{"x:star":"a${*}c"}}`, yes},
		{`{"StringLike":{"secretsmanager:VersionStage":"AWS${*}"}}`, no},

		{`{"NumericEquals":{"secretsmanager:RecoveryWindowInDays":"7.5"}}`, yes},
		{`{"NumericEquals":{"secretsmanager:RecoveryWindowInDays":7.5}}`, yes},
		{`{"NumericNotEquals":{"secretsmanager:RecoveryWindowInDays":"7"}}`, yes},
		{`{"NumericLessThan":{"secretsmanager:RecoveryWindowInDays":"30"}}`, yes},
		{`{"NumericLessThan":{"secretsmanager:RecoveryWindowInDays":"7.5"}}`, no},
		{`{"NumericLessThanEquals":{"secretsmanager:RecoveryWindowInDays":"7.5"}}`, yes},
		{`{"NumericGreaterThan":{"secretsmanager:RecoveryWindowInDays":"-8"}}`, yes},
		{`{"NumericGreaterThanEquals":{"secretsmanager:RecoveryWindowInDays":"7.51"}}`, no},
		{`{"NumericEquals":{"x:big":"9007199254740992"}}`, no},
		{`{"NumericEquals":{"secretsmanager:VersionStage":"1"}}`, no},

		{`{"NumericGreaterThan":{"x:cold":"-9"}}`, yes},
		{`{"NumericLessThan":{"x:cold":"-8.25"}}`, yes},
		{`{"NumericGreaterThan":{"x:cold":"-0"}}`, no},

		{`{"DateLessThan":{"aws:CurrentTime":"2026-11-22T12:00:01Z"}}`, yes},
		{`{"DateLessThan":{"aws:CurrentTime":"2026-11-22T12:00:00Z"}}`, no},
		{`{"DateLessThanEquals":{"aws:CurrentTime":"2026-11-22T13:00:00+01:00"}}`, yes},
		{`{"DateGreaterThan":{"aws:CurrentTime":"2026-11-22"}}`, yes},
		{`{"DateGreaterThanEquals":{"aws:EpochTime":"1795348800"}}`, yes},
		{`{"DateEquals":{"aws:EpochTime":"2026-11-22T12:00:00Z"}}`, yes},
		{`{"DateNotEquals":{"aws:CurrentTime":"2026-11-22T12:00:00Z"}}`, no},

		{`{"Bool":{"aws:SecureTransport":true}}`, yes},
		{`{"Bool":{"aws:SecureTransport":"False"}}`, no},
		{`{"Bool":{"aws:MultiFactorAuthPresent":"false"}}`, no},
		{`{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`, yes},
		{`{"BinaryEquals":{"x:binary":"QmluYXJ5"}}`, yes},
		{`{"BinaryEquals":{"x:binary":"QmluYXJ6"}}`, no},

		{`{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, yes},
		{`{"IpAddress":{"aws:SourceIp":"203.0.113.7"}}`, yes},
		{`{"IpAddress":{"aws:SourceIp":"203.0.113.8"}}`, no},
		{`{"IpAddress":{"aws:SourceIp":"203.0.113.200/24"}}`, yes},
		{`{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","203.0.113.0/24"]}}`, no},
		{`{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`, yes},
		{`{"IpAddress":{"x:v6":"2001:DB8::/32"}}`, yes},
		{`{"IpAddress":{"x:mapped":"203.0.113.0/24"}}`, yes},
		{`{"IpAddress":{"aws:SourceIp":"2001:DB8::/32"}}`, no},

		{`{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:top*"}}`, yes},
		{`{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:*:*:topic"}}`, yes},
		{`{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:topic"}}`, no},
		{`{"ArnLike":{"aws:SourceArn":"arn:aws:*:topic:x:y"}}`, no},
		{`{"ArnNotLike":{"aws:SourceArn":"arn:aws:sqs:*:*:*"}}`, yes},

		{`{"Null":{"x:missing":"true"}}`, yes},
		{`{"Null":{"aws:SourceIp":"true"}}`, no},
		{`{"Null":{"aws:SourceIp":false}}`, yes},
		{`{"Null":{"x:none":"true"}}`, yes},

		{`{"ForAllValues:StringEquals":{"aws:TagKeys":["team","cost","owner"]}}`, yes},
		{`{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}`, no},
		{`{"ForAllValues:StringEquals":{"x:missing":["team"]}}`, yes},
		{`{"ForAllValues:StringEquals":{"x:none":["team"]}}`, yes},
		{`{"ForAllValues:StringEquals":{"x:empty":["team"]}}`, yes},
		{`{"ForAllValues:StringNotEquals":{"aws:TagKeys":["owner"]}}`, yes},
		{`{"ForAllValues:StringNotEquals":{"aws:TagKeys":["cost"]}}`, no},
		{`{"ForAnyValue:StringLike":{"aws:TagKeys":["c*"]}}`, yes},
		{`{"ForAnyValue:StringEquals":{"aws:TagKeys":["owner"]}}`, no},
		{`{"ForAnyValue:StringEquals":{"x:missing":["owner"]}}`, no},
		{`{"ForAnyValue:StringEqualsIfExists":{"x:missing":["owner"]}}`, yes},
		{`{"ForAnyValue:StringNotEquals":{"aws:TagKeys":["cost"]}}`, yes},
		{`{"ForAnyValue:StringNotEquals":{"aws:TagKeys":["cost","team"]}}`, no},
		{`{"ForAnyValue:StringNotEquals":{"x:missing":["cost"]}}`, no},
		{`{"ForAnyValue:StringNotEquals":{"x:none":["cost"]}}`, no},

		{`{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/service/mwaa"}}`, yes},
		{`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}`, yes},
		{`{"StringEquals":{"aws:PrincipalAccount":"111122223333","aws:ResourceAccount":"444455556666"}}`, yes},
		{`{"StringEquals":{"aws:PrincipalType":"AssumedRole","aws:userid":"AROAEXAMPLEROLEID:task"}}`, yes},
		{`{"StringEquals":{"aws:PrincipalTag/Team":"data"}}`, yes},
		{`{"StringEquals":{"aws:PrincipalTag/other":"data"}}`, no},
		{`{"Bool":{"aws:PrincipalIsAWSService":"false"}}`, yes},
		{`{"Null":{"aws:username":"true"}}`, yes},
		{`{"StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"},"Bool":{"aws:SecureTransport":"false"}}`, no},

		{`{"StringEquals":{"x:star":"${aws:username, 'a*c'}"}}`, yes},
		{`{"StringNotEquals":{"x:star":"${aws:username}"}}`, no},
		{`{"StringEquals":{"x:star":["${aws:username}","a*c"]}}`, yes},
		{`{"StringLike":{"aws:PrincipalTag/team":"${AWS:principaltag/TEAM}"}}`, yes},
		{`{"StringEquals":{"x:star":"${aws:TagKeys}"}}`, no},
		{`{"StringEquals":{"x:empty":"${aws:TagKeys}"}}`, no},
	} {
		t.Run(c.condition, func(t *testing.T) {
			d := document(t, "allow secretsmanager:* on * if "+c.condition)
			r := &Request{Principal: role, Action: get, Resource: secret, Context: context, Identity: named("p", d), Owner: other, ResourcePolicy: one("r", document(t, "allow * on * to *"))}
			if got := Evaluate(r).Allowed(); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestVariablesInResources(t *testing.T) {
	const team = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:"
	for _, c := range []struct {
		name, version, resource, asked string
		who                            *Principal
		want                           bool
	}{
		{"a tag", version2012, team + "${aws:PrincipalTag/team}/*", team + "data/db-AbCdEf", role, true},
		{"another's tag", version2012, team + "${aws:PrincipalTag/team}/*", team + "web/db-AbCdEf", role, false},
		{"without a value it matches nothing", version2012, team + "${aws:username}/*", team + "${aws:username}/x", role, false},
		{"of the next principal", version2012, team + "${aws:username}/*", team + "etl/x", user, true},
		{"the default stands in", version2012, team + "${aws:username, 'shared'}/*", team + "shared/x", role, true},
		{"the default does not hide a value", version2012, team + "${aws:username, 'shared'}/*", team + "shared/x", user, false},
		{"the older version has none", version2008, team + "${aws:username}/*", team + "${aws:username}/x", user, true},
		{"nor are there any before the fifth colon", version2012, "arn:aws:secretsmanager:eu-west-1:${aws:PrincipalAccount}:secret:*", team + "x", role, false},
		{"a literal star", version2012, team + "a${*}b", team + "a*b", role, true},
		{"a literal star is none", version2012, team + "a${*}b", team + "axb", role, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := documentOf(t, c.version, "allow secretsmanager:* on "+c.resource)
			r := &Request{Principal: c.who, Action: get, Resource: c.asked, Identity: named("p", d)}
			if got := Evaluate(r).Allowed(); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

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

func TestAnUnresolvedNotResourceIsInvalid(t *testing.T) {
	d := document(t, "allow secretsmanager:* on not arn:aws:secretsmanager:eu-west-1:111122223333:secret:${aws:username}/*")
	for who, want := range map[*Principal]bool{role: false, user: true} {
		r := &Request{Principal: who, Action: get, Resource: secret, Identity: named("p", d)}
		if got := Evaluate(r).Allowed(); got != want {
			t.Errorf("%s: got %v, want %v", who.ARN, got, want)
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
