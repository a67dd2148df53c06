package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

type note struct{ Text string }

var (
	notes  = Table[note]{Name: "notes"}
	others = Table[note]{Name: "notes.other"} // a name that begins with the other's
	tables = []Table[note]{notes, others}
)

func schemas() []Schema { return []Schema{notes.Schema(), others.Schema()} }

// openSmall opens a directory with a cache that holds about ten entries, so that most reads go to disk.
func openSmall(t *rapid.T, dir string) *engine {
	s, err := Open(dir, Options{}, schemas()...)
	if err != nil {
		t.Fatal(err)
	}
	e := s.(*engine)
	e.cache.limit = 10 * entryCost
	return e
}

// step is one thing done in a transaction.
type step struct {
	Table            int
	Do               string // get, put, delete, scan
	Key, Text, After string
}

var (
	genKey  = rapid.SampledFrom([]string{"a", "a\x00b", "a\x00", "ab", "b", "\xff", "\xff\xff", "c\xff", "z", "zz", "é"})
	genStep = rapid.Custom(func(t *rapid.T) step {
		return step{
			rapid.IntRange(0, 1).Draw(t, "table"), rapid.SampledFrom([]string{"get", "put", "put", "delete", "scan"}).Draw(t, "do"),
			genKey.Draw(t, "key"), rapid.String().Draw(t, "text"), rapid.OneOf(rapid.Just(""), genKey).Draw(t, "after"),
		}
	})
)

// model is what a store is: a map for each table.
type model [2]map[string]string

func (m model) clone() model { return model{maps.Clone(m[0]), maps.Clone(m[1])} }

// run does the step and says what was seen.
func (s step) model(m model) string {
	rows := m[s.Table]
	switch s.Do {
	case "put":
		rows[s.Key] = s.Text
	case "delete":
		delete(rows, s.Key)
	case "get":
		text, ok := rows[s.Key]
		return fmt.Sprint(ok, text)
	case "scan":
		var seen []string
		for _, key := range slices.Sorted(maps.Keys(rows)) {
			if strings.HasPrefix(key, s.Key[:len(s.Key)-1]) && key > s.After {
				seen = append(seen, key+"="+rows[key])
			}
		}
		return strings.Join(seen, ",")
	}
	return ""
}

// run does the same in a transaction.
func (s step) run(tx Tx) (string, error) {
	table := tables[s.Table]
	switch s.Do {
	case "put":
		return "", table.Put(tx, s.Key, &note{s.Text})
	case "delete":
		return "", table.Delete(tx, s.Key)
	case "get":
		n, err := table.Get(tx, s.Key)
		if n == nil || err != nil {
			return fmt.Sprint(false, ""), err
		}
		return fmt.Sprint(true, n.Text), nil
	default:
		var seen []string
		for row, err := range table.Scan(tx, s.Key[:len(s.Key)-1], s.After) {
			if err != nil {
				return "", err
			}
			seen = append(seen, row.Key+"="+row.Value.Text)
		}
		return strings.Join(seen, ","), nil
	}
}

var errUndo = errors.New("undo")

// TestModel runs random transactions on a plain map, in memory and on SQLite, and expects the same of all three.
func TestModel(t *testing.T) {
	root := t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		dir := fmt.Sprintf("%s/%d", root, runs)
		disk, mem := openSmall(t, dir), Memory(schemas()...)
		defer func() { _ = disk.Close() }()
		state := model{{}, {}}
		for range rapid.IntRange(1, 8).Draw(t, "transactions") {
			steps := rapid.SliceOfN(genStep, 1, 12).Draw(t, "steps")
			undo := rapid.IntRange(0, 3).Draw(t, "undo") == 0
			next := state.clone()
			var want []string
			for _, s := range steps {
				want = append(want, s.model(next))
			}
			for _, s := range []Store{mem, disk} {
				compare(t, s, steps, want, undo)
			}
			if !undo {
				state = next
			}
			if rapid.IntRange(0, 4).Draw(t, "reopen") == 0 {
				if err := disk.Close(); err != nil {
					t.Fatal(err)
				}
				disk = openSmall(t, dir)
			}
		}
	})
}

func compare(t *rapid.T, s Store, steps []step, want []string, undo bool) {
	err := s.Update(func(tx Tx) error {
		for i, step := range steps {
			got, err := step.run(tx)
			if err != nil {
				return err
			}
			if got != want[i] {
				return fmt.Errorf("step %d, %+v: got %q, want %q", i, step, got, want[i])
			}
		}
		if undo {
			return errUndo
		}
		return nil
	})
	if undo && errors.Is(err, errUndo) {
		err = nil
	}
	if err != nil {
		t.Fatalf("%T: %v", s.(*engine).disk, err)
	}
}
