package kms

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"slices"
)

// symmetric is the KeySpec that keys have unless another is asked for: AES-256 for encryption.
const symmetric = "SYMMETRIC_DEFAULT"

// What a key may be used for.
const (
	encryptDecrypt = "ENCRYPT_DECRYPT"
	signVerify     = "SIGN_VERIFY"
	generateMac    = "GENERATE_VERIFY_MAC"
	keyAgreement   = "KEY_AGREEMENT"
)

// keyOrigin is where the material of all keys here comes from.
const keyOrigin = "AWS_KMS"

// spec is what keys of a KeySpec are.
type spec struct {
	algorithms map[string][]string    // by each KeyUsage that the spec can have, in the order of AWS's answers
	make       func() ([]byte, error) // material: random bytes, or a private key as PKCS #8
}

// specs are the KeySpecs that are served. Those of the model that are not: ECC_SECG_P256K1 and ML_DSA_…, for which Go's standard library has
// no implementation, and SM2, which AWS has in China only.
//
// Source: the KMS developer guide, "Key spec reference".
var specs = map[string]spec{
	symmetric:               {map[string][]string{encryptDecrypt: {symmetric}}, randomBytes(keySize)},
	"HMAC_224":              {map[string][]string{generateMac: {"HMAC_SHA_224"}}, randomBytes(28)},
	"HMAC_256":              {map[string][]string{generateMac: {"HMAC_SHA_256"}}, randomBytes(32)},
	"HMAC_384":              {map[string][]string{generateMac: {"HMAC_SHA_384"}}, randomBytes(48)},
	"HMAC_512":              {map[string][]string{generateMac: {"HMAC_SHA_512"}}, randomBytes(64)},
	"RSA_2048":              {rsaAlgorithms, rsaKey(2048)},
	"RSA_3072":              {rsaAlgorithms, rsaKey(3072)},
	"RSA_4096":              {rsaAlgorithms, rsaKey(4096)},
	"ECC_NIST_P256":         {eccAlgorithms("ECDSA_SHA_256"), eccKey(elliptic.P256())},
	"ECC_NIST_P384":         {eccAlgorithms("ECDSA_SHA_384"), eccKey(elliptic.P384())},
	"ECC_NIST_P521":         {eccAlgorithms("ECDSA_SHA_512"), eccKey(elliptic.P521())},
	"ECC_NIST_EDWARDS25519": {map[string][]string{signVerify: {"ED25519_SHA_512", "ED25519_PH_SHA_512"}}, edwardsKey},
}

var rsaAlgorithms = map[string][]string{
	encryptDecrypt: {"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"},
	signVerify: {
		"RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512",
		"RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_384", "RSASSA_PSS_SHA_512",
	},
}

func eccAlgorithms(signing string) map[string][]string {
	return map[string][]string{signVerify: {signing}, keyAgreement: {"ECDH"}}
}

func randomBytes(size int) func() ([]byte, error) {
	return func() ([]byte, error) {
		b := make([]byte, size)
		rand.Read(b)
		return b, nil
	}
}

func rsaKey(bits int) func() ([]byte, error) {
	return func() ([]byte, error) {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			return nil, err
		}
		return x509.MarshalPKCS8PrivateKey(k)
	}
}

func eccKey(curve elliptic.Curve) func() ([]byte, error) {
	return func() ([]byte, error) {
		k, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			return nil, err
		}
		return x509.MarshalPKCS8PrivateKey(k)
	}
}

func edwardsKey() ([]byte, error) {
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKCS8PrivateKey(k)
}

// isPair reports whether keys of a spec are a private and a public key.
func isPair(keySpec string) bool {
	return keySpec != symmetric && specs[keySpec].algorithms[generateMac] == nil
}

// checkPairSpec checks the KeySpec of a data key pair.
func checkPairSpec(keySpec string) error {
	if specs[keySpec].make == nil || !isPair(keySpec) {
		return unserved("KeyPairSpec", keySpec)
	}
	return nil
}

// checkUsage checks what a new key is for against its spec. Only symmetric keys have a usage by default.
func checkUsage(keySpec, usage string) error {
	s, served := specs[keySpec]
	switch {
	case !served:
		return unserved("KeySpec", keySpec)
	case usage == "":
		return usageMissing()
	case s.algorithms[usage] == nil:
		return usageUnfit(usage, keySpec)
	}
	return nil
}

// algorithms are those that a key can be used with.
func (k *key) algorithms() []string { return specs[k.Spec].algorithms[k.Usage] }

// takes refuses an algorithm that a key has not.
func (k *key) takes(algorithm string) error {
	if !slices.Contains(k.algorithms(), algorithm) {
		return algorithmUnfit(algorithm, k.Spec)
	}
	return nil
}
