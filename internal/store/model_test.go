package store

import (
	"bytes"
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

// openSmall opens a directory with a cache that holds about ten entries, so that most reads go to disk, and a log that is moved into the database
// again and again.
func openSmall(t *rapid.T, dir string) *engine {
	s, err := Open(dir, Options{}, schemas()...)
	if err != nil {
		t.Fatal(err)
	}
	e := s.(*engine)
	e.cache.limit = 10 * entryCost
	e.disk.(*logDisk).log.limit = 2 * framePage
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

// run is the two stores and what they should hold, now and in what was saved.
type run struct {
	dir   string
	disk  *engine
	mem   Store
	state model
	saved []saved
}

// saved is an image of each store, and what is in it.
type saved struct {
	disk, mem []byte
	state     model
}

// TestModel runs random transactions on a plain map, in memory and on SQLite, saves, loads and resets, and expects the same of all
// three.
func TestModel(t *testing.T) {
	root := t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		dir := fmt.Sprintf("%s/%d", root, runs)
		r := &run{dir: dir, disk: openSmall(t, dir), mem: Memory(schemas()...), state: model{{}, {}}}
		defer func() { _ = r.disk.Close() }()
		for range rapid.IntRange(1, 12).Draw(t, "actions") {
			switch rapid.SampledFrom([]string{"", "", "", "", "reopen", "save", "load", "reset"}).Draw(t, "action") {
			case "":
				r.transact(t)
			case "reopen":
				if err := r.disk.Close(); err != nil {
					t.Fatal(err)
				}
				r.disk = openSmall(t, dir)
			case "save":
				r.save(t)
			case "load":
				if len(r.saved) > 0 {
					r.load(t, rapid.SampledFrom(r.saved).Draw(t, "image"))
				}
			case "reset":
				r.reset(t)
			}
		}
	})
}

func (r *run) transact(t *rapid.T) {
	steps := rapid.SliceOfN(genStep, 1, 12).Draw(t, "steps")
	undo := rapid.IntRange(0, 3).Draw(t, "undo") == 0
	next := r.state.clone()
	want := next.steps(steps)
	for _, s := range []Store{r.mem, r.disk} {
		compare(t, s.Update, steps, want, undo)
	}
	if !undo {
		r.state = next
	}
}

func (r *run) save(t *rapid.T) {
	var disk, mem bytes.Buffer
	if err := errors.Join(r.disk.Save(&disk), r.mem.Save(&mem)); err != nil {
		t.Fatal(err)
	}
	r.saved = append(r.saved, saved{disk.Bytes(), mem.Bytes(), r.state.clone()})
}

// load loads, and sometimes goes on in the same transaction; an error there undoes the load.
func (r *run) load(t *rapid.T, from saved) {
	r.replace(t, from.state.clone(), func(fn func(Tx) error) error { return r.mem.Load(bytes.NewReader(from.mem), fn) },
		func(fn func(Tx) error) error { return r.disk.Load(bytes.NewReader(from.disk), fn) })
}

func (r *run) reset(t *rapid.T) { r.replace(t, model{{}, {}}, r.mem.Reset, r.disk.Reset) }

func (r *run) replace(t *rapid.T, next model, mem, disk func(func(Tx) error) error) {
	steps := rapid.SliceOfN(genStep, 0, 4).Draw(t, "steps")
	undo := rapid.IntRange(0, 3).Draw(t, "undo") == 0
	want := next.steps(steps)
	compare(t, mem, steps, want, undo)
	compare(t, disk, steps, want, undo)
	if !undo {
		r.state = next
	}
}

// steps does all steps and says what was seen.
func (m model) steps(steps []step) (seen []string) {
	for _, s := range steps {
		seen = append(seen, s.model(m))
	}
	return seen
}

func compare(t *rapid.T, transact func(func(Tx) error) error, steps []step, want []string, undo bool) {
	err := transact(func(tx Tx) error {
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
		t.Fatal(err)
	}
}
