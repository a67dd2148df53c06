package kms_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aircon/policy"
)

// show writes condition keys as name=value, those of KMS alone and in the order of their names.
func show(keys policy.Context) []string {
	var list []string
	for _, k := range keys {
		value := k.Value
		if k.Multiple {
			value = "[" + strings.Join(k.List, " ") + "]"
		}
		if strings.HasPrefix(k.Name, "kms:") {
			list = append(list, k.Name[len("kms:"):]+"="+value)
		}
	}
	slices.Sort(list)
	return list
}

// TestConditionKeys: which condition keys each action carries besides those of every key (usual), as the service authorization reference
// lists them. An action is named as policies name it.
func TestConditionKeys(t *testing.T) {
	a := newAWS(t)
	id, _ := createKey(a, m{})
	a.OK("kms.CreateAlias", m{"AliasName": "alias/a", "TargetKeyId": id})
	sealed := a.OK("kms.Encrypt", m{"KeyId": id, "Plaintext": b64("x"), "EncryptionContext": m{"k": "v"}})["CiphertextBlob"]
	pair, _ := createKey(a, m{"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"})
	hmac, _ := createKey(a, m{"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"})
	curve, _ := createKey(a, m{"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"})
	public := a.OK("kms.GetPublicKey", m{"KeyId": curve})["PublicKey"]
	signature := a.OK("kms.Sign", m{"KeyId": pair, "Message": b64("x"), "SigningAlgorithm": "ECDSA_SHA_256"})["Signature"]

	usual := []string{"CallerAccount=111122223333", "KeyOrigin=AWS_KMS", "KeySpec=SYMMETRIC_DEFAULT", "KeyUsage=ENCRYPT_DECRYPT", "MultiRegion=false", "ResourceAliases=[alias/a]"}
	of := func(spec, usage string) []string {
		return []string{"CallerAccount=111122223333", "KeyOrigin=AWS_KMS", "KeySpec=" + spec, "KeyUsage=" + usage, "MultiRegion=false"}
	}
	signs := of("ECC_NIST_P256", "SIGN_VERIFY")
	encryption := []string{"EncryptionAlgorithm=SYMMETRIC_DEFAULT", "EncryptionContext:k=v", "EncryptionContextKeys=[k]"}
	within := m{"KeyId": "alias/a", "EncryptionContext": m{"k": "v"}}
	bob := "arn:aws:iam::111122223333:user/bob"
	tests := []struct {
		action, operation string
		in                m
		usual, more       []string
	}{
		{"Encrypt", "", with(within, "Plaintext", b64("x")), usual, append(encryption, "RequestAlias=alias/a")},
		{"Decrypt", "", m{"CiphertextBlob": sealed, "EncryptionContext": m{"k": "v"}}, usual, encryption},
		{"GenerateDataKey", "", with(within, "KeySpec", "AES_256"), usual, append(encryption, "RequestAlias=alias/a")},
		{"GenerateDataKeyWithoutPlaintext", "", with(within, "NumberOfBytes", 7), usual, append(encryption, "RequestAlias=alias/a")},
		{"GenerateDataKeyPair", "", with(within, "KeyPairSpec", "ECC_NIST_P384"), usual, append(encryption, "DataKeyPairSpec=ECC_NIST_P384", "RequestAlias=alias/a")},
		{
			"ReEncryptFrom", "ReEncrypt",
			m{"CiphertextBlob": sealed, "SourceEncryptionContext": m{"k": "v"}, "DestinationKeyId": id},
			usual, append(encryption, "ReEncryptOnSameKey=true"),
		},
		{
			"ReEncryptTo", "ReEncrypt",
			m{"CiphertextBlob": sealed, "SourceEncryptionContext": m{"k": "v"}, "DestinationKeyId": "alias/a"},
			usual,
			[]string{"EncryptionAlgorithm=SYMMETRIC_DEFAULT", "ReEncryptOnSameKey=true", "RequestAlias=alias/a"},
		},
		{"Sign", "", m{"KeyId": pair, "Message": b64("x"), "SigningAlgorithm": "ECDSA_SHA_256"}, signs, []string{"SigningAlgorithm=ECDSA_SHA_256", "MessageType=RAW"}},
		{
			"Verify", "",
			m{"KeyId": pair, "Message": b64("x"), "SigningAlgorithm": "ECDSA_SHA_256", "Signature": signature},
			signs,
			[]string{"SigningAlgorithm=ECDSA_SHA_256", "MessageType=RAW"},
		},
		{"GetPublicKey", "", m{"KeyId": pair}, signs, nil},
		{"GenerateMac", "", m{"KeyId": hmac, "Message": b64("x"), "MacAlgorithm": "HMAC_SHA_256"}, of("HMAC_256", "GENERATE_VERIFY_MAC"), []string{"MacAlgorithm=HMAC_SHA_256"}},
		{
			"DeriveSharedSecret", "",
			m{"KeyId": curve, "KeyAgreementAlgorithm": "ECDH", "PublicKey": public},
			of("ECC_NIST_P256", "KEY_AGREEMENT"),
			[]string{"KeyAgreementAlgorithm=ECDH"},
		},
		{"DescribeKey", "", m{"KeyId": "alias/a"}, usual, []string{"RequestAlias=alias/a"}},
		{"EnableKeyRotation", "", m{"KeyId": id, "RotationPeriodInDays": 90}, usual, []string{"RotationPeriodInDays=90"}},
		{"PutKeyPolicy", "", m{"KeyId": id, "Policy": a.OK("kms.GetKeyPolicy", m{"KeyId": id})["Policy"], "BypassPolicyLockoutSafetyCheck": true}, usual, []string{"BypassPolicyLockoutSafetyCheck=true"}},
		{
			"CreateGrant", "",
			m{
				"KeyId": id, "GranteePrincipal": bob, "RetiringPrincipal": bob, "Operations": []string{"Encrypt", "Decrypt"},
				"Constraints": m{"EncryptionContextSubset": m{"k": "v"}},
			},
			usual,
			[]string{
				"GranteePrincipal=" + bob, "GrantOperations=[Encrypt Decrypt]", "GrantConstraintType=EncryptionContextSubset", "GrantIsForAWSResource=false",
				"RetiringPrincipal=" + bob, "EncryptionContext:k=v", "EncryptionContextKeys=[k]",
			},
		},
		{"ListGrants", "", m{"KeyId": id}, usual, []string{"GrantIsForAWSResource=false"}},
		{
			"CreateKey", "",
			m{"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"},
			of("RSA_2048", "SIGN_VERIFY"),
			[]string{"BypassPolicyLockoutSafetyCheck=false"},
		},
		{"CreateAlias", "", m{"AliasName": "alias/b", "TargetKeyId": id}, []string{"CallerAccount=111122223333"}, nil},
		{"ScheduleKeyDeletion", "", m{"KeyId": id, "PendingWindowInDays": 8}, append(usual[:5:5], "ResourceAliases=[alias/a alias/b]"), []string{"ScheduleKeyDeletionPendingWindowInDays=8"}},
	}
	for _, tt := range tests {
		t.Run(tt.action, func(t *testing.T) {
			a.T = t
			if tt.operation == "" {
				tt.operation = tt.action
			}
			a.OK("kms."+tt.operation, tt.in)
			want := slices.Concat(tt.usual, tt.more)
			slices.Sort(want)
			for _, n := range a.Needs {
				if n.Action != "kms:"+tt.action {
					continue
				}
				if diff := cmp.Diff(want, show(n.Context)); diff != "" {
					t.Error(diff)
				}
				return
			}
			t.Errorf("no need for it: %v", a.Needs)
		})
	}
}
