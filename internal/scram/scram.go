// Package scram makes PostgreSQL's SCRAM-SHA-256 verifiers, so that a password can be set without sending it.
//
// `ALTER ROLE … PASSWORD` takes no parameters, and a literal password ends up in server logs and in pg_stat_statements.
// PostgreSQL takes a text of the verifier's form as it stands (documentation, chapter 52.8, pg_authid).
package scram

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"golang.org/x/text/secure/precis"
)

// Iterations is PostgreSQL's default for scram_iterations.
const Iterations = 4096

// saltSize is PostgreSQL's SCRAM_DEFAULT_SALT_LEN, in bytes.
const saltSize = 16

// Verifier returns the verifier of a password with a fresh salt: SCRAM-SHA-256$4096:SALT$STORED:SERVER. It holds no
// quote, so it may stand between quotes in a statement. The password cannot be had from it, though a weak one can be guessed.
func Verifier(password string) (string, error) {
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	return verifier(password, salt, Iterations)
}

func verifier(password string, salt []byte, iterations int) (string, error) {
	salted, err := pbkdf2.Key(sha256.New, prepared(password), salt, iterations, sha256.Size)
	if err != nil {
		return "", err
	}
	stored := sha256.Sum256(mac(salted, "Client Key"))
	text := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", iterations, text(salt), text(stored[:]), text(mac(salted, "Server Key"))), nil
}

// prepared normalises a password as pgx does when it logs in. PostgreSQL uses a text that cannot be normalised as it is.
func prepared(password string) string {
	if normal, err := precis.OpaqueString.String(password); err == nil {
		return normal
	}
	return password
}

func mac(key []byte, message string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(message))
	return m.Sum(nil)
}
