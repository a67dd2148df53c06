package kms

import (
	"fmt"

	"aircon/localaws/op"
)

// This file holds the words of errors that are said in more than one place, or need their source. KMS answers 400 to all of them.

func failure(code, message string) *op.Error { return &op.Error{Code: code, Message: message} }

// Messages that users of the real service have published, or that were recorded against it.

// invalidCiphertext is AWS's answer to a ciphertext that does not decrypt. It has no message.
func invalidCiphertext() *op.Error { return failure("InvalidCiphertextException", "") }

func missingKey(arn string) *op.Error {
	return failure("NotFoundException", "Key '"+arn+"' does not exist")
}

func missingAlias(arn string) *op.Error {
	return failure("NotFoundException", "Alias "+arn+" is not found.")
}

// otherRegion: nakedible/openssl-engine-kms issue 1.
func otherRegion(region string) *op.Error { return failure("NotFoundException", "Invalid arn "+region) }

// badUsage: recorded; jonathankeebler/jwt-kms issue 4.
func badUsage(k *key, action string) *op.Error {
	return failure("InvalidKeyUsageException", k.ARN+" key usage is "+k.Usage+" which is not valid for "+action+".")
}

// lockedOut: terraform-aws-modules/terraform-aws-kms issue 14.
func lockedOut() *op.Error {
	return failure("MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.")
}

// invalidPrincipals: aws/aws-cdk, "CDK Pipelines", troubleshooting.
func invalidPrincipals() *op.Error {
	return failure("MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.")
}

// messageTypeUnfit: floci-io/floci issue 3025.
func messageTypeUnfit(messageType, keySpec string) *op.Error {
	return failure("ValidationException", "Message type "+messageType+" is incompatible with key spec "+keySpec+".")
}

// tooManyAliases: scylladb/scylla-cluster-tests pull request 7634.
func tooManyAliases(now int) *op.Error {
	return failure("LimitExceededException", fmt.Sprintf("Aliases per key quota for this account in this region is %d, current usage is %d.", maxAliases, now))
}

func tried() *op.Error {
	return failure("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
}

// Messages whose wording is known from other implementations that were held against AWS, but not confirmed by a published answer.

func usageMissing() *op.Error {
	return failure("ValidationException", "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
}

func usageUnfit(usage, keySpec string) *op.Error {
	return failure("ValidationException", "KeyUsage "+usage+" is not compatible with KeySpec "+keySpec)
}

func algorithmUnfit(algorithm, keySpec string) *op.Error {
	return failure("InvalidKeyUsageException", "Algorithm "+algorithm+" is incompatible with key spec "+keySpec+".")
}

func badDigest(algorithm string) *op.Error {
	return failure("ValidationException", "Digest is invalid length for algorithm "+algorithm+".")
}

func tooLong(algorithm, keySpec string, most int) *op.Error {
	return failure("ValidationException", fmt.Sprintf("Algorithm %s and key spec %s cannot encrypt data larger than %d bytes.", algorithm, keySpec, most))
}

func tooManyRotations(k *key) *op.Error {
	return failure("LimitExceededException",
		"The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: "+k.ARN)
}

// notRotated is the answer to whoever rotates a key that is not a symmetric one. It has no message.
func notRotated() *op.Error { return failure("UnsupportedOperationException", "") }

// Messages whose wording is not publicly known: the code is AWS's, the words are ours.

func notPrimary(k *key) *op.Error {
	return failure("UnsupportedOperationException", k.ARN+" is not a multi-Region primary key.")
}

func alreadyThere(k *key) *op.Error {
	return failure("AlreadyExistsException", "Key "+k.ARN+" already exists.")
}

func unserved(member, value string) *op.Error {
	return failure("UnsupportedOperationException", member+" "+value+" is not served here.")
}

func twoSpecs() *op.Error {
	return failure("ValidationException", "You can specify KeySpec or CustomerMasterKeySpec, but not both with different values.")
}

func noKeyStore(id string) *op.Error {
	return failure("CustomKeyStoreNotFoundException", "Custom key store "+id+" does not exist.")
}

func noPublicKey(k *key) *op.Error {
	return failure("UnsupportedOperationException", k.ARN+" is not an asymmetric key: it has no public key.")
}

func otherKind(name string) *op.Error {
	return failure("ValidationException", "Alias "+name+" cannot point to a key of another type or key usage than the one that it points to.")
}

func policyTooLarge() *op.Error {
	return failure("LimitExceededException", fmt.Sprintf("The key policy holds more than %d bytes.", maxPolicy))
}

func noGrantee() *op.Error { return failure("ValidationException", "GranteePrincipal is required.") }

func badPrincipal(arn string) *op.Error {
	return failure("InvalidArnException", "ARN does not refer to a valid principal: "+arn)
}

func unfitOperation(k *key, operation string) *op.Error {
	return failure("ValidationException", "Grant operation "+operation+" is not valid for a key with key usage "+k.Usage+" and key spec "+k.Spec+".")
}

func twoConstraints() *op.Error {
	return failure("ValidationException", "A grant has either EncryptionContextEquals or EncryptionContextSubset, not both.")
}

func unfitConstraints() *op.Error {
	return failure("ValidationException", "Grant constraints are valid for symmetric encryption keys only.")
}

func tooManyGrants() *op.Error {
	return failure("LimitExceededException", fmt.Sprintf("Grants per key quota for this account in this region is %d.", maxGrants))
}

func missingGrant(id string) *op.Error {
	return failure("NotFoundException", "Grant "+id+" does not exist")
}

func unnamedGrant() *op.Error {
	return failure("ValidationException", "Grant token OR (grant ID and key ID) must be specified")
}

func badGrantToken() *op.Error { return failure("InvalidGrantTokenException", "") }

func badPublicKey() *op.Error {
	return failure("ValidationException", "The public key is not one of the curve of the KMS key.")
}

func needsKey() *op.Error {
	return failure("ValidationException", "KeyId is required to decrypt with an asymmetric key.")
}
