package kms

import (
	"cmp"
	"strconv"
	"time"

	"aircon/localaws/op"
	"aircon/policy"
)

type metadata struct {
	AWSAccountId           string
	Arn                    string
	CreationDate           time.Time
	CurrentKeyMaterialId   string `json:",omitempty"`
	CustomerMasterKeySpec  string
	DeletionDate           *time.Time `json:",omitempty"`
	Description            string
	Enabled                bool
	EncryptionAlgorithms   []string `json:",omitempty"`
	KeyAgreementAlgorithms []string `json:",omitempty"`
	KeyId                  string
	KeyManager             string
	KeySpec                string
	KeyState               string
	KeyUsage               string
	MacAlgorithms          []string `json:",omitempty"`
	MultiRegion            bool
	Origin                 string
	SigningAlgorithms      []string `json:",omitempty"`
}

func (k *key) metadata() metadata {
	m := metadata{
		AWSAccountId: k.Account, Arn: k.ARN, CreationDate: k.Created, CustomerMasterKeySpec: k.Spec, Description: k.Description,
		Enabled: k.State == enabled, KeyId: k.ID, KeyManager: k.Manager, KeySpec: k.Spec, KeyState: k.State, KeyUsage: k.Usage, Origin: keyOrigin,
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
	keys := append(tagKeys(in.Tags), policy.One("kms:CallerAccount", c.Account), policy.One("kms:KeySpec", in.spec()),
		policy.One("kms:KeyUsage", in.usage()), policy.One("kms:KeyOrigin", keyOrigin), policy.One("kms:MultiRegion", "false"), bypasses(in.BypassPolicyLockoutSafetyCheck))
	needs := []op.Need{{Action: "kms:CreateKey", Resource: "*", Context: keys}}
	if len(in.Tags) > 0 {
		needs = append(needs, op.Need{Action: "kms:TagResource", Resource: "*", Context: keys})
	}
	return needs, nil
}

// bypasses is the condition key that tells whether a request waives the lockout safety check.
func bypasses(waived bool) policy.Key {
	return policy.One("kms:BypassPolicyLockoutSafetyCheck", strconv.FormatBool(waived))
}

func (ks *Keys) createKey(c *op.Call, in *createKeyInput) (*metadataOutput, error) {
	if err := ks.purge(c); err != nil {
		return nil, err
	}
	d, err := defaultPolicy(c.Partition, c.Account)
	if err == nil && in.Policy != "" {
		d, err = readPolicy(in.Policy)
	}
	if err != nil {
		return nil, err
	}
	k, err := newKey(c, key{
		Account: c.Account, Spec: in.spec(), Usage: in.usage(), Manager: byCustomer, Description: in.Description, Policy: d, Tags: in.Tags,
	})
	if err != nil {
		return nil, err
	}
	if in.Policy != "" && !in.BypassPolicyLockoutSafetyCheck {
		if err := k.keepable(c); err != nil {
			return nil, err
		}
	}
	return &metadataOutput{k.metadata()}, k.put(c)
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
func describeKey(_ *op.Call, in *describeInput) (*metadataOutput, error) {
	return &metadataOutput{in.key.metadata()}, nil
}
