package iam

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// managedTable is AWS's managed policies, each as of its default version, as tools/managedpolicies writes them from what moto carries;
// its first line names the versions. It is three gzip members:
//
//   - the index, in the order of its first field: what the policy's ARN ends with, its id or "-", its default version, when it was
//     created and updated, and how many bytes its packed document has
//   - the strings that documents share, sorted: how many bytes each has in common with the one before, the rest, and a line's end
//   - the packed documents, end to end: JSON in ASCII, with references in the place of shared strings. A reference says how far in the
//     list its string comes behind the one before it (modulo 16,384): 10xxxxxx in one byte, or 11xxxxxx xxxxxxxx in two
//
//go:embed managed.gz
var managedTable string

// row is a policy of the table.
type row struct {
	path   string // of the ARN: the policy's path and name
	fields string // the rest of the index's line
	at     int    // where its document starts
	size   int    // bytes of its packed document
}

// managedIndex is the table's index. Only it stays in memory; documents are read when they are asked for.
type managedIndex struct {
	rows []row
	rest string // of the table: what comes behind the index
}

// readIndex reads the index once, at its first use.
var readIndex = sync.OnceValues(func() (*managedIndex, error) {
	table := strings.NewReader(managedTable)
	text, err := member(table)
	if err != nil {
		return nil, err
	}
	index := &managedIndex{rest: managedTable[len(managedTable)-table.Len():]}
	at := 0
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		line = strings.TrimSuffix(line, "\n")
		path, fields, _ := strings.Cut(line, " ")
		size, err := strconv.Atoi(fields[strings.LastIndexByte(fields, ' ')+1:])
		if err != nil {
			return nil, fmt.Errorf("the index of AWS's managed policies: %w", err)
		}
		index.rows = append(index.rows, row{path, fields, at, size})
		at += size
	}
	return index, nil
})

// member inflates a gzip member and leaves the reader behind it.
func member(table *strings.Reader) ([]byte, error) {
	z, err := gzip.NewReader(table)
	if err != nil {
		return nil, fmt.Errorf("the table of AWS's managed policies: %w", err)
	}
	z.Multistream(false)
	return io.ReadAll(z)
}

// find returns the row of what an ARN ends with, or nil.
func (x *managedIndex) find(path string) *row {
	i, found := slices.BinarySearchFunc(x.rows, path, func(r row, path string) int { return strings.Compare(r.path, path) })
	if !found {
		return nil
	}
	return &x.rows[i]
}

// document reads a policy's text. It inflates what comes before it, too: some milliseconds.
func (x *managedIndex) document(r *row) (string, error) {
	table := strings.NewReader(x.rest)
	shared, err := member(table)
	if err != nil {
		return "", err
	}
	z, err := gzip.NewReader(table)
	if err != nil {
		return "", err
	}
	if _, err := io.CopyN(io.Discard, z, int64(r.at)); err != nil {
		return "", err
	}
	packed := make([]byte, r.size)
	if _, err := io.ReadFull(z, packed); err != nil {
		return "", err
	}
	return laidOut(unpack(packed, sharedStrings(shared)))
}

// laidOut sets a document as AWS's managed policy reference does: the simulators tell of lines and columns.
func laidOut(document []byte) (string, error) {
	var set bytes.Buffer
	err := json.Indent(&set, document, "", "  ")
	return set.String(), err
}

// sharedStrings expands the list of strings.
func sharedStrings(text []byte) [][]byte {
	var all [][]byte
	var last []byte
	for len(text) > 0 {
		n := int(text[0])
		rest, after, _ := bytes.Cut(text[1:], []byte("\n"))
		last = slices.Concat(last[:n], rest)
		all = append(all, last)
		text = after
	}
	return all
}

// unpack puts the strings in the places of their references.
func unpack(packed []byte, shared [][]byte) []byte {
	const short, long = 0x80, 0xC0
	var text []byte
	at := 0
	for i := 0; i < len(packed); i++ {
		b := packed[i]
		switch {
		case b >= long:
			i++
			at += int(b-long)<<8 | int(packed[i])
		case b >= short:
			at += int(b - short)
		default:
			text = append(text, b)
			continue
		}
		at &= 1<<14 - 1
		text = append(text, '"')
		text = append(text, shared[at]...)
		text = append(text, '"')
	}
	return text
}
