package kms

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/x509"
	"errors"

	"aircon/localaws/op"
	"aircon/policy"
)

type deriveInput struct {
	keyed
	tokens
	KeyId                 string
	KeyAgreementAlgorithm string
	PublicKey             []byte // of the other side
	DryRun                bool
}

type deriveOutput struct {
	KeyAgreementAlgorithm string
	KeyId                 string
	KeyOrigin             string
	SharedSecret          []byte
}

func deriveNeeds(c *op.Call, in *deriveInput) ([]op.Need, error) {
	return in.need(c, &in.tokens, in.KeyId, use{action: "DeriveSharedSecret", keys: policy.Context{
		policy.One("kms:KeyAgreementAlgorithm", in.KeyAgreementAlgorithm),
	}})
}

// deriveSharedSecret needs kms:DeriveSharedSecret.
func (ks *Keys) deriveSharedSecret(c *op.Call, in *deriveInput) (*deriveOutput, error) {
	if err := in.key.ready("DeriveSharedSecret", keyAgreement); err != nil {
		return nil, err
	}
	m, err := ks.open(c, in.key, "")
	if err != nil {
		return nil, err
	}
	secret, err := agree(m.private, in.PublicKey)
	switch {
	case err != nil:
		return nil, badPublicKey()
	case in.DryRun:
		return nil, tried()
	}
	return &deriveOutput{in.KeyAgreementAlgorithm, in.key.ARN, keyOrigin, secret}, nil
}

// agree computes the shared secret of a private key and the other side's public one, a SubjectPublicKeyInfo of the same curve.
func agree(private any, other []byte) ([]byte, error) {
	parsed, err := x509.ParsePKIXPublicKey(other)
	if err != nil {
		return nil, err
	}
	theirs, ok := parsed.(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("not a public key of an elliptic curve")
	}
	var public *ecdh.PublicKey
	if public, err = theirs.ECDH(); err != nil {
		return nil, err
	}
	mine, err := private.(*ecdsa.PrivateKey).ECDH()
	if err != nil {
		return nil, err
	}
	return mine.ECDH(public)
}
