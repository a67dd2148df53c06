package kms

import (
	"cmp"
	"strconv"
	"time"

	"aircon/localaws/op"
	"aircon/policy"
)

type metadata struct {
	AWSAccountId                string
	Arn                         string
	CreationDate                time.Time
	CurrentKeyMaterialId        string `json:",omitempty"`
	CustomerMasterKeySpec       string
	DeletionDate                *time.Time `json:",omitempty"`
	Description                 string
	Enabled                     bool
	EncryptionAlgorithms        []string `json:",omitempty"`
	KeyAgreementAlgorithms      []string `json:",omitempty"`
	KeyId                       string
	KeyManager                  string
	KeySpec                     string
	KeyState                    string
	KeyUsage                    string
	MacAlgorithms               []string `json:",omitempty"`
	MultiRegion                 bool
	MultiRegionConfiguration    *multiRegion `json:",omitempty"`
	Origin                      string
	PendingDeletionWindowInDays int      `json:",omitempty"`
	SigningAlgorithms           []string `json:",omitempty"`
}

func (k *key) metadata() metadata {
	m := metadata{
		AWSAccountId: k.Account, Arn: k.ARN, CreationDate: k.Created, CustomerMasterKeySpec: k.Spec, Description: k.Description,
		Enabled: k.State == enabled, KeyId: k.ID, KeyManager: k.Manager, KeySpec: k.Spec, KeyState: k.State, KeyUsage: k.Usage, Origin: keyOrigin,
		MultiRegion: k.shares(),
	}
	switch k.Usage {
	case encryptDecrypt:
		m.EncryptionAlgorithms = k.algorithms()
	case signVerify:
		m.SigningAlgorithms = k.algorithms()
	case generateMac:
		m.MacAlgorithms = k.algorithms()
	case keyAgreement:
		m.KeyAgreementAlgorithms = k.algorithms()
	}
	if k.Spec == symmetric {
		m.CurrentKeyMaterialId = k.newest().ID
	}
	switch k.State {
	case pendingDeletion:
		m.DeletionDate = &k.Deletion
	case pendingReplicas:
		m.PendingDeletionWindowInDays = k.Window
	}
	return m
}

// described is a key's metadata with the set that it belongs to.
func (k *key) described(c *op.Call) (metadata, error) {
	m := k.metadata()
	var err error
	m.MultiRegionConfiguration, err = k.regions(c)
	return m, err
}

type createKeyInput struct {
	Policy                         string
	Description                    string
	KeyUsage                       string
	KeySpec                        string
	CustomerMasterKeySpec          string
	Origin                         string
	CustomKeyStoreId               string
	MultiRegion                    bool
	BypassPolicyLockoutSafetyCheck bool
	Tags                           []tag
}

type metadataOutput struct{ KeyMetadata metadata }

// spec is the KeySpec that was asked for, under its new name or its old one.
func (in *createKeyInput) spec() string {
	return cmp.Or(in.KeySpec, in.CustomerMasterKeySpec, symmetric)
}

// usage is the KeyUsage that was asked for, or "".
func (in *createKeyInput) usage() string {
	if in.KeyUsage == "" && in.spec() == symmetric {
		return encryptDecrypt
	}
	return in.KeyUsage
}

// createKeyNeeds: kms:CreateKey, and kms:TagResource where tags are given.
func (*Keys) createKeyNeeds(c *op.Call, in *createKeyInput) ([]op.Need, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if in.MultiRegion {
		return in.needs(c, primary), nil
	}
	return in.needs(c, ""), nil
}

// needs is what making a key needs that is primary or replica, or neither. TagResource is about a key that has no ARN yet.
func (in *createKeyInput) needs(c *op.Call, role string) []op.Need {
	caller := policy.One("kms:CallerAccount", c.Account)
	tags := append(tagKeys(in.Tags), caller)
	keys := append(regionKeys(role), caller, policy.One("kms:KeySpec", in.spec()), policy.One("kms:KeyUsage", in.usage()),
		policy.One("kms:KeyOrigin", keyOrigin), bypasses(in.BypassPolicyLockoutSafetyCheck))
	needs := []op.Need{{Action: "kms:CreateKey", Resource: "*", Context: append(keys, tagKeys(in.Tags)...)}}
	if len(in.Tags) > 0 {
		needs = append(needs, op.Need{Action: "kms:TagResource", Resource: arn(c, c.Account, "key/*"), Context: tags})
	}
	return needs
}

// bypasses is the condition key that tells whether a request waives the lockout safety check.
func bypasses(waived bool) policy.Key {
	return policy.One("kms:BypassPolicyLockoutSafetyCheck", strconv.FormatBool(waived))
}

func (ks *Keys) createKey(c *op.Call, in *createKeyInput) (*metadataOutput, error) {
	if err := ks.purge(c); err != nil {
		return nil, err
	}
	d, err := ks.newPolicy(c, in.Policy)
	if err != nil {
		return nil, err
	}
	template := key{
		Account: c.Account, Spec: in.spec(), Usage: in.usage(), Manager: byCustomer, Description: in.Description, Policy: d, Tags: in.Tags,
	}
	if in.MultiRegion {
		template.Primary = c.Region
	}
	k, err := newKey(c, template)
	if err != nil {
		return nil, err
	}
	if in.Policy != "" && !in.BypassPolicyLockoutSafetyCheck {
		if err := k.keepable(c); err != nil {
			return nil, err
		}
	}
	if err := k.put(c); err != nil {
		return nil, err
	}
	described, err := k.described(c)
	return &metadataOutput{described}, err
}

// newPolicy reads the policy of a new key, or returns what it has without one.
func (ks *Keys) newPolicy(c *op.Call, text string) (document, error) {
	if text == "" {
		return defaultPolicy(c.Partition, c.Account)
	}
	return ks.readPolicy(c, text)
}

type describeInput struct {
	keyed
	tokens
	KeyId string
}

// describeNeeds makes the AWS-managed key that is named by its alias, unless it is there: so AWS does.
func describeNeeds(c *op.Call, in *describeInput) ([]op.Need, error) {
	if service, ok := managedAlias(in.KeyId); ok {
		if err := ensureManaged(c, service); err != nil {
			return nil, err
		}
	}
	return in.need(c, &in.tokens, in.KeyId, use{action: "DescribeKey"})
}

// describeKey needs kms:DescribeKey.
func describeKey(c *op.Call, in *describeInput) (*metadataOutput, error) {
	described, err := in.key.described(c)
	return &metadataOutput{described}, err
}
