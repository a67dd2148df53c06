package secretsmanager_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"aircon/internal/store"
	"aircon/localaws/internal/calltest"
	"aircon/localaws/kms"
	"aircon/localaws/model"
	"aircon/localaws/op"
	"aircon/localaws/secretsmanager"
	"aircon/policy"
)

// newAWS returns Secrets Manager and its KMS on an empty store.
func newAWS(t testing.TB) *calltest.AWS { return newAWSWith(t, secretsmanager.Options{}) }

func newAWSWith(t testing.TB, o secretsmanager.Options) *calltest.AWS {
	keys := kms.New(principals{})
	return calltest.New(t, secretsmanager.Service(keys, principals{}, o), keys.Service())
}

// principals is an IAM in which everybody exists but nobody.
type principals struct{}

func (principals) PrincipalExists(_ *op.Call, p policy.PrincipalElement) (bool, error) {
	return !strings.HasSuffix(p.Text, "/nobody"), nil
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

// TestOperations: all of the model's, but for the two that replicate between accounts.
func TestOperations(t *testing.T) {
	served := map[string]bool{}
	for _, o := range secretsmanager.Service(nil, nil, secretsmanager.Options{}).Operations {
		served[o.Name] = true
	}
	var missing []string
	for _, o := range model.Of("secretsmanager").Operations {
		if !served[o.Name] {
			missing = append(missing, o.Name)
		}
	}
	if got := strings.Join(missing, " "); got != "AssociateCrossAccountReplica DisassociateCrossAccountReplica" || len(served) != 24 {
		t.Errorf("%d operations; of the model's are missing: %s", len(served), got)
	}
}
