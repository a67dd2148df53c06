package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
)

// Sealer encrypts what must not lie on disk in the clear: AES-256-GCM with a random nonce of 12 bytes in front.
// It may be used from many goroutines at once.
type Sealer interface {
	// Seal encrypts plain and binds it to the additional data, which Open must be given again.
	Seal(plain, additional []byte) []byte
	// Open decrypts what Seal made. It fails with ErrSealed when a byte of either differs.
	Open(sealed, additional []byte) ([]byte, error)
}

// ErrSealed says that a text was not sealed by this key with this additional data.
var ErrSealed = errors.New("sealed data was changed, or was sealed by another key")

// rootKeySize is 32 bytes: AES-256.
const rootKeySize = 32

// sealOverhead is how many bytes longer a sealed text is: its nonce and its tag.
const sealOverhead = 12 + 16

// NewSealer returns a sealer under key, which holds 32 bytes.
func NewSealer(key []byte) Sealer { return newSealer(key) }

func newSealer(key []byte) sealer {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("store: a sealer's key holds 32 bytes")
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("store: " + err.Error())
	}
	return sealer{aead}
}

// newRootKey returns a random key.
func newRootKey() []byte {
	key := make([]byte, rootKeySize)
	rand.Read(key)
	return key
}

type sealer struct{ aead cipher.AEAD }

func (s sealer) Seal(plain, additional []byte) []byte {
	return s.aead.Seal(nil, nil, plain, additional)
}

// appendSeal does the same behind what is there.
func (s sealer) appendSeal(to, plain, additional []byte) []byte {
	return s.aead.Seal(to, nil, plain, additional)
}

func (s sealer) Open(sealed, additional []byte) ([]byte, error) {
	plain, err := s.aead.Open(nil, nil, sealed, additional)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// rowName is the additional data of a row's value. No other text that is sealed by a root key begins so.
func rowName(table, key string) []byte {
	name := make([]byte, 0, 5+len(table)+len(key))
	name = append(append(name, "row\x00"...), table...)
	return append(append(name, 0), key...)
}
