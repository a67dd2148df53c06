package kms

import (
	"crypto/rand"
	"errors"

	"aircon/localaws/constraint"
	"aircon/localaws/op"
)

// keyed and ciphered keep what an input's needs found, for the operation that runs right after them.
type (
	keyed    struct{ key *key }
	ciphered struct {
		from *key
		blob blob
	}
)

// reach finds a key by its name, and what a use of it needs.
func reach(c *op.Call, id string, u use) (*key, op.Need, error) {
	k, usedAlias, err := find(c, id)
	if err != nil {
		return nil, op.Need{}, err
	}
	u.alias = usedAlias
	return k, k.need(c, u), nil
}

// reachBlob takes a ciphertext apart and finds its key, which must be the one that id names if it names one.
func reachBlob(c *op.Call, ciphertext []byte, id string, u use) (ciphered, op.Need, error) {
	var e constraint.Errors
	e.Size("ciphertextBlob", len(ciphertext), 1, maxBlob)
	if err := e.Err(); err != nil {
		return ciphered{}, op.Need{}, err
	}
	b, err := parseBlob(ciphertext)
	if err != nil {
		return ciphered{}, op.Need{}, err
	}
	if id != "" {
		named, usedAlias, err := find(c, id)
		if err != nil {
			return ciphered{}, op.Need{}, err
		}
		if named.ARN != b.arn {
			return ciphered{}, op.Need{}, failure("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
		}
		u.alias = usedAlias
	}
	k, _, err := find(c, b.arn)
	var refused *op.Error
	if errors.As(err, &refused) && refused.Code == "NotFoundException" {
		return ciphered{}, op.Need{}, failure("AccessDeniedException",
			"The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.")
	}
	if err != nil {
		return ciphered{}, op.Need{}, err
	}
	return ciphered{k, b}, k.need(c, u), nil
}

// ready says why an operation that is allowed does not run: a key is not enabled, or it was only tried.
func ready(tried bool, keys ...*key) error {
	for _, k := range keys {
		if err := k.usable(); err != nil {
			return err
		}
	}
	if tried {
		return failure("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
	}
	return nil
}

type encryptInput struct {
	keyed
	KeyId               string
	Plaintext           []byte
	EncryptionContext   map[string]string
	EncryptionAlgorithm string
	DryRun              bool
}

type encryptOutput struct {
	CiphertextBlob      []byte
	EncryptionAlgorithm string
	KeyId               string
}

func encryptNeeds(c *op.Call, in *encryptInput) ([]op.Need, error) {
	var e constraint.Errors
	e.Size("plaintext", len(in.Plaintext), 1, maxPlaintext)
	if err := e.Err(); err != nil {
		return nil, err
	}
	k, n, err := reach(c, in.KeyId, use{action: "Encrypt", context: pairs(in.EncryptionContext)})
	in.key = k
	return []op.Need{n}, err
}

func (ks *Keys) encrypt(c *op.Call, in *encryptInput) (*encryptOutput, error) {
	if err := ready(in.DryRun, in.key); err != nil {
		return nil, err
	}
	b, err := ks.seal(c, in.key, in.Plaintext, pairs(in.EncryptionContext))
	return &encryptOutput{b, keySpec, in.key.ARN}, err
}

type decryptInput struct {
	ciphered
	CiphertextBlob      []byte
	KeyId               string
	EncryptionContext   map[string]string
	EncryptionAlgorithm string
	DryRun              bool
}

type decryptOutput struct {
	EncryptionAlgorithm string
	KeyId               string
	KeyMaterialId       string
	Plaintext           []byte
}

func decryptNeeds(c *op.Call, in *decryptInput) ([]op.Need, error) {
	found, n, err := reachBlob(c, in.CiphertextBlob, in.KeyId, use{action: "Decrypt", context: pairs(in.EncryptionContext)})
	in.ciphered = found
	return []op.Need{n}, err
}

func (ks *Keys) decrypt(c *op.Call, in *decryptInput) (*decryptOutput, error) {
	if err := ready(in.DryRun, in.from); err != nil {
		return nil, err
	}
	plain, err := ks.unseal(c, in.from, in.blob, pairs(in.EncryptionContext))
	return &decryptOutput{keySpec, in.from.ARN, in.blob.material, plain}, err
}

type reEncryptInput struct {
	ciphered
	keyed
	CiphertextBlob                 []byte
	SourceKeyId                    string
	SourceEncryptionContext        map[string]string
	SourceEncryptionAlgorithm      string
	DestinationKeyId               string
	DestinationEncryptionContext   map[string]string
	DestinationEncryptionAlgorithm string
	DryRun                         bool
}

type reEncryptOutput struct {
	CiphertextBlob                 []byte
	DestinationEncryptionAlgorithm string
	KeyId                          string
	SourceEncryptionAlgorithm      string
	SourceKeyId                    string
}

// reEncryptNeeds: kms:ReEncryptFrom on the one key and kms:ReEncryptTo on the other.
func reEncryptNeeds(c *op.Call, in *reEncryptInput) ([]op.Need, error) {
	found, from, err := reachBlob(c, in.CiphertextBlob, in.SourceKeyId, use{action: "ReEncryptFrom", context: pairs(in.SourceEncryptionContext)})
	if err != nil {
		return nil, err
	}
	k, to, err := reach(c, in.DestinationKeyId, use{action: "ReEncryptTo", context: pairs(in.DestinationEncryptionContext)})
	in.ciphered, in.key = found, k
	return []op.Need{from, to}, err
}

func (ks *Keys) reEncrypt(c *op.Call, in *reEncryptInput) (*reEncryptOutput, error) {
	if err := ready(in.DryRun, in.from, in.key); err != nil {
		return nil, err
	}
	plain, err := ks.unseal(c, in.from, in.blob, pairs(in.SourceEncryptionContext))
	if err != nil {
		return nil, err
	}
	sealed, err := ks.seal(c, in.key, plain, pairs(in.DestinationEncryptionContext))
	return &reEncryptOutput{sealed, keySpec, in.key.ARN, keySpec, in.from.ARN}, err
}

type dataKeyInput struct {
	keyed
	KeyId             string
	EncryptionContext map[string]string
	KeySpec           string // AES_256 or AES_128
	NumberOfBytes     *int
	DryRun            bool
}

type dataKeyOutput struct {
	bareDataKeyOutput
	Plaintext []byte
}

type bareDataKeyOutput struct {
	CiphertextBlob []byte
	KeyId          string
	KeyMaterialId  string
}

func dataKeyNeeds(action string) func(*op.Call, *dataKeyInput) ([]op.Need, error) {
	return func(c *op.Call, in *dataKeyInput) ([]op.Need, error) {
		if err := in.check(); err != nil {
			return nil, err
		}
		k, n, err := reach(c, in.KeyId, use{action: action, context: pairs(in.EncryptionContext)})
		in.key = k
		return []op.Need{n}, err
	}
}

func (ks *Keys) generateDataKey(c *op.Call, in *dataKeyInput) (*dataKeyOutput, error) {
	if err := ready(in.DryRun, in.key); err != nil {
		return nil, err
	}
	plain := make([]byte, in.size())
	rand.Read(plain)
	sealed, err := ks.seal(c, in.key, plain, pairs(in.EncryptionContext))
	return &dataKeyOutput{bareDataKeyOutput{sealed, in.key.ARN, in.key.newest().ID}, plain}, err
}

func (ks *Keys) generateDataKeyWithoutPlaintext(c *op.Call, in *dataKeyInput) (*bareDataKeyOutput, error) {
	out, err := ks.generateDataKey(c, in)
	if err != nil {
		return nil, err
	}
	return &out.bareDataKeyOutput, nil
}

// size is the data key's length in bytes.
func (in *dataKeyInput) size() int {
	switch {
	case in.NumberOfBytes != nil:
		return *in.NumberOfBytes
	case in.KeySpec == "AES_128":
		return 16
	}
	return 32
}

type generateRandomInput struct{ NumberOfBytes *int }

type generateRandomOutput struct{ Plaintext []byte }

func generateRandom(_ *op.Call, in *generateRandomInput) (*generateRandomOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	plain := make([]byte, *in.NumberOfBytes)
	rand.Read(plain)
	return &generateRandomOutput{plain}, nil
}
