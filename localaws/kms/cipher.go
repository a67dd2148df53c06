package kms

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // RSAES_OAEP_SHA_1 is one of KMS's algorithms
	"crypto/sha256"
	"errors"
	"hash"

	"aircon/localaws/op"
	"aircon/policy"
)

// orSymmetric is the algorithm that an input names, or the one of symmetric keys.
func orSymmetric(algorithm string) string { return cmp.Or(algorithm, symmetric) }

// ciphered is a ciphertext with the key and the algorithm that open it. A symmetric one tells its key; of any other the request does.
type ciphered struct {
	from      *key
	algorithm string
	blob      blob
}

// find reads a ciphertext, finds the key that opens it, and what its use needs.
func (in *ciphered) find(c *op.Call, t *tokens, ciphertext []byte, id, algorithm string, u use) (op.Need, error) {
	if err := t.valid(c); err != nil {
		return op.Need{}, err
	}
	var n op.Need
	var err error
	if in.algorithm = algorithm; algorithm == symmetric {
		in.from, in.blob, n, err = reachBlob(c, ciphertext, id, u)
		return n, err
	}
	if id == "" {
		return n, needsKey()
	}
	in.blob = blob{sealed: ciphertext}
	in.from, n, err = reach(c, id, u)
	return n, err
}

// reachBlob takes a symmetric ciphertext apart and finds its key, which must be the one that id names if it names one.
func reachBlob(c *op.Call, ciphertext []byte, id string, u use) (*key, blob, op.Need, error) {
	fail := func(err error) (*key, blob, op.Need, error) { return nil, blob{}, op.Need{}, err }
	b, err := parseBlob(ciphertext)
	if err != nil {
		return fail(err)
	}
	if id != "" {
		named, usedAlias, err := find(c, id)
		if err != nil {
			return fail(err)
		}
		if named.ARN != here(c, b.arn) {
			return fail(failure("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation."))
		}
		u.alias = usedAlias
	}
	k, _, err := find(c, here(c, b.arn))
	if err != nil {
		var refused *op.Error
		if errors.As(err, &refused) && refused.Code == "NotFoundException" {
			err = failure("AccessDeniedException",
				"The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.")
		}
		return fail(err)
	}
	n, err := k.need(c, u)
	return k, b, n, err
}

// lock encrypts plain under a key with one of the key's algorithms.
func (ks *Keys) lock(c *op.Call, k *key, algorithm string, plain []byte, context []policy.Tag) ([]byte, error) {
	if err := k.takes(algorithm); err != nil {
		return nil, err
	}
	if algorithm == symmetric {
		return ks.seal(c, k, plain, context)
	}
	m, err := ks.open(c, k, "")
	if err != nil {
		return nil, err
	}
	public, padding := &m.private.(*rsa.PrivateKey).PublicKey, oaep(algorithm)
	if most := public.Size() - 2*padding.Size() - 2; len(plain) > most {
		return nil, tooLong(algorithm, k.Spec, most)
	}
	return rsa.EncryptOAEP(padding, rand.Reader, public, plain, nil)
}

// unlock decrypts a ciphertext with its key.
func (ks *Keys) unlock(c *op.Call, in *ciphered, context []policy.Tag) ([]byte, error) {
	if err := in.from.takes(in.algorithm); err != nil {
		return nil, err
	}
	if in.algorithm == symmetric {
		return ks.unseal(c, in.from, in.blob, context)
	}
	m, err := ks.open(c, in.from, "")
	if err != nil {
		return nil, err
	}
	plain, err := rsa.DecryptOAEP(oaep(in.algorithm), nil, m.private.(*rsa.PrivateKey), in.blob.sealed, nil)
	if err != nil {
		return nil, invalidCiphertext()
	}
	return plain, nil
}

// oaep is the hash of an RSAES_OAEP algorithm.
func oaep(algorithm string) hash.Hash {
	if algorithm == "RSAES_OAEP_SHA_1" {
		return sha1.New()
	}
	return sha256.New()
}
