package airflow

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"aircon"
)

// Keys are what an environment makes up for itself once.
type Keys struct {
	Fernet   aircon.Secret // encrypts what the metastore holds
	Web      aircon.Secret // signs sessions
	JWT      aircon.Secret // signs the tokens of Airflow 3's APIs
	Password aircon.Secret // from which those of the web server's users are made
}

// Roles are those of Airflow that MWAA's web login and REST API give, each of which has a user of its name in lower case.
//
// Source: the MWAA User Guide, "Accessing an Amazon MWAA environment", the resource of CreateWebLoginToken.
var Roles = []string{"Admin", "Op", "User", "Viewer", "Public"}

// PasswordOf returns the password of a role's user.
func (k Keys) PasswordOf(role string) aircon.Secret {
	sum := hmac.New(sha256.New, []byte(k.Password.Reveal()))
	sum.Write([]byte(role))
	return aircon.NewSecret(base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:18]))
}

// keysFile lies in an environment's directory, mode 0600.
const keysFile = "keys.json"

// ReadKeys returns the keys in an environment's directory.
func ReadKeys(home string) (Keys, error) {
	text, err := os.ReadFile(filepath.Join(home, keysFile))
	if err != nil {
		return Keys{}, err
	}
	var stored map[string]string
	if err := json.Unmarshal(text, &stored); err != nil {
		return Keys{}, fmt.Errorf("reading %s: %w", filepath.Join(home, keysFile), err)
	}
	secret := func(name string) aircon.Secret { return aircon.NewSecret(stored[name]) }
	return Keys{secret("fernet"), secret("web"), secret("jwt"), secret("password")}, nil
}

// makeKeys returns the keys in a directory, which it makes where there are none.
func makeKeys(home string) (Keys, error) {
	if keys, err := ReadKeys(home); !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	fernet := make([]byte, 32) // its format: 32 bytes in URL-safe base64 (the Fernet specification)
	rand.Read(fernet)
	text, err := json.Marshal(map[string]string{
		"fernet": base64.URLEncoding.EncodeToString(fernet), "web": rand.Text(), "jwt": rand.Text() + rand.Text(), "password": rand.Text(),
	})
	if err != nil {
		return Keys{}, err
	}
	if err := writeFile(filepath.Join(home, keysFile), text); err != nil {
		return Keys{}, err
	}
	return ReadKeys(home)
}

// writeFile replaces a file that only its owner may read, in one step.
func writeFile(path string, text []byte) error {
	fresh := path + ".new"
	if err := os.WriteFile(fresh, text, 0o600); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}

// hashed returns a password as the metastore of Airflow 2 holds it.
//
// Source: werkzeug's documentation, generate_password_hash: "pbkdf2:sha256:iterations$salt$hash".
func hashed(password aircon.Secret) (string, error) {
	const iterations = 100_000
	salt := rand.Text()[:16]
	sum, err := pbkdf2.Key(sha256.New, password.Reveal(), []byte(salt), iterations, sha256.Size)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("pbkdf2:sha256:%d$%s$%s", iterations, salt, hex.EncodeToString(sum)), nil
}
