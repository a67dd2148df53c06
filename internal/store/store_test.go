package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"aircon/internal/store"
)

type thing struct{ Name string }

var things = store.Table[thing]{Name: "test.thing"}

func TestMemory(t *testing.T) { testStore(t, store.Memory(things.Schema())) }

func TestOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c%41#d") // what a URL would take apart
	for range 2 {
		s, err := store.Open(dir, store.Options{}, things.Schema())
		if err != nil {
			t.Fatal(err)
		}
		testStore(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, "aircon.db")); err != nil {
			t.Fatal(err)
		}
	}
}

func testStore(t *testing.T, s store.Store) {
	boom := errors.New("boom")
	err := s.Update(func(tx store.Tx) error {
		for _, k := range []string{"b", "a", "ab", "c"} {
			if err := things.Put(tx, k, &thing{k}); err != nil {
				return err
			}
		}
		return things.Delete(tx, "c")
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(func(tx store.Tx) error {
		if err := things.Delete(tx, "a"); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("Update = %v, want the function's error", err)
	}
	err = s.View(func(tx store.Tx) error {
		var keys string
		for row, err := range things.Scan(tx, "a", "") {
			if err != nil {
				return err
			}
			keys += row.Key + "=" + row.Value.Name + " "
		}
		if want := "a=a ab=ab "; keys != want {
			t.Errorf("Scan gave %q, want %q", keys, want)
		}
		if c, err := things.Get(tx, "c"); c != nil || err != nil {
			t.Errorf("Get(c) = %v, %v after Delete", c, err)
		}
		return things.Put(tx, "d", &thing{"d"})
	})
	if !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("Put in View = %v, want ErrReadOnly", err)
	}
}
