package localaws

import (
	"encoding/json"
	"errors"
	"net/http"
	"sync/atomic"

	"aircon/internal/store"
)

// health is what GET /healthz says: ready, draining (the server ends), or disk (what was last written could not be kept). It is safe for
// concurrent use; the zero value is ready.
type health struct {
	draining atomic.Bool
	trouble  atomic.Pointer[string] // what the disk said last; nil after a write that it took
}

// diskErrors are those of a store that can no longer keep what it is given.
var diskErrors = []error{store.ErrFull, store.ErrUnwritable, store.ErrCorrupt}

// diskError returns which of them err is, or nil.
func diskError(err error) error {
	for _, disk := range diskErrors {
		if errors.Is(err, disk) {
			return disk
		}
	}
	return nil
}

// note remembers how a write went.
func (h *health) note(err error) {
	if disk := diskError(err); disk != nil {
		text := disk.Error()
		h.trouble.Store(&text)
	} else if err == nil && h.trouble.Load() != nil {
		h.trouble.Store(nil)
	}
}

// Drain says on /healthz that the server ends, and lets go of requests that an injected latency holds. Call it before the HTTP server's Shutdown.
func (s *Server) Drain() {
	if !s.health.draining.Swap(true) {
		close(s.drained)
	}
}

// serveHealth answers GET /healthz: status 200 while requests are served, 503 while they should go elsewhere.
func (s *Server) serveHealth(w http.ResponseWriter, _ *http.Request) {
	answer := struct {
		Status string `json:"status"`
		Reason string `json:"reason,omitempty"`
	}{Status: "ready"}
	status := http.StatusOK
	if s.health.draining.Load() {
		answer.Status, status = "draining", http.StatusServiceUnavailable
	} else if trouble := s.probe(); trouble != "" {
		answer.Status, answer.Reason, status = "disk", trouble, http.StatusServiceUnavailable
	}
	w.Header()["Content-Type"] = restType
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

// probe returns what is wrong with the disk. After a write that failed it tries another, as else nobody might: one that removes what is not
// there, and so leaves nothing behind.
func (s *Server) probe() string {
	if s.health.trouble.Load() == nil || len(s.tables) == 0 {
		return ""
	}
	_ = s.update(func(tx store.Tx) error { return tx.Delete(s.tables[0].Name, "healthz") }) // update notes how it went
	if trouble := s.health.trouble.Load(); trouble != nil {
		return *trouble
	}
	return ""
}
