package secretsmanager_test

import (
	"testing"

	"aircon/localaws/internal/calltest"
	"aircon/localaws/kms"
	"aircon/localaws/secretsmanager"
)

// newAWS returns Secrets Manager and its KMS on an empty store.
func newAWS(t testing.TB) *calltest.AWS { return newAWSWith(t, secretsmanager.Options{}) }

func newAWSWith(t testing.TB, o secretsmanager.Options) *calltest.AWS {
	keys := kms.New()
	return calltest.New(t, secretsmanager.Service(keys, o), keys.Service())
}
