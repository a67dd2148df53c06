package secretsmanager

import (
	"strings"
	"testing"

	"aircon/localaws/op"
)

// FuzzParse: whatever is sent as a SecretId names a secret by a text of its own, and an ARN made from the parts is found again.
func FuzzParse(f *testing.F) {
	f.Add("arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/connections/db-AbCdEf")
	f.Add("arn:aws:secretsmanager:eu-west-1:111122223333:secret:-AbCdEf")
	f.Add("arn::::")
	f.Add("name-AbCdEf")
	c := &op.Call{Partition: "aws", Region: "eu-west-1", Account: "111122223333"}
	f.Fuzz(func(t *testing.T, text string) {
		p := parse(c, text)
		switch {
		case !strings.HasPrefix(text, "arn:"):
			if p.name != text || p.account != c.Account || p.foreign || p.arn != "" {
				t.Errorf("the name %q is read as %+v", text, p)
			}
		case p.foreign:
		case p.arn != "":
			if p.arn != text || arnOf(c, p.account, p.name) != text[:len(text)-suffixSize] {
				t.Errorf("%q is read as %+v", text, p)
			}
		case arnOf(c, p.account, p.name) != text:
			t.Errorf("%q is read as %+v", text, p)
		}
	})
}

// FuzzToken: no token makes a list panic, and each that newToken makes is read back.
func FuzzToken(f *testing.F) {
	f.Add("MQ")
	f.Add("2026")
	f.Fuzz(func(t *testing.T, text string) {
		if after, err := readToken(text); err == nil && text != "" && after == "" {
			t.Errorf("%q begins anew", text)
		}
		if after, err := readToken(newToken(text)); text != "" && (err != nil || after != text) {
			t.Errorf("%q comes back as %q, %v", text, after, err)
		}
	})
}
