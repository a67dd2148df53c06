package secretsmanager

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// text is a secret's text. It shows itself in answers only: printed or logged it reads [redacted].
type text string

// String returns [redacted].
func (text) String() string { return "[redacted]" }

// Format prints [redacted] for every verb.
func (t text) Format(f fmt.State, _ rune) { fmt.Fprint(f, t.String()) }

// LogValue gives [redacted] to slog.
func (t text) LogValue() slog.Value { return slog.StringValue(t.String()) }

// value is a row: the value of one version. It is sealed under a data key (AES-256-GCM, with the secret's ARN and the version's id as
// additional data), and the data key under the secret's KMS key. Who reads the value must be allowed to use that key with the same two in its encryption
// context as SecretARN and SecretVersionId, as in AWS.
type value struct {
	Key     string `json:",omitempty"` // id of the data key in sealedKeys
	DataKey []byte `json:",omitempty"` // as KMS sealed it, of a value that was stored when each had its own
	Sealed  []byte
}

// plain is a value as the caller gave it: text or bytes. Its first byte says which.
type plain []byte

const (
	isText   = 's'
	isBinary = 'b'
)

// newPlain makes a value of what an input has, or nil where it has neither. AWS takes an empty one for none.
func newPlain(s *text, binary []byte) plain {
	switch {
	case s != nil && *s != "":
		return append(plain{isText}, *s...)
	case len(binary) > 0:
		return append(plain{isBinary}, binary...)
	}
	return nil
}

// encryptionContext is what ties a data key to its version.
func encryptionContext(arn, versionID string) []policy.Tag {
	return []policy.Tag{{Key: "SecretARN", Value: arn}, {Key: "SecretVersionId", Value: versionID}}
}

// keyFor names the secret's KMS key as the caller must name it: a key or alias that its owner gave without an account
// lies in the owner's.
func (s *secret) keyFor(c *op.Call) string {
	if s.Account == c.Account || strings.HasPrefix(s.KmsKeyID, "arn:") {
		return s.KmsKeyID
	}
	name := s.KmsKeyID
	switch {
	case name == "":
		name = "alias/aws/" + serviceName
	case !strings.HasPrefix(name, "alias/"):
		name = "key/" + name
	}
	return "arn:" + c.Partition + ":kms:" + c.Region + ":" + s.Account + ":" + name
}

// reachable refuses a caller of another account the value of a secret under aws/secretsmanager, whose policy no one can change.
// The words are those that users report: https://repost.aws/knowledge-center/secrets-manager-share-between-accounts has the rule.
func (s *secret) reachable(c *op.Call) error {
	if s.Account == c.Account || s.KmsKeyID != "" && !strings.HasSuffix(s.KmsKeyID, "alias/aws/"+serviceName) {
		return nil
	}
	return failure("InvalidRequestException", "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.")
}

// seal stores a version's value under the secret's KMS key.
func (sv *service) seal(c *op.Call, s *secret, versionID string, p plain) error {
	if err := s.reachable(c); err != nil {
		return err
	}
	key, err := sv.dataKey(c, s, versionID)
	if err != nil {
		return keyRefusal(err, "EncryptionFailure", "encrypt")
	}
	v := &value{Key: key.id, Sealed: key.aead.Seal(nil, nil, p, additional(s.ARN, versionID))}
	return values.Put(c.Tx, store.Key(s.ARN, versionID), v)
}

// open reads a version's value.
func (sv *service) open(c *op.Call, arn, versionID string) (plain, error) {
	v, err := values.Get(c.Tx, store.Key(arn, versionID))
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, fmt.Errorf("the value of version %s of %s is missing", versionID, arn)
	}
	aead, err := sv.openKey(c, v, encryptionContext(arn, versionID))
	if err != nil {
		return nil, keyRefusal(err, "DecryptionFailure", "decrypt")
	}
	p, err := aead.Open(nil, nil, v.Sealed, additional(arn, versionID))
	if err != nil || len(p) == 0 {
		return nil, fmt.Errorf("the value of version %s of %s was changed on disk", versionID, arn)
	}
	return p, nil
}

// checkKey asks whether the caller may use a KMS key for this secret in both directions, as AWS does when a key is set.
func (sv *service) checkKey(c *op.Call, s *secret) error {
	context := encryptionContext(s.ARN, "RequestToValidateKeyAccess")
	_, sealed, err := sv.keys.GenerateDataKey(c, serviceName, s.keyFor(c), context)
	if err != nil {
		return keyRefusal(err, "EncryptionFailure", "encrypt")
	}
	if _, err := sv.keys.Decrypt(c, serviceName, sealed, context); err != nil {
		return keyRefusal(err, "DecryptionFailure", "decrypt")
	}
	return nil
}

// same reports whether a version's value is p.
func (sv *service) same(c *op.Call, arn, versionID string, p plain) (bool, error) {
	stored, err := sv.open(c, arn, versionID)
	return bytes.Equal(stored, p), err
}

// keyRefusal is what Secrets Manager answers when KMS refuses: its own words for a lack of permission, its own code for
// a key that is in no state to be used.
func keyRefusal(err error, code, verb string) error {
	var refused *op.Error
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Code {
	case "AccessDeniedException":
		return failure("AccessDeniedException", "Access to KMS is not allowed")
	case "DisabledException", "KMSInvalidStateException", "NotFoundException":
		return failure(code, "Secrets Manager can't "+verb+" the protected secret text using the provided KMS key. "+
			"Check that the KMS key is available, enabled, and not in an invalid state. ("+refused.Message+")")
	}
	return err
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func additional(arn, versionID string) []byte {
	return append(append(append(make([]byte, 0, len(arn)+1+len(versionID)), arn...), 0), versionID...)
}
