package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"

	"aircon"
)

// maxSealed is the most that an archive may hold, in bytes.
const maxSealed = 64 << 20

// CheckRecipients says whether texts are age's recipients (age1…), before anything is read for them.
func CheckRecipients(recipients ...string) error {
	_, err := parseRecipients(recipients)
	return err
}

func parseRecipients(texts []string) ([]age.Recipient, error) {
	var all []age.Recipient
	for _, text := range texts {
		found, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("%q is no age recipient such as age-keygen prints (age1…)", text)
		}
		all = append(all, found...)
	}
	return all, nil
}

// Seal encrypts a file's text with age, for whoever holds the identity of one of the recipients (age1…).
func Seal(text aircon.Secret, recipients ...string) ([]byte, error) {
	parsed, err := parseRecipients(recipients)
	if err != nil {
		return nil, err
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, parsed...)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if _, err := io.WriteString(w, text.Reveal()); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return sealed.Bytes(), nil
}

// Sealed reports whether bytes are age's, armored or not.
func Sealed(file []byte) bool {
	return bytes.HasPrefix(file, []byte("age-encryption.org/")) || bytes.HasPrefix(bytes.TrimSpace(file), []byte(armor.Header))
}

// ErrNoIdentity says that none of the identities opens an archive.
var ErrNoIdentity = errors.New("it was not encrypted for any of the identities given")

// Unseal decrypts what [Seal] or the program age has encrypted. Identities is the text of a file such as age-keygen writes.
func Unseal(file []byte, identities aircon.Secret) (aircon.Secret, error) {
	keys, err := age.ParseIdentities(strings.NewReader(identities.Reveal()))
	if err != nil {
		return aircon.Secret{}, errors.New("the identity's file holds no age identity such as age-keygen makes")
	}
	var from io.Reader = bytes.NewReader(file)
	if bytes.HasPrefix(bytes.TrimSpace(file), []byte(armor.Header)) {
		from = armor.NewReader(from)
	}
	plain, err := age.Decrypt(from, keys...)
	if no := (*age.NoIdentityMatchError)(nil); errors.As(err, &no) {
		return aircon.Secret{}, ErrNoIdentity
	}
	if err != nil {
		return aircon.Secret{}, fmt.Errorf("decrypt: %w", err)
	}
	var text strings.Builder
	n, err := io.Copy(&text, io.LimitReader(plain, maxSealed+1))
	switch {
	case err != nil:
		return aircon.Secret{}, fmt.Errorf("decrypt: %w", err)
	case n > maxSealed:
		return aircon.Secret{}, fmt.Errorf("decrypt: it holds more than %d MiB", maxSealed>>20)
	}
	return aircon.NewSecret(text.String()), nil
}
