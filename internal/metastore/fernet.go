package metastore

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/fernet/fernet-go"

	"aircon"
)

// Keys are the keys with which Airflow encrypts passwords and extras. The zero value is none, as where [core] fernet_key is empty.
type Keys struct{ keys []*fernet.Key }

// ParseKeys reads the option [core] fernet_key: keys with commas between, of which the first one encrypts and all decrypt, so that rotated ones
// stand behind (get_fernet in airflow/models/crypto.py). An empty text is no key. The error holds nothing of a key.
func ParseKeys(text aircon.Secret) (Keys, error) {
	var k Keys
	if text.Reveal() == "" {
		return k, nil
	}
	for i, part := range strings.Split(text.Reveal(), ",") {
		key, err := fernet.DecodeKey(strings.TrimSpace(part))
		if err != nil {
			return Keys{}, fmt.Errorf("key %d of the Fernet keys is none: each is 32 bytes in URL-safe base64, 44 characters, with commas between keys", i+1)
		}
		k.keys = append(k.keys, key)
	}
	return k, nil
}

// Why a value cannot be decrypted.
var (
	errNoKey    = errors.New("it is encrypted, and no Fernet key was given")
	errOtherKey = errors.New("none of the Fernet keys decrypts it: it was encrypted with another one, or is damaged")
	errNotUTF8  = errors.New("what it decrypts to is no text in UTF-8")
)

// decrypt opens a token, however old it is, as Airflow does.
func (k Keys) decrypt(token string) (aircon.Secret, error) {
	if len(k.keys) == 0 {
		return aircon.Secret{}, errNoKey
	}
	text := fernet.VerifyAndDecrypt([]byte(token), 0, k.keys)
	switch {
	case text == nil:
		return aircon.Secret{}, errOtherKey
	case !utf8.Valid(text):
		return aircon.Secret{}, errNotUTF8
	}
	return aircon.NewSecret(string(text)), nil
}
