package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"
)

// table writes the policies in the form that package localaws/iam documents and reads: three gzip members, which hold the index, the
// strings that repeat, and the documents.
func table(from string, policies map[string]*managed) ([]byte, error) {
	paths := slices.Sorted(maps.Keys(policies))
	count := make(map[string]int)
	for _, p := range policies {
		for _, s := range quoted.FindAllString(string(p.Document), -1) {
			count[s]++
		}
	}
	shared := slices.DeleteFunc(slices.Sorted(maps.Keys(count)), func(s string) bool { return count[s] == 1 || len(s) < 5 })
	if len(shared) > maxShared {
		return nil, fmt.Errorf("%d strings repeat: a reference reaches %d", len(shared), maxShared)
	}
	number := make(map[string]int, len(shared))
	for i, s := range shared {
		number[s] = i
	}
	var index, documents bytes.Buffer
	fmt.Fprintf(&index, "# %s; made by tools/managedpolicies; make models writes it anew\n", from)
	for _, path := range paths {
		p := policies[path]
		packed, err := p.Document.pack(number)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		documents.Write(packed)
		fmt.Fprintf(&index, "%s %s %s %s %s %d\n", path, cmp.Or(p.ID, "-"), p.Version, stamp(p.Created), stamp(p.Updated), len(packed))
	}
	return compress(index.Bytes(), fronted(shared), documents.Bytes())
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// maxShared is how many strings 14 bits number.
const maxShared = 1 << 14

// pack puts references in the place of shared strings. A reference tells how far in the list its string comes behind that of the one
// before, as texts name neighbours: one byte 10xxxxxx where that is less than 64, otherwise two, 11xxxxxx xxxxxxxx.
func (d document) pack(number map[string]int) ([]byte, error) {
	if i := slices.IndexFunc(d, func(b byte) bool { return b >= 0x80 }); i >= 0 {
		return nil, fmt.Errorf("its text has the byte %#x, which is no ASCII", d[i])
	}
	last := 0
	return quoted.ReplaceAllFunc(d, func(s []byte) []byte {
		i, ok := number[string(s)]
		if !ok {
			return s
		}
		step := (i - last) & (maxShared - 1)
		last = i
		if step < 0x40 {
			return []byte{0x80 | byte(step)}
		}
		return []byte{0xC0 | byte(step>>8), byte(step)}
	}), nil
}

// fronted writes sorted strings without their quotes, each as the number of bytes that it shares with the one before, the rest, and the
// end of the line.
func fronted(all []string) []byte {
	var b bytes.Buffer
	last := ""
	for _, s := range all {
		s = s[1 : len(s)-1]
		n := 0
		for n < min(len(s), len(last), 0xFF) && s[n] == last[n] {
			n++
		}
		b.WriteByte(byte(n))
		b.WriteString(s[n:])
		b.WriteByte('\n')
		last = s
	}
	return b.Bytes()
}

// compress writes each part as a gzip member of its own, the same each time.
func compress(parts ...[]byte) ([]byte, error) {
	var b bytes.Buffer
	for _, part := range parts {
		w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(part); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}
