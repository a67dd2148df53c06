package localaws

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// only is a policy that lets one principal do all with what it is attached to, beside the account itself.
func only(principal string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"kms:*","Resource":"*"},`+
		`{"Effect":"Allow","Principal":{"AWS":"%s"},"Action":["kms:*","secretsmanager:*"],"Resource":"*"}]}`, DefaultAccount, principal)
}

// TestRoleMadeAnew deletes a role that the policies of a secret and of keys and a grant name, and makes another of its name: it is nobody to them, until
// they name it again.
func TestRoleMadeAnew(t *testing.T) {
	s := serve(t, Options{})
	admin, ctx := s.administrator(), t.Context()
	role := s.role(t, admin, "worker", DefaultAccount)
	secret := put(t, admin, "db", "canary")
	key, err := admin.kms.CreateKey(ctx, &awskms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	name := func(principal string) (ofSecret, ofKey error) {
		_, ofSecret = admin.secrets.PutResourcePolicy(ctx, &secretsmanager.PutResourcePolicyInput{SecretId: &secret, ResourcePolicy: aws.String(only(principal))})
		_, ofKey = admin.kms.PutKeyPolicy(ctx, &awskms.PutKeyPolicyInput{KeyId: key.KeyMetadata.KeyId, Policy: aws.String(only(principal))})
		return ofSecret, ofKey
	}
	if a, b := name(role); a != nil || b != nil {
		t.Fatal(a, b)
	}
	_, err = admin.kms.CreateGrant(ctx, &awskms.CreateGrantInput{
		KeyId: key.KeyMetadata.KeyId, GranteePrincipal: &role, Operations: []kmstypes.GrantOperation{kmstypes.GrantOperationDecrypt},
	})
	if err != nil {
		t.Fatal(err)
	}
	bare := func() { // the role's own policies do not matter here
		t.Helper()
		if _, err := admin.iam.DeleteRolePolicy(ctx, &awsiam.DeleteRolePolicyInput{RoleName: aws.String("worker"), PolicyName: aws.String("all")}); err != nil {
			t.Fatal(err)
		}
	}
	may := func() (read, used bool) {
		t.Helper()
		worker := s.assume(t, admin, role, "nightly")
		_, ofSecret := get(t, worker, "db")
		_, ofKey := worker.kms.GetKeyRotationStatus(ctx, &awskms.GetKeyRotationStatusInput{KeyId: key.KeyMetadata.Arn})
		return ofSecret == nil, ofKey == nil
	}
	bare()
	if a, b := may(); !a || !b {
		t.Fatalf("the role named may read the secret: %t, use the key: %t", a, b)
	}
	old, err := admin.iam.GetRole(ctx, &awsiam.GetRoleInput{RoleName: aws.String("worker")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.iam.DeleteRole(ctx, &awsiam.DeleteRoleInput{RoleName: aws.String("worker")}); err != nil {
		t.Fatal(err)
	}
	s.role(t, admin, "worker", DefaultAccount)
	bare()
	if a, b := may(); a || b {
		t.Errorf("another role of the name may read the secret: %t, use the key: %t", a, b)
	}
	for what, shown := range named(t, admin, secret, *key.KeyMetadata.KeyId) {
		if strings.Contains(shown, role) || !strings.Contains(shown, *old.Role.RoleId) {
			t.Errorf("%s still names %s, and not %s: %s", what, role, *old.Role.RoleId, shown)
		}
	}
	if a, b := name(*old.Role.RoleId); codeIn(a) != "MalformedPolicyDocumentException" || codeIn(b) != "MalformedPolicyDocumentException" {
		t.Errorf("policies that name who is gone: %v, %v", a, b)
	}
	if a, b := name(role); a != nil || b != nil {
		t.Fatal(a, b)
	}
	if a, b := may(); !a || !b {
		t.Errorf("named anew, it may read the secret: %t, use the key: %t", a, b)
	}
}

// named is where the secret and the key name principals.
func named(t *testing.T, who sdk, secret, key string) map[string]string {
	t.Helper()
	ofSecret, err := who.secrets.GetResourcePolicy(t.Context(), &secretsmanager.GetResourcePolicyInput{SecretId: &secret})
	if err != nil {
		t.Fatal(err)
	}
	ofKey, err := who.kms.GetKeyPolicy(t.Context(), &awskms.GetKeyPolicyInput{KeyId: &key})
	if err != nil {
		t.Fatal(err)
	}
	grants, err := who.kms.ListGrants(t.Context(), &awskms.ListGrantsInput{KeyId: &key})
	if err != nil || len(grants.Grants) != 1 {
		t.Fatal(grants, err)
	}
	return map[string]string{
		"the secret's policy": *ofSecret.ResourcePolicy, "the key's policy": *ofKey.Policy, "the grant": *grants.Grants[0].GranteePrincipal,
	}
}
