package kms_test

import (
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"aircon/localaws/internal/calltest"
)

// reference is a key as the developer guide describes it, in the simplest form: "Key states of AWS KMS keys" and "Rotate AWS KMS keys".
type reference struct {
	state     string
	gone      time.Time // when it is pending deletion
	period    int       // days; 0 while automatic rotation is off
	next      time.Time
	rotations []string // their kinds
	onDemand  int
}

// pass moves the reference's clock.
func (r *reference) pass(now time.Time) {
	for r.state == "Enabled" && r.period > 0 && !now.Before(r.next) {
		r.rotations = append(r.rotations, "AUTOMATIC")
		r.next = r.next.AddDate(0, 0, r.period)
	}
}

// refuses is the code that an operation on a key in this state answers, or "".
func (r *reference) refuses(operation string) string {
	pending := r.state == "PendingDeletion"
	switch operation {
	case "CancelKeyDeletion":
		if !pending {
			return "KMSInvalidStateException"
		}
		return ""
	case "EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand", "Encrypt", "Decrypt":
		if r.state == "Disabled" {
			return "DisabledException"
		}
	}
	if pending {
		return "KMSInvalidStateException"
	}
	if operation == "RotateKeyOnDemand" && r.onDemand == 25 {
		return "LimitExceededException"
	}
	return ""
}

// do is what an operation does that is not refused.
func (r *reference) do(operation string, in m, now time.Time) {
	switch operation {
	case "EnableKey":
		if r.period > 0 && now.After(r.next) {
			r.next = now
		}
		r.state = "Enabled"
	case "DisableKey":
		r.state = "Disabled"
	case "ScheduleKeyDeletion":
		r.state, r.gone = "PendingDeletion", now.AddDate(0, 0, in["PendingWindowInDays"].(int))
	case "CancelKeyDeletion":
		r.state = "Disabled"
	case "EnableKeyRotation":
		r.period = in["RotationPeriodInDays"].(int)
		r.next = now.AddDate(0, 0, r.period)
	case "DisableKeyRotation":
		r.period = 0
	case "RotateKeyOnDemand":
		r.onDemand++
		r.rotations = append(r.rotations, "ON_DEMAND")
	}
	r.pass(now)
}

// reporter reports failures to rapid, so that it finds the shortest sequence that fails.
type reporter struct {
	testing.TB
	to *rapid.T
}

func (r reporter) Helper()                      {}
func (r reporter) Fatal(args ...any)            { r.to.Fatal(args...) }
func (r reporter) Fatalf(s string, args ...any) { r.to.Fatalf(s, args...) }
func (r reporter) Errorf(s string, args ...any) { r.to.Fatalf(s, args...) }

// TestLifeOfAKey: whatever happens to a key, its states, its refusals and its rotations are the reference's, and what was ever encrypted
// with it decrypts for as long as it can be used, with the material that it was encrypted with.
func TestLifeOfAKey(t *testing.T) {
	operations := []string{
		"EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion", "EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand",
		"Encrypt", "Encrypt", "Decrypt", "wait", "wait",
	}
	whole := t
	rapid.Check(t, func(t *rapid.T) {
		a := newAWS(reporter{whole, t})
		id, _ := createKey(a, m{})
		want, sealed := &reference{state: "Enabled"}, []m{}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			operation := rapid.SampledFrom(operations).Draw(t, "operation")
			in := m{"KeyId": id}
			switch operation {
			case "wait":
				a.Now = a.Now.Add(time.Duration(rapid.IntRange(1, 24*200).Draw(t, "hours")) * time.Hour)
				if want.state == "PendingDeletion" && !a.Now.Before(want.gone) {
					a.Fails("NotFoundException", "kms.DescribeKey", in)
					return
				}
				want.pass(a.Now)
				continue
			case "ScheduleKeyDeletion":
				in["PendingWindowInDays"] = rapid.IntRange(7, 30).Draw(t, "window")
			case "EnableKeyRotation":
				in["RotationPeriodInDays"] = rapid.IntRange(90, 2560).Draw(t, "period")
			case "Encrypt":
				in["Plaintext"] = b64(strconv.Itoa(len(sealed)))
			case "Decrypt":
				if len(sealed) == 0 {
					continue
				}
				in = m{"CiphertextBlob": sealed[rapid.IntRange(0, len(sealed)-1).Draw(t, "ciphertext")]["CiphertextBlob"]}
			}
			if code := want.refuses(operation); code != "" {
				a.Fails(code, "kms."+operation, in)
				continue
			}
			out := a.OK("kms."+operation, in)
			want.do(operation, in, a.Now)
			if operation == "Encrypt" {
				sealed = append(sealed, m{"CiphertextBlob": out["CiphertextBlob"], "rotations": len(want.rotations)})
			}
		}
		compareKey(t, a, id, want)
		if want.state == "Enabled" {
			compareCiphertexts(t, a, id, sealed)
		}
	})
}

func compareKey(t *rapid.T, a *calltest.AWS, id string, want *reference) {
	if got := a.OK("kms.DescribeKey", m{"KeyId": id})["KeyMetadata"].(m)["KeyState"]; got != want.state {
		t.Fatalf("the key is %v, want %s", got, want.state)
	}
	status := a.OK("kms.GetKeyRotationStatus", m{"KeyId": id})
	if on := want.period > 0 && want.state != "PendingDeletion"; status["KeyRotationEnabled"] != on {
		t.Fatalf("rotation %v, want %v", status, on)
	}
	listed := a.OK("kms.ListKeyRotations", m{"KeyId": id})["Rotations"].([]any)
	if len(listed) != len(want.rotations) {
		t.Fatalf("%d rotations, want %v", len(listed), want.rotations)
	}
	for i, r := range listed {
		if r.(m)["RotationType"] != want.rotations[i] {
			t.Fatalf("rotation %d is %v, want %s", i, r, want.rotations[i])
		}
	}
}

// compareCiphertexts: each opens, with the material of the rotation that it was made after.
func compareCiphertexts(t *rapid.T, a *calltest.AWS, id string, sealed []m) {
	materials := a.OK("kms.ListKeyRotations", m{"KeyId": id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL", "Limit": 1000})["Rotations"].([]any)
	for i, s := range sealed {
		out := a.OK("kms.Decrypt", m{"CiphertextBlob": s["CiphertextBlob"]})
		if out["Plaintext"] != b64(strconv.Itoa(i)) {
			t.Fatalf("ciphertext %d opens as %v", i, out["Plaintext"])
		}
		if want := materials[s["rotations"].(int)].(m)["KeyMaterialId"]; out["KeyMaterialId"] != want {
			t.Fatalf("ciphertext %d was made with material %v, want %v", i, out["KeyMaterialId"], want)
		}
	}
}
