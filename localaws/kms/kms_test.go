package kms_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"aircon/internal/store"
	"aircon/localaws/internal/calltest"
	"aircon/localaws/kms"
	"aircon/localaws/op"
	"aircon/policy"
)

type m = calltest.M

// TestPrincipalsThatDoNotExist: neither a key policy nor a grant names them.
func TestPrincipalsThatDoNotExist(t *testing.T) {
	a := newAWS(t)
	const nobody = "arn:aws:iam::111122223333:role/nobody"
	const refused = "MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals."
	document := func(who string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},` +
			`{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:role/reader","` + who + `"]},"Action":"kms:Decrypt","Resource":"*"}]}`
	}
	id := a.OK("kms.CreateKey", m{"Policy": document("*"), "MultiRegion": true})["KeyMetadata"].(m)["KeyId"]
	a.Fails(refused, "kms.CreateKey", m{"Policy": document(nobody)})
	a.Fails(refused, "kms.PutKeyPolicy", m{"KeyId": id, "Policy": document(nobody)})
	a.Fails(refused, "kms.ReplicateKey", m{"KeyId": id, "ReplicaRegion": "us-west-2", "Policy": document(nobody)})
	grant := m{"KeyId": id, "GranteePrincipal": "arn:aws:iam::111122223333:role/reader", "Operations": []string{"Decrypt"}}
	a.OK("kms.CreateGrant", grant)
	for _, member := range []string{"GranteePrincipal", "RetiringPrincipal"} {
		in := maps.Clone(grant)
		in[member] = nobody
		a.Fails("InvalidArnException: ARN does not refer to a valid principal: "+nobody, "kms.CreateGrant", in)
	}
}

// principals is an IAM in which everybody exists but nobody.
type principals struct{}

func (principals) PrincipalExists(_ *op.Call, p policy.PrincipalElement) (bool, error) {
	return !strings.HasSuffix(p.Text, "/nobody"), nil
}

func newAWS(t testing.TB) *calltest.AWS { return calltest.New(t, kms.New(principals{}).Service()) }

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// with is an input with one more member.
func with(in m, name string, value any) m {
	out := maps.Clone(in)
	out[name] = value
	return out
}

func createKey(a *calltest.AWS, in m) (id, arn string) {
	a.T.Helper()
	got := a.OK("kms.CreateKey", in)["KeyMetadata"].(m)
	return got["KeyId"].(string), got["Arn"].(string)
}

// TestStates: what each state of a key allows, and how it gets out of it.
func TestStates(t *testing.T) {
	a := newAWS(t)
	id, arn := createKey(a, m{"Description": "d"})
	sealed := a.OK("kms.Encrypt", m{"KeyId": id, "Plaintext": b64("x")})["CiphertextBlob"]
	a.OK("kms.DisableKey", m{"KeyId": id})
	a.Fails("DisabledException: "+arn+" is disabled.", "kms.Encrypt", m{"KeyId": id, "Plaintext": b64("x")})
	a.Fails("DisabledException: "+arn+" is disabled.", "kms.Decrypt", m{"CiphertextBlob": sealed})
	a.OK("kms.EnableKey", m{"KeyId": arn})
	a.Fails("ValidationException: 1 validation error detected: Value '6' at 'pendingWindowInDays' failed to satisfy constraint: "+
		"Member must have value greater than or equal to 7", "kms.ScheduleKeyDeletion", m{"KeyId": id, "PendingWindowInDays": 6})
	a.OK("kms.ScheduleKeyDeletion", m{"KeyId": id, "PendingWindowInDays": 7})
	pending := "KMSInvalidStateException: " + arn + " is pending deletion."
	a.Fails(pending, "kms.Decrypt", m{"CiphertextBlob": sealed})
	a.Fails(pending, "kms.EnableKey", m{"KeyId": id})
	a.Fails(pending, "kms.ScheduleKeyDeletion", m{"KeyId": id})
	a.OK("kms.CancelKeyDeletion", m{"KeyId": id})
	if got := a.OK("kms.DescribeKey", m{"KeyId": id})["KeyMetadata"].(m)["KeyState"]; got != "Disabled" {
		t.Errorf("after CancelKeyDeletion the key is %v, want Disabled", got)
	}
	a.OK("kms.ScheduleKeyDeletion", m{"KeyId": id, "PendingWindowInDays": 7})
	a.Now = a.Now.Add(7 * 24 * time.Hour)
	a.Fails("NotFoundException: Key '"+arn+"' does not exist", "kms.DescribeKey", m{"KeyId": id})
	a.Fails("AccessDeniedException: The ciphertext refers to a customer master key that does not exist", "kms.Decrypt", m{"CiphertextBlob": sealed})
	if got := a.OK("kms.ListKeys", m{})["Keys"].([]any); len(got) != 0 {
		t.Errorf("a deleted key is listed: %v", got)
	}
}

func TestAliases(t *testing.T) {
	a := newAWS(t)
	one, oneARN := createKey(a, m{})
	two, _ := createKey(a, m{})
	aliasARN := "arn:aws:kms:eu-west-1:111122223333:alias/airflow"
	a.OK("kms.CreateAlias", m{"AliasName": "alias/airflow", "TargetKeyId": one})
	a.Fails("AlreadyExistsException: An alias with the name "+aliasARN+" already exists", "kms.CreateAlias", m{"AliasName": "alias/airflow", "TargetKeyId": two})
	a.Fails("NotAuthorizedException", "kms.CreateAlias", m{"AliasName": "alias/aws/mine", "TargetKeyId": one})
	sealed := a.OK("kms.Encrypt", m{"KeyId": aliasARN, "Plaintext": b64("x")})
	if sealed["KeyId"] != oneARN {
		t.Errorf("the alias means %v, want %s", sealed["KeyId"], oneARN)
	}
	a.OK("kms.UpdateAlias", m{"AliasName": "alias/airflow", "TargetKeyId": two})
	a.Fails("IncorrectKeyException: The key ID in the request does not identify a CMK that can perform this operation.",
		"kms.Decrypt", m{"CiphertextBlob": sealed["CiphertextBlob"], "KeyId": "alias/airflow"})
	a.OK("kms.CreateAlias", m{"AliasName": "alias/b", "TargetKeyId": two})
	page := a.OK("kms.ListAliases", m{"Limit": 1})
	rest := a.OK("kms.ListAliases", m{"Marker": page["NextMarker"]})
	if page["Truncated"] != true || rest["Truncated"] != false || len(rest["Aliases"].([]any)) != 1 {
		t.Errorf("pages %v and %v", page, rest)
	}
	a.OK("kms.DeleteAlias", m{"AliasName": "alias/airflow"})
	a.Fails("NotFoundException: Alias "+aliasARN+" is not found.", "kms.DescribeKey", m{"KeyId": "alias/airflow"})
	a.Fails("NotFoundException: Invalid keyId 'nonsense'", "kms.DescribeKey", m{"KeyId": "nonsense"})
}

// TestNames: every form in which a key can be named, and what is answered to a name of nothing.
func TestNames(t *testing.T) {
	a := newAWS(t)
	id, arn := createKey(a, m{})
	a.OK("kms.CreateAlias", m{"AliasName": "alias/airflow", "TargetKeyId": arn})
	prefix := strings.TrimSuffix(arn, "key/"+id)
	for _, name := range []string{id, arn, "alias/airflow", prefix + "alias/airflow"} {
		if got := a.OK("kms.DescribeKey", m{"KeyId": name})["KeyMetadata"].(m)["Arn"]; got != arn {
			t.Errorf("%s is %v", name, got)
		}
	}
	other := "1234abcd-12ab-34cd-56ef-1234567890ab"
	for name, want := range map[string]string{
		other:                                  "Key '" + prefix + "key/" + other + "' does not exist",
		"mrk-1234abcd12ab34cd56ef1234567890ab": "Key '" + prefix + "key/mrk-1234abcd12ab34cd56ef1234567890ab' does not exist",
		strings.ReplaceAll(other, "-", ""):     "Invalid keyId '1234abcd12ab34cd56ef1234567890ab'",
		"alias/none":                           "Alias " + prefix + "alias/none is not found.",
		strings.Replace(arn, "eu-west-1", "us-west-2", 1):  "Invalid arn us-west-2",
		strings.Replace(arn, "1111", "9999", 1):            "Key '" + strings.Replace(arn, "1111", "9999", 1) + "' does not exist",
		"arn:aws:kms:eu-west-1:999922223333:alias/airflow": "Alias arn:aws:kms:eu-west-1:999922223333:alias/airflow is not found.",
	} {
		a.Fails("NotFoundException: "+want, "kms.DescribeKey", m{"KeyId": name})
	}
	a.Fails("ValidationException: Aliases must refer to keys. Not aliases", "kms.CreateAlias", m{"AliasName": "alias/b", "TargetKeyId": "alias/airflow"})
	a.Fails("InvalidAliasNameException", "kms.CreateAlias", m{"AliasName": "alias/a:b", "TargetKeyId": id})
	a.Fails("ValidationException: Invalid identifier", "kms.CreateAlias", m{"AliasName": "airflow", "TargetKeyId": id})
}

// TestNeeds: what each use asks for, with the key's own policy deciding and the conditions that policies look at.
func TestNeeds(t *testing.T) {
	a := newAWS(t)
	id, arn := createKey(a, m{"Tags": []m{{"TagKey": "team", "TagValue": "data"}}})
	a.OK("kms.CreateAlias", m{"AliasName": "alias/k", "TargetKeyId": id})
	a.OK("kms.Encrypt", m{"KeyId": "alias/k", "Plaintext": b64("x"), "EncryptionContext": m{"SecretARN": "s"}})
	if len(a.Needs) != 1 {
		t.Fatalf("needs %v", a.Needs)
	}
	n := a.Needs[0]
	if n.Action != "kms:Encrypt" || n.Resource != arn || !n.PolicyDecides || n.Policy == nil || n.Owner != calltest.Account {
		t.Errorf("need %+v", n)
	}
	for key, want := range map[string]string{
		"kms:EncryptionContext:SecretARN": "s", "kms:RequestAlias": "alias/k", "aws:ResourceTag/team": "data", "kms:CallerAccount": calltest.Account,
	} {
		if got := calltest.Value(n.Context, key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	a.Decide = func(_ *op.Call, n *op.Need) error { return &op.Error{Code: "AccessDeniedException", Message: n.Action} }
	a.Fails("AccessDeniedException: kms:Encrypt", "kms.Encrypt", m{"KeyId": id, "Plaintext": b64("x")})
	a.Fails("AccessDeniedException: kms:CreateKey", "kms.CreateKey", m{})
}

func TestPolicies(t *testing.T) {
	a := newAWS(t)
	id, _ := createKey(a, m{})
	got := a.OK("kms.GetKeyPolicy", m{"KeyId": id})
	if text := got["Policy"].(string); !strings.Contains(text, `"arn:aws:iam::111122223333:root"`) || got["PolicyName"] != "default" {
		t.Errorf("the default policy is %v", got)
	}
	mine := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"kms:*","Resource":"*"}]}`
	a.OK("kms.PutKeyPolicy", m{"KeyId": id, "Policy": mine})
	if got := a.OK("kms.GetKeyPolicy", m{"KeyId": id, "PolicyName": "default"})["Policy"]; got != mine {
		t.Errorf("the policy came back as %v", got)
	}
	a.Fails("MalformedPolicyDocumentException", "kms.PutKeyPolicy", m{"KeyId": id, "Policy": `{"Statement":`})
	a.Fails("MalformedPolicyDocumentException: Missing required field Principal", "kms.PutKeyPolicy",
		m{"KeyId": id, "Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}`})
}

// TestMaterialIsSealed: no row holds the key's material in the clear, and a new Keys opens it again.
func TestMaterialIsSealed(t *testing.T) {
	a := newAWS(t)
	id, _ := createKey(a, m{})
	sealed := a.OK("kms.Encrypt", m{"KeyId": id, "Plaintext": b64("canary")})["CiphertextBlob"]
	again := calltest.New(t, kms.New(principals{}).Service())
	again.Store = a.Store
	if got := again.OK("kms.Decrypt", m{"CiphertextBlob": sealed})["Plaintext"]; got != b64("canary") {
		t.Errorf("decrypted to %v", got)
	}
	err := a.Store.Update(func(tx store.Tx) error {
		for row, err := range tx.Scan("kms.key", "", "") {
			if err != nil {
				return err
			}
			text, err := json.Marshal(row.Value)
			if err != nil {
				return err
			}
			text = []byte(strings.Replace(string(text), `"Sealed":"`, `"Sealed":"AAAA`, 1))
			changed := kms.New(principals{}).Service().Tables[0].New()
			if err := json.Unmarshal(text, changed); err != nil {
				return err
			}
			if err := tx.Put("kms.key", row.Key, changed); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	third := calltest.New(t, kms.New(principals{}).Service())
	third.Store = a.Store
	if _, err := third.Call("kms.Decrypt", m{"CiphertextBlob": sealed}); !errors.Is(err, store.ErrSealed) {
		t.Errorf("material that was changed on disk gave %v, want ErrSealed", err)
	}
}

// TestCiphertexts: a ciphertext opens with its own context only, whatever its order, and not with a byte changed.
func TestCiphertexts(t *testing.T) {
	a := newAWS(t)
	id, arn := createKey(a, m{})
	context := m{"b": "2", "a": "1"}
	tests := map[string]func() any{
		"Encrypt": func() any {
			return a.OK("kms.Encrypt", m{"KeyId": id, "Plaintext": b64("plain"), "EncryptionContext": context})["CiphertextBlob"]
		},
		"GenerateDataKeyWithoutPlaintext": func() any {
			return a.OK("kms.GenerateDataKeyWithoutPlaintext", m{"KeyId": id, "NumberOfBytes": 5, "EncryptionContext": context})["CiphertextBlob"]
		},
		"ReEncrypt": func() any {
			first := a.OK("kms.Encrypt", m{"KeyId": id, "Plaintext": b64("plain")})["CiphertextBlob"]
			return a.OK("kms.ReEncrypt", m{"CiphertextBlob": first, "DestinationKeyId": arn, "DestinationEncryptionContext": context})["CiphertextBlob"]
		},
	}
	for name, seal := range tests {
		t.Run(name, func(t *testing.T) {
			blob := seal().(string)
			opened := a.OK("kms.Decrypt", m{"CiphertextBlob": blob, "EncryptionContext": m{"a": "1", "b": "2"}})
			plain, err := base64.StdEncoding.DecodeString(opened["Plaintext"].(string))
			if err != nil || len(plain) != 5 || opened["KeyId"] != arn {
				t.Errorf("opened %v", opened)
			}
			for _, wrong := range []m{nil, {"a": "1"}, {"a": "1", "b": "3"}, {"a": "1b", "": "2"}, {"a": "1", "b": "2", "c": "3"}} {
				a.Fails("InvalidCiphertextException", "kms.Decrypt", m{"CiphertextBlob": blob, "EncryptionContext": wrong})
			}
			raw, err := base64.StdEncoding.DecodeString(blob)
			if err != nil {
				t.Fatal(err)
			}
			for at := range raw {
				raw[at] ^= 1
				if out, err := a.Call("kms.Decrypt", m{"CiphertextBlob": base64.StdEncoding.EncodeToString(raw), "EncryptionContext": context}); err == nil {
					t.Fatalf("with byte %d changed: %v", at, out)
				}
				raw[at] ^= 1
			}
		})
	}
	got := a.OK("kms.GenerateDataKey", m{"KeyId": id, "KeySpec": "AES_128"})
	if again := a.OK("kms.Decrypt", m{"CiphertextBlob": got["CiphertextBlob"]})["Plaintext"]; again != got["Plaintext"] {
		t.Errorf("the data key %v comes back as %v", got["Plaintext"], again)
	}
}

// TestPurge: when a key's deletion is over, the next write takes its row, aliases, grants and material off the disk.
func TestPurge(t *testing.T) {
	a := newAWS(t)
	gone, arn := createKey(a, m{})
	kept, _ := createKey(a, m{})
	bob := "arn:aws:iam::111122223333:user/bob"
	for i, id := range []string{gone, kept} {
		a.OK("kms.CreateAlias", m{"AliasName": "alias/" + strconv.Itoa(i), "TargetKeyId": id})
		a.OK("kms.CreateGrant", m{"KeyId": id, "GranteePrincipal": bob, "Operations": []string{"Encrypt"}})
	}
	a.OK("kms.ScheduleKeyDeletion", m{"KeyId": gone, "PendingWindowInDays": 7})
	a.OK("kms.ScheduleKeyDeletion", m{"KeyId": kept})
	a.OK("kms.CancelKeyDeletion", m{"KeyId": kept})
	a.Now = a.Now.AddDate(0, 0, 31)
	if listed := a.OK("kms.ListAliases", m{})["Aliases"].([]any); len(listed) != 1 {
		t.Errorf("aliases of a deleted key are listed: %v", listed)
	}
	a.OK("kms.CreateAlias", m{"AliasName": "alias/0", "TargetKeyId": kept})
	rows := map[string]int{}
	err := a.Store.View(func(tx store.Tx) error {
		for _, table := range kms.New(principals{}).Service().Tables {
			for row, err := range tx.Scan(table.Name, "", "") {
				if err != nil || strings.Contains(row.Key, gone) {
					t.Errorf("%s still holds %q (%v)", table.Name, row.Key, err)
				}
				rows[table.Name]++
			}
		}
		return nil
	})
	want := map[string]int{"kms.key": 1, "kms.alias": 2, "kms.grant": 1}
	if err != nil || !maps.Equal(rows, want) {
		t.Errorf("left over %v (%v), want %v", rows, err, want)
	}
	a.Fails("NotFoundException: Key '"+arn+"' does not exist", "kms.DescribeKey", m{"KeyId": gone})
}

// TestQuotas: how many aliases, tags and rotations on demand a key can have.
func TestQuotas(t *testing.T) {
	a := newAWS(t)
	id, arn := createKey(a, m{})
	other, _ := createKey(a, m{})
	for i := range 50 {
		a.OK("kms.CreateAlias", m{"AliasName": "alias/" + strconv.Itoa(i), "TargetKeyId": id})
	}
	full := "LimitExceededException: Aliases per key quota for this account in this region is 50, current usage is 50."
	a.Fails(full, "kms.CreateAlias", m{"AliasName": "alias/more", "TargetKeyId": id})
	a.OK("kms.CreateAlias", m{"AliasName": "alias/more", "TargetKeyId": other})
	a.Fails(full, "kms.UpdateAlias", m{"AliasName": "alias/more", "TargetKeyId": id})
	a.OK("kms.DeleteAlias", m{"AliasName": "alias/7"})
	a.OK("kms.UpdateAlias", m{"AliasName": "alias/more", "TargetKeyId": id})
	for range 25 {
		a.OK("kms.RotateKeyOnDemand", m{"KeyId": id})
	}
	a.Fails("LimitExceededException: The on-demand rotations limit has been reached for the given keyId. "+
		"No more on-demand rotations can be performed for this key: "+arn, "kms.RotateKeyOnDemand", m{"KeyId": id})
	signing, _ := createKey(a, m{"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"})
	a.Fails("ValidationException", "kms.UpdateAlias", m{"AliasName": "alias/more", "TargetKeyId": signing})
}
