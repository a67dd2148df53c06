package kms

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
)

// The tables.
var (
	keys      = store.Table[key]{Name: "kms.key"}           // by account, region, key id
	aliases   = store.Table[alias]{Name: "kms.alias"}       // by account, region, alias name
	grants    = store.Table[grant]{Name: "kms.grant"}       // by account, region, key id, grant id
	deletions = store.Table[deletion]{Name: "kms.deletion"} // by date, account, region, key id
)

// Key states that this service knows.
const (
	enabled         = "Enabled"
	disabled        = "Disabled"
	pendingDeletion = "PendingDeletion"
	pendingReplicas = "PendingReplicaDeletion" // of a primary, until its replicas are gone
)

// Who manages a key.
const (
	byCustomer = "CUSTOMER"
	byAWS      = "AWS"
)

// key is a row. Its material lies in it sealed, the newest last.
type key struct {
	ID, ARN     string
	Account     string
	Spec, Usage string
	Description string
	Manager     string // byCustomer or byAWS
	State       string
	Created     time.Time
	Deletion    time.Time `json:",omitzero"`  // when a key that is pending deletion goes
	Window      int       `json:",omitempty"` // days until then, of a primary that waits for its replicas
	Policy      document
	Tags        []tag    `json:",omitempty"`
	Aliases     []string `json:",omitempty"` // that point to it
	Grants      int      `json:",omitempty"` // how many it has
	Materials   []sealedMaterial
	Rotation    rotation `json:",omitzero"`
	Primary     string   `json:",omitempty"` // the Region of the primary of a multi-Region key; "" for a key of one Region
	Replicas    []string `json:",omitempty"` // of a primary: the Regions of the others
}

// UnmarshalJSON reads a row. Rows of before there were other keys than symmetric ones do not say what they are.
func (k *key) UnmarshalJSON(text []byte) error {
	type row key
	r := row{Spec: symmetric, Usage: encryptDecrypt}
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	*k = key(r)
	return nil
}

type tag struct {
	TagKey   string `json:"TagKey"`
	TagValue string `json:"TagValue"`
}

// sealedMaterial is what a key does its cryptography with. The first one of a key is sealed by the store's root key with the key's ARN and
// the material's id as additional data; later ones are derived from it and hold nothing themselves.
type sealedMaterial struct {
	ID      string    // 64 hexadecimal digits
	Sealed  []byte    `json:",omitempty"`
	Rotated time.Time `json:",omitzero"`  // when a rotation brought it
	Kind    string    `json:",omitempty"` // of that rotation: automatic or onDemand
}

// alias is a row: a second name for a key.
type alias struct {
	Name, ARN string // alias/…
	KeyID     string
	Created   time.Time
	Updated   time.Time
}

// document is a key policy, or what a grant stands for.
type document = op.Document

// newKey makes an enabled key with fresh material.
func newKey(c *op.Call, k key) (*key, error) {
	plain, err := specs[k.Spec].make()
	if err != nil {
		return nil, fmt.Errorf("making a key of %s: %w", k.Spec, err)
	}
	k.ID, k.State, k.Created = randomUUID(), enabled, c.Now
	if k.shares() {
		k.ID = multiRegionID()
	}
	k.ARN = arn(c, k.Account, "key/"+k.ID)
	var id [32]byte
	rand.Read(id[:])
	m := sealedMaterial{ID: hex.EncodeToString(id[:])}
	m.Sealed = c.Sealer.Seal(plain, []byte(k.ARN+m.ID))
	k.Materials = []sealedMaterial{m}
	return &k, nil
}

// put stores a changed copy of the key.
func (k *key) put(c *op.Call) error {
	return keys.Put(c.Tx, store.Key(k.Account, k.region(), k.ID), k)
}

// region is the key's own.
func (k *key) region() string {
	_, region := split(k.ARN)
	return region
}

// due reports whether the key's deletion is over.
func (k *key) due(now time.Time) bool { return k.State == pendingDeletion && !now.Before(k.Deletion) }

// find resolves a key id, key ARN, alias name or alias ARN. It also returns the alias by which the key was named, or "".
func find(c *op.Call, id string) (*key, string, error) {
	account, name, err := named(c, id)
	if err != nil {
		return nil, "", err
	}
	usedAlias := ""
	if strings.HasPrefix(name, "alias/") {
		a, err := aliases.Get(c.Tx, store.Key(account, c.Region, name))
		if err != nil {
			return nil, "", err
		}
		if a == nil {
			return nil, "", missingAlias(arn(c, account, name))
		}
		usedAlias, name = name, a.KeyID
	}
	k, err := keys.Get(c.Tx, store.Key(account, c.Region, name))
	if err == nil && k == nil {
		err = missing(c, account, name)
	}
	if err == nil {
		k, err = k.settled(c)
	}
	if err == nil && k.due(c.Now) {
		err = missingKey(k.ARN)
	}
	if err != nil {
		return nil, "", err
	}
	k, err = k.current(c)
	return k, usedAlias, err
}

// named takes the name of a key apart: whose it is, and its id or alias. An ARN must be of the call's Region.
func named(c *op.Call, id string) (account, name string, err error) {
	if !strings.HasPrefix(id, "arn:") {
		return c.Account, id, nil
	}
	account, region := split(id)
	if region != c.Region || !strings.HasPrefix(id, "arn:"+c.Partition+":kms:") {
		return "", "", otherRegion(region)
	}
	return account, strings.TrimPrefix(id[strings.LastIndexByte(id, ':')+1:], "key/"), nil
}

// missing says that there is no key of an id, or that it is none.
func missing(c *op.Call, account, id string) error {
	if !looksLikeID(id) {
		return failure("NotFoundException", "Invalid keyId '"+id+"'")
	}
	return missingKey(arn(c, account, "key/"+id))
}

// usable says why a key cannot be used now, if it cannot.
func (k *key) usable() error {
	if k.State == disabled {
		return failure("DisabledException", k.ARN+" is disabled.")
	}
	return k.kept()
}

// kept refuses a key that is pending deletion.
func (k *key) kept() error {
	switch k.State {
	case pendingDeletion:
		return failure("KMSInvalidStateException", k.ARN+" is pending deletion.")
	case pendingReplicas:
		return failure("KMSInvalidStateException", k.ARN+" is pending replica deletion.")
	}
	return nil
}

// newest is the material that new ciphertexts are made with.
func (k *key) newest() sealedMaterial { return k.Materials[len(k.Materials)-1] }

// ensureManaged makes the caller's AWS-managed key of a service, unless it is there.
func ensureManaged(c *op.Call, service string) error {
	a, err := aliases.Get(c.Tx, store.Key(c.Account, c.Region, "alias/aws/"+service))
	if a != nil || err != nil {
		return err
	}
	return makeManaged(c, c.Account, service)
}

// makeManaged makes the AWS-managed key of a service, such as secretsmanager, and its alias. AWS rotates it every year.
func makeManaged(c *op.Call, account, service string) error {
	d, err := managedPolicy(c.Partition, account, service, via(c, service))
	if err != nil {
		return err
	}
	name := "alias/aws/" + service
	k, err := newKey(c, key{
		Account: account, Spec: symmetric, Usage: encryptDecrypt, Manager: byAWS, Description: "Default key that protects my " + purposes[service],
		Policy: d, Aliases: []string{name}, Rotation: rotation{Period: aYear, Next: c.Now.AddDate(0, 0, aYear)},
	})
	if err != nil {
		return err
	}
	if err := k.put(c); err != nil {
		return err
	}
	return putAlias(c, account, name, k.ID)
}

// purposes complete the description that AWS gives its own keys.
var purposes = map[string]string{
	"secretsmanager": "Secrets Manager data when no other key is defined",
}

func putAlias(c *op.Call, account, name, keyID string) error {
	a := &alias{Name: name, ARN: arn(c, account, name), KeyID: keyID, Created: c.Now, Updated: c.Now}
	return aliases.Put(c.Tx, store.Key(account, c.Region, name), a)
}

// arn names a key (key/…) or an alias (alias/…) in the call's region.
func arn(c *op.Call, account, resource string) string {
	return "arn:" + c.Partition + ":kms:" + c.Region + ":" + account + ":" + resource
}

// split returns account and region of an ARN; both are "" in what is not one.
func split(arn string) (account, region string) {
	rest := arn
	for range 3 {
		_, rest, _ = strings.Cut(rest, ":")
	}
	region, rest, _ = strings.Cut(rest, ":")
	account, _, ok := strings.Cut(rest, ":")
	if !ok {
		return "", ""
	}
	return account, region
}

// looksLikeID reports whether s has the form of a key id: a UUID, or what multi-Region keys have instead.
func looksLikeID(s string) bool {
	if isMultiRegionID(s) {
		return true
	}
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		isDash := i == 8 || i == 13 || i == 18 || i == 23
		if isDash != (s[i] == '-') || !isDash && !strings.ContainsRune("0123456789abcdef", rune(s[i])) {
			return false
		}
	}
	return true
}

// randomUUID returns a version 4 UUID.
func randomUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
