package doctor

import (
	"fmt"
	"strings"
	"testing"

	"aircon/policy"
)

// TestLeastFallsBackToThePrefix names each secret as long as a managed policy holds them.
func TestLeastFallsBackToThePrefix(t *testing.T) {
	for _, test := range []struct {
		n    int
		want string
	}{{1, "secret:airflow/connections/db00-??????"}, {20, "secret:airflow/connections/db19-??????"}, {90, "secret:airflow/connections/db*"}} {
		aws := all(t)
		aws.options["secrets.backend_kwargs"] = `{"connections_prefix": "airflow/connections", "connections_lookup_pattern": "^db"}`
		aws.names, aws.secret = nil, &Secret{Name: testSecret, ARN: testARN, Current: true}
		var ids []string
		for i := range test.n {
			ids = append(ids, fmt.Sprintf("db%02d", i))
		}
		d := Doctor{AWS: aws}
		text, err := d.Least(t.Context(), Target{Name: "analytics"}, ids)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text, test.want) || policy.Size(text) > policy.MaxManagedSize {
			t.Errorf("for %d the policy of %d characters is\n%s", test.n, policy.Size(text), text)
		}
	}
}

// TestLeastIsWidenedWhereNothingMayBeRead is for whoever asks for the policy before having it.
func TestLeastIsWidenedWhereNothingMayBeRead(t *testing.T) {
	d := Doctor{AWS: &fakeAWS{}}
	text, err := d.Least(t.Context(), Target{Name: "analytics"}, []string{"db"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"arn:aws:airflow:eu-west-1:" + testAccount + ":environment/analytics", "arn:aws:iam::" + testAccount + ":role/*",
		":secret:*", "arn:aws:kms:eu-west-1:" + testAccount + ":key/*", "kms:ViaService",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
}
