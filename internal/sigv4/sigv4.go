// Package sigv4 checks AWS Signature Version 4 as AWS's services do, in its header form and its presigned form.
//
// A server keeps one Verifier, reads the whole body, and calls Verify with the Endpoint that the request came to and a
// Lookup that knows the access keys. What comes back is either who signed or an *Error whose code, text and status are
// AWS's for the endpoint's Style. The package knows nothing of services, accounts or storage.
//
// Sources: the IAM user guide's "AWS Signature Version 4 for API requests" and "Troubleshoot signed requests", each
// service's list of common errors, and answers of the live services.
package sigv4

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// The time windows around a request's date outside which a service refuses it.
const (
	WindowJSON  = 5 * time.Minute  // Secrets Manager and KMS say "- 5 min." in their refusals
	WindowQuery = 15 * time.Minute // IAM and STS: "Common error types", RequestExpired
)

// Verifier checks requests and remembers the signing keys that it derived. The zero value is ready; it is safe for
// concurrent use.
type Verifier struct {
	keys keyCache
}

// Endpoint is what a request must have been signed for.
type Endpoint struct {
	Service string        // as in the credential scope: secretsmanager, kms, iam, sts, airflow
	Region  string        // "" takes the region that the scope names: one port serves them all
	Window  time.Duration // how far the request's date may lie from Now; 0 means WindowQuery
	Style   Style         // whose error codes to answer with
	Now     time.Time     // the wall clock
}

// Identity is what a verified signature proves.
type Identity struct {
	AccessKeyID  string
	SessionToken string // "" for long-term keys
	Region       string // of the credential scope
	Service      string
	SignedAt     time.Time // the request's own date, UTC
	Presigned    bool      // the signature was in the query
}

// Lookup finds the secret access key of an access key id and the session token sent with it ("" for none). It answers
// ErrInvalidToken for a key that does not exist, is not active, or does not belong to the token, and ErrExpiredToken
// for one that was good once. Any other error is handed through by Verify as it is.
type Lookup func(accessKeyID, sessionToken string) (secretAccessKey string, err error)

// What a Lookup may answer instead of a key.
var (
	ErrInvalidToken = errors.New("the security token is invalid")
	ErrExpiredToken = errors.New("the security token is expired")
)

// Verify checks r, whose body was read into body. It reads r.RequestURI where the server set it, since the signature
// covers the path as it was sent. The error is an *Error, or what find returned.
func (v *Verifier) Verify(r *http.Request, body []byte, e Endpoint, find Lookup) (Identity, error) {
	var claim claim
	if err := claim.read(r, e.Style); err != nil {
		return Identity{}, err
	}
	if err := claim.check(r, e); err != nil {
		return Identity{}, err
	}
	secret, err := find(claim.accessKeyID, claim.token)
	switch {
	case errors.Is(err, ErrInvalidToken):
		return Identity{}, e.Style.fail(invalidToken, "The security token included in the request is invalid.")
	case errors.Is(err, ErrExpiredToken):
		return Identity{}, e.Style.fail(expiredToken, "The security token included in the request is expired")
	case err != nil:
		return Identity{}, fmt.Errorf("looking up the access key: %w", err)
	}
	key := v.keys.get(secret, claim.date, claim.region, claim.service)
	if !claim.matches(r, body, &key) {
		return Identity{}, e.Style.fail(mismatch, "The request signature we calculated does not match the signature you provided. "+
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return claim.identity(), nil
}

// matches reports whether the claim's signature is the one that key makes of the request. A path with doubled slashes
// or dots is tried as it was sent and, where that fails, normalised: the guide asks for the latter and botocore does it,
// the SDK for Go signs the former.
func (c *claim) matches(r *http.Request, body []byte, key *[32]byte) bool {
	path, query := target(r)
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	try := func(path string) bool {
		*buf = c.appendCanonical((*buf)[:0], r, path, query, body)
		want := c.sign(*buf, key)
		return subtle.ConstantTimeCompare(want[:], c.signature[:]) == 1
	}
	if try(path) {
		return true
	}
	normal := normalize(path)
	return normal != path && try(normal)
}

func (c *claim) identity() Identity {
	return Identity{
		AccessKeyID: c.accessKeyID, SessionToken: c.token, Region: c.region, Service: c.service,
		SignedAt: c.at, Presigned: c.presigned,
	}
}
