package kms

import (
	"slices"
	"strings"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// What all keys here are.
const (
	keySpec   = "SYMMETRIC_DEFAULT"
	keyUsage  = "ENCRYPT_DECRYPT"
	keyOrigin = "AWS_KMS"
)

// keyInput is the input of operations that take a key and nothing else.
type keyInput struct{ KeyId string }

func (in *keyInput) keyID() string { return in.KeyId }

type metadata struct {
	AWSAccountId          string
	Arn                   string
	CreationDate          time.Time
	CurrentKeyMaterialId  string `json:",omitempty"`
	CustomerMasterKeySpec string
	DeletionDate          *time.Time `json:",omitempty"`
	Description           string
	Enabled               bool
	EncryptionAlgorithms  []string
	KeyId                 string
	KeyManager            string
	KeySpec               string
	KeyState              string
	KeyUsage              string
	MultiRegion           bool
	Origin                string
}

func (k *key) metadata() metadata {
	m := metadata{
		AWSAccountId: k.Account, Arn: k.ARN, CreationDate: k.Created, CustomerMasterKeySpec: keySpec,
		CurrentKeyMaterialId: k.newest().ID, Description: k.Description, Enabled: k.State == enabled,
		EncryptionAlgorithms: []string{keySpec}, KeyId: k.ID, KeyManager: k.Manager, KeySpec: keySpec, KeyState: k.State,
		KeyUsage: keyUsage, Origin: keyOrigin,
	}
	if k.State == pendingDeletion {
		m.DeletionDate = &k.Deletion
	}
	return m
}

type createKeyInput struct {
	Policy                         string
	Description                    string
	KeyUsage                       string
	KeySpec                        string
	CustomerMasterKeySpec          string
	Origin                         string
	MultiRegion                    bool
	BypassPolicyLockoutSafetyCheck bool
	Tags                           []tag
}

type metadataOutput struct{ KeyMetadata metadata }

// createKeyNeeds: kms:CreateKey, and kms:TagResource where tags are given.
func (*Keys) createKeyNeeds(c *op.Call, in *createKeyInput) ([]op.Need, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	keys := append(tagKeys(in.Tags), policy.One("kms:CallerAccount", c.Account), policy.One("kms:KeySpec", keySpec),
		policy.One("kms:KeyUsage", keyUsage), policy.One("kms:KeyOrigin", keyOrigin))
	needs := []op.Need{{Action: "kms:CreateKey", Resource: "*", Context: keys}}
	if len(in.Tags) > 0 {
		needs = append(needs, op.Need{Action: "kms:TagResource", Resource: "*", Context: keys})
	}
	return needs, nil
}

func (*Keys) createKey(c *op.Call, in *createKeyInput) (*metadataOutput, error) {
	d, err := defaultPolicy(c.Partition, c.Account)
	if err == nil && in.Policy != "" {
		d, err = readPolicy(in.Policy)
	}
	if err != nil {
		return nil, err
	}
	k := newKey(c, c.Account, byCustomer, in.Description, d, in.Tags)
	return &metadataOutput{k.metadata()}, k.put(c)
}

// describeKey answers for an alias of an AWS service too, even when its key was never used: AWS makes it then.
func describeKey(c *op.Call, in *keyInput) (*metadataOutput, error) {
	k, _, err := find(c, in.KeyId)
	if err != nil {
		return nil, err
	}
	return &metadataOutput{k.metadata()}, nil
}

type listKeysInput struct {
	Limit  *int
	Marker string
}

type listedKey struct{ KeyArn, KeyId string }

type listKeysOutput struct {
	Keys       []listedKey
	NextMarker string `json:",omitempty"`
	Truncated  bool
}

func listKeys(c *op.Call, in *listKeysInput) (*listKeysOutput, error) {
	limit, err := checkPage(in.Limit, 100)
	if err != nil {
		return nil, err
	}
	out := &listKeysOutput{Keys: []listedKey{}}
	prefix := store.Key(c.Account, c.Region, "")
	for row, err := range keys.Scan(c.Tx, prefix, marked(prefix, in.Marker)) {
		switch {
		case err != nil:
			return nil, err
		case row.Value.due(c.Now):
			continue
		case len(out.Keys) == limit:
			out.Truncated, out.NextMarker = true, out.Keys[limit-1].KeyId
			return out, nil
		}
		out.Keys = append(out.Keys, listedKey{row.Value.ARN, row.Value.ID})
	}
	return out, nil
}

// marked is the key to go on after.
func marked(prefix, marker string) string {
	if marker == "" {
		return ""
	}
	return prefix + marker
}

type empty struct{}

// change stores a copy of the named key that fn changed. It refuses AWS-managed keys.
func change(c *op.Call, id string, fn func(*key) error) (*key, error) {
	old, _, err := find(c, id)
	if err != nil {
		return nil, err
	}
	if old.Manager == byAWS {
		return nil, failure("UnsupportedOperationException", old.ARN+" is an AWS managed key: its state, policy and tags are not yours to change.")
	}
	k := *old
	if err := fn(&k); err != nil {
		return nil, err
	}
	return &k, k.put(c)
}

// setState makes a function that changes a key's state, unless it is pending deletion.
func setState(state string) func(*key) error {
	return func(k *key) error {
		if k.State == pendingDeletion {
			return k.badState()
		}
		k.State = state
		return nil
	}
}

func enableKey(c *op.Call, in *keyInput) (*empty, error) {
	_, err := change(c, in.KeyId, setState(enabled))
	return &empty{}, err
}

func disableKey(c *op.Call, in *keyInput) (*empty, error) {
	_, err := change(c, in.KeyId, setState(disabled))
	return &empty{}, err
}

type scheduleInput struct {
	KeyId               string
	PendingWindowInDays *int
}

func (in *scheduleInput) keyID() string { return in.KeyId }

type scheduleOutput struct {
	DeletionDate        time.Time
	KeyId               string
	KeyState            string
	PendingWindowInDays int
}

func scheduleNeeds(c *op.Call, in *scheduleInput) ([]op.Need, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	return target[scheduleInput]("ScheduleKeyDeletion")(c, in)
}

func scheduleKeyDeletion(c *op.Call, in *scheduleInput) (*scheduleOutput, error) {
	days := 30
	if in.PendingWindowInDays != nil {
		days = *in.PendingWindowInDays
	}
	k, err := change(c, in.KeyId, func(k *key) error {
		if k.State == pendingDeletion {
			return k.badState()
		}
		k.State, k.Window, k.Deletion = pendingDeletion, days, c.Now.AddDate(0, 0, days)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &scheduleOutput{k.Deletion, k.ARN, k.State, days}, nil
}

type keyIDOutput struct{ KeyId string }

// cancelKeyDeletion leaves the key disabled, as AWS does.
func cancelKeyDeletion(c *op.Call, in *keyInput) (*keyIDOutput, error) {
	k, err := change(c, in.KeyId, func(k *key) error {
		if k.State != pendingDeletion {
			return k.badState()
		}
		k.State, k.Window, k.Deletion = disabled, 0, time.Time{}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &keyIDOutput{k.ARN}, nil
}

type describedInput struct{ KeyId, Description string }

func (in *describedInput) keyID() string { return in.KeyId }

func describedNeeds(c *op.Call, in *describedInput) ([]op.Need, error) {
	if err := checkDescription(in.Description); err != nil {
		return nil, err
	}
	return target[describedInput]("UpdateKeyDescription")(c, in)
}

func updateKeyDescription(c *op.Call, in *describedInput) (*empty, error) {
	_, err := change(c, in.KeyId, func(k *key) error {
		k.Description = in.Description
		return nil
	})
	return &empty{}, err
}

type policyInput struct {
	KeyId      string
	PolicyName string
}

func (in *policyInput) keyID() string { return in.KeyId }

type policyOutput struct{ Policy, PolicyName string }

func policyNeeds(action string) func(*op.Call, *policyInput) ([]op.Need, error) {
	return target[policyInput](action)
}

func getKeyPolicy(c *op.Call, in *policyInput) (*policyOutput, error) {
	if err := checkPolicyName(in.PolicyName); err != nil {
		return nil, err
	}
	k, _, err := find(c, in.KeyId)
	if err != nil {
		return nil, err
	}
	return &policyOutput{k.Policy.Text(), "default"}, nil
}

type putPolicyInput struct {
	KeyId                          string
	PolicyName                     string
	Policy                         string
	BypassPolicyLockoutSafetyCheck bool
}

func (in *putPolicyInput) keyID() string { return in.KeyId }

func putPolicyNeeds(c *op.Call, in *putPolicyInput) ([]op.Need, error) {
	return target("PutKeyPolicy", func(in *putPolicyInput) policy.Context {
		if !in.BypassPolicyLockoutSafetyCheck {
			return nil
		}
		return policy.Context{policy.One("kms:BypassPolicyLockoutSafetyCheck", "true")}
	})(c, in)
}

func putKeyPolicy(c *op.Call, in *putPolicyInput) (*empty, error) {
	if err := checkPolicyName(in.PolicyName); err != nil {
		return nil, err
	}
	d, err := readPolicy(in.Policy)
	if err != nil {
		return nil, err
	}
	_, err = change(c, in.KeyId, func(k *key) error {
		k.Policy = d
		return nil
	})
	return &empty{}, err
}

type listPoliciesOutput struct {
	PolicyNames []string
	Truncated   bool
}

func listKeyPolicies(c *op.Call, in *keyInput) (*listPoliciesOutput, error) {
	_, _, err := find(c, in.KeyId)
	return &listPoliciesOutput{PolicyNames: []string{"default"}}, err
}

type tagInput struct {
	KeyId string
	Tags  []tag
}

func (in *tagInput) keyID() string { return in.KeyId }

func tagNeeds(c *op.Call, in *tagInput) ([]op.Need, error) {
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	return target("TagResource", func(in *tagInput) policy.Context { return tagKeys(in.Tags) })(c, in)
}

func tagResource(c *op.Call, in *tagInput) (*empty, error) {
	_, err := change(c, in.KeyId, func(k *key) error {
		k.Tags = setTags(k.Tags, in.Tags)
		return checkTags(k.Tags)
	})
	return &empty{}, err
}

type untagInput struct {
	KeyId   string
	TagKeys []string
}

func (in *untagInput) keyID() string { return in.KeyId }

func untagNeeds(c *op.Call, in *untagInput) ([]op.Need, error) {
	return target("UntagResource", func(in *untagInput) policy.Context {
		return policy.Context{policy.Many("aws:TagKeys", in.TagKeys...)}
	})(c, in)
}

func untagResource(c *op.Call, in *untagInput) (*empty, error) {
	_, err := change(c, in.KeyId, func(k *key) error {
		k.Tags = slices.DeleteFunc(slices.Clone(k.Tags), func(t tag) bool { return slices.Contains(in.TagKeys, t.TagKey) })
		return nil
	})
	return &empty{}, err
}

type listTagsOutput struct {
	Tags      []tag
	Truncated bool
}

// listResourceTags answers the tags in the order of their keys, in one page: a key has 50 at most.
func listResourceTags(c *op.Call, in *keyInput) (*listTagsOutput, error) {
	k, _, err := find(c, in.KeyId)
	if err != nil {
		return nil, err
	}
	tags := append([]tag{}, k.Tags...)
	slices.SortFunc(tags, func(a, b tag) int { return strings.Compare(a.TagKey, b.TagKey) })
	return &listTagsOutput{Tags: tags}, nil
}
