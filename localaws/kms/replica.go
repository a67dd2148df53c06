package kms

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// A multi-Region key is a set of keys of one id, one in each of several Regions: a primary and its replicas. They share their material and its
// rotation, which the primary leads; all else is each key's own.
//
// Source: the KMS developer guide, "Multi-Region keys in AWS KMS".

// The kinds of key in the set.
const (
	primary = "PRIMARY"
	replica = "REPLICA"
)

type regionalKey struct{ Arn, Region string }

type multiRegion struct {
	MultiRegionKeyType string
	PrimaryKey         regionalKey
	ReplicaKeys        []regionalKey
}

// shares reports whether the key is one of several Regions.
func (k *key) shares() bool { return k.Primary != "" }

// role is primary or replica, or "" for a key of one Region.
func (k *key) role() string {
	switch k.Primary {
	case "":
		return ""
	case k.region():
		return primary
	}
	return replica
}

// regionKeys are the condition keys that tell of a key's Regions.
func regionKeys(role string) policy.Context {
	if role == "" {
		return policy.Context{policy.One("kms:MultiRegion", "false")}
	}
	return policy.Context{policy.One("kms:MultiRegion", "true"), policy.One("kms:MultiRegionKeyType", role)}
}

// in returns the key of the same id in another Region, and nil where there is none or its deletion is over.
func (k *key) in(c *op.Call, region string) (*key, error) {
	other, err := keys.Get(c.Tx, store.Key(k.Account, region, k.ID))
	if other == nil || err != nil || other.due(c.Now) {
		return nil, err
	}
	return other, nil
}

// replicas returns a primary's.
func (k *key) replicas(c *op.Call) ([]*key, error) {
	var list []*key
	for _, region := range k.Replicas {
		r, err := k.in(c, region)
		if err != nil {
			return nil, err
		}
		if r != nil {
			list = append(list, r)
		}
	}
	return list, nil
}

// regions describes the set that a key belongs to, or nothing.
func (k *key) regions(c *op.Call) (*multiRegion, error) {
	if !k.shares() {
		return nil, nil
	}
	lead, err := k.in(c, k.Primary)
	if lead == nil || err != nil {
		return nil, err
	}
	list, err := lead.replicas(c)
	set := &multiRegion{k.role(), regionalKey{lead.ARN, k.Primary}, []regionalKey{}}
	for _, r := range list {
		set.ReplicaKeys = append(set.ReplicaKeys, regionalKey{r.ARN, r.region()})
	}
	return set, err
}

// multiRegionID returns an id for a new multi-Region key.
func multiRegionID() string {
	var b [16]byte
	rand.Read(b[:])
	return "mrk-" + hex.EncodeToString(b[:])
}

// isMultiRegionID reports whether s has the form of a multi-Region key's id.
func isMultiRegionID(s string) bool {
	digits, ok := strings.CutPrefix(s, "mrk-")
	return ok && len(digits) == 32 && strings.Trim(digits, "0123456789abcdef") == ""
}

// here returns the ARN that an ARN in a ciphertext stands for in the call's Region: of a multi-Region key the one that is there.
func here(c *op.Call, arn string) string {
	if !strings.Contains(arn, ":key/mrk-") {
		return arn
	}
	parts := strings.Split(arn, ":")
	if len(parts) != 6 {
		return arn
	}
	parts[3] = c.Region
	return strings.Join(parts, ":")
}

type replicateInput struct {
	keyed
	KeyId                          string
	ReplicaRegion                  string
	Policy                         string
	BypassPolicyLockoutSafetyCheck bool
	Description                    string
	Tags                           []tag
}

type replicateOutput struct {
	ReplicaKeyMetadata metadata
	ReplicaPolicy      string
	ReplicaTags        []tag
}

// replicateNeeds: kms:ReplicateKey on the primary, and in the other Region kms:CreateKey, and kms:TagResource where tags are given.
func replicateNeeds(c *op.Call, in *replicateInput) ([]op.Need, error) {
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	needs, err := in.need(c, &tokens{}, in.KeyId, use{action: "ReplicateKey", keys: policy.Context{policy.One("kms:ReplicaRegion", in.ReplicaRegion)}})
	if err != nil {
		return nil, err
	}
	k := in.key
	made := createKeyInput{
		KeyUsage: k.Usage, KeySpec: k.Spec, BypassPolicyLockoutSafetyCheck: in.BypassPolicyLockoutSafetyCheck, Tags: in.Tags,
	}
	return append(needs, made.needs(c, replica)...), nil
}

// replicateKey makes a replica of a primary in another Region.
func (ks *Keys) replicateKey(c *op.Call, in *replicateInput) (*replicateOutput, error) {
	k := in.key
	if err := k.replicable(c, in.ReplicaRegion); err != nil {
		return nil, err
	}
	made := *k
	made.ARN = "arn:" + c.Partition + ":kms:" + in.ReplicaRegion + ":" + k.Account + ":key/" + k.ID
	made.Description, made.Tags, made.Created = in.Description, in.Tags, c.Now
	made.Aliases, made.Grants, made.Replicas = nil, 0, nil
	var err error
	if made.Policy, err = ks.newPolicy(c, in.Policy); err != nil {
		return nil, err
	}
	if in.Policy != "" && !in.BypassPolicyLockoutSafetyCheck {
		if err := made.keepable(c); err != nil {
			return nil, err
		}
	}
	if made.Materials, err = k.resealed(c, made.ARN); err != nil {
		return nil, err
	}
	lead := *k
	lead.Replicas = append(slices.Clip(k.Replicas), in.ReplicaRegion)
	for _, row := range []*key{&lead, &made} {
		if err := row.put(c); err != nil {
			return nil, err
		}
	}
	described, err := made.described(c)
	return &replicateOutput{described, made.Policy.Text(), append([]tag{}, made.Tags...)}, err
}

// replicable refuses keys that cannot have a replica in a Region.
func (k *key) replicable(c *op.Call, region string) error {
	if k.role() != primary {
		return notPrimary(k)
	}
	if err := k.usable(); err != nil {
		return err
	}
	there, err := k.in(c, region)
	switch {
	case err != nil:
		return err
	case there != nil:
		return alreadyThere(there)
	}
	return nil
}

// resealed returns a key's material for the key of another ARN.
func (k *key) resealed(c *op.Call, arn string) ([]sealedMaterial, error) {
	first := k.Materials[0]
	plain, err := c.Sealer.Open(first.Sealed, []byte(k.ARN+first.ID))
	if err != nil {
		return nil, fmt.Errorf("the material of %s: %w", k.ARN, err)
	}
	materials := slices.Clone(k.Materials)
	materials[0].Sealed = c.Sealer.Seal(plain, []byte(arn+first.ID))
	return materials, nil
}

// share hands a primary's rotation on to its replicas.
func (k *key) share(c *op.Call) error {
	list, err := k.replicas(c)
	if err != nil {
		return err
	}
	for _, r := range list {
		if err := r.led(k).put(c); err != nil {
			return err
		}
	}
	return nil
}

type primaryInput struct {
	keyed
	KeyId         string
	PrimaryRegion string
}

// primaryNeeds: kms:UpdatePrimaryRegion on the primary that was and on the one that will be.
func primaryNeeds(c *op.Call, in *primaryInput) ([]op.Need, error) {
	u := use{action: "UpdatePrimaryRegion", keys: policy.Context{policy.One("kms:PrimaryRegion", in.PrimaryRegion)}}
	needs, err := in.need(c, &tokens{}, in.KeyId, u)
	if err != nil {
		return nil, err
	}
	next, err := in.key.in(c, in.PrimaryRegion)
	if next == nil || err != nil {
		return needs, err
	}
	n, err := next.need(c, u)
	return append(needs, n), err
}

// updatePrimaryRegion makes a replica the primary, and the primary a replica.
func updatePrimaryRegion(c *op.Call, in *primaryInput) (*empty, error) {
	k := in.key
	if k.role() != primary {
		return nil, notPrimary(k)
	}
	if err := k.usable(); err != nil {
		return nil, err
	}
	list, err := k.replicas(c)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(list, func(r *key) bool { return r.region() == in.PrimaryRegion })
	if at < 0 {
		return nil, missingKey("arn:" + c.Partition + ":kms:" + in.PrimaryRegion + ":" + k.Account + ":key/" + k.ID)
	}
	if err := list[at].usable(); err != nil {
		return nil, err
	}
	set := append(slices.Clip(list), k)
	for _, member := range set {
		changed := *member.led(k)
		changed.Primary, changed.Replicas = in.PrimaryRegion, nil
		if member == list[at] {
			for _, other := range set {
				if other != member {
					changed.Replicas = append(changed.Replicas, other.region())
				}
			}
		}
		if err := changed.put(c); err != nil {
			return nil, err
		}
	}
	return &empty{}, nil
}

// settled returns a primary that waits for its replicas' deletion as it is now: when the last one is gone its own waiting period begins.
func (k *key) settled(c *op.Call) (*key, error) {
	if k.State != pendingReplicas {
		return k, nil
	}
	list, err := k.replicas(c)
	if err != nil || len(list) > 0 {
		return k, err
	}
	var last time.Time
	for _, region := range k.Replicas {
		r, err := keys.Get(c.Tx, store.Key(k.Account, region, k.ID))
		if err != nil {
			return nil, err
		}
		if r != nil && r.Deletion.After(last) {
			last = r.Deletion
		}
	}
	s := *k
	s.State, s.Deletion = pendingDeletion, last.AddDate(0, 0, k.Window)
	return &s, nil
}

// orphan takes a replica whose deletion is over out of its set, which may begin the primary's own waiting period.
func (k *key) orphan(c *op.Call) error {
	if k.role() != replica {
		return nil
	}
	lead, err := k.in(c, k.Primary)
	if lead == nil || err != nil {
		return err
	}
	s, err := lead.settled(c)
	if err != nil {
		return err
	}
	left := *s
	left.Replicas = slices.DeleteFunc(slices.Clone(s.Replicas), func(region string) bool { return region == k.region() })
	if left.State == pendingDeletion {
		if err := deletions.Put(c.Tx, left.deletionRow(), &deletion{left.Account, left.region(), left.ID}); err != nil {
			return err
		}
	}
	return left.put(c)
}
