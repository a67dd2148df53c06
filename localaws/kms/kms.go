// Package kms is local AWS's Key Management Service: symmetric, HMAC and asymmetric keys, their aliases, policies, grants and tags, rotation of
// material, keys of several Regions, and the cryptographic operations. Keys with imported material and in custom key stores are not served: their
// operations are unknown to it.
//
// [New] makes the one value that holds the opened keys; its Service is the table for the frame, and its methods
// GenerateDataKey, Decrypt and Allow are what other services of local AWS call on behalf of their caller, with kms:ViaService.
// Key material is sealed by the store's root key and never leaves the package.
//
// Sources: the KMS API reference and developer guide; errors.go says where the texts of errors are from.
package kms

import (
	"slices"
	"sync"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// Keys opens key material and remembers it. The zero value is not ready; use New.
type Keys struct {
	opened     sync.Map // material id -> *material
	principals Principals
}

// Principals is what KMS asks of IAM before it takes a key policy or a grant.
type Principals interface {
	// PrincipalExists reports whether the user or role that a principal names does.
	PrincipalExists(c *op.Call, p policy.PrincipalElement) (bool, error)
}

// New returns an empty Keys.
func New(p Principals) *Keys { return &Keys{principals: p} }

// Service returns KMS's table of operations.
func (k *Keys) Service() op.Service {
	return op.Service{
		Name:     "kms",
		Protocol: op.JSON11,
		Target:   "TrentService",
		Window:   5 * time.Minute,
		Tables:   []store.Schema{keys.Schema(), aliases.Schema(), grants.Schema(), deletions.Schema()},
		Forget:   k.opened.Clear,
		Operations: slices.Concat(
			k.onKeys(), k.onAliases(), k.onPolicies(), k.onGrants(), onTags(), onRotation(), k.withMaterial(),
		),
	}
}

func (k *Keys) onKeys() []op.Operation {
	return []op.Operation{
		op.Write("CreateKey", k.createKeyNeeds, k.createKey),
		op.Write("DescribeKey", describeNeeds, describeKey), // it may make an AWS-managed key
		op.Read("ListKeys", account[listKeysInput]("ListKeys"), listKeys),
		op.Write("EnableKey", target[keyInput]("EnableKey"), enableKey),
		op.Write("DisableKey", target[keyInput]("DisableKey"), disableKey),
		op.Write("ScheduleKeyDeletion", scheduleNeeds, k.scheduleKeyDeletion),
		op.Write("CancelKeyDeletion", target[keyInput]("CancelKeyDeletion"), cancelKeyDeletion),
		op.Write("UpdateKeyDescription", target[describedInput]("UpdateKeyDescription"), updateKeyDescription),
		op.Write("ReplicateKey", replicateNeeds, k.replicateKey),
		op.Write("UpdatePrimaryRegion", primaryNeeds, updatePrimaryRegion),
	}
}

func (k *Keys) onAliases() []op.Operation {
	return []op.Operation{
		op.Write("CreateAlias", createAliasNeeds, k.createAlias),
		op.Write("UpdateAlias", updateAliasNeeds, updateAlias),
		op.Write("DeleteAlias", deleteAliasNeeds, deleteAlias),
		op.Read("ListAliases", account[listAliasesInput]("ListAliases"), listAliases),
	}
}

func (k *Keys) onPolicies() []op.Operation {
	return []op.Operation{
		op.Read("GetKeyPolicy", target[policyInput]("GetKeyPolicy"), getKeyPolicy),
		op.Write("PutKeyPolicy", putPolicyNeeds, k.putKeyPolicy),
		op.Read("ListKeyPolicies", target[listPoliciesInput]("ListKeyPolicies"), listKeyPolicies),
	}
}

func (k *Keys) onGrants() []op.Operation {
	return []op.Operation{
		op.Write("CreateGrant", target("CreateGrant", createGrantKeys), k.createGrant),
		op.Read("ListGrants", target("ListGrants", grantKeys[listGrantsInput]), listGrants),
		op.Read("ListRetirableGrants", account[listRetirableInput]("ListRetirableGrants"), listRetirableGrants),
		op.Write("RetireGrant", retireGrantNeeds, retireGrant),
		op.Write("RevokeGrant", target("RevokeGrant", grantKeys[revokeGrantInput]), revokeGrant),
	}
}

func onTags() []op.Operation {
	return []op.Operation{
		op.Read("ListResourceTags", target[listTagsInput]("ListResourceTags"), listResourceTags),
		op.Write("TagResource", tagNeeds, tagResource),
		op.Write("UntagResource", untagNeeds, untagResource),
	}
}

func onRotation() []op.Operation {
	return []op.Operation{
		op.Write("EnableKeyRotation", target("EnableKeyRotation", rotationKeys), enableKeyRotation),
		op.Write("DisableKeyRotation", target[keyInput]("DisableKeyRotation"), disableKeyRotation),
		op.Read("GetKeyRotationStatus", target[keyInput]("GetKeyRotationStatus"), getKeyRotationStatus),
		op.Write("RotateKeyOnDemand", target[keyInput]("RotateKeyOnDemand"), rotateKeyOnDemand),
		op.Read("ListKeyRotations", target[listRotationsInput]("ListKeyRotations"), listKeyRotations),
	}
}

// withMaterial are the cryptographic operations.
func (k *Keys) withMaterial() []op.Operation {
	return []op.Operation{
		op.Read("Encrypt", encryptNeeds, k.encrypt),
		op.Read("Decrypt", decryptNeeds, k.decrypt),
		op.Read("ReEncrypt", reEncryptNeeds, k.reEncrypt),
		op.Read("GenerateDataKey", dataKeyNeeds("GenerateDataKey"), k.generateDataKey),
		op.Read("GenerateDataKeyWithoutPlaintext", dataKeyNeeds("GenerateDataKeyWithoutPlaintext"), k.generateDataKeyWithoutPlaintext),
		op.Read("GenerateDataKeyPair", dataKeyPairNeeds("GenerateDataKeyPair"), k.generateDataKeyPair),
		op.Read("GenerateDataKeyPairWithoutPlaintext", dataKeyPairNeeds("GenerateDataKeyPairWithoutPlaintext"), k.generateDataKeyPairWithoutPlaintext),
		op.Read("GenerateRandom", account[generateRandomInput]("GenerateRandom"), generateRandom),
		op.Read("Sign", signNeeds, k.sign),
		op.Read("Verify", verifyNeeds, k.verify),
		op.Read("GetPublicKey", publicKeyNeeds, k.getPublicKey),
		op.Read("GenerateMac", macNeeds, k.generateMac),
		op.Read("VerifyMac", verifyMacNeeds, k.verifyMac),
		op.Read("DeriveSharedSecret", deriveNeeds, k.deriveSharedSecret),
	}
}
