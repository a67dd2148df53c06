package kms

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"strings"

	"aircon/localaws/op"
	"aircon/policy"
)

type signInput struct {
	keyed
	tokens
	KeyId            string
	Message          []byte
	MessageType      string // RAW or DIGEST; "" means RAW
	SigningAlgorithm string
	DryRun           bool
}

type verifyInput struct {
	signInput
	Signature []byte
}

type signOutput struct {
	KeyId            string
	Signature        []byte
	SigningAlgorithm string
}

type verifyOutput struct {
	KeyId            string
	SignatureValid   bool
	SigningAlgorithm string
}

// needs is what both sides of a signature need.
func (in *signInput) needs(c *op.Call, action string) ([]op.Need, error) {
	return in.need(c, &in.tokens, in.KeyId, use{action: action, keys: policy.Context{
		policy.One("kms:SigningAlgorithm", in.SigningAlgorithm), policy.One("kms:MessageType", cmp.Or(in.MessageType, "RAW")),
	}})
}

func signNeeds(c *op.Call, in *signInput) ([]op.Need, error)     { return in.needs(c, "Sign") }
func verifyNeeds(c *op.Call, in *verifyInput) ([]op.Need, error) { return in.needs(c, "Verify") }

// digested returns what of a message is signed, and how.
func (in *signInput) digested(k *key) ([]byte, crypto.SignerOpts, error) {
	if err := k.takes(in.SigningAlgorithm); err != nil {
		return nil, nil, err
	}
	sum, isDigest := hashOf(in.SigningAlgorithm), in.MessageType == "DIGEST"
	if in.SigningAlgorithm == "ED25519_SHA_512" {
		if isDigest {
			return nil, nil, messageTypeUnfit(in.MessageType, k.Spec)
		}
		return in.Message, crypto.Hash(0), nil
	}
	message := in.Message
	if !isDigest {
		h := sum.New()
		h.Write(message)
		message = h.Sum(nil)
	}
	switch {
	case len(message) != sum.Size():
		return nil, nil, badDigest(in.SigningAlgorithm)
	case strings.HasPrefix(in.SigningAlgorithm, "RSASSA_PSS"):
		return message, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: sum}, nil
	}
	return message, sum, nil
}

// hashOf is the hash that an algorithm's name ends with.
func hashOf(algorithm string) crypto.Hash {
	switch algorithm[len(algorithm)-3:] {
	case "256":
		return crypto.SHA256
	case "384":
		return crypto.SHA384
	}
	return crypto.SHA512
}

// sign needs kms:Sign.
func (ks *Keys) sign(c *op.Call, in *signInput) (*signOutput, error) {
	if err := in.key.ready("Sign", signVerify); err != nil {
		return nil, err
	}
	message, how, err := in.digested(in.key)
	if err != nil {
		return nil, err
	}
	m, err := ks.open(c, in.key, "")
	if err != nil {
		return nil, err
	}
	signature, err := m.private.(crypto.Signer).Sign(rand.Reader, message, how)
	if err == nil && in.DryRun {
		err = tried()
	}
	return &signOutput{in.key.ARN, signature, in.SigningAlgorithm}, err
}

// verify needs kms:Verify. A signature that is not the key's over the message is an error, not an answer.
func (ks *Keys) verify(c *op.Call, in *verifyInput) (*verifyOutput, error) {
	if err := in.key.ready("Verify", signVerify); err != nil {
		return nil, err
	}
	message, how, err := in.digested(in.key)
	if err != nil {
		return nil, err
	}
	m, err := ks.open(c, in.key, "")
	switch {
	case err != nil:
		return nil, err
	case !signed(m.private.(crypto.Signer).Public(), message, in.Signature, how):
		return nil, failure("KMSInvalidSignatureException", "")
	case in.DryRun:
		return nil, tried()
	}
	return &verifyOutput{in.key.ARN, true, in.SigningAlgorithm}, nil
}

// signed reports whether a signature is the key's over the message.
func signed(public crypto.PublicKey, message, signature []byte, how crypto.SignerOpts) bool {
	switch p := public.(type) {
	case *rsa.PublicKey:
		if pss, ok := how.(*rsa.PSSOptions); ok {
			return rsa.VerifyPSS(p, pss.Hash, message, signature, pss) == nil
		}
		return rsa.VerifyPKCS1v15(p, how.HashFunc(), message, signature) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(p, message, signature)
	case ed25519.PublicKey:
		return ed25519.VerifyWithOptions(p, message, signature, &ed25519.Options{Hash: how.HashFunc()}) == nil
	}
	return false
}

type publicKeyInput struct {
	keyed
	tokens
	KeyId string
}

type publicKeyOutput struct {
	CustomerMasterKeySpec  string
	EncryptionAlgorithms   []string `json:",omitempty"`
	KeyAgreementAlgorithms []string `json:",omitempty"`
	KeyId                  string
	KeySpec                string
	KeyUsage               string
	PublicKey              []byte   // X.509 SubjectPublicKeyInfo
	SigningAlgorithms      []string `json:",omitempty"`
}

func publicKeyNeeds(c *op.Call, in *publicKeyInput) ([]op.Need, error) {
	return in.need(c, &in.tokens, in.KeyId, use{action: "GetPublicKey"})
}

// getPublicKey needs kms:GetPublicKey.
func (ks *Keys) getPublicKey(c *op.Call, in *publicKeyInput) (*publicKeyOutput, error) {
	k := in.key
	if !isPair(k.Spec) {
		return nil, noPublicKey(k)
	}
	if err := k.usable(); err != nil {
		return nil, err
	}
	m, err := ks.open(c, k, "")
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(m.private.(crypto.Signer).Public())
	d := k.metadata()
	return &publicKeyOutput{
		k.Spec, d.EncryptionAlgorithms, d.KeyAgreementAlgorithms, k.ARN, k.Spec, k.Usage, public, d.SigningAlgorithms,
	}, err
}
