//go:build recorded

package kms_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aircon/localaws/internal/calltest"
	"aircon/localaws/op"
)

// recordedEnv names the directory with the answers recorded against AWS, which are not part of the repository (make test-recorded).
const recordedEnv = "AIRCON_RECORDED"

// TestRecorded replays the recorded scenarios that symmetric keys cover: answers and errors are equal.
func TestRecorded(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(os.Getenv(recordedEnv), "kms.json"))
	if err != nil {
		t.Fatalf("%s does not name the directory with the recorded answers: %v", recordedEnv, err)
	}
	var recorded map[string]struct{ Answers m }
	if err := json.Unmarshal(raw, &recorded); err != nil {
		t.Fatal(err)
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

func refusal(t *testing.T, err error) m {
	var refused *op.Error
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	return m{"Error": m{"Code": refused.Code, "Message": refused.Message}}
}

// normal puts the recording's placeholders in the place of what varies.
func normal(got m, arn string) m {
	out := m{}
	for key, value := range got {
		switch key {
		case "KeyId":
			value = "<key-id:1>"
			if _, ok := got["EncryptionAlgorithm"]; !ok && got["DestinationEncryptionAlgorithm"] == nil {
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

// scripts are the calls of the recorded scenarios. The answers of data keys were recorded before KMS named the material.
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
}
