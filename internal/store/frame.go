package store

import (
	"encoding/binary"
	"errors"
	"slices"
)

// A frame is one commit in the log. It begins at a multiple of framePage, so that writing it touches nothing of those before:
//
//	frameMark, 8 bytes
//	the commit's generation, 8 bytes, big endian
//	how long the rest is, 4 bytes, big endian
//	the rows, sealed by the root key with logName and the above as additional data
//
// The rows are each a table, a key and a value behind their lengths as uvarints, the value's plus one; 0 stands there for a row that goes.
const (
	frameMark = "aircon 1"
	frameHead = 20
	framePage = 4096
)

// logName begins the additional data of what is sealed in the log. No other text that is sealed by a root key begins so.
const logName = "log\x00"

// frames makes frames, in the same memory again and again.
type frames struct {
	sealer      sealer
	plain, last []byte
}

// next returns a frame, filled up with zeros to the next page. It is good until the one after.
func (f *frames) next(generation uint64, writes []write) []byte {
	plain := f.plain[:0]
	for _, w := range writes {
		plain = appendText(plain, w.table, 0)
		plain = appendText(plain, w.key, 0)
		if w.raw == nil {
			plain = append(plain, 0)
		} else {
			plain = appendText(plain, w.raw, 1)
		}
	}
	end := frameHead + len(plain) + sealOverhead
	whole := int(pages(int64(end)))
	frame := slices.Grow(f.last[:0], whole)[:frameHead]
	copy(frame, frameMark)
	binary.BigEndian.PutUint64(frame[8:], generation)
	binary.BigEndian.PutUint32(frame[16:], uint32(len(plain)+sealOverhead))
	frame = f.sealer.appendSeal(frame, plain, additional(frame))[:whole]
	clear(frame[end:])
	f.plain, f.last = plain, frame
	if whole > keptFrame {
		f.plain, f.last = nil, nil
	}
	return frame
}

// keptFrame is how long a frame may be whose memory is used again, in bytes.
const keptFrame = 1 << 20

// appendText appends a text behind its length plus more.
func appendText[T string | []byte](to []byte, text T, more int) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text)+more)), text...)
}

// additional is what a frame's head adds to its rows.
func additional(head []byte) []byte { return append([]byte(logName), head[:frameHead]...) }

// pages rounds up to whole pages.
func pages(n int64) int64 { return (n + framePage - 1) / framePage * framePage }

// frameSize reads a frame's head: its generation, and its size with the head. It is not ok where no frame begins.
func frameSize(head []byte) (generation uint64, size int64, ok bool) {
	if string(head[:len(frameMark)]) != frameMark {
		return 0, 0, false
	}
	return binary.BigEndian.Uint64(head[8:]), frameHead + int64(binary.BigEndian.Uint32(head[16:])), true
}

// openFrame opens the rows of a frame without its zeros. It fails with ErrSealed where a byte was changed or is not there yet.
func openFrame(sealer sealer, frame []byte) ([]write, error) {
	plain, err := sealer.Open(frame[frameHead:], additional(frame))
	if err != nil {
		return nil, err
	}
	writes := []write{}
	for len(plain) > 0 {
		var texts [3][]byte
		for i := range texts {
			n, read := binary.Uvarint(plain)
			if read <= 0 {
				return nil, errFrame
			}
			plain = plain[read:]
			if i == 2 {
				if n == 0 {
					break // the row goes
				}
				n--
			}
			if n > uint64(len(plain)) {
				return nil, errFrame
			}
			texts[i], plain = plain[:n:n], plain[n:]
		}
		writes = append(writes, write{table: string(texts[0]), key: string(texts[1]), raw: texts[2]})
	}
	return writes, nil
}

// errFrame says that a frame holds what no program of this schema wrote.
var errFrame = errors.New("a commit in the log cannot be read")
