package localaws

import (
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"aircon/internal/awswire"
)

// TestDirectory expects that the administrator's keys outlive the server, in a file that only its owner may read.
func TestDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "local")
	var keys Credentials
	for i := range 3 {
		began := time.Now()
		s, err := New(Options{Directory: dir})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("open %d took %v", i, time.Since(began))
		if i > 0 && s.Administrator() != keys {
			t.Errorf("open %d: the administrator's keys changed", i)
		}
		keys = s.Administrator()
		ts := httptest.NewServer(s)
		who, err := stsClient(ts.URL, keys.AccessKeyID, keys.SecretAccessKey, "").GetCallerIdentity(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if want := "arn:aws:iam::123456789012:user/administrator"; *who.Arn != want {
			t.Errorf("the administrator is %s, want %s", *who.Arn, want)
		}
		ts.Close()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f.Name(), info.Mode())
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory has mode %v (%v)", info.Mode(), err)
	}
}

func TestMemory(t *testing.T) {
	began := time.Now()
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("ready in %v", time.Since(began))
	if s.Administrator().SecretAccessKey == "" {
		t.Error("there is no administrator")
	}
}

// TestEveryRowHasAWireForm refuses a row of a service's table that would fail at its first request.
func TestEveryRowHasAWireForm(t *testing.T) {
	for _, svc := range serve(t, Options{}).services {
		for i := range svc.Operations {
			o := &svc.Operations[i]
			if err := errors.Join(awswire.Check(o.Input()), awswire.Check(o.Output)); err != nil {
				t.Errorf("operation %s of service %s: %v", o.Name, svc.Name, err)
			}
		}
	}
}
