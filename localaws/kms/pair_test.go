package kms_test

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func bytesOf(t *testing.T, text any) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text.(string))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSign: what each algorithm signs, whoever has the public key can verify, and so does Verify; a digest is signed as its message is, but
// for Edwards curves, which have an algorithm for each.
func TestSign(t *testing.T) {
	message := []byte("a message")
	short, long := sha256.Sum256(message), sha512.Sum512(message)
	tests := map[string]struct {
		spec     string
		digest   []byte // nil: the algorithm takes no digest
		verifies func(public any, signature []byte) bool
	}{
		"RSASSA_PSS_SHA_256": {"RSA_2048", short[:], func(public any, signature []byte) bool {
			return rsa.VerifyPSS(public.(*rsa.PublicKey), 5, short[:], signature, &rsa.PSSOptions{SaltLength: 32}) == nil
		}},
		"RSASSA_PKCS1_V1_5_SHA_512": {"RSA_2048", long[:], func(public any, signature []byte) bool {
			return rsa.VerifyPKCS1v15(public.(*rsa.PublicKey), 7, long[:], signature) == nil
		}},
		"ECDSA_SHA_256": {"ECC_NIST_P256", short[:], func(public any, signature []byte) bool {
			return ecdsa.VerifyASN1(public.(*ecdsa.PublicKey), short[:], signature)
		}},
		"ED25519_SHA_512": {"ECC_NIST_EDWARDS25519", nil, func(public any, signature []byte) bool {
			return ed25519.Verify(public.(ed25519.PublicKey), message, signature)
		}},
	}
	a := newAWS(t)
	for algorithm, tt := range tests {
		t.Run(algorithm, func(t *testing.T) {
			a.T = t
			id, arn := createKey(a, m{"KeySpec": tt.spec, "KeyUsage": "SIGN_VERIFY"})
			in := m{"KeyId": id, "Message": b64(string(message)), "SigningAlgorithm": algorithm}
			signed := a.OK("kms.Sign", in)
			public, err := x509.ParsePKIXPublicKey(bytesOf(t, a.OK("kms.GetPublicKey", m{"KeyId": id})["PublicKey"]))
			if err != nil || !tt.verifies(public, bytesOf(t, signed["Signature"])) || signed["KeyId"] != arn {
				t.Errorf("signed %v (%v)", signed, err)
			}
			if got := a.OK("kms.Verify", with(in, "Signature", signed["Signature"])); got["SignatureValid"] != true {
				t.Errorf("verified %v", got)
			}
			a.Fails("KMSInvalidSignatureException: ", "kms.Verify", with(with(in, "Signature", signed["Signature"]), "Message", b64("another")))
			digested := with(with(in, "MessageType", "DIGEST"), "Message", base64.StdEncoding.EncodeToString(tt.digest))
			if tt.digest == nil {
				a.Fails("ValidationException: Message type DIGEST is incompatible with key spec ECC_NIST_EDWARDS25519.", "kms.Sign", with(digested, "Message", b64("x")))
				return
			}
			a.OK("kms.Verify", with(digested, "Signature", signed["Signature"]))
			a.Fails("ValidationException: Digest is invalid length for algorithm "+algorithm+".", "kms.Sign", with(digested, "Message", b64("x")))
			a.Fails("DryRunOperationException", "kms.Sign", with(in, "DryRun", true))
		})
	}
}

// TestUsages: a key is made for one usage that its spec has, its metadata says with which algorithms, and it refuses whatever else.
func TestUsages(t *testing.T) {
	a := newAWS(t)
	tests := []struct {
		spec, usage, algorithms string
		list                    []any
		refused                 string
	}{
		{"SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", []any{"SYMMETRIC_DEFAULT"}, "GenerateMac"},
		{"RSA_2048", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", []any{"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"}, "GenerateDataKey"},
		{"ECC_NIST_P521", "SIGN_VERIFY", "SigningAlgorithms", []any{"ECDSA_SHA_512"}, "Encrypt"},
		{"ECC_NIST_P384", "KEY_AGREEMENT", "KeyAgreementAlgorithms", []any{"ECDH"}, "Sign"},
		{"HMAC_384", "GENERATE_VERIFY_MAC", "MacAlgorithms", []any{"HMAC_SHA_384"}, "Sign"},
	}
	calls := map[string]m{
		"GenerateMac": {"Message": b64("x"), "MacAlgorithm": "HMAC_SHA_384"}, "GenerateDataKey": {"KeySpec": "AES_256"},
		"Encrypt": {"Plaintext": b64("x")}, "Sign": {"Message": b64("x"), "SigningAlgorithm": "ECDSA_SHA_384"},
	}
	for _, tt := range tests {
		made := a.OK("kms.CreateKey", m{"KeySpec": tt.spec, "KeyUsage": tt.usage})["KeyMetadata"].(m)
		var lists []string
		for name := range maps.Keys(made) {
			if _, ok := made[name].([]any); ok {
				lists = append(lists, name)
			}
		}
		if diff := cmp.Diff(tt.list, made[tt.algorithms]); diff != "" || !slices.Equal(lists, []string{tt.algorithms}) {
			t.Errorf("%s for %s: %v (%s)", tt.spec, tt.usage, made, diff)
		}
		a.Fails("InvalidKeyUsageException: "+made["Arn"].(string)+" key usage is "+tt.usage+" which is not valid for "+tt.refused+".",
			"kms."+tt.refused, with(calls[tt.refused], "KeyId", made["KeyId"]))
		if tt.spec != "SYMMETRIC_DEFAULT" {
			a.Fails("UnsupportedOperationException: ", "kms.EnableKeyRotation", m{"KeyId": made["KeyId"]})
		}
	}
	a.Fails("ValidationException: You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.", "kms.CreateKey", m{"KeySpec": "HMAC_256"})
	a.Fails("ValidationException: KeyUsage SIGN_VERIFY is not compatible with KeySpec HMAC_256", "kms.CreateKey", m{"KeySpec": "HMAC_256", "KeyUsage": "SIGN_VERIFY"})
	a.Fails("UnsupportedOperationException: KeySpec SM2", "kms.CreateKey", m{"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"})
	a.Fails("UnsupportedOperationException: Origin EXTERNAL", "kms.CreateKey", m{"Origin": "EXTERNAL"})
	a.Fails("CustomKeyStoreNotFoundException", "kms.CreateKey", m{"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": "cks-1"})
	a.Fails("ValidationException", "kms.CreateKey", m{"KeySpec": "HMAC_256", "CustomerMasterKeySpec": "HMAC_384", "KeyUsage": "GENERATE_VERIFY_MAC"})
	id, _ := createKey(a, m{})
	a.Fails("UnsupportedOperationException", "kms.GetPublicKey", m{"KeyId": id})
}

// TestRSAEncryption: what is encrypted with a public key, here or elsewhere, Decrypt opens when it is told key and algorithm.
func TestRSAEncryption(t *testing.T) {
	a := newAWS(t)
	id, arn := createKey(a, m{"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"})
	with256 := m{"KeyId": id, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
	here := a.OK("kms.Encrypt", with(with256, "Plaintext", b64("plain")))["CiphertextBlob"].(string)
	public, err := x509.ParsePKIXPublicKey(bytesOf(t, a.OK("kms.GetPublicKey", m{"KeyId": id})["PublicKey"]))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, public.(*rsa.PublicKey), []byte("plain"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, blob := range []string{here, base64.StdEncoding.EncodeToString(elsewhere)} {
		got := a.OK("kms.Decrypt", with(with256, "CiphertextBlob", blob))
		want := m{"Plaintext": b64("plain"), "KeyId": arn, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		a.Fails("InvalidCiphertextException", "kms.Decrypt", m{"KeyId": id, "EncryptionAlgorithm": "RSAES_OAEP_SHA_1", "CiphertextBlob": blob})
	}
	a.Fails("ValidationException: Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.",
		"kms.Encrypt", with(with256, "Plaintext", base64.StdEncoding.EncodeToString(make([]byte, 191))))
	a.Fails("InvalidKeyUsageException: Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.", "kms.Encrypt", m{"KeyId": id, "Plaintext": b64("x")})
	to, _ := createKey(a, m{})
	moved := a.OK("kms.ReEncrypt", m{"CiphertextBlob": here, "SourceKeyId": id, "SourceEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "DestinationKeyId": to})
	if got := a.OK("kms.Decrypt", m{"CiphertextBlob": moved["CiphertextBlob"]})["Plaintext"]; got != b64("plain") {
		t.Errorf("re-encrypted to %v", got)
	}
}

// TestMac and the shared secret: both sides come to the same, and a MAC of something else is refused.
func TestMacAndAgreement(t *testing.T) {
	a := newAWS(t)
	id, _ := createKey(a, m{"KeySpec": "HMAC_512", "KeyUsage": "GENERATE_VERIFY_MAC"})
	in := m{"KeyId": id, "Message": b64("x"), "MacAlgorithm": "HMAC_SHA_512"}
	sum := a.OK("kms.GenerateMac", in)["Mac"]
	if got := a.OK("kms.VerifyMac", with(in, "Mac", sum)); got["MacValid"] != true {
		t.Errorf("verified %v", got)
	}
	a.Fails("KMSInvalidMacException: ", "kms.VerifyMac", with(with(in, "Mac", sum), "Message", b64("y")))
	a.Fails("InvalidKeyUsageException: Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_512.", "kms.GenerateMac", with(in, "MacAlgorithm", "HMAC_SHA_256"))

	curve, arn := createKey(a, m{"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"})
	theirs, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(theirs.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	agreed := a.OK("kms.DeriveSharedSecret", m{"KeyId": curve, "KeyAgreementAlgorithm": "ECDH", "PublicKey": base64.StdEncoding.EncodeToString(public)})
	ours, err := x509.ParsePKIXPublicKey(bytesOf(t, a.OK("kms.GetPublicKey", m{"KeyId": curve})["PublicKey"]))
	if err != nil {
		t.Fatal(err)
	}
	point, err := ours.(*ecdsa.PublicKey).ECDH()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := theirs.ECDH(point)
	if err != nil || agreed["SharedSecret"] != base64.StdEncoding.EncodeToString(secret) || agreed["KeyId"] != arn {
		t.Errorf("agreed on %v (%v)", agreed, err)
	}
	a.Fails("ValidationException", "kms.DeriveSharedSecret", m{"KeyId": curve, "KeyAgreementAlgorithm": "ECDH", "PublicKey": b64("nonsense")})
}

// TestDataKeyPairs: the private key opens with its encryption context only, and belongs to the public one.
func TestDataKeyPairs(t *testing.T) {
	a := newAWS(t)
	id, _ := createKey(a, m{})
	for _, spec := range []string{"RSA_2048", "ECC_NIST_P256", "ECC_NIST_EDWARDS25519"} {
		got := a.OK("kms.GenerateDataKeyPair", m{"KeyId": id, "KeyPairSpec": spec, "EncryptionContext": m{"a": "b"}})
		opened := a.OK("kms.Decrypt", m{"CiphertextBlob": got["PrivateKeyCiphertextBlob"], "EncryptionContext": m{"a": "b"}})["Plaintext"]
		private, err := x509.ParsePKCS8PrivateKey(bytesOf(t, opened))
		if err != nil || opened != got["PrivateKeyPlaintext"] {
			t.Fatalf("%s: the private key opens as %v (%v)", spec, opened, err)
		}
		public, err := x509.MarshalPKIXPublicKey(private.(interface{ Public() crypto.PublicKey }).Public())
		if err != nil || base64.StdEncoding.EncodeToString(public) != got["PublicKey"] {
			t.Errorf("%s: the public key is another's (%v)", spec, err)
		}
		if _, there := a.OK("kms.GenerateDataKeyPairWithoutPlaintext", m{"KeyId": id, "KeyPairSpec": spec})["PrivateKeyPlaintext"]; there {
			t.Errorf("%s: the private key shows", spec)
		}
	}
	a.Fails("UnsupportedOperationException: KeyPairSpec SM2", "kms.GenerateDataKeyPair", m{"KeyId": id, "KeyPairSpec": "SM2"})
}
