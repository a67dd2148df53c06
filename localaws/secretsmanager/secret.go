package secretsmanager

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// The tables. A secret's value lies in a row of its own for each version, so that changing a label does not rewrite it.
var (
	secrets = store.Table[secret]{Name: "secretsmanager.secret"} // by account, region, name
	values  = store.Table[value]{Name: "secretsmanager.value"}   // by ARN, version id
	purges  = store.Table[purge]{Name: "secretsmanager.purge"}   // by date, account, region, name
)

// secret is a row: all of a secret but its values. Times are the service's clock.
type secret struct {
	ARN, Name, Account string
	Description        string    `json:",omitempty"`
	KmsKeyID           string    `json:",omitempty"` // as it was given; "" is aws/secretsmanager
	Created            time.Time // of the secret itself
	Changed            time.Time // last change of anything but access dates
	Accessed           time.Time `json:",omitzero"` // a date, at midnight UTC
	Deleted            time.Time `json:",omitzero"` // when it will go, for a secret pending deletion
	Tags               []tag     `json:",omitempty"`
	Policy             document  `json:",omitzero"`
	Versions           []version `json:",omitempty"` // oldest first
	Type               string    `json:",omitempty"` // of a managed external secret
	Rotation           *rotation `json:",omitempty"` // nil where it was never configured
	Replicas           []replica `json:",omitempty"` // in the order of their regions
	Primary            string    `json:",omitempty"` // of a replica: its primary's region
}

type tag struct {
	Key   string
	Value string
}

// version is a version of a secret without its value. One without labels is deprecated.
type version struct {
	ID       string
	Labels   []string  `json:",omitempty"` // sorted
	Created  time.Time // when the value was stored
	Accessed time.Time `json:",omitzero"`
	KeyID    string    // of the KMS key that the value is under: defaultKey, or as it was given; "" where there is no value yet
}

// valued reports whether the version has a value: that of a rotation gets one in its first step.
func (v *version) valued() bool { return v.KeyID != "" }

// defaultKey is how ListSecretVersionIds calls aws/secretsmanager.
const defaultKey = "DefaultEncryptionKey"

// document is a resource policy.
type document = op.Document

// pending reports whether the secret is scheduled for deletion.
func (s *secret) pending() bool { return !s.Deleted.IsZero() }

// gone reports whether a secret that was scheduled for deletion is deleted by now.
func (s *secret) gone(now time.Time) bool { return s.pending() && !now.Before(s.Deleted) }

// id is a SecretId taken apart.
type id struct {
	account, region, name string
	arn                   string // the whole ARN where it was given with its suffix, which then must match
	foreign               bool   // an ARN of another service, partition or region: it names nothing here
}

// parse reads a name, a whole ARN, or an ARN without its suffix. An ARN that ends in a hyphen and six letters or digits
// counts as whole, even where a secret of that very name exists: AWS finds nothing then, and warns of such names.
func parse(c *op.Call, text string) id {
	if !strings.HasPrefix(text, "arn:") {
		return id{account: c.Account, region: c.Region, name: text}
	}
	arn, ok := policy.ParseARN(text)
	name, secret := strings.CutPrefix(arn.Resource, "secret:")
	if !ok || !secret || name == "" || arn.Service != serviceName || arn.Partition != c.Partition || arn.Region != c.Region {
		return id{account: c.Account, region: c.Region, name: text, foreign: true}
	}
	parsed := id{account: arn.Account, region: arn.Region, name: name}
	if base, ok := cutSuffix(name); ok {
		parsed.name, parsed.arn = base, text
	}
	return parsed
}

// suffixSize is the length of an ARN's suffix: a hyphen and six letters or digits.
const suffixSize = 7

// cutSuffix cuts the suffix off, if there is one.
func cutSuffix(name string) (string, bool) {
	at := len(name) - suffixSize
	if at <= 0 || name[at] != '-' {
		return name, false
	}
	for _, b := range []byte(name[at+1:]) {
		if !('a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9') {
			return name, false
		}
	}
	return name[:at], true
}

// find returns the secret that a SecretId names, or nil. A secret whose recovery window is over is not found.
func find(c *op.Call, secretID string) (*secret, error) {
	parsed := parse(c, secretID)
	if parsed.foreign {
		return nil, nil
	}
	s, err := secrets.Get(c.Tx, store.Key(parsed.account, parsed.region, parsed.name))
	if err != nil || s == nil || s.gone(c.Now) || parsed.arn != "" && s.ARN != parsed.arn {
		return nil, err
	}
	return s, nil
}

// arnOf names a secret without its suffix, which it has only once it exists.
func arnOf(c *op.Call, account, name string) string {
	return "arn:" + c.Partition + ":" + serviceName + ":" + c.Region + ":" + account + ":secret:" + name
}

// newSuffix returns a hyphen and six random letters or digits. It never ends a name that looks like a whole ARN.
func newSuffix() string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	suffix := []byte("-")
	for len(suffix) < suffixSize {
		var b [1]byte
		rand.Read(b[:])
		if int(b[0]) < len(alphabet)*4 { // so that each letter is equally likely
			suffix = append(suffix, alphabet[int(b[0])%len(alphabet)])
		}
	}
	return string(suffix)
}

// row is the key of the secret's row.
func (s *secret) row(c *op.Call) string { return store.Key(s.Account, c.Region, s.Name) }

// change stores a copy of the secret that fn changed, with what was seen of accesses, and returns it.
func (sv *service) change(c *op.Call, old *secret, fn func(*secret) error) (*secret, error) {
	return sv.update(c, old, func(s *secret) error {
		s.Changed = c.Now
		return fn(s)
	})
}

// update is change for what is no change of the secret itself, such as the progress of a rotation. Replicas and turns follow.
func (sv *service) update(c *op.Call, old *secret, fn func(*secret) error) (*secret, error) {
	s := *old
	s.Tags, s.Replicas = slices.Clone(s.Tags), slices.Clone(s.Replicas)
	s.Versions = append(make([]version, 0, len(s.Versions)+1), s.Versions...) // with room for the one that most changes add
	s.Rotation = s.Rotation.clone()
	sv.accessed.mark(&s)
	if err := fn(&s); err != nil {
		return nil, err
	}
	if err := sv.mirror(c, &s); err != nil {
		return nil, err
	}
	if err := queue(c, old, &s); err != nil {
		return nil, err
	}
	return &s, secrets.Put(c.Tx, s.row(c), &s)
}

// version finds a version by its id, or returns nil.
func (s *secret) version(versionID string) *version {
	if i := slices.IndexFunc(s.Versions, func(v version) bool { return v.ID == versionID }); i >= 0 {
		return &s.Versions[i]
	}
	return nil
}

// labelled finds the version that has a label, or returns nil.
func (s *secret) labelled(label string) *version {
	if i := slices.IndexFunc(s.Versions, func(v version) bool { return slices.Contains(v.Labels, label) }); i >= 0 {
		return &s.Versions[i]
	}
	return nil
}

func failure(code, message string) *op.Error { return &op.Error{Code: code, Message: message} }

// The refusals that many operations share, in AWS's words.
func notFound() *op.Error {
	return failure("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

func markedForDeletion() *op.Error {
	return failure("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")
}

func invalidParameter(message string) *op.Error { return failure("InvalidParameterException", message) }

func invalidRequest(message string) *op.Error { return failure("InvalidRequestException", message) }
