package secretsmanager_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"aircon/internal/store"
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

// dump returns the store's rows as they lie on disk, a line each: table, key with slashes, JSON.
func dump(a *calltest.AWS) string {
	a.T.Helper()
	var out strings.Builder
	err := a.Store.View(func(tx store.Tx) error {
		for _, table := range []string{"secretsmanager.secret", "secretsmanager.value", "secretsmanager.purge", "secretsmanager.rotation", "kms.key", "kms.alias"} {
			for row, err := range tx.Scan(table, "", "") {
				if err != nil {
					return err
				}
				text, err := json.Marshal(row.Value)
				if err != nil {
					return err
				}
				fmt.Fprintln(&out, table, strings.ReplaceAll(row.Key, "\x00", "/"), string(text))
			}
		}
		return nil
	})
	if err != nil {
		a.T.Fatal(err)
	}
	return out.String()
}
