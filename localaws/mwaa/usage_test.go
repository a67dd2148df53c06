package mwaa

import (
	"fmt"
	"testing"
	"time"

	"aircon/internal/store"
	"aircon/mwaa"
)

// TestEnvironmentsOf has environments of two regions and of another account, and one that is gone.
func TestEnvironmentsOf(t *testing.T) {
	s := store.Memory(environments.Schema())
	defer s.Close()
	now := time.Date(2026, 11, 22, 12, 30, 45, 0, time.UTC)
	err := s.Update(func(tx store.Tx) error {
		gone := record{Ends: now}
		gone.Settled.Environment.Status = mwaa.Deleting
		if err := environments.Put(tx, store.Key("1", "us-east-1", "gone"), &gone); err != nil {
			return err
		}
		for _, key := range []string{store.Key("1", "us-east-1", "a"), store.Key("1", "eu-west-1", "b"), store.Key("1", "eu-west-1", "c"), store.Key("2", "eu-west-1", "d")} {
			if err := environments.Put(tx, key, &record{}); err != nil {
				return err
			}
		}
		all, err := EnvironmentsOf(tx, "1", now)
		if got, want := fmt.Sprint(all), "map[eu-west-1:[b c] us-east-1:[a]]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
