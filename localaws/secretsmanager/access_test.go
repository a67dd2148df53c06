package secretsmanager_test

import (
	"strings"
	"testing"

	"aircon/localaws/internal/calltest"
	"aircon/localaws/op"
	"aircon/policy"
)

// asked names the needs of the last call: "action on resource as sent".
func asked(a *calltest.AWS) string {
	var out []string
	for _, n := range a.Needs {
		line := n.Action + " on " + n.Resource
		if n.Sent != "" && n.Sent != n.Resource {
			line += " as " + n.Sent
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// TestNeeds says what each call asks for.
func TestNeeds(t *testing.T) {
	const base = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:"
	a := newAWS(t)
	keyARN := a.OK("kms.CreateKey", object{})["KeyMetadata"].(object)["Arn"].(string)
	tags := []object{{"Key": "team", "Value": "data"}}
	in := object{"Name": "s", "SecretString": "v", "ClientRequestToken": id(1), "KmsKeyId": keyARN, "Tags": tags, "Description": "d"}
	arn := a.OK("secretsmanager.CreateSecret", in)["ARN"].(string)
	if got, want := asked(a), "secretsmanager:CreateSecret on "+base+"s as s\nsecretsmanager:TagResource on "+base+"s as s\n"+
		"kms:GenerateDataKey on "+keyARN; got != want {
		t.Errorf("CreateSecret asked\n%s\nwant\n%s", got, want)
	}
	wantKeys(t, a.Needs[0].Context, map[string]string{
		"secretsmanager:Name": "s", "secretsmanager:Description": "d", "secretsmanager:KmsKeyId": keyARN, "aws:RequestTag/team": "data",
	})
	wantKeys(t, a.Needs[2].Context, map[string]string{
		"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com", "kms:EncryptionContext:SecretARN": arn,
		"kms:EncryptionContext:SecretVersionId": id(1),
	})

	a.OK("secretsmanager.GetSecretValue", object{"SecretId": "s"})
	if got, want := asked(a), "secretsmanager:GetSecretValue on "+arn+" as s\nkms:Decrypt on "+keyARN; got != want {
		t.Errorf("GetSecretValue asked\n%s\nwant\n%s", got, want)
	}
	wantKeys(t, a.Needs[0].Context, map[string]string{
		"secretsmanager:SecretId": arn, "secretsmanager:VersionStage": "AWSCURRENT", "aws:ResourceTag/team": "data",
		"secretsmanager:ResourceTag/team": "data", "secretsmanager:SecretPrimaryRegion": "eu-west-1",
	})
	a.OK("secretsmanager.GetSecretValue", object{"SecretId": "s", "VersionId": id(1)})
	wantKeys(t, a.Needs[0].Context, map[string]string{"secretsmanager:VersionId": id(1), "secretsmanager:VersionStage": ""})
	a.OK("secretsmanager.DeleteSecret", object{"SecretId": "s", "RecoveryWindowInDays": 8})
	wantKeys(t, a.Needs[0].Context, map[string]string{"secretsmanager:RecoveryWindowInDays": "8"})
}

func wantKeys(t *testing.T, keys policy.Context, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := calltest.Value(keys, name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
}

// TestMissingSecretIsDecidedByName: who may not read a secret does not learn whether it exists.
func TestMissingSecretIsDecidedByName(t *testing.T) {
	a := newAWS(t)
	for sent, want := range map[string]string{
		"nope": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:nope",
		"arn:aws:secretsmanager:eu-west-1:111122223333:secret:nope-AbCdEf": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:nope-AbCdEf",
		"arn:aws:secretsmanager:eu-west-1:999999999999:secret:nope":        "arn:aws:secretsmanager:eu-west-1:999999999999:secret:nope",
		"arn:aws:secretsmanager:us-east-1:111122223333:secret:nope":        "arn:aws:secretsmanager:us-east-1:111122223333:secret:nope",
	} {
		a.Decide = nil
		a.Fails("ResourceNotFoundException: Secrets Manager can't find the specified secret.", "secretsmanager.GetSecretValue", object{"SecretId": sent})
		if len(a.Needs) != 1 || a.Needs[0].Resource != want || a.Needs[0].Sent != sent {
			t.Errorf("%s asked %s, want %s", sent, asked(a), want)
		}
		a.Decide = denyAll
		a.Fails("AccessDeniedException: no secretsmanager:GetSecretValue", "secretsmanager.GetSecretValue", object{"SecretId": sent})
	}
}

func denyAll(_ *op.Call, n *op.Need) error {
	return &op.Error{Code: "AccessDeniedException", Message: "no " + n.Action}
}

func denyKeys(c *op.Call, n *op.Need) error {
	if strings.HasPrefix(n.Action, "kms:") {
		return denyAll(c, n)
	}
	return nil
}

// TestKeyRefusals: what the caller hears when the key refuses.
func TestKeyRefusals(t *testing.T) {
	a := newAWS(t)
	key := a.OK("kms.CreateKey", object{})["KeyMetadata"].(object)["KeyId"].(string)
	a.OK("kms.CreateAlias", object{"AliasName": "alias/airflow", "TargetKeyId": key})
	a.OK("secretsmanager.CreateSecret", object{"Name": "s", "SecretString": "v", "ClientRequestToken": id(1), "KmsKeyId": "alias/airflow"})
	a.OK("secretsmanager.GetSecretValue", object{"SecretId": "s"}) // the data key is open from here on, which must not matter
	a.Decide = denyKeys
	const refused = "AccessDeniedException: Access to KMS is not allowed"
	a.Fails(refused, "secretsmanager.GetSecretValue", object{"SecretId": "s"})
	a.Fails(refused, "secretsmanager.PutSecretValue", object{"SecretId": "s", "SecretString": "w", "ClientRequestToken": id(2)})
	a.Fails(refused, "secretsmanager.CreateSecret", object{"Name": "t", "KmsKeyId": key, "ClientRequestToken": id(2)})
	a.Fails(refused, "secretsmanager.UpdateSecret", object{"SecretId": "s", "KmsKeyId": key})
	a.OK("secretsmanager.DescribeSecret", object{"SecretId": "s"})
	a.Decide = nil
	a.OK("kms.DisableKey", object{"KeyId": key})
	a.Fails("DecryptionFailure: Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
		"secretsmanager.GetSecretValue", object{"SecretId": "s"})
	a.Fails("EncryptionFailure: Secrets Manager can't encrypt the protected secret text using the provided KMS key.",
		"secretsmanager.PutSecretValue", object{"SecretId": "s", "SecretString": "w", "ClientRequestToken": id(2)})
	a.OK("kms.EnableKey", object{"KeyId": key})
	a.OK("secretsmanager.GetSecretValue", object{"SecretId": "s"})
}

// TestChangeOfKey: labelled versions move to the new key, others stay under the old one.
func TestChangeOfKey(t *testing.T) {
	a := newAWS(t)
	create(a, "s", "v1", 1)
	put(a, "s", "v2", 2)
	put(a, "s", "v3", 3)
	key := a.OK("kms.CreateKey", object{})["KeyMetadata"].(object)["KeyId"].(string)
	a.OK("secretsmanager.UpdateSecret", object{"SecretId": "s", "KmsKeyId": key})
	a.OK("kms.DisableKey", object{"KeyId": key})
	if got := a.OK("secretsmanager.GetSecretValue", object{"SecretId": "s", "VersionId": id(1)})["SecretString"]; got != "v1" {
		t.Errorf("the deprecated version reads %v", got)
	}
	for _, n := range []int{2, 3} {
		a.Fails("DecryptionFailure", "secretsmanager.GetSecretValue", object{"SecretId": "s", "VersionId": id(n)})
	}
	a.OK("kms.EnableKey", object{"KeyId": key})
	if got := a.OK("secretsmanager.GetSecretValue", object{"SecretId": "s"})["SecretString"]; got != "v3" {
		t.Errorf("the current version reads %v", got)
	}
	var shown []string
	for _, v := range a.OK("secretsmanager.ListSecretVersionIds", object{"SecretId": "s", "IncludeDeprecated": true})["Versions"].([]any) {
		shown = append(shown, v.(object)["KmsKeyIds"].([]any)[0].(string))
	}
	if got, want := strings.Join(shown, " "), "DefaultEncryptionKey "+key+" "+key; got != want {
		t.Errorf("keys %s, want %s", got, want)
	}
}

// TestOtherAccounts: a writer of another account stores under the key of the secret's owner, and cannot where that is aws/secretsmanager.
func TestOtherAccounts(t *testing.T) {
	a := newAWS(t)
	key := a.OK("kms.CreateKey", object{})["KeyMetadata"].(object)["KeyId"].(string)
	arn := a.OK("secretsmanager.CreateSecret", object{"Name": "s", "SecretString": "v", "ClientRequestToken": id(1), "KmsKeyId": key})["ARN"]
	alone := a.OK("secretsmanager.CreateSecret", object{"Name": "alone", "SecretString": "v", "ClientRequestToken": id(1)})["ARN"]
	a.Account = "999999999999"
	const refused = "InvalidRequestException: You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key."
	a.Fails(refused, "secretsmanager.GetSecretValue", object{"SecretId": alone})
	a.Fails(refused, "secretsmanager.PutSecretValue", object{"SecretId": alone, "SecretString": "w", "ClientRequestToken": id(2)})
	a.OK("secretsmanager.DescribeSecret", object{"SecretId": alone})
	a.OK("secretsmanager.PutSecretValue", object{"SecretId": arn, "SecretString": "w", "ClientRequestToken": id(2)})
	for _, n := range a.Needs {
		if n.Owner != calltest.Account {
			t.Errorf("%s is said to belong to %s", n.Resource, n.Owner)
		}
	}
	if len(a.Needs) != 2 || a.Needs[1].Action != "kms:GenerateDataKey" || !strings.HasPrefix(a.Needs[1].Resource, "arn:aws:kms:eu-west-1:111122223333:key/") {
		t.Errorf("asked %s", asked(a))
	}
}

// TestBatch: each secret is decided on by itself, and what cannot be returned stands among the errors.
func TestBatch(t *testing.T) {
	a := newAWS(t)
	create(a, "one", "1", 1)
	create(a, "two", "2", 1)
	create(a, "gone", "3", 1)
	a.OK("secretsmanager.DeleteSecret", object{"SecretId": "gone"})
	a.Decide = func(c *op.Call, n *op.Need) error {
		if strings.Contains(n.Resource, ":secret:two") {
			return denyAll(c, n)
		}
		return nil
	}
	got := a.OK("secretsmanager.BatchGetSecretValue", object{"SecretIdList": []string{"one", "two", "nope", "gone", "bad name"}})
	if a.Needs[0].Action != "secretsmanager:BatchGetSecretValue" || a.Needs[0].Resource != "*" {
		t.Errorf("asked %s", asked(a))
	}
	values := got["SecretValues"].([]any)
	if len(values) != 1 || values[0].(object)["SecretString"] != "1" {
		t.Errorf("values %v", values)
	}
	var errors []string
	for _, e := range got["Errors"].([]any) {
		errors = append(errors, e.(object)["SecretId"].(string)+" "+e.(object)["ErrorCode"].(string))
	}
	if got, want := strings.Join(errors, ", "), "two AccessDeniedException, nope ResourceNotFoundException, gone InvalidRequestException, bad name ValidationException"; got != want {
		t.Errorf("errors %s, want %s", got, want)
	}
	a.Decide = nil
	page := a.OK("secretsmanager.BatchGetSecretValue", object{"Filters": []object{{"Key": "name", "Values": []string{"o", "t"}}}, "MaxResults": 1})
	if a.Needs[1].Action != "secretsmanager:ListSecrets" || a.Needs[1].Resource != "*" {
		t.Errorf("asked %s", asked(a))
	}
	rest := a.OK("secretsmanager.BatchGetSecretValue", object{"Filters": []object{{"Key": "name", "Values": []string{"o", "t"}}}, "NextToken": page["NextToken"]})
	if len(page["SecretValues"].([]any)) != 1 || len(rest["SecretValues"].([]any)) != 1 || rest["NextToken"] != nil {
		t.Errorf("pages %v and %v", page, rest)
	}
	a.Fails("InvalidParameterException: Either 'SecretIdList' or 'Filters' must be provided, but not both.",
		"secretsmanager.BatchGetSecretValue", object{"SecretIdList": []string{"one"}, "Filters": []object{{"Key": "name", "Values": []string{"o"}}}})
}

// TestResourcePolicy: what is put is decided on from then on.
func TestResourcePolicy(t *testing.T) {
	a := newAWS(t)
	create(a, "s", "v", 1)
	open := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`
	narrow := strings.Replace(open, `"*"`, `{"AWS":"arn:aws:iam::999999999999:role/reader"}`, 1)
	a.Fails("PublicPolicyException", "secretsmanager.PutResourcePolicy", object{"SecretId": "s", "ResourcePolicy": open, "BlockPublicPolicy": true})
	a.Fails("MalformedPolicyDocumentException: This resource policy contains invalid Json.", "secretsmanager.PutResourcePolicy", object{"SecretId": "s", "ResourcePolicy": "{"})
	a.Fails("MalformedPolicyDocumentException", "secretsmanager.PutResourcePolicy", object{"SecretId": "s", "ResourcePolicy": `{"Statement":[{"Effect":"Maybe"}]}`})
	if got := a.OK("secretsmanager.GetResourcePolicy", object{"SecretId": "s"}); got["ResourcePolicy"] != nil {
		t.Errorf("a refused policy is there: %v", got)
	}
	a.OK("secretsmanager.PutResourcePolicy", object{"SecretId": "s", "ResourcePolicy": narrow, "BlockPublicPolicy": true})
	a.OK("secretsmanager.GetSecretValue", object{"SecretId": "s"})
	if d := a.Needs[0].Policy; d == nil || d.Text() != narrow {
		t.Errorf("the need's policy is %v", d)
	}
	a.OK("secretsmanager.DeleteResourcePolicy", object{"SecretId": "s"})
	a.OK("secretsmanager.GetSecretValue", object{"SecretId": "s"})
	if a.Needs[0].Policy != nil {
		t.Error("the deleted policy is still decided on")
	}
	for text, passed := range map[string]bool{narrow: true, open: false, "{": false} {
		got := a.OK("secretsmanager.ValidateResourcePolicy", object{"ResourcePolicy": text})
		if got["PolicyValidationPassed"] != passed || passed != (len(got["ValidationErrors"].([]any)) == 0) {
			t.Errorf("%s: %v", text, got)
		}
	}
}
