package kms

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"hash"

	"aircon/localaws/op"
	"aircon/policy"
)

type macInput struct {
	keyed
	tokens
	KeyId        string
	Message      []byte
	MacAlgorithm string
	DryRun       bool
}

type verifyMacInput struct {
	macInput
	Mac []byte
}

type macOutput struct {
	KeyId        string
	Mac          []byte
	MacAlgorithm string
}

type verifyMacOutput struct {
	KeyId        string
	MacAlgorithm string
	MacValid     bool
}

func (in *macInput) needs(c *op.Call, action string) ([]op.Need, error) {
	return in.need(c, &in.tokens, in.KeyId, use{action: action, keys: policy.Context{policy.One("kms:MacAlgorithm", in.MacAlgorithm)}})
}

func macNeeds(c *op.Call, in *macInput) ([]op.Need, error) { return in.needs(c, "GenerateMac") }
func verifyMacNeeds(c *op.Call, in *verifyMacInput) ([]op.Need, error) {
	return in.needs(c, "VerifyMac")
}

// macs are the hashes of the MAC algorithms.
var macs = map[string]func() hash.Hash{
	"HMAC_SHA_224": sha256.New224, "HMAC_SHA_256": sha256.New, "HMAC_SHA_384": sha512.New384, "HMAC_SHA_512": sha512.New,
}

// sum is the MAC of the input's message.
func (in *macInput) sum(c *op.Call, ks *Keys, action string) ([]byte, error) {
	if err := in.key.ready(action, generateMac); err != nil {
		return nil, err
	}
	if err := in.key.takes(in.MacAlgorithm); err != nil {
		return nil, err
	}
	m, err := ks.open(c, in.key, "")
	if err != nil {
		return nil, err
	}
	return mac(macs[in.MacAlgorithm], m.secret, in.Message), nil
}

func mac(h func() hash.Hash, key, message []byte) []byte {
	m := hmac.New(h, key)
	m.Write(message)
	return m.Sum(nil)
}

// generateMac needs kms:GenerateMac.
func (ks *Keys) generateMac(c *op.Call, in *macInput) (*macOutput, error) {
	sum, err := in.sum(c, ks, "GenerateMac")
	if err == nil && in.DryRun {
		err = tried()
	}
	return &macOutput{in.key.ARN, sum, in.MacAlgorithm}, err
}

// verifyMac needs kms:VerifyMac. A MAC that is not the message's is an error, not an answer.
func (ks *Keys) verifyMac(c *op.Call, in *verifyMacInput) (*verifyMacOutput, error) {
	sum, err := in.sum(c, ks, "VerifyMac")
	switch {
	case err != nil:
		return nil, err
	case !hmac.Equal(sum, in.Mac):
		return nil, failure("KMSInvalidMacException", "")
	case in.DryRun:
		return nil, tried()
	}
	return &verifyMacOutput{in.key.ARN, in.MacAlgorithm, true}, nil
}
