package store

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
)

// An image is the whole state in one file:
//
//	the line "aircon image 1"
//	a line of JSON, imageHead
//	for each row: the table's name, the key, the sealed value, each behind its length as a uvarint
//	a zero byte, where the next table's name would begin
//	SHA-256 of all that, 32 bytes
//
// A value is sealed by the root key as it is in the database, with table and key as additional data.
const imageMark = "aircon image 1\n"

// imageHead says what an image is of.
type imageHead struct {
	Schema     int64  `json:"schema"`
	Generation uint64 `json:"generation"`
	Proof      []byte `json:"proof"`         // sealed by the root key, so that another key shows
	Key        []byte `json:"key,omitempty"` // the root key itself, where that was asked for
}

// ErrImage says that a text is no image, or not the one that was saved.
var ErrImage = errors.New("the image cannot be loaded")

// maxText bounds what an image may say of a length, in bytes: more than any value takes.
const maxText = 1 << 30

// imageWriter writes an image.
type imageWriter struct {
	buffer *bufio.Writer
	sum    hash.Hash
	out    io.Writer // to both
	length []byte
}

func newImageWriter(w io.Writer, head imageHead) (*imageWriter, error) {
	i := &imageWriter{buffer: bufio.NewWriterSize(w, 64<<10), sum: sha256.New()}
	i.out = io.MultiWriter(i.buffer, i.sum)
	text, err := json.Marshal(head)
	if err == nil {
		_, err = fmt.Fprintf(i.out, "%s%s\n", imageMark, text)
	}
	return i, err
}

// row writes a row whose value is sealed.
func (i *imageWriter) row(table, key string, sealed []byte) error {
	for _, text := range [][]byte{[]byte(table), []byte(key), sealed} {
		i.length = binary.AppendUvarint(i.length[:0], uint64(len(text)))
		if _, err := i.out.Write(i.length); err != nil {
			return err
		}
		if _, err := i.out.Write(text); err != nil {
			return err
		}
	}
	return nil
}

// end writes what an image ends with.
func (i *imageWriter) end() error {
	if _, err := i.out.Write([]byte{0}); err != nil {
		return err
	}
	if _, err := i.buffer.Write(i.sum.Sum(nil)); err != nil {
		return err
	}
	return i.buffer.Flush()
}

// imageReader reads an image.
type imageReader struct {
	buffer *bufio.Reader
	sum    hash.Hash
	head   imageHead
}

// newImageReader reads as far as the rows.
func newImageReader(r io.Reader) (*imageReader, error) {
	i := &imageReader{buffer: bufio.NewReaderSize(r, 64<<10), sum: sha256.New()}
	mark, err := i.line()
	if err != nil || mark != imageMark {
		return nil, notImage("it does not begin as one: give a file that aircon local backup or snapshot save made", err)
	}
	head, err := i.line()
	if err == nil {
		err = json.Unmarshal([]byte(head), &i.head)
	}
	if err != nil {
		return nil, notImage("its head cannot be read", err)
	}
	if i.head.Schema > newestSchema {
		return nil, fmt.Errorf("%w: it was made by a newer aircon (schema %d, and this one knows up to %d): use that one", ErrNewer, i.head.Schema, newestSchema)
	}
	return i, nil
}

func notImage(why string, err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %s", ErrImage, why)
	}
	return fmt.Errorf("%w: %s (%w)", ErrImage, why, err)
}

// line reads a line with its end.
func (i *imageReader) line() (string, error) {
	text, err := i.buffer.ReadSlice('\n')
	i.sum.Write(text)
	return string(text), err
}

// ReadByte reads one byte of what is summed.
func (i *imageReader) ReadByte() (byte, error) {
	b, err := i.buffer.ReadByte()
	if err == nil {
		i.sum.Write([]byte{b})
	}
	return b, err
}

// text reads a text behind its length. It reads in pieces, as a wrong length must not take all memory.
func (i *imageReader) text() ([]byte, error) {
	n, err := binary.ReadUvarint(i)
	if err != nil || n > maxText {
		return nil, errors.Join(err, io.ErrUnexpectedEOF)
	}
	var text bytes.Buffer
	if _, err := io.CopyN(io.MultiWriter(&text, i.sum), i.buffer, int64(n)); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

// rows reads all rows and opens their values. Nothing of them is to be used before it has returned without an error.
func (i *imageReader) rows(sealer Sealer) ([]write, error) {
	if !i.head.provedBy(sealer) {
		return nil, fmt.Errorf("%w: it was sealed by another root key: load it where it was saved, or restore it with that key", ErrImage)
	}
	var rows []write
	for {
		table, err := i.text()
		if err != nil {
			return nil, notImage("it ends early: take another copy of it", err)
		}
		if len(table) == 0 {
			return rows, i.check()
		}
		key, err := i.text()
		if err != nil {
			return nil, notImage("it ends early: take another copy of it", err)
		}
		sealed, err := i.text()
		if err != nil {
			return nil, notImage("it ends early: take another copy of it", err)
		}
		raw, err := sealer.Open(sealed, rowName(string(table), string(key)))
		if err != nil {
			return nil, notImage("a row of table "+string(table)+" was changed: take another copy of it", err)
		}
		rows = append(rows, write{table: string(table), key: string(key), raw: raw})
	}
}

// check compares the sum, and expects nothing behind it.
func (i *imageReader) check() error {
	var sum [sha256.Size]byte
	if _, err := io.ReadFull(i.buffer, sum[:]); err != nil {
		return notImage("it ends early: take another copy of it", err)
	}
	if !bytes.Equal(sum[:], i.sum.Sum(nil)) {
		return notImage("it was changed since it was saved: take another copy of it", nil)
	}
	if _, err := i.buffer.ReadByte(); err != io.EOF {
		return notImage("it goes on behind its end: take another copy of it", err)
	}
	return nil
}

// proofText is sealed to see later whether a key is the same one.
var proofText = []byte("aircon store 1")

func (h *imageHead) provedBy(sealer Sealer) bool {
	_, err := sealer.Open(h.Proof, nil)
	return err == nil
}
