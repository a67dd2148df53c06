package localaws

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

const secondAccount = "111122223333"

// TestTwoAccounts lets a worker of one account read the secret of another, as AWS's guide to cross-account access has it: a resource policy, a
// customer key whose policy names the other account, and an identity policy there. Each of the three alone is not enough.
// Source: Secrets Manager User Guide, "Access AWS Secrets Manager secrets from a different account".
func TestTwoAccounts(t *testing.T) {
	log := new(trail)
	s := serve(t, Options{Audit: log})
	keys, err := s.AddAccount(secondAccount)
	if err != nil {
		t.Fatal(err)
	}
	owner, other, ctx := s.administrator(), s.as(keys, "", DefaultRegion, 1), t.Context()
	key, err := owner.kms.CreateKey(ctx, &awskms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	made, err := owner.secrets.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("shared"), SecretString: aws.String("canary"), KmsKeyId: key.KeyMetadata.Arn})
	if err != nil {
		t.Fatal(err)
	}
	role := s.role(t, other, "worker", secondAccount)
	worker := s.assume(t, other, role, "nightly")
	expect := func(step, want string) {
		t.Helper()
		got, err := get(t, worker, *made.ARN)
		if want == "" && (err != nil || got != "canary") || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %q, %v, want %s", step, got, err, or(want, "the secret"))
		}
	}
	expect("nothing allows it", "because no resource-based policy allows the secretsmanager:GetSecretValue action")
	_, err = owner.secrets.PutResourcePolicy(ctx, &secretsmanager.PutResourcePolicyInput{SecretId: made.ARN, ResourcePolicy: aws.String(
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + role + `"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}}`)})
	if err != nil {
		t.Fatal(err)
	}
	expect("the secret's policy allows it, and the key's does not", "Access to KMS is not allowed")
	_, err = owner.kms.PutKeyPolicy(ctx, &awskms.PutKeyPolicyInput{KeyId: key.KeyMetadata.KeyId, Policy: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:*","Resource":"*"},` +
			`{"Effect":"Allow","Principal":{"AWS":"` + role + `"},"Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"*"}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	log.take(t)
	expect("all allow it", "")
	events := log.take(t)
	if len(events) != 2 || events[0].RecipientAccountID != secondAccount || events[1].RecipientAccountID != DefaultAccount || events[0].SharedEventID == "" ||
		events[0].SharedEventID != events[1].SharedEventID || events[0].EventID == events[1].EventID || events[0].RequestID != events[1].RequestID {
		t.Errorf("the events of both accounts: %+v", events)
	}
	if _, err := other.iam.DeleteRolePolicy(ctx, &awsiam.DeleteRolePolicyInput{RoleName: aws.String("worker"), PolicyName: aws.String("all")}); err != nil {
		t.Fatal(err)
	}
	expect("the worker's own account does not allow it", "because no identity-based policy allows the secretsmanager:GetSecretValue action")
}

// TestRoleOfAnotherAccount assumes a role whose trust policy names the caller's account, and not one whose does not. The session is the other
// account's: it sees that one's secrets alone.
func TestRoleOfAnotherAccount(t *testing.T) {
	log := new(trail)
	s := serve(t, Options{Audit: log})
	keys, err := s.AddAccount(secondAccount)
	if err != nil {
		t.Fatal(err)
	}
	owner, other := s.administrator(), s.as(keys, "", DefaultRegion, 1)
	put(t, owner, "db", "of the first account")
	put(t, other, "db", "of the second account")
	log.take(t)
	session := s.assume(t, other, s.role(t, owner, "for-others", secondAccount), "visiting")
	events := log.take(t)
	if n := len(events); n < 2 || events[n-2].EventName != "AssumeRole" || events[n-1].RecipientAccountID != DefaultAccount || events[n-1].SharedEventID == "" {
		t.Errorf("the events of the role being assumed: %+v", events)
	}
	for want, who := range map[string]sdk{"of the first account": session, "of the second account": other} {
		if got, err := get(t, who, "db"); got != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	own := s.role(t, owner, "for-us", DefaultAccount)
	if _, err := other.sts.AssumeRole(t.Context(), assuming(own)); codeIn(err) != "AccessDenied" {
		t.Errorf("a role that trusts its own account alone: %v", err)
	}
}

// TestRegions makes the same names in two regions, which know nothing of each other; IAM is the same in all.
func TestRegions(t *testing.T) {
	s := serve(t, Options{})
	ctx := t.Context()
	arns := map[string]string{}
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		c := s.as(s.Administrator(), "", region, 1)
		arns[region] = put(t, c, "db", region)
		if _, err := c.kms.CreateKey(ctx, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.administrator().iam.CreateUser(ctx, &awsiam.CreateUserInput{UserName: aws.String("everywhere")}); err != nil {
		t.Fatal(err)
	}
	for region, arn := range arns {
		c := s.as(s.Administrator(), "", region, 1)
		if got, err := get(t, c, "db"); got != region || err != nil || !strings.Contains(arn, ":"+region+":") {
			t.Errorf("%s: %q, %v of %s", region, got, err, arn)
		}
		list, err := c.kms.ListKeys(ctx, nil)
		if err != nil || len(list.Keys) != 2 { // its own and aws/secretsmanager
			t.Fatalf("%s: %d keys, %v", region, len(list.Keys), err)
		}
		for _, key := range list.Keys {
			if !strings.Contains(*key.KeyArn, ":"+region+":") {
				t.Errorf("%s: has key %s", region, *key.KeyArn)
			}
		}
		if _, err := c.iam.GetUser(ctx, &awsiam.GetUserInput{UserName: aws.String("everywhere")}); err != nil {
			t.Errorf("%s: %v", region, err)
		}
	}
	if _, err := get(t, s.as(s.Administrator(), "", "ap-south-1", 1), "db"); codeIn(err) != "ResourceNotFoundException" {
		t.Errorf("another region: %v", err)
	}
	if _, err := get(t, s.as(s.Administrator(), "", "us-east-1", 1), arns["eu-west-1"]); codeIn(err) != "ResourceNotFoundException" {
		t.Errorf("the ARN of another region: %v", err)
	}
}
