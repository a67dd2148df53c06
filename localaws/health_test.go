package localaws

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"aircon/internal/store"
)

// fullStore is a store whose disk is full for as long as a test says.
type fullStore struct {
	store.Store
	full bool
}

func (f *fullStore) Update(fn func(store.Tx) error) error {
	if f.full {
		return fmt.Errorf("%w: nothing of this was saved", store.ErrFull)
	}
	return f.Store.Update(fn)
}

// TestHealth follows a server through its life: ready, a disk that takes no more, ready again, and the end.
func TestHealth(t *testing.T) {
	p := newProbe(t)
	disk := &fullStore{Store: p.store}
	p.store = disk
	want := func(step string, status int, body string) {
		t.Helper()
		w := p.answer(httptest.NewRequest(http.MethodGet, "/healthz", nil))
		if w.Code != status || w.Body.String() != body+"\n" {
			t.Errorf("%s: got %d %s, want %d %s", step, w.Code, w.Body, status, body)
		}
	}
	const ready = `{"status":"ready"}`
	want("at first", 200, ready)
	disk.full = true
	want("before anybody writes", 200, ready)
	w := p.do(t, "Store", `{"Action":"probe:X","Resource":"*","Name":"thing"}`)
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("a write to a full disk: %d %s", w.Code, w.Body)
	}
	want("after a failed write", 503, `{"status":"disk","reason":"`+store.ErrFull.Error()+`"}`)
	disk.full = false
	want("when there is room again", 200, ready)
	p.Drain()
	p.Drain()
	want("at the end", 503, `{"status":"draining"}`)
}

// TestDiskError tells the disk's errors from others.
func TestDiskError(t *testing.T) {
	for _, err := range diskErrors {
		if got := diskError(fmt.Errorf("a write: %w", err)); !errors.Is(got, err) {
			t.Errorf("%v: got %v", err, got)
		}
	}
	if got := diskError(errors.New("another")); got != nil {
		t.Errorf("another error: got %v", got)
	}
}
