package kms

import (
	"strconv"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// keyInput is the input of operations that take a key and nothing else.
type keyInput struct{ KeyId string }

func (in *keyInput) keyID() string { return in.KeyId }

type listKeysInput struct{ pageInput }

type listedKey struct{ KeyArn, KeyId string }

type listKeysOutput struct {
	Keys []listedKey
	pageOutput
}

func listKeys(c *op.Call, in *listKeysInput) (*listKeysOutput, error) {
	out, limit := &listKeysOutput{Keys: []listedKey{}}, pageSize(in.Limit, 100)
	prefix := store.Key(c.Account, c.Region, "")
	for row, err := range keys.Scan(c.Tx, prefix, marked(prefix, in.Marker)) {
		switch {
		case err != nil:
			return nil, err
		case row.Value.due(c.Now):
			continue
		case len(out.Keys) == limit:
			out.Truncated, out.NextMarker = true, out.Keys[limit-1].KeyId
			return out, nil
		}
		out.Keys = append(out.Keys, listedKey{row.Value.ARN, row.Value.ID})
	}
	return out, nil
}

// marked is the key to go on after.
func marked(prefix, marker string) string {
	if marker == "" {
		return ""
	}
	return prefix + marker
}

type empty struct{}

// change stores a copy of the named key that fn changed. AWS-managed keys need no refusal here: their policy lets nobody change them.
func change(c *op.Call, id string, fn func(*key) error) (*key, error) {
	old, _, err := find(c, id)
	if err != nil {
		return nil, err
	}
	k := *old
	if err := fn(&k); err != nil {
		return nil, err
	}
	return &k, k.put(c)
}

// enableKey needs kms:EnableKey.
func enableKey(c *op.Call, in *keyInput) (*empty, error) {
	_, err := change(c, in.KeyId, func(k *key) error {
		k.resume(c.Now)
		err := k.kept()
		k.State = enabled
		return err
	})
	return &empty{}, err
}

// disableKey needs kms:DisableKey.
func disableKey(c *op.Call, in *keyInput) (*empty, error) {
	_, err := change(c, in.KeyId, func(k *key) error {
		err := k.kept()
		k.State = disabled
		return err
	})
	return &empty{}, err
}

type scheduleInput struct {
	KeyId               string
	PendingWindowInDays *int
}

func (in *scheduleInput) keyID() string { return in.KeyId }

type scheduleOutput struct {
	DeletionDate        *time.Time `json:",omitempty"`
	KeyId               string
	KeyState            string
	PendingWindowInDays int
}

// days is the waiting period that was asked for.
func (in *scheduleInput) days() int {
	if in.PendingWindowInDays == nil {
		return 30
	}
	return *in.PendingWindowInDays
}

func scheduleNeeds(c *op.Call, in *scheduleInput) ([]op.Need, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	return target("ScheduleKeyDeletion", func(in *scheduleInput) policy.Context {
		return policy.Context{policy.One("kms:ScheduleKeyDeletionPendingWindowInDays", strconv.Itoa(in.days()))}
	})(c, in)
}

func (ks *Keys) scheduleKeyDeletion(c *op.Call, in *scheduleInput) (*scheduleOutput, error) {
	if err := ks.purge(c); err != nil {
		return nil, err
	}
	k, err := change(c, in.KeyId, func(k *key) error {
		if err := k.kept(); err != nil {
			return err
		}
		waits, err := k.replicas(c)
		if err != nil {
			return err
		}
		if len(waits) > 0 {
			k.State, k.Window = pendingReplicas, in.days()
			return nil
		}
		k.State, k.Deletion = pendingDeletion, c.Now.AddDate(0, 0, in.days())
		return deletions.Put(c.Tx, k.deletionRow(), &deletion{k.Account, k.region(), k.ID})
	})
	if err != nil {
		return nil, err
	}
	return &scheduleOutput{k.metadata().DeletionDate, k.ARN, k.State, in.days()}, nil
}

type keyIDOutput struct{ KeyId string }

// cancelKeyDeletion leaves the key disabled, as AWS does.
func cancelKeyDeletion(c *op.Call, in *keyInput) (*keyIDOutput, error) {
	k, err := change(c, in.KeyId, func(k *key) error {
		if k.kept() == nil {
			return failure("KMSInvalidStateException", k.ARN+" is not pending deletion.")
		}
		row := k.deletionRow()
		k.State, k.Deletion, k.Window = disabled, time.Time{}, 0
		return deletions.Delete(c.Tx, row)
	})
	if err != nil {
		return nil, err
	}
	return &keyIDOutput{k.ARN}, nil
}

type describedInput struct{ KeyId, Description string }

func (in *describedInput) keyID() string { return in.KeyId }

func updateKeyDescription(c *op.Call, in *describedInput) (*empty, error) {
	_, err := change(c, in.KeyId, func(k *key) error {
		k.Description = in.Description
		return k.kept()
	})
	return &empty{}, err
}
