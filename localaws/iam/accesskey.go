package iam

import (
	"crypto/rand"
	"encoding/base64"
	"slices"
	"time"

	"aircon/internal/store"
	"aircon/localaws/accesskey"
	"aircon/localaws/op"
)

// accessKey is a user's long-term credential.
type accessKey struct {
	Account string
	User    string
	ID      string
	Secret  []byte // sealed, bound to the id
	Status  string // Active or Inactive
	Created time.Time
}

// keys holds access keys by id.
var keys = store.Table[accessKey]{Name: "iam.accesskey"}

const (
	active         = "Active"
	maxKeys        = 2  // of a user (reference_iam-quotas)
	secretKeyBytes = 30 // 40 characters in base64
)

// sealedFor binds a sealed secret to its key.
func sealedFor(id string) []byte { return []byte("iam access key " + id) }

type accessKeyOut struct {
	UserName        string
	AccessKeyId     string
	Status          string
	SecretAccessKey string
	CreateDate      time.Time
}

type createAccessKeyOutput struct{ AccessKey accessKeyOut }

// createAccessKey needs iam:CreateAccessKey. The secret is shown in this answer only.
func createAccessKey(c *op.Call, in *nameInput) (*createAccessKeyOutput, error) {
	secret := make([]byte, secretKeyBytes)
	rand.Read(secret)
	k := accessKey{Account: c.Account, ID: accesskey.New(accesskey.User, c.Account), Status: active, Created: c.Now.UTC().Truncate(time.Second)}
	text := base64.StdEncoding.EncodeToString(secret)
	k.Secret = c.Sealer.Seal([]byte(text), sealedFor(k.ID))
	err := users.change(c, in, func(e *entity) error {
		if len(e.Keys) == maxKeys {
			return limitExceeded("Cannot exceed quota for AccessKeysPerUser: %d", maxKeys)
		}
		k.User, e.Keys = e.Name, append(e.Keys, k.ID)
		return keys.Put(c.Tx, k.ID, &k)
	})
	return &createAccessKeyOutput{accessKeyOut{k.User, k.ID, k.Status, text, k.Created}}, err
}

type accessKeyMetadata struct {
	UserName    string
	AccessKeyId string
	Status      string
	CreateDate  time.Time
}

type listAccessKeysOutput struct {
	AccessKeyMetadata []accessKeyMetadata
	paged
}

// listAccessKeys needs iam:ListAccessKeys.
func listAccessKeys(c *op.Call, in *listOfInput) (*listAccessKeysOutput, error) {
	e, err := users.target(c, in)
	if err != nil {
		return nil, err
	}
	out := &listAccessKeysOutput{AccessKeyMetadata: []accessKeyMetadata{}}
	for _, id := range slices.Sorted(slices.Values(e.Keys)) {
		k, err := keys.Get(c.Tx, id)
		if err != nil {
			return nil, err
		}
		out.AccessKeyMetadata = append(out.AccessKeyMetadata, accessKeyMetadata{k.User, k.ID, k.Status, k.Created})
	}
	out.AccessKeyMetadata, out.paged, err = page(in.paging, out.AccessKeyMetadata, func(m accessKeyMetadata) string { return m.AccessKeyId })
	return out, err
}

type accessKeyInput struct {
	entityName
	AccessKeyId *string
	Status      *string
}

// keyOf returns the access key that an input names, if it is that user's.
func keyOf(c *op.Call, e *entity, id string) (*accessKey, error) {
	if !slices.Contains(e.Keys, id) {
		return nil, noSuchEntity("The Access Key with id %s cannot be found.", id)
	}
	return keys.Get(c.Tx, id)
}

// updateAccessKey needs iam:UpdateAccessKey.
func updateAccessKey(c *op.Call, in *accessKeyInput) (*none, error) {
	e, err := users.target(c, in)
	if err != nil {
		return nil, err
	}
	old, err := keyOf(c, e, *in.AccessKeyId)
	if err != nil {
		return nil, err
	}
	k := *old
	k.Status = *in.Status
	return &none{}, keys.Put(c.Tx, k.ID, &k)
}

// deleteAccessKey needs iam:DeleteAccessKey.
func deleteAccessKey(c *op.Call, in *accessKeyInput) (*none, error) {
	return &none{}, users.change(c, in, func(e *entity) error {
		k, err := keyOf(c, e, *in.AccessKeyId)
		if err != nil {
			return err
		}
		e.Keys = slices.DeleteFunc(e.Keys, func(id string) bool { return id == k.ID })
		return keys.Delete(c.Tx, k.ID)
	})
}

type lastUsedInput struct{ AccessKeyId *string }

func lastUsedNeeds(c *op.Call, in *lastUsedInput) ([]op.Need, error) {
	need := op.Need{Action: "iam:GetAccessKeyLastUsed", Resource: "*"}
	k, err := keys.Get(c.Tx, *in.AccessKeyId)
	if err == nil && k != nil && k.Account == c.Account {
		var e *entity
		if e, err = users.find(c.Tx, k.Account, k.User); e != nil {
			need.Resource = e.ARN
		}
	}
	return []op.Need{need}, err
}

type lastUsed struct {
	LastUsedDate *time.Time
	ServiceName  string
	Region       string
}

type lastUsedOutput struct {
	UserName          string
	AccessKeyLastUsed lastUsed
}

// getAccessKeyLastUsed needs iam:GetAccessKeyLastUsed.
func (a *Accounts) getAccessKeyLastUsed(c *op.Call, in *lastUsedInput) (*lastUsedOutput, error) {
	k, err := keys.Get(c.Tx, *in.AccessKeyId)
	if err != nil {
		return nil, err
	}
	if k == nil || k.Account != c.Account {
		return nil, noSuchEntity("The Access Key with id %s cannot be found.", *in.AccessKeyId)
	}
	use, err := a.lastUse(c.Tx, k.ID)
	if err != nil || use == nil {
		return &lastUsedOutput{k.User, lastUsed{ServiceName: "N/A", Region: "N/A"}}, err
	}
	return &lastUsedOutput{k.User, lastUsed{&use.At, use.Service, use.Region}}, nil
}
