package kms

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"fmt"

	"aircon/localaws/op"
	"aircon/policy"
)

type dataKeyInput struct {
	keyed
	tokens
	KeyId             string
	EncryptionContext map[string]string
	KeySpec           string // AES_256 or AES_128
	NumberOfBytes     *int
	DryRun            bool
}

// dataKeyOutput is without KeyMaterialId: the recorded answers, which this service is held against, are older than that member.
type dataKeyOutput struct {
	bareDataKeyOutput
	Plaintext []byte
}

type bareDataKeyOutput struct {
	CiphertextBlob []byte
	KeyId          string
}

func dataKeyNeeds(action string) func(*op.Call, *dataKeyInput) ([]op.Need, error) {
	return func(c *op.Call, in *dataKeyInput) ([]op.Need, error) {
		if err := in.check(); err != nil {
			return nil, err
		}
		u := use{action: action, context: pairs(in.EncryptionContext), keys: withAlgorithm(symmetric)}
		return in.need(c, &in.tokens, in.KeyId, u)
	}
}

// symmetricOnly refuses keys that cannot encrypt a data key.
func (k *key) symmetricOnly(action string) error {
	if err := k.usable(); err != nil {
		return err
	}
	if k.Spec != symmetric {
		return badUsage(k, action)
	}
	return nil
}

// dataKey makes a data key.
func (ks *Keys) dataKey(c *op.Call, in *dataKeyInput, action string) (*dataKeyOutput, error) {
	if err := in.key.symmetricOnly(action); err != nil {
		return nil, err
	}
	if in.DryRun {
		return nil, tried()
	}
	plain := make([]byte, in.size())
	rand.Read(plain)
	sealed, err := ks.seal(c, in.key, plain, pairs(in.EncryptionContext))
	return &dataKeyOutput{bareDataKeyOutput{sealed, in.key.ARN}, plain}, err
}

// generateDataKey needs kms:GenerateDataKey.
func (ks *Keys) generateDataKey(c *op.Call, in *dataKeyInput) (*dataKeyOutput, error) {
	return ks.dataKey(c, in, "GenerateDataKey")
}

// generateDataKeyWithoutPlaintext needs kms:GenerateDataKeyWithoutPlaintext.
func (ks *Keys) generateDataKeyWithoutPlaintext(c *op.Call, in *dataKeyInput) (*bareDataKeyOutput, error) {
	out, err := ks.dataKey(c, in, "GenerateDataKeyWithoutPlaintext")
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

type dataKeyPairInput struct {
	keyed
	tokens
	KeyId             string
	KeyPairSpec       string
	EncryptionContext map[string]string
	DryRun            bool
}

type bareDataKeyPairOutput struct {
	KeyId                    string
	KeyPairSpec              string
	PrivateKeyCiphertextBlob []byte
	PublicKey                []byte // X.509 SubjectPublicKeyInfo
}

type dataKeyPairOutput struct {
	bareDataKeyPairOutput
	PrivateKeyPlaintext []byte // PKCS #8
}

func dataKeyPairNeeds(action string) func(*op.Call, *dataKeyPairInput) ([]op.Need, error) {
	return func(c *op.Call, in *dataKeyPairInput) ([]op.Need, error) {
		if err := checkPairSpec(in.KeyPairSpec); err != nil {
			return nil, err
		}
		keys := append(withAlgorithm(symmetric), policy.One("kms:DataKeyPairSpec", in.KeyPairSpec))
		return in.need(c, &in.tokens, in.KeyId, use{action: action, context: pairs(in.EncryptionContext), keys: keys})
	}
}

// dataKeyPair makes a data key pair.
func (ks *Keys) dataKeyPair(c *op.Call, in *dataKeyPairInput, action string) (*dataKeyPairOutput, error) {
	if err := in.key.symmetricOnly(action); err != nil {
		return nil, err
	}
	if in.DryRun {
		return nil, tried()
	}
	private, err := specs[in.KeyPairSpec].make()
	if err != nil {
		return nil, fmt.Errorf("making a data key pair of %s: %w", in.KeyPairSpec, err)
	}
	public, err := publicOf(private)
	if err != nil {
		return nil, err
	}
	sealed, err := ks.seal(c, in.key, private, pairs(in.EncryptionContext))
	return &dataKeyPairOutput{bareDataKeyPairOutput{in.key.ARN, in.KeyPairSpec, sealed, public}, private}, err
}

// publicOf returns the public half of a private key in PKCS #8.
func publicOf(private []byte) ([]byte, error) {
	k, err := x509.ParsePKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKIXPublicKey(k.(crypto.Signer).Public())
}

// generateDataKeyPair needs kms:GenerateDataKeyPair.
func (ks *Keys) generateDataKeyPair(c *op.Call, in *dataKeyPairInput) (*dataKeyPairOutput, error) {
	return ks.dataKeyPair(c, in, "GenerateDataKeyPair")
}

// generateDataKeyPairWithoutPlaintext needs kms:GenerateDataKeyPairWithoutPlaintext.
func (ks *Keys) generateDataKeyPairWithoutPlaintext(c *op.Call, in *dataKeyPairInput) (*bareDataKeyPairOutput, error) {
	out, err := ks.dataKeyPair(c, in, "GenerateDataKeyPairWithoutPlaintext")
	if err != nil {
		return nil, err
	}
	return &out.bareDataKeyPairOutput, nil
}
