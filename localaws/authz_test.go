package localaws

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"aircon/localaws/op"
	"aircon/localaws/organisation"
	"aircon/policy"
)

// TestViaAWSService expects that only a need which a service has of another on the caller's behalf is via a service.
func TestViaAWSService(t *testing.T) {
	p := newProbe(t)
	p.directory.grants = op.Grants{Identity: []policy.Policy{{Name: "p", Document: mustParse(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"probe:Ask","Resource":"*","Condition":{"Bool":{"aws:ViaAWSService":"false"}}},
		{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"Bool":{"aws:ViaAWSService":"true"}}}]}`)}}}
	plain := op.Need{Action: "probe:Ask", Resource: "*"}
	via := op.Need{Action: "kms:Decrypt", Resource: "*", Context: policy.Context{policy.One("kms:ViaService", "probe.eu-west-1.amazonaws.com")}}
	directly := via
	directly.Context = nil
	p.service("needs", func(c *op.Call, in *probeInput) ([]op.Need, error) {
		return map[string][]op.Need{"both": {plain, via, plain}, "directly": {plain, directly}}[in.Name], nil
	})
	for name, want := range map[string]int{"both": 200, "directly": 400} {
		if w := p.do(t, "needs", `{"Name":"`+name+`"}`); w.Code != want {
			t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, want)
		}
	}
}

// service adds an operation with needs of the test's own.
func (p *probe) service(name string, needs func(*op.Call, *probeInput) ([]op.Need, error)) {
	o := op.Read(name, needs, probeAsk)
	p.byName["probe"].operations[name] = &o
}

const testOrganisation = `{
	"Id": "o-exampleorgid",
	"Policies": {
		"p-nothing": {"Type": "SERVICE_CONTROL_POLICY", "Content": {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "probe:Ask", "Resource": "*"}}},
		"p-secrets": {"Type": "RESOURCE_CONTROL_POLICY", "Content": {"Version": "2012-10-17", "Statement": {
			"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorgid"}}}}}
	},
	"Root": {"Id": "r-ab12", "Policies": ["p-secrets"], "Accounts": {"ACCOUNT": ["p-FullAWSAccess", "p-nothing"], "111122223333": []}}
}`

// TestOrganisation puts the caller's account into an organisation, out of it, and asks for what another account of it owns.
func TestOrganisation(t *testing.T) {
	const (
		who  = "User: arn:aws:iam::123456789012:user/plain is not authorized to perform: "
		open = `,"Policy":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"${aws:ResourceOrgID}\"}}}}"`
	)
	for name, test := range map[string]struct{ account, input, want string }{
		"denied by its account's policy":                       {DefaultAccount, `"Action":"probe:Ask","Resource":"*"`, who + "probe:Ask with an explicit deny in a service control policy: arn:aws:organizations::aws:policy/o-exampleorgid/service_control_policy/p-nothing"},
		"what the policy leaves":                               {DefaultAccount, `"Action":"probe:Other","Resource":"*"`, ""},
		"in no organisation":                                   {"999999999999", `"Action":"probe:Ask","Resource":"*"`, ""},
		"a resource of its own organisation":                   {DefaultAccount, `"Action":"secretsmanager:GetSecretValue","Resource":"*","Owner":"111122223333"` + open, ""},
		"a resource of another organisation":                   {"999999999999", `"Action":"secretsmanager:GetSecretValue","Resource":"*","Owner":"111122223333"` + open, who + "secretsmanager:GetSecretValue with an explicit deny in a resource control policy"},
		"a service that resource control policies do not bind": {"999999999999", `"Action":"probe:Ask","Resource":"*","Owner":"111122223333"` + open, who + "probe:Ask because no resource-based policy allows the probe:Ask action"},
	} {
		p := newProbe(t)
		o, err := organisation.Parse([]byte(strings.Replace(testOrganisation, "ACCOUNT", test.account, 1)))
		if err != nil {
			t.Fatal(err)
		}
		p.options.Organisation, p.options.Log = o, slog.New(slog.DiscardHandler)
		w := p.do(t, "Ask", "{"+test.input+"}")
		if test.want == "" && w.Code == 200 {
			continue
		}
		if want := `{"__type":"AccessDeniedException","message":"` + test.want + `"}`; w.Body.String() != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, w.Body, want)
		}
	}
}

// TestResourceControlOfKeys: resource control policies bind the keys that customers manage, not AWS's own, and keep nobody from retiring a grant.
func TestResourceControlOfKeys(t *testing.T) {
	o, err := organisation.Parse([]byte(`{"Id": "o-exampleorgid", "Policies": {"p-keys": {"Type": "RESOURCE_CONTROL_POLICY", "Content": {
		"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": ["kms:Decrypt", "kms:RetireGrant"], "Resource": "*"}}}},
		"Root": {"Id": "r-ab12", "Policies": ["p-FullAWSAccess", "p-keys"], "Accounts": {"123456789012": []}}}`))
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, Options{Organisation: o})
	c := s.administrator()
	put(t, c, "by-aws", "x")
	if got, err := get(t, c, "by-aws"); got != "x" || err != nil {
		t.Errorf("under AWS's key: %v", err)
	}
	key, err := c.kms.CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := c.kms.Encrypt(t.Context(), &kms.EncryptInput{KeyId: key.KeyMetadata.KeyId, Plaintext: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.kms.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob}); codeIn(err) != "AccessDeniedException" {
		t.Errorf("under a customer's key: %v", err)
	}
	grant, err := c.kms.CreateGrant(t.Context(), &kms.CreateGrantInput{
		KeyId: key.KeyMetadata.KeyId, GranteePrincipal: aws.String("arn:aws:iam::123456789012:root"), RetiringPrincipal: aws.String("arn:aws:iam::123456789012:root"), Operations: []types.GrantOperation{"Encrypt"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.kms.RetireGrant(t.Context(), &kms.RetireGrantInput{GrantToken: grant.GrantToken}); err != nil {
		t.Errorf("retiring: %v", err)
	}
}
