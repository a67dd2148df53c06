package policy

import (
	"fmt"
	"strings"
	"testing"
)

// heavy is a role with 20 statements over three identity policies, a boundary, a session policy and the secret's own policy, asked
// for what only the last identity statement allows.
func heavy(t testing.TB) *Request {
	var statements []string
	for i := range 15 {
		statements = append(statements, fmt.Sprintf(
			`allow s3:GetObject,s3:ListBucket,logs:Put* on arn:aws:s3:::bucket-%d/*,arn:aws:logs:*:111122223333:log-group:airflow-%d-* if {"StringEquals":{"aws:PrincipalTag/team":"data"}}`, i, i))
	}
	statements = append(
		statements,
		`deny secretsmanager:* on * if {"Bool":{"aws:SecureTransport":"false"}}`,
		`deny secretsmanager:Delete*,secretsmanager:Put* on *`,
		`allow secretsmanager:DescribeSecret on arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/*`,
		`allow secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/variables/a-??????`,
		`allow secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/connections/db-?????? if {"StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}`,
	)
	return &Request{
		Principal: role, Action: get, Resource: secret, Owner: account,
		Identity:       named("identity", document(t, statements[:8]...), document(t, statements[8:16]...), document(t, statements[16:]...)),
		Boundary:       one("boundary", documents(t, "allow s3:*,secretsmanager:*,kms:* on *;deny iam:* on *")),
		Session:        named("session", documents(t, "allow secretsmanager:Get* on arn:aws:secretsmanager:*:*:secret:airflow/*")),
		ResourcePolicy: one("secret", document(t, `deny secretsmanager:* on * to * if {"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}`)),
		Context: Context{
			One("aws:CurrentTime", "2026-11-22T12:00:00Z"), One("aws:EpochTime", "1795348800"), One("aws:SourceIp", "127.0.0.1"), One("aws:UserAgent", "Boto3/1.40"),
			One("aws:RequestedRegion", "eu-west-1"), One("aws:SecureTransport", "true"), One("aws:TokenIssueTime", "2026-11-22T11:30:00Z"),
			One("secretsmanager:SecretId", secret), One("secretsmanager:VersionStage", "AWSCURRENT"), One("secretsmanager:resource/Type", ""),
		},
	}
}

// narrow is heavy with identity statements of one service, none of which the service's name tells apart: each reads one secret under a
// condition, and the last is the one asked for.
func narrow(t testing.TB) *Request {
	var statements []string
	for i := range 20 {
		statements = append(statements, fmt.Sprintf(
			`allow secretsmanager:GetSecretValue,secretsmanager:DescribeSecret on arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/connections/%s-?????? if {"StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}`,
			strings.Repeat("db", 20-i)))
	}
	r := heavy(t)
	r.Identity = named("identity", document(t, statements[:8]...), document(t, statements[8:16]...), document(t, statements[16:]...))
	return r
}

func TestEvaluateAllocatesNothing(t *testing.T) {
	r, narrow := heavy(t), narrow(t)
	if got := Evaluate(r); !got.Allowed() || got.Policy != "identity2" || got.Statement != 3 {
		t.Fatalf("the request of this test should be allowed by its last statement: %+v", got)
	}
	if n := testing.AllocsPerRun(100, func() { Evaluate(r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { Evaluate(narrow) }); n != 0 || !Evaluate(narrow).Allowed() {
		t.Errorf("%v allocations with statements of one service: %+v", n, Evaluate(narrow))
	}
	r.Identity = named("variables", document(t, "allow secretsmanager:* on arn:aws:secretsmanager:*:*:secret:${aws:PrincipalTag/team}/*"))
	if n := testing.AllocsPerRun(100, func() { Evaluate(r) }); n != 0 {
		t.Errorf("%v allocations with a variable", n)
	}
}
