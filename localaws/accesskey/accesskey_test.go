package accesskey

import (
	"fmt"
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

// TestAccount has the pair that Tal Be'ery's note decodes.
func TestAccount(t *testing.T) {
	for id, want := range map[string]string{
		"ASIAQNZGKIQY56JQ7WML": "029608264753",
		"AKIAIOSFODNN7EXAMPLE": "", // of before, without an account
		"ASIAQNZGKIQY56JQ7WM":  "",
		"ASIAQNZGKIQY56JQ7WM1": "",
		"AROAQNZGKIQY56JQ7WML": "",
	} {
		if got, ok := Account(id); ok != (want != "") || ok && got != want {
			t.Errorf("%s is of account %s (%v), want %s", id, got, ok, want)
		}
	}
}

func TestEveryKeyHoldsItsAccount(t *testing.T) {
	form := regexp.MustCompile(`^(AKIA|ASIA)[Q-Z2-7][A-Z2-7]{15}$`)
	rapid.Check(t, func(t *rapid.T) {
		account := fmt.Sprintf("%012d", rapid.Uint64Range(0, 999_999_999_999).Draw(t, "account"))
		id := New(rapid.SampledFrom([]string{User, Session}).Draw(t, "kind"), account)
		if got, ok := Account(id); got != account || !ok || !form.MatchString(id) {
			t.Fatalf("key %s of account %s is read as of %s (%v)", id, account, got, ok)
		}
	})
}
