package kms_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aircon/localaws/internal/calltest"
)

// there runs fn in another Region.
func there[T any](a *calltest.AWS, region string, fn func() T) T {
	home := a.Region
	a.Region = region
	defer func() { a.Region = home }()
	return fn()
}

// TestMultiRegionKeys: what one key of a set encrypts, every other decrypts, across rotations; each describes the set.
func TestMultiRegionKeys(t *testing.T) {
	a := newAWS(t)
	made := a.OK("kms.CreateKey", m{"MultiRegion": true})["KeyMetadata"].(m)
	id, arn := made["KeyId"].(string), made["Arn"].(string)
	set := m{"MultiRegionKeyType": "PRIMARY", "PrimaryKey": m{"Arn": arn, "Region": "eu-west-1"}, "ReplicaKeys": []any{}}
	if diff := cmp.Diff(set, made["MultiRegionConfiguration"]); diff != "" || !strings.HasPrefix(id, "mrk-") || made["MultiRegion"] != true {
		t.Fatalf("made %v\n%s", made, diff)
	}
	sealed := []any{a.OK("kms.Encrypt", m{"KeyId": id, "Plaintext": b64("x")})["CiphertextBlob"]}
	out := a.OK("kms.ReplicateKey", m{"KeyId": id, "ReplicaRegion": "us-east-1", "Description": "d", "Tags": []m{{"TagKey": "a", "TagValue": "b"}}})
	copyARN := strings.Replace(arn, "eu-west-1", "us-east-1", 1)
	set["MultiRegionKeyType"], set["ReplicaKeys"] = "REPLICA", []any{m{"Arn": copyARN, "Region": "us-east-1"}}
	if diff := cmp.Diff(set, out["ReplicaKeyMetadata"].(m)["MultiRegionConfiguration"]); diff != "" || out["ReplicaKeyMetadata"].(m)["Arn"] != copyARN || len(out["ReplicaTags"].([]any)) != 1 {
		t.Errorf("replicated to %v\n%s", out, diff)
	}
	var actions []string
	for _, n := range a.Needs {
		actions = append(actions, n.Action+" "+calltest.Value(n.Context, "kms:MultiRegionKeyType"))
	}
	if want := []string{"kms:ReplicateKey PRIMARY", "kms:CreateKey REPLICA", "kms:TagResource "}; !slices.Equal(actions, want) {
		t.Errorf("asked for %v", actions)
	}
	a.OK("kms.EnableKeyRotation", m{"KeyId": id, "RotationPeriodInDays": 90})
	a.OK("kms.RotateKeyOnDemand", m{"KeyId": id})
	sealed = append(sealed, a.OK("kms.Encrypt", m{"KeyId": id, "Plaintext": b64("x")})["CiphertextBlob"])
	a.Now = a.Now.AddDate(0, 0, 100)
	there(a, "us-east-1", func() bool {
		sealed = append(sealed, a.OK("kms.Encrypt", m{"KeyId": id, "Plaintext": b64("x")})["CiphertextBlob"])
		a.Fails("UnsupportedOperationException", "kms.RotateKeyOnDemand", m{"KeyId": id})
		return true
	})
	for _, region := range []string{"eu-west-1", "us-east-1"} {
		there(a, region, func() bool {
			for i, blob := range sealed {
				got := a.OK("kms.Decrypt", m{"CiphertextBlob": blob, "KeyId": id})
				if want := strings.Replace(arn, "eu-west-1", region, 1); got["Plaintext"] != b64("x") || got["KeyId"] != want {
					t.Errorf("%s: ciphertext %d opens as %v", region, i, got)
				}
			}
			return true
		})
	}
	if got := len(there(a, "us-east-1", func() []any { return a.OK("kms.ListKeyRotations", m{"KeyId": id})["Rotations"].([]any) })); got != 2 {
		t.Errorf("the replica has rotated %d times, want 2", got)
	}
	there(a, "ap-south-1", func() bool {
		a.Fails("AccessDeniedException: The ciphertext refers to a customer master key that does not exist", "kms.Decrypt", m{"CiphertextBlob": sealed[0]})
		return true
	})
	a.Fails("AlreadyExistsException", "kms.ReplicateKey", m{"KeyId": id, "ReplicaRegion": "us-east-1"})
	single, _ := createKey(a, m{})
	a.Fails("UnsupportedOperationException", "kms.ReplicateKey", m{"KeyId": single, "ReplicaRegion": "us-east-1"})
}

// TestPrimaries: another key of the set becomes the primary; a primary waits for its replicas before its own waiting period begins.
func TestPrimaries(t *testing.T) {
	a := newAWS(t)
	id := a.OK("kms.CreateKey", m{"MultiRegion": true})["KeyMetadata"].(m)["KeyId"].(string)
	for _, region := range []string{"us-east-1", "us-west-2"} {
		a.OK("kms.ReplicateKey", m{"KeyId": id, "ReplicaRegion": region})
	}
	a.OK("kms.UpdatePrimaryRegion", m{"KeyId": id, "PrimaryRegion": "us-east-1"})
	a.Fails("UnsupportedOperationException", "kms.UpdatePrimaryRegion", m{"KeyId": id, "PrimaryRegion": "us-west-2"})
	state := func(region string) any {
		return there(a, region, func() any { return a.OK("kms.DescribeKey", m{"KeyId": id})["KeyMetadata"].(m)["KeyState"] })
	}
	schedule := func(region string, days int) m {
		return there(a, region, func() m { return a.OK("kms.ScheduleKeyDeletion", m{"KeyId": id, "PendingWindowInDays": days}) })
	}
	out := schedule("us-east-1", 10)
	if _, dated := out["DeletionDate"]; dated || out["KeyState"] != "PendingReplicaDeletion" {
		t.Errorf("a primary with replicas: %v", out)
	}
	schedule("eu-west-1", 7)
	schedule("us-west-2", 8)
	a.Now = a.Now.AddDate(0, 0, 7)
	if got := state("us-east-1"); got != "PendingReplicaDeletion" {
		t.Errorf("with a replica left the primary is %v", got)
	}
	createKey(a, m{}) // purges one replica
	a.Now = a.Now.AddDate(0, 0, 1)
	for range 2 {
		if got := state("us-east-1"); got != "PendingDeletion" {
			t.Errorf("when the last replica is gone the primary is %v", got)
		}
		createKey(a, m{}) // purges the other
	}
	a.Now = a.Now.AddDate(0, 0, 10).Add(-time.Second)
	if got := state("us-east-1"); got != "PendingDeletion" {
		t.Errorf("before the end of its own waiting period the primary is %v", got)
	}
	a.Now = a.Now.Add(time.Second)
	there(a, "us-east-1", func() bool {
		a.Fails("NotFoundException", "kms.DescribeKey", m{"KeyId": id})
		return true
	})
}

// TestReplicaThatWasDisabled: a replica that slept through rotations of its primary opens what that encrypted meanwhile, and never rotates by itself.
func TestReplicaThatWasDisabled(t *testing.T) {
	a := newAWS(t)
	id := a.OK("kms.CreateKey", m{"MultiRegion": true})["KeyMetadata"].(m)["KeyId"].(string)
	a.OK("kms.ReplicateKey", m{"KeyId": id, "ReplicaRegion": "us-east-1"})
	a.OK("kms.EnableKeyRotation", m{"KeyId": id, "RotationPeriodInDays": 90})
	in := func(region, operation string, input m) m {
		return there(a, region, func() m { return a.OK("kms."+operation, input) })
	}
	in("us-east-1", "DisableKey", m{"KeyId": id})
	a.Now = a.Now.AddDate(0, 0, 200)
	sealed := in("eu-west-1", "Encrypt", m{"KeyId": id, "Plaintext": b64("x")})["CiphertextBlob"]
	in("us-east-1", "EnableKey", m{"KeyId": id})
	if got := in("us-east-1", "Decrypt", m{"CiphertextBlob": sealed})["Plaintext"]; got != b64("x") {
		t.Errorf("it opens as %v", got)
	}
	in("eu-west-1", "DisableKey", m{"KeyId": id})
	a.Now = a.Now.AddDate(0, 0, 200)
	sealed = in("us-east-1", "Encrypt", m{"KeyId": id, "Plaintext": b64("x")})["CiphertextBlob"]
	in("eu-west-1", "EnableKey", m{"KeyId": id})
	if got := in("eu-west-1", "Decrypt", m{"CiphertextBlob": sealed})["Plaintext"]; got != b64("x") {
		t.Errorf("at the primary it opens as %v", got)
	}
	in("us-east-1", "DisableKey", m{"KeyId": id})
	a.Now = a.Now.AddDate(0, 0, 300)
	in("us-east-1", "EnableKey", m{"KeyId": id})
	sealed = in("eu-west-1", "Encrypt", m{"KeyId": id, "Plaintext": b64("x")})["CiphertextBlob"]
	in("eu-west-1", "UpdatePrimaryRegion", m{"KeyId": id, "PrimaryRegion": "us-east-1"})
	if got := in("us-east-1", "Decrypt", m{"CiphertextBlob": sealed})["Plaintext"]; got != b64("x") {
		t.Errorf("as the primary it opens as %v", got)
	}
}
