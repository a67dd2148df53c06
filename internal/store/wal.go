package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// SQLite takes its log (https://www.sqlite.org/fileformat2.html#walformat) up to the first frame whose checksum is wrong, since a crash
// may leave a last transaction half-written. Damage further to the front would so lose, without a word, what
// was acknowledged. What a crash cannot leave is a wrong frame with two transactions behind it: the first of them was synced
// before the second was begun. checkLog looks for that before SQLite opens the log.
func checkLog(path string) error {
	log, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(log) <= walHeader {
		return nil
	}
	if lost := lostCommits(log); lost > 1 {
		return fmt.Errorf("%w: %s: a part in its middle was changed, and what was written behind it would be lost: %s", ErrCorrupt, path, startAnew(filepath.Dir(path)))
	}
	return nil
}

const (
	walHeader   = 32 // bytes: magic, format, page size, number, two salts, checksum in two words
	frameHeader = 24 // bytes: page, size of the database where it ends a transaction, two salts, checksum in two words
	walMagic    = 0x377f0682
)

// lostCommits counts the ends of transactions behind the first frame whose checksum is wrong.
func lostCommits(log []byte) (lost int) {
	big := binary.BigEndian
	magic, size := big.Uint32(log), int(big.Uint32(log[8:]))
	sum := walSum{order: binary.LittleEndian}
	if magic&1 == 1 {
		sum.order = big
	}
	sum.add(log[:24])
	// The header is synced before the first frame is written.
	if magic&^1 != walMagic || size < 512 || size > 65536 || !sum.is(log[24:]) {
		return len(log)
	}
	salts, good := string(log[16:24]), true
	for at := walHeader; at+frameHeader+size <= len(log); at += frameHeader + size {
		frame := log[at : at+frameHeader+size]
		same := string(frame[8:16]) == salts // if not, it may be left of a former log
		if good {
			sum.add(frame[:8])
			sum.add(frame[frameHeader:])
			if good = same && sum.is(frame[16:]); good {
				continue
			}
		}
		if same && big.Uint32(frame[4:]) != 0 {
			lost++
		}
	}
	return lost
}

// walSum is SQLite's checksum of logs.
type walSum struct {
	order binary.ByteOrder
	a, b  uint32
}

func (s *walSum) add(data []byte) {
	for ; len(data) >= 8; data = data[8:] {
		s.a += s.order.Uint32(data) + s.b
		s.b += s.order.Uint32(data[4:]) + s.a
	}
}

func (s *walSum) is(sum []byte) bool {
	return binary.BigEndian.Uint32(sum) == s.a && binary.BigEndian.Uint32(sum[4:]) == s.b
}
