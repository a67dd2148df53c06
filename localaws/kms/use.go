package kms

import (
	"crypto/rand"
	"strconv"

	"aircon/localaws/op"
	"aircon/policy"
)

// keyed keeps the key that an input's needs found, for the operation that runs right after them.
type keyed struct{ key *key }

// need finds the one key that an input names, and what its use needs.
func (in *keyed) need(c *op.Call, t *tokens, id string, u use) ([]op.Need, error) {
	if err := t.valid(c); err != nil {
		return nil, err
	}
	k, n, err := reach(c, id, u)
	in.key = k
	return []op.Need{n}, err
}

// reach finds a key by its name, and what a use of it needs.
func reach(c *op.Call, id string, u use) (*key, op.Need, error) {
	k, usedAlias, err := find(c, id)
	if err != nil {
		return nil, op.Need{}, err
	}
	u.alias = usedAlias
	n, err := k.need(c, u)
	return k, n, err
}

// ready says why an operation that is allowed does not run: a key is not enabled, or is for something else.
func (k *key) ready(action, usage string) error {
	if err := k.usable(); err != nil {
		return err
	}
	if k.Usage != usage {
		return badUsage(k, action)
	}
	return nil
}

// withAlgorithm is the condition key of an operation's algorithm.
func withAlgorithm(algorithm string) policy.Context {
	return policy.Context{policy.One("kms:EncryptionAlgorithm", algorithm)}
}

type encryptInput struct {
	keyed
	tokens
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
	u := use{action: "Encrypt", context: pairs(in.EncryptionContext), keys: withAlgorithm(orSymmetric(in.EncryptionAlgorithm))}
	return in.need(c, &in.tokens, in.KeyId, u)
}

// encrypt needs kms:Encrypt.
func (ks *Keys) encrypt(c *op.Call, in *encryptInput) (*encryptOutput, error) {
	algorithm := orSymmetric(in.EncryptionAlgorithm)
	if err := in.key.ready("Encrypt", encryptDecrypt); err != nil {
		return nil, err
	}
	b, err := ks.lock(c, in.key, algorithm, in.Plaintext, pairs(in.EncryptionContext))
	if err == nil && in.DryRun {
		err = tried()
	}
	return &encryptOutput{b, algorithm, in.key.ARN}, err
}

type decryptInput struct {
	ciphered
	tokens
	CiphertextBlob      []byte
	KeyId               string
	EncryptionContext   map[string]string
	EncryptionAlgorithm string
	DryRun              bool
}

type decryptOutput struct {
	EncryptionAlgorithm string
	KeyId               string
	KeyMaterialId       string `json:",omitempty"`
	Plaintext           []byte
}

func decryptNeeds(c *op.Call, in *decryptInput) ([]op.Need, error) {
	algorithm := orSymmetric(in.EncryptionAlgorithm)
	u := use{action: "Decrypt", context: pairs(in.EncryptionContext), keys: withAlgorithm(algorithm)}
	n, err := in.find(c, &in.tokens, in.CiphertextBlob, in.KeyId, algorithm, u)
	return []op.Need{n}, err
}

// decrypt needs kms:Decrypt.
func (ks *Keys) decrypt(c *op.Call, in *decryptInput) (*decryptOutput, error) {
	if err := in.from.ready("Decrypt", encryptDecrypt); err != nil {
		return nil, err
	}
	plain, err := ks.unlock(c, &in.ciphered, pairs(in.EncryptionContext))
	if err == nil && in.DryRun {
		err = tried()
	}
	return &decryptOutput{in.algorithm, in.from.ARN, in.blob.material, plain}, err
}

type reEncryptInput struct {
	ciphered
	keyed
	tokens
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
	source, to := orSymmetric(in.SourceEncryptionAlgorithm), orSymmetric(in.DestinationEncryptionAlgorithm)
	u := use{action: "ReEncryptFrom", context: pairs(in.SourceEncryptionContext), keys: withAlgorithm(source)}
	from, err := in.find(c, &in.tokens, in.CiphertextBlob, in.SourceKeyId, source, u)
	if err != nil {
		return nil, err
	}
	u = use{action: "ReEncryptTo", context: pairs(in.DestinationEncryptionContext), keys: withAlgorithm(to)}
	needs, err := in.need(c, &in.tokens, in.DestinationKeyId, u)
	if err != nil {
		return nil, err
	}
	same := policy.One("kms:ReEncryptOnSameKey", strconv.FormatBool(in.from.ARN == in.key.ARN))
	from.Context, needs[0].Context = append(from.Context, same), append(needs[0].Context, same)
	return []op.Need{from, needs[0]}, nil
}

func (ks *Keys) reEncrypt(c *op.Call, in *reEncryptInput) (*reEncryptOutput, error) {
	for _, k := range []*key{in.from, in.key} {
		if err := k.ready("ReEncrypt", encryptDecrypt); err != nil {
			return nil, err
		}
	}
	plain, err := ks.unlock(c, &in.ciphered, pairs(in.SourceEncryptionContext))
	if err != nil {
		return nil, err
	}
	to := orSymmetric(in.DestinationEncryptionAlgorithm)
	sealed, err := ks.lock(c, in.key, to, plain, pairs(in.DestinationEncryptionContext))
	if err == nil && in.DryRun {
		err = tried()
	}
	return &reEncryptOutput{sealed, to, in.key.ARN, in.algorithm, in.from.ARN}, err
}

type generateRandomInput struct{ NumberOfBytes *int }

type generateRandomOutput struct{ Plaintext []byte }

// generateRandom needs kms:GenerateRandom, which has no resource.
func generateRandom(_ *op.Call, in *generateRandomInput) (*generateRandomOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	plain := make([]byte, *in.NumberOfBytes)
	rand.Read(plain)
	return &generateRandomOutput{plain}, nil
}
