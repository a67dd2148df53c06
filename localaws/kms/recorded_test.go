//go:build recorded

package kms_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aircon/localaws/internal/calltest"
	"aircon/localaws/op"
)

// recordedEnv names the directory with the answers recorded against AWS, which are not part of the repository (make test-recorded).
const recordedEnv = "AIRCON_RECORDED"

// TestRecorded replays the recorded scenarios: answers and errors are equal.
func TestRecorded(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(os.Getenv(recordedEnv), "kms.json"))
	if err != nil {
		t.Fatalf("%s does not name the directory with the recorded answers: %v", recordedEnv, err)
	}
	var recorded map[string]struct{ Answers m }
	if err := json.Unmarshal(raw, &recorded); err != nil {
		t.Fatal(err)
	}
	for name := range recorded {
		if scripts[name] == nil {
			t.Errorf("%s is not replayed", name)
		}
	}
	compared := 0
	for name, play := range scripts {
		t.Run(name, func(t *testing.T) {
			a := newAWS(t)
			id, arn := createKey(a, m{})
			play(a, id, func(step, operation string, in m) m {
				t.Helper()
				want, ok := recorded[name].Answers[step]
				if !ok {
					t.Fatalf("no step %s was recorded", step)
				}
				got, err := a.Call("kms."+operation, in)
				var answered any = normal(got, arn)
				if err != nil {
					answered = refusal(t, err)
				}
				if tags, ok := got["Tags"]; ok {
					answered = tags
				}
				if object, ok := want.(m); ok {
					delete(object, "ResponseMetadata")
					delete(object, "message")
				}
				if diff := cmp.Diff(want, answered); diff != "" {
					t.Errorf("%s (-recorded +answered):\n%s", step, diff)
				}
				compared++
				return got
			})
		})
	}
	t.Logf("%d scenarios replayed, %d answers equal", len(scripts), compared)
}

// arns takes the ARNs of keys out of a message, as the recording does.
var arns = regexp.MustCompile(`arn:aws:kms:[^ ]*:key/[0-9a-f-]{36}`)

func refusal(t *testing.T, err error) m {
	var refused *op.Error
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	return m{"Error": m{"Code": refused.Code, "Message": arns.ReplaceAllString(refused.Message, "<key-arn>")}}
}

// normal puts the recording's placeholders in the place of what varies.
func normal(got m, arn string) m {
	out := m{}
	for key, value := range got {
		switch key {
		case "KeyId":
			value = "<key-id:1>"
			if got["EncryptionAlgorithm"] == nil && got["DestinationEncryptionAlgorithm"] == nil && got["KeyRotationEnabled"] == nil {
				value = "arn:<partition>:kms:<region>:111111111111:key/<resource:1>"
			}
		case "SourceKeyId":
			if value == arn {
				value = "<key-arn>"
			}
		case "KeyMaterialId":
			value = "<key-material-id:1>"
		case "CiphertextBlob":
			value = "ciphertext-blob"
		case "PrivateKeyCiphertextBlob":
			value = "private-key-ciphertext-blob"
		case "PrivateKeyPlaintext":
			value = "private-key-plaintext"
		case "PublicKey":
			value = "public-key"
		case "NextRotationDate":
			value = "datetime"
		case "RotationPeriodInDays":
			value, _ = value.(json.Number).Float64()
		case "Plaintext":
			plain, _ := base64.StdEncoding.DecodeString(value.(string))
			value = string(plain)
		}
		out[key] = value
	}
	return out
}

type stepper = func(step, operation string, in m) m

func tags(from, to int, value string) []m {
	var list []m
	for i := from; i <= to; i++ {
		list = append(list, m{"TagKey": fmt.Sprintf("tag%d", i), "TagValue": fmt.Sprintf("%s%d", value, i)})
	}
	return list
}

// scripts are the calls of the recorded scenarios.
var scripts = map[string]func(*calltest.AWS, string, stepper){
	"test_create_key_with_too_many_tags_raises_error": func(_ *calltest.AWS, _ string, step stepper) {
		step("invalid-tag-key", "CreateKey", m{"Tags": tags(1, 51, "value")})
	},
	"test_encrypt_decrypt_encryption_context": func(a *calltest.AWS, id string, step stepper) {
		with := m{"context-key": "context-value"}
		sealed := step("encrypt_response", "Encrypt", m{"KeyId": id, "Plaintext": b64("plaintext"), "EncryptionContext": with})
		blob := sealed["CiphertextBlob"].(string)
		step("decrypt_response_with_encryption_context", "Decrypt", m{"CiphertextBlob": blob, "EncryptionContext": with})
		step("decrypt_response_without_encryption_context", "Decrypt", m{"CiphertextBlob": blob})
		step("decrypt_response_with_invalid_ciphertext", "Decrypt", m{"CiphertextBlob": b64("garbage"), "EncryptionContext": with})
	},
	"test_encryption_context_generate_data_key_without_plaintext": func(a *calltest.AWS, id string, step stepper) {
		got := a.OK("kms.GenerateDataKeyWithoutPlaintext", m{"KeyId": id, "KeySpec": "AES_256", "EncryptionContext": m{"a": "b"}})
		step("decrypt-without-encryption-context", "Decrypt", m{"CiphertextBlob": got["CiphertextBlob"]})
	},
	"test_key_with_long_tag_value_raises_error": func(_ *calltest.AWS, _ string, step stepper) {
		step("too-long-tag-value", "CreateKey", m{"Tags": []m{{"TagKey": "tag1", "TagValue": strings.Repeat("v", 257)}}})
	},
	"test_plaintext_size_for_encrypt": func(_ *calltest.AWS, id string, step stepper) {
		step("invalid-plaintext-size-encrypt", "Encrypt", m{"KeyId": id, "Plaintext": b64(strings.Repeat("x", 4097))})
	},
	"test_re_encrypt[SYMMETRIC_DEFAULT-SYMMETRIC_DEFAULT]": func(a *calltest.AWS, id string, step stepper) {
		to, _ := createKey(a, m{})
		sealed := a.OK("kms.Encrypt", m{"KeyId": id, "Plaintext": b64("x")})
		step("test_re_encrypt", "ReEncrypt", m{"CiphertextBlob": sealed["CiphertextBlob"], "SourceKeyId": id, "DestinationKeyId": to})
	},
	"test_tag_existing_key_and_untag": func(a *calltest.AWS, id string, step stepper) {
		a.OK("kms.TagResource", m{"KeyId": id, "Tags": tags(1, 2, "value")})
		step("list-resource-tags", "ListResourceTags", m{"KeyId": id})
		a.OK("kms.UntagResource", m{"KeyId": id, "TagKeys": []string{"tag1", "tag2"}})
		step("list-resource-tags-after-all-untagged", "ListResourceTags", m{"KeyId": id})
	},
	"test_tag_key_with_duplicate_tag_keys_raises_error": func(_ *calltest.AWS, id string, step stepper) {
		step("duplicate-tag-keys", "TagResource", m{"KeyId": id, "Tags": append(tags(1, 1, "a"), tags(1, 1, "b")...)})
	},
	"test_update_and_add_tags_on_tagged_key": func(a *calltest.AWS, id string, step stepper) {
		a.OK("kms.TagResource", m{"KeyId": id, "Tags": tags(1, 3, "value")})
		step("list-resource-tags", "ListResourceTags", m{"KeyId": id})
		a.OK("kms.TagResource", m{"KeyId": id, "Tags": append(tags(2, 2, "updated_value"), tags(4, 5, "value")...)})
		step("list-resource-tags-after-tags-updated", "ListResourceTags", m{"KeyId": id})
	},
	"test_encryption_context_generate_data_key_pair": func(a *calltest.AWS, id string, step stepper) {
		got := a.OK("kms.GenerateDataKeyPair", m{"KeyId": id, "KeyPairSpec": "RSA_2048", "EncryptionContext": m{"a": "b"}})
		step("decrypt-without-encryption-context", "Decrypt", m{"CiphertextBlob": got["PrivateKeyCiphertextBlob"]})
	},
	"test_error_messaging_for_invalid_keys": func(a *calltest.AWS, id string, step stepper) {
		hmac, _ := createKey(a, m{"KeySpec": "HMAC_224", "KeyUsage": "GENERATE_VERIFY_MAC"})
		pair, _ := createKey(a, m{"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"})
		sealed := a.OK("kms.Encrypt", m{"KeyId": id, "Plaintext": b64("x")})
		signed := m{"Message": b64("x"), "SigningAlgorithm": "RSASSA_PSS_SHA_256", "Signature": b64("x")}
		step("generate-mac-invalid-key-id", "GenerateMac", m{"KeyId": id, "Message": b64("x"), "MacAlgorithm": "HMAC_SHA_224"})
		step("sign-invalid-key-id", "Sign", with(signed, "KeyId", hmac))
		step("verify-invalid-key-id", "Verify", with(signed, "KeyId", id))
		step("encrypt-invalid-key-id", "Encrypt", m{"KeyId": pair, "Plaintext": b64("x")})
		step("decrypt-invalid-key-id", "Decrypt", m{"KeyId": hmac, "CiphertextBlob": sealed["CiphertextBlob"]})
	},
	"test_generate_data_key_pair": func(_ *calltest.AWS, id string, step stepper) {
		step("generate-data-key-pair", "GenerateDataKeyPair", m{"KeyId": id, "KeyPairSpec": "RSA_2048"})
	},
	"test_generate_data_key_pair_without_plaintext_dry_run": func(_ *calltest.AWS, id string, step stepper) {
		step("dryrun_exception", "GenerateDataKeyPairWithoutPlaintext", m{"KeyId": id, "KeyPairSpec": "RSA_2048", "DryRun": true})
	},
	"test_generate_data_key_without_plaintext": func(_ *calltest.AWS, id string, step stepper) {
		step("generate-data-key-without-plaintext", "GenerateDataKeyWithoutPlaintext", m{"KeyId": id, "KeySpec": "AES_256"})
	},
	"test_key_enable_rotation_status[90]":  enableRotation(90),
	"test_key_enable_rotation_status[180]": enableRotation(180),
}

func enableRotation(days int) func(*calltest.AWS, string, stepper) {
	return func(a *calltest.AWS, id string, step stepper) {
		a.OK("kms.EnableKeyRotation", m{"KeyId": id, "RotationPeriodInDays": days})
		step("match_response", "GetKeyRotationStatus", m{"KeyId": id})
	}
}
