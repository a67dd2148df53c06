package kms

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"aircon/localaws/op"
	"aircon/policy"
)

// The kinds of rotation.
const (
	automatic = "AUTOMATIC"
	onDemand  = "ON_DEMAND"
)

const (
	aYear        = 365 // days: the period by default
	maxRotations = 25  // on demand; source: the KMS developer guide, "Resource quotas"
)

// rotation says when a key's material rotates by itself. The zero value is: never.
type rotation struct {
	Period   int       `json:",omitempty"` // days; 0 while automatic rotation is off
	Next     time.Time `json:",omitzero"`
	OnDemand int       `json:",omitempty"` // rotations on demand so far
}

// at returns the key as it is at a moment of the service's clock: with the material of each automatic rotation that has fallen due. Reading
// writes nothing, so every read must come to the same material before a write keeps the rotation; hence ids and material are derived. A key
// that is not enabled does not rotate.
//
// Source: the KMS developer guide, "Rotate AWS KMS keys".
func (k *key) at(now time.Time) *key {
	if k.Rotation.Period == 0 || k.State != enabled || now.Before(k.Rotation.Next) {
		return k
	}
	r := *k
	for !now.Before(r.Rotation.Next) {
		r.rotate(automatic, r.Rotation.Next)
		r.Rotation.Next = r.Rotation.Next.AddDate(0, 0, r.Rotation.Period)
	}
	return &r
}

// rotate gives the key new material. What was encrypted with the old one still decrypts.
func (k *key) rotate(kind string, at time.Time) {
	id := sha256.Sum256([]byte(k.Materials[0].ID + "/" + strconv.Itoa(len(k.Materials))))
	k.Materials = append(slices.Clip(k.Materials), sealedMaterial{ID: hex.EncodeToString(id[:]), Rotated: at, Kind: kind})
}

// current is the key as it is now. A replica has the material of its primary, whatever its own state was meanwhile.
func (k *key) current(c *op.Call) (*key, error) {
	if k.role() != replica {
		return k.at(c.Now), nil
	}
	lead, err := k.in(c, k.Primary)
	if lead == nil || err != nil {
		return k, err
	}
	return k.led(lead.at(c.Now)), nil
}

// led returns the key with the rotation of its primary.
func (k *key) led(lead *key) *key {
	r := *k
	r.Rotation, r.Materials = lead.Rotation, append(slices.Clip(k.Materials[:1]), lead.Materials[1:]...)
	return &r
}

// resume takes up the schedule of a key that is enabled again: a rotation that it missed happens at once. A replica has its primary's.
func (k *key) resume(now time.Time) {
	if k.role() != replica && k.Rotation.Period != 0 && now.After(k.Rotation.Next) {
		k.Rotation.Next = now
	}
}

// rotatable refuses keys whose material never rotates or does so with their primary, and those that are not enabled.
func (k *key) rotatable() error {
	if k.Spec != symmetric || k.role() == replica {
		return notRotated()
	}
	return k.usable()
}

type enableRotationInput struct {
	KeyId                string
	RotationPeriodInDays *int
}

func (in *enableRotationInput) keyID() string { return in.KeyId }

// days is the period that was asked for.
func (in *enableRotationInput) days() int {
	if in.RotationPeriodInDays == nil {
		return aYear
	}
	return *in.RotationPeriodInDays
}

// rotationKeys: kms:RotationPeriodInDays is there only where the request names a period.
func rotationKeys(in *enableRotationInput) policy.Context {
	if in.RotationPeriodInDays == nil {
		return nil
	}
	return policy.Context{policy.One("kms:RotationPeriodInDays", strconv.Itoa(in.days()))}
}

// enableKeyRotation needs kms:EnableKeyRotation. The first rotation comes a period from now.
func enableKeyRotation(c *op.Call, in *enableRotationInput) (*empty, error) {
	_, err := change(c, in.KeyId, func(k *key) error {
		if err := k.rotatable(); err != nil {
			return err
		}
		k.Rotation.Period, k.Rotation.Next = in.days(), c.Now.AddDate(0, 0, in.days())
		return k.share(c)
	})
	return &empty{}, err
}

// disableKeyRotation needs kms:DisableKeyRotation.
func disableKeyRotation(c *op.Call, in *keyInput) (*empty, error) {
	_, err := change(c, in.KeyId, func(k *key) error {
		if err := k.rotatable(); err != nil {
			return err
		}
		k.Rotation.Period, k.Rotation.Next = 0, time.Time{}
		return k.share(c)
	})
	return &empty{}, err
}

type rotationStatusOutput struct {
	KeyId                string
	KeyRotationEnabled   bool
	NextRotationDate     *time.Time `json:",omitempty"`
	RotationPeriodInDays *int       `json:",omitempty"`
}

// getKeyRotationStatus needs kms:GetKeyRotationStatus. It calls the rotation of a key that is pending deletion off, as AWS does; keys that
// cannot rotate are off too.
func getKeyRotationStatus(c *op.Call, in *keyInput) (*rotationStatusOutput, error) {
	k, _, err := find(c, in.KeyId)
	if err != nil {
		return nil, err
	}
	out := &rotationStatusOutput{KeyId: k.ID}
	if k.Rotation.Period != 0 && k.kept() == nil {
		out.KeyRotationEnabled, out.NextRotationDate, out.RotationPeriodInDays = true, &k.Rotation.Next, &k.Rotation.Period
	}
	return out, nil
}

// rotateKeyOnDemand needs kms:RotateKeyOnDemand. It changes nothing of an automatic schedule. AWS rotates in the background; here it is done
// when the answer comes, so that nobody meets a rotation in progress.
func rotateKeyOnDemand(c *op.Call, in *keyInput) (*keyIDOutput, error) {
	k, err := change(c, in.KeyId, func(k *key) error {
		if err := k.rotatable(); err != nil {
			return err
		}
		if k.Rotation.OnDemand == maxRotations {
			return tooManyRotations(k)
		}
		k.Rotation.OnDemand++
		k.rotate(onDemand, c.Now)
		return k.share(c)
	})
	if err != nil {
		return nil, err
	}
	return &keyIDOutput{k.ID}, nil
}

type listRotationsInput struct {
	pageInput
	KeyId              string
	IncludeKeyMaterial string // ROTATIONS_ONLY or ALL_KEY_MATERIAL
}

func (in *listRotationsInput) keyID() string { return in.KeyId }

type listedRotation struct {
	KeyId            string
	KeyMaterialId    string
	KeyMaterialState string     // CURRENT or NON_CURRENT
	RotationDate     *time.Time `json:",omitempty"`
	RotationType     string     `json:",omitempty"`
	order            string     // sorts as the rotations came
}

type listRotationsOutput struct {
	Rotations []listedRotation
	pageOutput
}

// listKeyRotations needs kms:ListKeyRotations. The first material came with the key: it is listed as material, not as a rotation.
func listKeyRotations(c *op.Call, in *listRotationsInput) (*listRotationsOutput, error) {
	k, _, err := find(c, in.KeyId)
	if err != nil {
		return nil, err
	}
	if k.Spec != symmetric {
		return nil, notRotated()
	}
	rotations := []listedRotation{}
	for i, m := range k.Materials {
		r := listedRotation{KeyId: k.ID, KeyMaterialId: m.ID, KeyMaterialState: "NON_CURRENT", RotationType: m.Kind, order: fmt.Sprintf("%06d", i)}
		if i == len(k.Materials)-1 {
			r.KeyMaterialState = "CURRENT"
		}
		if m.Kind != "" {
			r.RotationDate = &m.Rotated
		} else if in.IncludeKeyMaterial != "ALL_KEY_MATERIAL" {
			continue
		}
		rotations = append(rotations, r)
	}
	out := &listRotationsOutput{}
	out.Rotations, out.pageOutput = page(rotations, in.pageInput, 100, func(r listedRotation) string { return r.order })
	return out, nil
}
