package kms

import (
	"bytes"
	"testing"
)

// FuzzParseBlob: whatever is sent as a ciphertext is taken apart without loss, or refused.
func FuzzParseBlob(f *testing.F) {
	f.Add([]byte{blobMark, 1, 'a', 1, 'm', 0})
	f.Add([]byte{blobMark, 255, 'a'})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := parseBlob(b)
		if err != nil {
			return
		}
		head := append([]byte{blobMark, byte(len(got.arn))}, got.arn...)
		head = append(append(head, byte(len(got.material))), got.material...)
		if !bytes.Equal(head, got.head) || !bytes.Equal(append(head, got.sealed...), b) {
			t.Errorf("%q is read as %+v", b, got)
		}
	})
}
