package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"strings"

	"aircon/internal/spec"
)

// The tags by which aircon knows what it made. Anything without them belongs to someone else.
const (
	TagManagedBy   = "aircon:managed-by" // always aircon
	TagEnvironment = "aircon:environment"
	TagAdopted     = "aircon:adopted" // on what was there before aircon took it over, and stays when aircon goes
	managedBy      = "aircon"
	tagBefore      = "aircon:before-" // and a number: what MWAA's options were before, see before.go
)

// ownTags are the tags of whatever aircon makes for an environment.
func ownTags(e *spec.Environment) map[string]string {
	tags := maps.Clone(e.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	tags[TagManagedBy], tags[TagEnvironment] = managedBy, e.Name
	return tags
}

// owns reports whether aircon made something for this environment.
func owns(environment string, tags map[string]string) bool {
	return tags[TagManagedBy] == managedBy && tags[TagEnvironment] == environment
}

// owner says in words whose something is.
func owner(tags map[string]string) string {
	if tags[TagManagedBy] == managedBy {
		return "belongs to the environment " + tags[TagEnvironment]
	}
	return "was not made by aircon"
}

// token derives a client request token, which becomes the version's id, from what a step starts from. A repeated step has the same
// token, so that AWS makes one version of it; two plans that start from the same version cannot both win. It must not depend on the
// secret's text: a version's id is no secret, and a hash of a password could be guessed at.
func token(parts ...string) string {
	sum := sha256.Sum256([]byte("aircon\x00" + strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}
