package store

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
)

// SQLite takes its log (https://www.sqlite.org/fileformat2.html#walformat) up to the first frame whose checksum is wrong, since a crash
// may leave a last transaction half-written. Damage further to the front would so lose, without a word, what
// was acknowledged. What a crash cannot leave is a wrong frame with two transactions behind it: the first of them was synced
// before the second was begun. checkLog looks for that before SQLite opens the log.
func checkLog(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	lost, err := lostCommits(bufio.NewReaderSize(f, 256<<10))
	if err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	if lost > 1 {
		return fmt.Errorf("%w: %s: a part in its middle was changed, and what was written behind it would be lost: %s", ErrCorrupt, path, startAnew(filepath.Dir(path)))
	}
	return nil
}

const (
	walHeader   = 32 // bytes: magic, format, page size, number, two salts, checksum in two words
	frameHeader = 24 // bytes: page, size of the database where it ends a transaction, two salts, checksum in two words
	walMagic    = 0x377f0682
)

// lostCommits counts the ends of transactions behind the first frame whose checksum is wrong. A log whose header is wrong has lost all: the
// header is synced before the first frame is written.
func lostCommits(log *bufio.Reader) (lost int, err error) {
	var header [walHeader]byte
	if _, err := io.ReadFull(log, header[:]); err != nil {
		return 0, unlessEnd(err)
	}
	if _, err := log.Peek(1); err != nil { // no frame
		return 0, unlessEnd(err)
	}
	big := binary.BigEndian
	magic, size := big.Uint32(header[:]), int(big.Uint32(header[8:]))
	sum := walSum{big: magic&1 == 1}
	sum.add(header[:24])
	if magic&^1 != walMagic || size < 512 || size > 65536 || !sum.is(header[24:]) {
		return math.MaxInt, nil
	}
	salts, good := string(header[16:24]), true
	for frame := make([]byte, frameHeader+size); ; {
		if _, err := io.ReadFull(log, frame); err != nil {
			return lost, unlessEnd(err)
		}
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
}

// unlessEnd leaves out that a file ends: what a crash leaves may end anywhere.
func unlessEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// walSum is SQLite's checksum of logs. Its words are in the order of the machine that wrote the log.
type walSum struct {
	big  bool
	a, b uint32
}

// add has a loop for each order, as all of a log passes here at each start.
func (s *walSum) add(data []byte) {
	a, b := s.a, s.b
	if s.big {
		for ; len(data) >= 8; data = data[8:] {
			a += binary.BigEndian.Uint32(data) + b
			b += binary.BigEndian.Uint32(data[4:]) + a
		}
	} else {
		for ; len(data) >= 8; data = data[8:] {
			a += binary.LittleEndian.Uint32(data) + b
			b += binary.LittleEndian.Uint32(data[4:]) + a
		}
	}
	s.a, s.b = a, b
}

func (s *walSum) is(sum []byte) bool {
	return binary.BigEndian.Uint32(sum) == s.a && binary.BigEndian.Uint32(sum[4:]) == s.b
}
