// Package faulttest shows how a program is tested against what goes wrong between it and AWS.
package faulttest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"aircon/aircontest"
	"aircon/localaws"
)

// TestLostAnswer writes a secret whose first answer is lost on the way. The SDK tries again with the same token, so there is one version.
func TestLostAnswer(t *testing.T) {
	local := aircontest.NewLocalAWS(t)
	local.Setenv(t)
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := secretsmanager.NewFromConfig(cfg)

	local.Inject(localaws.Fault{Operation: "CreateSecret", Kind: localaws.FaultDropAfter, Next: 1})
	made, err := client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("db"), SecretString: aws.String("s3cret")})
	if err != nil {
		t.Fatal(err)
	}
	versions, err := client.ListSecretVersionIds(t.Context(), &secretsmanager.ListSecretVersionIdsInput{SecretId: made.ARN})
	if err != nil || len(versions.Versions) != 1 {
		t.Errorf("there are %d versions (%v)", len(versions.Versions), err)
	}
}
