package kms

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"slices"

	"aircon/localaws/op"
)

const (
	keySize   = 32 // bytes; AES-256
	blobMark  = 1  // first byte of a ciphertext; another one will mark another format
	nonceSize = 12
)

// material is a key's opened material.
type material struct {
	id   string
	aead cipher.AEAD
}

// open returns a key's material by its id, or the newest for "". The opened form is kept: it is used for every secret read.
func (ks *Keys) open(c *op.Call, k *key, id string) (*material, error) {
	sealed := k.newest()
	if id != "" {
		i := slices.IndexFunc(k.Materials, func(m sealedMaterial) bool { return m.ID == id })
		if i < 0 {
			return nil, invalidCiphertext()
		}
		sealed = k.Materials[i]
	}
	if m, ok := ks.opened.Load(sealed.ID); ok {
		return m.(*material), nil
	}
	plain, err := c.Sealer.Open(sealed.Sealed, []byte(k.ARN+sealed.ID))
	if err != nil {
		return nil, fmt.Errorf("the material of %s: %w", k.ARN, err)
	}
	block, err := aes.NewCipher(plain)
	if err != nil {
		return nil, fmt.Errorf("the material of %s: %w", k.ARN, err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("the material of %s: %w", k.ARN, err)
	}
	m := &material{sealed.ID, aead}
	ks.opened.Store(sealed.ID, m)
	return m, nil
}

// seal makes a ciphertext: mark, length and text of the key's ARN, length and text of the material's id, and plain
// under AES-256-GCM, which covers all that and the encryption context.
func (ks *Keys) seal(c *op.Call, k *key, plain []byte, context map[string]string) ([]byte, error) {
	m, err := ks.open(c, k, "")
	if err != nil {
		return nil, err
	}
	head := make([]byte, 0, 3+len(k.ARN)+len(m.id)+nonceSize+len(plain)+m.aead.Overhead())
	head = append(head, blobMark, byte(len(k.ARN)))
	head = append(head, k.ARN...)
	head = append(head, byte(len(m.id)))
	head = append(head, m.id...)
	return m.aead.Seal(head, nil, plain, additional(head, context)), nil
}

// blob is a ciphertext taken apart.
type blob struct {
	head          []byte
	arn, material string
	sealed        []byte
}

func parseBlob(b []byte) (blob, error) {
	rest := b
	take := func() (string, bool) {
		if len(rest) == 0 || len(rest) < 1+int(rest[0]) {
			return "", false
		}
		s := string(rest[1 : 1+rest[0]])
		rest = rest[1+len(s):]
		return s, true
	}
	if len(b) == 0 || b[0] != blobMark {
		return blob{}, invalidCiphertext()
	}
	rest = rest[1:]
	keyARN, ok := take()
	if !ok {
		return blob{}, invalidCiphertext()
	}
	id, ok := take()
	if !ok {
		return blob{}, invalidCiphertext()
	}
	return blob{head: b[:len(b)-len(rest)], arn: keyARN, material: id, sealed: rest}, nil
}

// unseal decrypts what seal made.
func (ks *Keys) unseal(c *op.Call, k *key, b blob, context map[string]string) ([]byte, error) {
	m, err := ks.open(c, k, b.material)
	if err != nil {
		return nil, err
	}
	plain, err := m.aead.Open(nil, nil, b.sealed, additional(b.head, context))
	if err != nil {
		return nil, invalidCiphertext()
	}
	return plain, nil
}

// additional is a ciphertext's head and the context's pairs in the order of their keys, each text behind its length.
func additional(head []byte, context map[string]string) []byte {
	size, names := len(head), make([]string, 0, 4)
	for name, value := range context {
		names = append(names, name)
		size += 8 + len(name) + len(value)
	}
	slices.Sort(names)
	data := append(make([]byte, 0, size), head...)
	for _, name := range names {
		data = binary.BigEndian.AppendUint32(data, uint32(len(name)))
		data = append(data, name...)
		data = binary.BigEndian.AppendUint32(data, uint32(len(context[name])))
		data = append(data, context[name]...)
	}
	return data
}

// invalidCiphertext is AWS's answer to a ciphertext that does not decrypt. It has no message.
func invalidCiphertext() *op.Error { return failure("InvalidCiphertextException", "") }
