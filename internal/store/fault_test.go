package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aircon/internal/store/faultydisk"
)

func TestMain(m *testing.M) {
	faultydisk.Install()
	os.Exit(m.Run())
}

// TestFaults makes each operation that a few updates take on the disk fail in turn, with all that follow, until the disk is well again. It
// expects that updates fail and nothing else: reads go on and show what was acknowledged, the next update succeeds without a
// restart, and the directory holds just what was acknowledged when it is opened again.
func TestFaults(t *testing.T) {
	for _, test := range []struct {
		of   faultydisk.Operation
		code faultydisk.Code
		want error
	}{
		{faultydisk.Write, faultydisk.Full, ErrFull},
		{faultydisk.Write, faultydisk.Error, ErrUnwritable},
		{faultydisk.Sync, faultydisk.Error, ErrUnwritable},
		{faultydisk.Truncate, faultydisk.Error, ErrUnwritable},
	} {
		t.Run(fmt.Sprintf("%s %d", test.of, test.code), func(t *testing.T) {
			refused, after := 0, 0
			for ; ; after += 1 + after/8 {
				if after > 400 {
					t.Fatal("the operations never come to an end")
				}
				failed, hit := faulty(t, test.of, after, test.code, test.want)
				refused += failed
				if !hit {
					break
				}
			}
			t.Logf("the disk failed from each of the first %d operations on; %d updates were refused", after, refused)
			if refused == 0 && test.of != faultydisk.Truncate {
				t.Error("no update was refused")
			}
		})
	}
}

// faulty updates a store while its disk fails from the operation with that number on. It returns how many updates failed,
// and whether the disk failed at all.
func faulty(t *testing.T, of faultydisk.Operation, after int, code faultydisk.Code, want error) (refused int, hit bool) {
	t.Helper()
	dir := filled(t)
	s := openTurning(t, dir, 3*framePage)
	if _, err := s.disk.(*logDisk).database.writer.Exec("PRAGMA wal_autocheckpoint = 8"); err != nil {
		t.Fatal(err)
	}
	expected := []string{"a=kept"}
	update := func(i int) error {
		err := s.Update(func(tx Tx) error {
			for _, table := range tables { // two rows, of which both or none must be there
				if err := table.Put(tx, key(i), &note{fmt.Sprint(i, strings.Repeat("x", 3000))}); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			expected = append(expected, fmt.Sprint(key(i), "=", i, strings.Repeat("x", 3000)))
		}
		return err
	}
	check := func(when string, s Store) {
		t.Helper()
		got, err := notesSeen(s)
		if err != nil || got != strings.Join(expected, "") {
			t.Fatalf("%s %d fails, %s: the store holds %.60q… and should %.60q… (%v)", of, after, when, got, expected, err)
		}
	}
	faultydisk.Fail(of, after, code)
	defer faultydisk.Heal()
	for i := range 12 {
		if err := update(i); err != nil {
			refused++
			if !errors.Is(err, want) {
				t.Fatalf("Update = %v, want %v", err, want)
			}
		}
		check("meanwhile", s)
	}
	hit = faultydisk.Heal() > 0
	if err := update(50); err != nil {
		t.Fatalf("%s %d failed: Update = %v with a disk that is well again", of, after, err)
	}
	check("afterwards", s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir)
	defer func() { _ = s.Close() }()
	check("opened again", s)
	return refused, hit
}

// TestFaultyRead expects reads that the disk refuses to fail, and to succeed once it does not.
func TestFaultyRead(t *testing.T) {
	s := mustOpen(t, filled(t))
	defer func() { _ = s.Close() }()
	faultydisk.Fail(faultydisk.Read, 0, faultydisk.Error)
	_, err := notesSeen(s)
	if faultydisk.Heal() > 0 && !errors.Is(err, ErrUnwritable) {
		t.Errorf("Scan = %v while reads fail", err)
	}
	if got, err := notesSeen(s); got != "a=kept" || err != nil {
		t.Errorf("Scan = %q, %v with a disk that is well again", got, err)
	}
}

// TestFaultyReplace fails a load, a restore and a first start at each operation that they take: what was there stays.
func TestFaultyReplace(t *testing.T) {
	for _, of := range []faultydisk.Operation{faultydisk.Write, faultydisk.Sync} {
		for after := 0; after < 60; after += 1 + after/5 {
			dir := filled(t)
			s := mustOpen(t, dir)
			faultydisk.Fail(of, after, faultydisk.Full)
			err := s.Reset(func(tx Tx) error { return notes.Put(tx, "b", &note{"new"}) })
			faultydisk.Heal()
			want := "a=kept"
			if err == nil {
				want = "b=new"
			}
			if got, err := notesSeen(s); got != want || err != nil {
				t.Errorf("%s %d fails: the store holds %q (%v), want %q", of, after, got, err, want)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			faultydisk.Fail(of, after, faultydisk.Full)
			err = Erase(dir, Options{})
			faultydisk.Heal()
			if err == nil {
				want = ""
			}
			s = mustOpen(t, dir)
			if got, err := notesSeen(s); got != want || err != nil {
				t.Errorf("%s %d fails: the directory holds %q (%v), want %q", of, after, got, err, want)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestRefusedStaysOut makes one update's write or sync fail, with all of the update in the log already, and closes: the update that was refused
// is not there at the next opening.
func TestRefusedStaysOut(t *testing.T) {
	for _, of := range []faultydisk.Operation{faultydisk.Write, faultydisk.Sync} {
		dir := filled(t)
		s := mustOpen(t, dir)
		faultydisk.Fail(of, 0, faultydisk.Error)
		err := s.Update(func(tx Tx) error { return notes.Put(tx, "b", &note{"refused"}) })
		if faultydisk.Heal() == 0 || !errors.Is(err, ErrUnwritable) {
			t.Errorf("%s fails: Update = %v", of, err)
		}
		log, err := os.ReadFile(filepath.Join(dir, logFiles[0]))
		if err == nil && of == faultydisk.Write { // the wipe failed as well
			_, size, ok := frameSize(log)
			if !ok {
				t.Errorf("%s fails: the log does not hold the update, so that the test shows nothing", of)
			} else if _, err := openFrame(s.sealer.(sealer), log[:size]); err != nil {
				t.Errorf("%s fails: the log does not hold all of the update: %v", of, err)
			}
		}
		if err := errors.Join(err, s.Close()); err != nil {
			t.Error(err)
		}
		s = mustOpen(t, dir)
		if got, err := notesSeen(s); got != "a=kept" || err != nil {
			t.Errorf("%s fails: the directory holds %q (%v)", of, got, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
