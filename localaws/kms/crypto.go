package kms

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"aircon/localaws/op"
	"aircon/policy"
)

const (
	keySize   = 32 // bytes; AES-256
	blobMark  = 1  // first byte of a ciphertext; another one will mark another format
	nonceSize = 12
)

// material is a key's opened material: one of its members, as the key's spec has it.
type material struct {
	id      string
	aead    cipher.AEAD // symmetric
	private any         // of a pair: *rsa.PrivateKey, *ecdsa.PrivateKey or ed25519.PrivateKey
	secret  []byte      // for HMAC
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
	first := k.Materials[0]
	plain, err := c.Sealer.Open(first.Sealed, []byte(k.ARN+first.ID))
	if err == nil && sealed.ID != first.ID {
		plain = derive(plain, sealed.ID)
	}
	m := &material{id: sealed.ID}
	if err == nil {
		err = m.read(k, plain)
	}
	if err != nil {
		return nil, fmt.Errorf("the material of %s: %w", k.ARN, err)
	}
	ks.opened.Store(sealed.ID, m)
	return m, nil
}

// derive makes the material of a rotation from a key's first one. See [key.at] for why it is not random.
func derive(first []byte, id string) []byte { return mac(sha256.New, first, []byte(id)) }

// read makes a key's material of its bytes.
func (m *material) read(k *key, plain []byte) (err error) {
	switch {
	case k.Usage == generateMac:
		m.secret = plain
	case isPair(k.Spec):
		m.private, err = x509.ParsePKCS8PrivateKey(plain)
	default:
		var block cipher.Block
		if block, err = aes.NewCipher(plain); err == nil {
			m.aead, err = cipher.NewGCMWithRandomNonce(block)
		}
	}
	return err
}

// seal makes a ciphertext: mark, length and text of the key's ARN, length and text of the material's id, and plain
// under AES-256-GCM, which covers all that and the encryption context.
func (ks *Keys) seal(c *op.Call, k *key, plain []byte, context []policy.Tag) ([]byte, error) {
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
	if len(b) == 0 || b[0] != blobMark {
		return blob{}, invalidCiphertext()
	}
	text := string(b[1:min(len(b), maxHead)])
	keyARN, rest, ok := cutText(text)
	if !ok {
		return blob{}, invalidCiphertext()
	}
	id, rest, ok := cutText(rest)
	if !ok {
		return blob{}, invalidCiphertext()
	}
	at := 1 + len(text) - len(rest)
	return blob{head: b[:at], arn: keyARN, material: id, sealed: b[at:]}, nil
}

// maxHead is the most that stands before what is encrypted: a mark and two texts of at most 255 bytes.
const maxHead = 1 + 2*256

// cutText cuts a text behind its length, in one byte, off s.
func cutText(s string) (text, rest string, ok bool) {
	if s == "" {
		return "", "", false
	}
	end := 1 + int(s[0])
	if len(s) < end {
		return "", "", false
	}
	return s[1:end], s[end:], true
}

// unseal decrypts what seal made.
func (ks *Keys) unseal(c *op.Call, k *key, b blob, context []policy.Tag) ([]byte, error) {
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

// additional is a ciphertext's head and the context's pairs, each text behind its length.
func additional(head []byte, context []policy.Tag) []byte {
	size := len(head)
	for _, pair := range context {
		size += 8 + len(pair.Key) + len(pair.Value)
	}
	data := append(make([]byte, 0, size), head...)
	for _, pair := range context {
		data = binary.BigEndian.AppendUint32(data, uint32(len(pair.Key)))
		data = append(data, pair.Key...)
		data = binary.BigEndian.AppendUint32(data, uint32(len(pair.Value)))
		data = append(data, pair.Value...)
	}
	return data
}

// pairs brings an encryption context in the order of its keys: the order in which it was sent does not matter.
func pairs(context map[string]string) []policy.Tag {
	list := make([]policy.Tag, 0, len(context))
	for _, name := range slices.Sorted(maps.Keys(context)) {
		list = append(list, policy.Tag{Key: name, Value: context[name]})
	}
	return list
}
