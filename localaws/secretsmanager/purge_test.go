package secretsmanager

import (
	"testing"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
)

// TestPurgeOfDanglingRows: rows of a secret that is not there, or that goes at another time or never, are deleted and hold up nothing behind them.
func TestPurgeOfDanglingRows(t *testing.T) {
	sv := &service{accessed: new(accessLog), opened: new(keyCache), again: new(nudges)}
	s := store.Memory(Service(nil, nil, Options{}).Tables...)
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	c := &op.Call{Account: "111122223333", Region: "eu-west-1", Now: now}
	named := func(name string, deleted time.Time) *secret {
		return &secret{ARN: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:" + name + "-AbCdEf", Name: name, Account: c.Account, Deleted: deleted}
	}
	err := s.Update(func(tx store.Tx) error {
		c.Tx = tx
		for _, row := range []*secret{named("absent", now.AddDate(0, 0, -3)), named("kept", now.AddDate(0, 0, -2)), named("due", now.AddDate(0, 0, -1))} {
			if err := purges.Put(tx, row.purgeRow(c), &purge{row.Account, c.Region, row.Name}); err != nil {
				return err
			}
		}
		for _, there := range []*secret{named("kept", time.Time{}), named("due", now.AddDate(0, 0, -1))} {
			if err := secrets.Put(tx, there.row(c), there); err != nil {
				return err
			}
		}
		return sv.purgeDue(c)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.View(func(tx store.Tx) error {
		for row, err := range purges.Scan(tx, "", "") {
			t.Errorf("there is still the row %q (%v)", row.Key, err)
		}
		for row, err := range secrets.Scan(tx, "", "") {
			if err != nil || row.Value.Name != "kept" {
				t.Errorf("there is still the secret %s (%v)", row.Value.Name, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
