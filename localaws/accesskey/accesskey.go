// Package accesskey makes the ids of access keys as AWS does: an id holds the account that it belongs to, so that whoever sees one knows
// whose it is without a look at anything. New makes one, Account reads one.
//
// The encoding was found by comparing ids with accounts (Tal Be'ery, "A short note on AWS KEY ID", and Aidan Steele, "AWS Access Key ID
// formats"): behind the four letters that say what key it is, base32 of ten bytes, of which the first 48 bits are a set bit, the account in 40
// bits, and seven random bits like all that follows.
package accesskey

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strconv"
)

// The kinds of access key.
const (
	User    = "AKIA" // of a user, valid until it is deleted
	Session = "ASIA" // of a session, which expires
)

const (
	encodedBytes = 10
	accountShift = 7
	accountMask  = 1<<40 - 1
	sinceBit     = 1 << 47 // set in ids that hold an account, which older ones do not
)

// New returns the id of a new key of an account, 20 characters. An account that is no number of twelve digits panics.
func New(kind, account string) string {
	number, err := strconv.ParseUint(account, 10, 40)
	if err != nil || len(account) != 12 {
		panic("accesskey: no account: " + account)
	}
	var raw [encodedBytes]byte
	rand.Read(raw[:])
	head := binary.BigEndian.Uint64(append([]byte{0, 0}, raw[:6]...))
	head = head&(1<<accountShift-1) | number<<accountShift | sinceBit
	var text [8]byte
	binary.BigEndian.PutUint64(text[:], head)
	copy(raw[:6], text[2:])
	return kind + base32.StdEncoding.EncodeToString(raw[:])
}

// Account returns the account that an id holds. It reports false for what is no such id.
func Account(id string) (string, bool) {
	if len(id) != 20 || id[:4] != User && id[:4] != Session {
		return "", false
	}
	raw, err := base32.StdEncoding.DecodeString(id[4:])
	if err != nil {
		return "", false
	}
	head := binary.BigEndian.Uint64(append([]byte{0, 0}, raw[:6]...))
	number := head >> accountShift & accountMask
	return fmt.Sprintf("%012d", number), head&sinceBit != 0 && number < 1e12
}
