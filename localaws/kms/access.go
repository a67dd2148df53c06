package kms

import (
	"slices"

	"aircon/localaws/op"
	"aircon/policy"
)

// use is one use of a key.
type use struct {
	action  string         // without kms:
	alias   string         // by which the caller named the key; "" if by id
	via     string         // host name of the service that calls on the caller's behalf; "" for none
	context []policy.Tag   // encryption context, in the order of its keys
	keys    policy.Context // further condition keys of the action
}

// need is what the caller must be allowed to do to a key: its own policy decides, or hands the decision to IAM, or a grant allows it.
func (k *key) need(c *op.Call, u use) (op.Need, error) {
	keys := c.Keys(10 + len(u.context) + len(u.keys) + len(k.Tags))
	keys = append(keys,
		policy.One("kms:CallerAccount", c.Account),
		policy.One("kms:KeySpec", k.Spec),
		policy.One("kms:KeyUsage", k.Usage),
		policy.One("kms:KeyOrigin", keyOrigin))
	keys = append(keys, regionKeys(k.role())...)
	if len(k.Aliases) > 0 {
		keys = append(keys, policy.Many("kms:ResourceAliases", k.Aliases...))
	}
	if u.via != "" {
		keys = append(keys, policy.One("kms:ViaService", u.via))
	}
	if u.alias != "" {
		keys = append(keys, policy.One("kms:RequestAlias", u.alias))
	}
	keys = append(contextKeys(keys, u.context), u.keys...)
	for _, t := range k.Tags {
		keys = append(keys, policy.One("aws:ResourceTag/"+t.TagKey, t.TagValue))
	}
	n := op.Need{
		Action: "kms:" + u.action, Resource: k.ARN, Policy: k.Policy.Document, PolicyDecides: true, Owner: k.Account, Context: keys,
		Exempt: k.Manager == byAWS, // KMS Developer Guide, "Resource control policies in AWS KMS"
	}
	if k.Account != c.Account && !slices.Contains(across, u.action) {
		n.Policy = nil // which lets nobody pass, as the key's policy decides
		return n, nil
	}
	var err error
	if k.Grants > 0 {
		n.Grants, err = k.granting(c, u.action, keys)
	}
	return n, err
}

// across are the actions that a key's policy can allow to other accounts. What it allows them of others has no effect.
//
// Source: the KMS developer guide, "Allowing users in other accounts to use a KMS key", and "AWS KMS permissions", Cross-account use.
var across = []string{
	"CreateGrant", "Decrypt", "DeriveSharedSecret", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
	"GenerateDataKeyWithoutPlaintext", "GenerateMac", "GetKeyRotationStatus", "GetPublicKey", "ListGrants", "ReEncryptFrom", "ReEncryptTo", "RetireGrant",
	"RevokeGrant", "Sign", "Verify", "VerifyMac",
}

// contextKeys appends the condition keys of an encryption context.
func contextKeys(keys policy.Context, context []policy.Tag) policy.Context {
	if len(context) == 0 {
		return keys
	}
	names := make([]string, 0, len(context))
	for _, pair := range context {
		keys = append(keys, policy.One(contextKey(pair.Key), pair.Value))
		names = append(names, pair.Key)
	}
	return append(keys, policy.Many("kms:EncryptionContextKeys", names...))
}

// contextKey is the condition key of a pair of the encryption context. Those of every secret that is read are ready made.
func contextKey(name string) string {
	switch name {
	case "SecretARN":
		return "kms:EncryptionContext:SecretARN"
	case "SecretVersionId":
		return "kms:EncryptionContext:SecretVersionId"
	}
	return "kms:EncryptionContext:" + name
}

// keyNamer is an input that names a key.
type keyNamer interface{ keyID() string }

// target returns the needs of an operation on the one key that its input names.
func target[In any, P interface {
	*In
	keyNamer
}](action string, more ...func(*In) policy.Context) func(*op.Call, *In) ([]op.Need, error) {
	return func(c *op.Call, in *In) ([]op.Need, error) {
		var keys policy.Context
		for _, list := range more {
			keys = append(keys, list(in)...)
		}
		_, n, err := reach(c, P(in).keyID(), use{action: action, keys: keys})
		return []op.Need{n}, err
	}
}

// account returns the needs of an operation that has no resource. KMS gives it no condition keys of its own.
func account[In any](action string) func(*op.Call, *In) ([]op.Need, error) {
	return func(*op.Call, *In) ([]op.Need, error) {
		return []op.Need{{Action: "kms:" + action, Resource: "*"}}, nil
	}
}

// tagKeys are the condition keys of a request that sets tags.
func tagKeys(tags []tag) policy.Context {
	var keys policy.Context
	names := make([]string, 0, len(tags))
	for _, t := range tags {
		keys = append(keys, policy.One("aws:RequestTag/"+t.TagKey, t.TagValue))
		names = append(names, t.TagKey)
	}
	return append(keys, policy.Many("aws:TagKeys", names...))
}

// defaultPolicy is what CreateKey gives a key without a policy: it hands all decisions to the account's IAM policies.
func defaultPolicy(partition, account string) (document, error) {
	return parse(`{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:` + partition + `:iam::` + account + `:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`)
}

// managedPolicy is the policy of an AWS-managed key: everybody in the account, through the one service. (AWS's own has
// a statement for GenerateDataKey* apart, with the same Sid.)
func managedPolicy(partition, account, service, via string) (document, error) {
	return parse(`{
  "Version" : "2012-10-17",
  "Id" : "auto-` + service + `-2",
  "Statement" : [ {
    "Sid" : "Allow access through ` + services[service] + ` for all principals in the account that are authorized to use ` + services[service] + `",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "*"
    },
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : {
      "StringEquals" : {
        "kms:CallerAccount" : "` + account + `",
        "kms:ViaService" : "` + via + `"
      }
    }
  }, {
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:` + partition + `:iam::` + account + `:root"
    },
    "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant" ],
    "Resource" : "*"
  } ]
}`)
}

// services are the services that keys are made for, as AWS writes them in policies.
var services = map[string]string{"secretsmanager": "AWS Secrets Manager"}

func parse(text string) (document, error) {
	d, err := policy.Parse([]byte(text))
	return document{Document: d}, err
}

// setTags returns tags with those of added in place of or after them.
func setTags(tags, added []tag) []tag {
	tags = slices.Clone(tags)
	for _, t := range added {
		if i := slices.IndexFunc(tags, func(o tag) bool { return o.TagKey == t.TagKey }); i >= 0 {
			tags[i] = t
		} else {
			tags = append(tags, t)
		}
	}
	return tags
}
