package kms

import (
	"testing"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// TestPurgeOfDanglingRows: rows of a key that is not there, or that goes at another time, are deleted and hold up nothing behind them.
func TestPurgeOfDanglingRows(t *testing.T) {
	ks := New(nil)
	s := store.Memory(ks.Service().Tables...)
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	named := func(id string, deletion time.Time) *key {
		k := &key{ID: id, Account: "111122223333", ARN: "arn:aws:kms:eu-west-1:111122223333:key/" + id, State: pendingDeletion, Deletion: deletion}
		k.Policy.Document, _ = policy.Parse([]byte(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`))
		k.Materials = []sealedMaterial{{ID: id}}
		return k
	}
	due, kept := named("due", now), named("kept", now)
	kept.State = enabled
	err := s.Update(func(tx store.Tx) error {
		c := &op.Call{Tx: tx, Now: now}
		for _, k := range []*key{named("absent", now.Add(-time.Hour)), named("kept", now.Add(-time.Minute)), due} {
			if err := deletions.Put(tx, k.deletionRow(), &deletion{k.Account, k.region(), k.ID}); err != nil {
				return err
			}
		}
		for _, k := range []*key{due, kept} {
			if err := k.put(c); err != nil {
				return err
			}
		}
		return ks.purge(c)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.View(func(tx store.Tx) error {
		for row, err := range deletions.Scan(tx, "", "") {
			t.Errorf("there is still the row %q (%v)", row.Key, err)
		}
		for row, err := range keys.Scan(tx, "", "") {
			if err != nil || row.Value.ID != "kept" {
				t.Errorf("there is still the key %s (%v)", row.Value.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
