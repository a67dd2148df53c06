package sts

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"aircon/internal/store"
	"aircon/localaws/accesskey"
	"aircon/localaws/op"
	"aircon/policy"
)

// Token is what a session token holds.
type Token struct {
	AccessKeyID string
	Secret      string // the secret access key
	Session     op.Session
}

// ErrToken says that a text is no token of this local AWS.
var ErrToken = errors.New("the session token was not issued here")

// purpose is the additional data under which tokens are sealed.
var purpose = []byte("aircon sts session token 1")

// claims is what is sealed: JSON, in a token that is base64.
type claims struct {
	Key        string           `json:"k"`
	Secret     string           `json:"s"`
	Principal  policy.Principal `json:"p"`
	Issued     int64            `json:"i"` // seconds since 1970
	Expires    int64            `json:"e"`
	Policy     string           `json:"d,omitempty"`
	PolicyARNs []string         `json:"a,omitempty"`
	Tags       []policy.Tag     `json:"t,omitempty"`
	Transitive []string         `json:"v,omitempty"`
	Source     string           `json:"o,omitempty"`
	MFA        bool             `json:"m,omitempty"`
}

// Open reads a token, expired or not. Its error is ErrToken.
func Open(sealer store.Sealer, token string) (*Token, error) {
	sealed, err := base64.StdEncoding.Strict().DecodeString(token)
	if err != nil {
		return nil, ErrToken
	}
	text, err := sealer.Open(sealed, purpose)
	if err != nil {
		return nil, ErrToken
	}
	var c claims
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, ErrToken
	}
	return c.token()
}

func (c *claims) token() (*Token, error) {
	t := &Token{AccessKeyID: c.Key, Secret: c.Secret, Session: op.Session{
		Principal: c.Principal, Issued: time.Unix(c.Issued, 0).UTC(), Expires: time.Unix(c.Expires, 0).UTC(),
		PolicyARNs: c.PolicyARNs, Tags: c.Tags, Transitive: c.Transitive, SourceIdentity: c.Source, MFA: c.MFA,
	}}
	if c.Policy == "" {
		return t, nil
	}
	document, err := policy.Parse([]byte(c.Policy))
	if err != nil {
		return nil, ErrToken
	}
	t.Session.Policy = document
	return t, nil
}

// issue makes credentials for a session that begins now.
func issue(c *op.Call, s *op.Session, duration time.Duration) (Credentials, error) {
	s.Issued = c.Wall.UTC().Truncate(time.Second)
	s.Expires = s.Issued.Add(duration)
	made := claims{
		Key: accesskey.New(accesskey.Session, s.Principal.Account), Secret: newSecret(),
		Principal: s.Principal, Issued: s.Issued.Unix(), Expires: s.Expires.Unix(), PolicyARNs: s.PolicyARNs,
		Tags: s.Tags, Transitive: s.Transitive, Source: s.SourceIdentity, MFA: s.MFA,
	}
	if s.Policy != nil {
		made.Policy = s.Policy.Text()
	}
	text, err := json.Marshal(made)
	if err != nil {
		return Credentials{}, fmt.Errorf("writing a session token: %w", err)
	}
	return Credentials{
		AccessKeyID: made.Key, SecretAccessKey: made.Secret, Expiration: s.Expires,
		SessionToken: base64.StdEncoding.EncodeToString(c.Sealer.Seal(text, purpose)),
	}, nil
}

// newSecret returns a random secret access key of 40 characters.
func newSecret() string {
	var random [30]byte
	rand.Read(random[:])
	return base64.StdEncoding.EncodeToString(random[:])
}
