package secretsmanager

import (
	"maps"
	"slices"
	"strings"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

type deleteInput struct {
	ref
	RecoveryWindowInDays       *int
	ForceDeleteWithoutRecovery *bool
}

func (in *deleteInput) keys(keys policy.Context) policy.Context {
	keys = truth(keys, "secretsmanager:ForceDeleteWithoutRecovery", in.ForceDeleteWithoutRecovery)
	if in.RecoveryWindowInDays != nil {
		keys = append(keys, policy.One("secretsmanager:RecoveryWindowInDays", itoa(*in.RecoveryWindowInDays)))
	}
	return keys
}

type deleteOutput struct {
	ARN          string
	Name         string
	DeletionDate time.Time
}

// purge is a row of the table that says which secrets are to be deleted when. Its key says it all.
type purge struct{ Account, Region, Name string }

// deleteSecret schedules the deletion, or deletes at once. To force the deletion of what does not exist is no error.
func (sv *service) deleteSecret(c *op.Call, in *deleteInput) (*deleteOutput, error) {
	if err := sv.purgeDue(c); err != nil {
		return nil, err
	}
	force := in.ForceDeleteWithoutRecovery != nil && *in.ForceDeleteWithoutRecovery
	s, err := in.existing()
	switch {
	case err != nil && force:
		return deleteNothing(c, in.SecretId), nil
	case err != nil:
		return nil, err
	}
	if err := cmpError(s.primaryOnly(), s.undeletable()); err != nil {
		return nil, err
	}
	switch {
	case force:
		deletionEntries(c, s, "StartSecretVersionDelete")
		deletionEntries(c, s, "EndSecretVersionDelete")
		return &deleteOutput{s.ARN, s.Name, c.Now}, sv.remove(c, s)
	case s.pending():
		return nil, markedForDeletion()
	}
	days := defaultWindow
	if in.RecoveryWindowInDays != nil {
		days = *in.RecoveryWindowInDays
	}
	s, err = sv.change(c, s, func(s *secret) error {
		s.Deleted = c.Now.AddDate(0, 0, days)
		return purges.Put(c.Tx, s.purgeRow(c), &purge{s.Account, c.Region, s.Name})
	})
	if err != nil {
		return nil, err
	}
	deletionEntries(c, s, "StartSecretVersionDelete")
	return &deleteOutput{s.ARN, s.Name, s.Deleted}, nil
}

func deleteNothing(c *op.Call, secretID string) *deleteOutput {
	parsed := parse(c, secretID)
	arn := parsed.arn
	if arn == "" {
		arn = arnOf(c, parsed.account, parsed.name) + newSuffix()
	}
	return &deleteOutput{arn, parsed.name, c.Now}
}

// purgeRow is the key under which the secret waits for its deletion; keys sort by date.
func (s *secret) purgeRow(c *op.Call) string {
	return store.Key(s.Deleted.UTC().Format(dateFormat), s.Account, c.Region, s.Name)
}

// remove deletes a secret with all its versions.
func (sv *service) remove(c *op.Call, s *secret) error {
	if err := sv.drop(c, s.ARN, s.Versions); err != nil {
		return err
	}
	if s.pending() {
		if err := purges.Delete(c.Tx, s.purgeRow(c)); err != nil {
			return err
		}
	}
	if err := queue(c, s, nil); err != nil {
		return err
	}
	return secrets.Delete(c.Tx, s.row(c))
}

// purgeDue deletes the secrets whose recovery window is over, in all accounts and regions: soon afterwards in the background, and before an operation that
// creates or deletes. Until then such secrets lie there but are found by nobody.
func (sv *service) purgeDue(c *op.Call) error {
	due := map[string]*secret{}
	for row, err := range purges.Scan(c.Tx, "", "") {
		if err != nil {
			return err
		}
		s, err := secrets.Get(c.Tx, store.Key(row.Value.Account, row.Value.Region, row.Value.Name))
		if err != nil {
			return err
		}
		if s != nil {
			there := *c
			there.Region = row.Value.Region
			if row.Key != s.purgeRow(&there) {
				s = nil // it is not to go then
			} else if !s.gone(c.Now) {
				break
			}
		}
		due[row.Key] = s
	}
	for _, key := range slices.Sorted(maps.Keys(due)) {
		s := due[key]
		if s == nil {
			if err := purges.Delete(c.Tx, key); err != nil {
				return err
			}
			continue
		}
		there := *c
		there.Region = strings.Split(key, "\x00")[2]
		if err := sv.remove(&there, s); err != nil {
			return err
		}
		deletionEntries(&there, s, "EndSecretVersionDelete")
	}
	return nil
}

// purging is the piece of background work that purges; rotations are pieces by the keys of their secrets.
const purging = "purge"

// nextPurge says when the first recovery window is over, or the zero time.
func nextPurge(c *op.Call) (time.Time, error) {
	for row, err := range purges.Scan(c.Tx, "", "") {
		if err != nil {
			return time.Time{}, err
		}
		date, _, _ := strings.Cut(row.Key, "\x00")
		return time.Parse(dateFormat, date)
	}
	return time.Time{}, nil
}

// restoreSecret ends the recovery window. To restore a secret that is not pending deletion is no error.
func (sv *service) restoreSecret(c *op.Call, in *secretInput) (*secretOutput, error) {
	old, err := in.existing()
	if err == nil {
		err = old.primaryOnly()
	}
	if err != nil {
		return nil, err
	}
	out := &secretOutput{ARN: old.ARN, Name: old.Name}
	if !old.pending() {
		return out, nil
	}
	_, err = sv.change(c, old, func(s *secret) error {
		if err := purges.Delete(c.Tx, s.purgeRow(c)); err != nil {
			return err
		}
		s.Deleted = time.Time{}
		deletionEntries(c, s, "CancelSecretVersionDelete")
		return nil
	})
	return out, err
}
