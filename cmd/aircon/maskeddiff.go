package main

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"aircon"
	"aircon/internal/term"
)

// maskedDiff is the unified diff of two texts of a secret, with what may be secret hidden on both sides. Lines that differ in a secret
// alone show as changed all the same: what is compared are the lines' hashes.
func maskedDiff(name string, before, after aircon.Secret, mask func(aircon.Secret) string) string {
	text := diff.Diff(name, []byte(hashedLines(before, mask)), name, []byte(hashedLines(after, mask)))
	_, unified, _ := strings.Cut(string(text), "\n") // the first line names a program
	return term.Clean(hashes.ReplaceAllString(unified, ""))
}

// hashes are what hashedLines appends.
var hashes = regexp.MustCompile(`(?m)\x00[0-9a-f]{64}$`)

// hashedLines is what may be shown of a text, each line with the hash of the whole of it.
func hashedLines(text aircon.Secret, mask func(aircon.Secret) string) string {
	whole := strings.Split(strings.TrimSuffix(text.Reveal(), "\n"), "\n")
	shown := strings.Split(strings.TrimSuffix(mask(text), "\n"), "\n")
	var b strings.Builder
	for i, line := range whole {
		if i < len(shown) {
			b.WriteString(shown[i])
		}
		sum := sha256.Sum256([]byte(line))
		b.WriteString("\x00" + hex.EncodeToString(sum[:]) + "\n")
	}
	return b.String()
}
