package kms

import (
	"crypto/rand"

	"aircon/localaws/constraint"
	"aircon/localaws/op"
)

type encryptInput struct {
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

// reach finds a key by its name, asks whether the caller may use it, and refuses one that is not enabled.
func reach(c *op.Call, id string, u use) (*key, error) {
	k, usedAlias, err := find(c, id)
	if err != nil {
		return nil, err
	}
	u.alias = usedAlias
	if err := u.allow(c, k); err != nil {
		return nil, err
	}
	return k, k.usable()
}

// dryRun ends an operation that was only tried.
func dryRun(asked bool) error {
	if !asked {
		return nil
	}
	return failure("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
}

func (ks *Keys) encrypt(c *op.Call, in *encryptInput) (*encryptOutput, error) {
	var e constraint.Errors
	e.Size("plaintext", len(in.Plaintext), 1, maxPlaintext)
	if err := e.Err(); err != nil {
		return nil, err
	}
	k, err := reach(c, in.KeyId, use{action: "Encrypt", context: in.EncryptionContext})
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	b, err := ks.seal(c, k, in.Plaintext, in.EncryptionContext)
	return &encryptOutput{b, keySpec, k.ARN}, err
}

type decryptInput struct {
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

func (ks *Keys) decrypt(c *op.Call, in *decryptInput) (*decryptOutput, error) {
	if err := checkBlob(in.CiphertextBlob); err != nil {
		return nil, err
	}
	k, b, err := ks.reachBlob(c, in.CiphertextBlob, in.KeyId, use{action: "Decrypt", context: in.EncryptionContext})
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	plain, err := ks.unseal(c, k, b, in.EncryptionContext)
	return &decryptOutput{keySpec, k.ARN, b.material, plain}, err
}

func checkBlob(b []byte) error {
	var e constraint.Errors
	e.Size("ciphertextBlob", len(b), 1, maxBlob)
	return e.Err()
}

// reachBlob finds the key of a ciphertext, which must be the one that id names if it names one.
func (ks *Keys) reachBlob(c *op.Call, ciphertext []byte, id string, u use) (*key, blob, error) {
	b, err := parseBlob(ciphertext)
	if err != nil {
		return nil, blob{}, err
	}
	if id != "" {
		named, usedAlias, err := find(c, id)
		if err != nil {
			return nil, blob{}, err
		}
		if named.ARN != b.arn {
			return nil, blob{}, failure("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
		}
		u.alias = usedAlias
	}
	k, _, err := find(c, b.arn)
	if refusal, ok := err.(*op.Error); ok && refusal.Code == "NotFoundException" {
		return nil, blob{}, failure("AccessDeniedException",
			"The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.")
	}
	if err != nil {
		return nil, blob{}, err
	}
	if err := u.allow(c, k); err != nil {
		return nil, blob{}, err
	}
	return k, b, k.usable()
}

type reEncryptInput struct {
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

// reEncrypt asks for kms:ReEncryptFrom on the one key and kms:ReEncryptTo on the other.
func (ks *Keys) reEncrypt(c *op.Call, in *reEncryptInput) (*reEncryptOutput, error) {
	if err := checkBlob(in.CiphertextBlob); err != nil {
		return nil, err
	}
	from, b, err := ks.reachBlob(c, in.CiphertextBlob, in.SourceKeyId, use{action: "ReEncryptFrom", context: in.SourceEncryptionContext})
	if err != nil {
		return nil, err
	}
	to, err := reach(c, in.DestinationKeyId, use{action: "ReEncryptTo", context: in.DestinationEncryptionContext})
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	plain, err := ks.unseal(c, from, b, in.SourceEncryptionContext)
	if err != nil {
		return nil, err
	}
	sealed, err := ks.seal(c, to, plain, in.DestinationEncryptionContext)
	return &reEncryptOutput{sealed, keySpec, to.ARN, keySpec, from.ARN}, err
}

type dataKeyInput struct {
	KeyId             string
	EncryptionContext map[string]string
	KeySpec           string // AES_256 or AES_128
	NumberOfBytes     *int
	DryRun            bool
}

type dataKeyOutput struct {
	CiphertextBlob []byte
	KeyId          string
	KeyMaterialId  string
	Plaintext      []byte
}

func (ks *Keys) generateDataKey(c *op.Call, in *dataKeyInput) (*dataKeyOutput, error) {
	return ks.makeDataKey(c, "GenerateDataKey", in)
}

type bareDataKeyOutput struct {
	CiphertextBlob []byte
	KeyId          string
	KeyMaterialId  string
}

func (ks *Keys) generateDataKeyWithoutPlaintext(c *op.Call, in *dataKeyInput) (*bareDataKeyOutput, error) {
	out, err := ks.makeDataKey(c, "GenerateDataKeyWithoutPlaintext", in)
	if err != nil {
		return nil, err
	}
	return &bareDataKeyOutput{out.CiphertextBlob, out.KeyId, out.KeyMaterialId}, nil
}

func (ks *Keys) makeDataKey(c *op.Call, action string, in *dataKeyInput) (*dataKeyOutput, error) {
	size, err := in.size()
	if err != nil {
		return nil, err
	}
	k, err := reach(c, in.KeyId, use{action: action, context: in.EncryptionContext})
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	plain := make([]byte, size)
	rand.Read(plain)
	sealed, err := ks.seal(c, k, plain, in.EncryptionContext)
	return &dataKeyOutput{sealed, k.ARN, k.Materials[len(k.Materials)-1].ID, plain}, err
}

func (in *dataKeyInput) size() (int, error) {
	var e constraint.Errors
	if in.KeySpec != "" {
		e.OneOf("keySpec", in.KeySpec, "AES_256", "AES_128")
	}
	if in.NumberOfBytes != nil {
		e.Range("numberOfBytes", *in.NumberOfBytes, 1, 1024)
	}
	switch {
	case e.Err() != nil:
		return 0, e.Err()
	case (in.KeySpec == "") == (in.NumberOfBytes == nil):
		return 0, failure("ValidationException", "Please specify either number of bytes or key spec.")
	case in.NumberOfBytes != nil:
		return *in.NumberOfBytes, nil
	case in.KeySpec == "AES_128":
		return 16, nil
	}
	return 32, nil
}

type generateRandomInput struct{ NumberOfBytes *int }

type generateRandomOutput struct{ Plaintext []byte }

func generateRandom(_ *op.Call, in *generateRandomInput) (*generateRandomOutput, error) {
	var e constraint.Errors
	if in.NumberOfBytes == nil {
		return nil, failure("ValidationException", "NumberOfBytes is required.")
	}
	e.Range("numberOfBytes", *in.NumberOfBytes, 1, 1024)
	if err := e.Err(); err != nil {
		return nil, err
	}
	plain := make([]byte, *in.NumberOfBytes)
	rand.Read(plain)
	return &generateRandomOutput{plain}, nil
}
