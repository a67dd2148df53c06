// Package kms is local AWS's Key Management Service: symmetric keys, their aliases, policies and tags, and the
// cryptographic operations with encryption contexts. Grants, asymmetric and multi-Region keys are not served: their
// operations are unknown to it.
//
// [New] makes the one value that holds the opened keys; its Service is the table for the frame, and its methods
// GenerateDataKey and Decrypt are what other services of local AWS call on behalf of their caller, with kms:ViaService.
// Key material is sealed by the store's root key and never leaves the package.
//
// Sources: the KMS API reference and developer guide; the texts of errors are those of the live service.
package kms

import (
	"sync"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
)

// Keys opens key material and remembers it. The zero value is not ready; use New.
type Keys struct {
	opened sync.Map // material id -> *material
}

// New returns an empty Keys.
func New() *Keys { return new(Keys) }

// Service returns KMS's table of operations.
func (k *Keys) Service() op.Service {
	return op.Service{
		Name:     "kms",
		Protocol: op.JSON11,
		Target:   "TrentService",
		Window:   5 * time.Minute,
		Tables:   []store.Schema{keys.Schema(), aliases.Schema()},
		Operations: []op.Operation{
			op.Write("CreateKey", k.createKeyNeeds, k.createKey),
			op.Read("DescribeKey", target[keyInput]("DescribeKey"), describeKey),
			op.Read("ListKeys", account[listKeysInput]("ListKeys"), listKeys),
			op.Write("EnableKey", target[keyInput]("EnableKey"), enableKey),
			op.Write("DisableKey", target[keyInput]("DisableKey"), disableKey),
			op.Write("ScheduleKeyDeletion", scheduleNeeds, scheduleKeyDeletion),
			op.Write("CancelKeyDeletion", target[keyInput]("CancelKeyDeletion"), cancelKeyDeletion),
			op.Write("UpdateKeyDescription", describedNeeds, updateKeyDescription),
			op.Write("CreateAlias", createAliasNeeds, createAlias),
			op.Write("UpdateAlias", updateAliasNeeds, updateAlias),
			op.Write("DeleteAlias", deleteAliasNeeds, deleteAlias),
			op.Read("ListAliases", account[listAliasesInput]("ListAliases"), listAliases),
			op.Read("GetKeyPolicy", policyNeeds("GetKeyPolicy"), getKeyPolicy),
			op.Write("PutKeyPolicy", putPolicyNeeds, putKeyPolicy),
			op.Read("ListKeyPolicies", target[keyInput]("ListKeyPolicies"), listKeyPolicies),
			op.Read("ListResourceTags", target[keyInput]("ListResourceTags"), listResourceTags),
			op.Write("TagResource", tagNeeds, tagResource),
			op.Write("UntagResource", untagNeeds, untagResource),
			op.Read("Encrypt", encryptNeeds, k.encrypt),
			op.Read("Decrypt", decryptNeeds, k.decrypt),
			op.Read("ReEncrypt", reEncryptNeeds, k.reEncrypt),
			op.Read("GenerateDataKey", dataKeyNeeds("GenerateDataKey"), k.generateDataKey),
			op.Read("GenerateDataKeyWithoutPlaintext", dataKeyNeeds("GenerateDataKeyWithoutPlaintext"), k.generateDataKeyWithoutPlaintext),
			op.Read("GenerateRandom", account[generateRandomInput]("GenerateRandom"), generateRandom),
		},
	}
}
