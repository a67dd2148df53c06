package localaws

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
)

// counter counts up.
type counter struct{ n atomic.Uint64 }

func (c *counter) add(n uint64) { c.n.Add(n) }

// labelled is a counter for each value of its labels. Values come from the tables of operations and errors, and never from a request,
// so there are few.
type labelled struct{ counters sync.Map } // [2]string to *counter

func (l *labelled) add(a, b string) {
	key := [2]string{a, b}
	c, ok := l.counters.Load(key)
	if !ok {
		c, _ = l.counters.LoadOrStore(key, new(counter))
	}
	c.(*counter).add(1)
}

// buckets are the upper bounds of the latency histogram, in seconds.
var buckets = [...]float64{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5}

// histogram is how long a service's answers took.
type histogram struct {
	counts [len(buckets) + 1]counter // by bucket, not summed up; the last is beyond all
	sum    counter                   // nanoseconds
}

func (h *histogram) observe(d time.Duration) {
	at, _ := slices.BinarySearch(buckets[:], d.Seconds())
	h.counts[at].add(1)
	h.sum.add(uint64(max(d, 0)))
}

// metrics is what GET /metrics shows. All of it is counted since the start. It needs no allocation to count what succeeds.
type metrics struct {
	requests     labelled  // by operation as service/name, and code
	elsewhere    histogram // of requests for services that are not here; the others' are in their service
	succeeded    sync.Map  // by *op.Operation: *counter
	denied       labelled  // by service and action
	signatures   labelled  // by service and code
	faults       labelled  // by service and kind
	updates      counter   // transactions that changed something and were acknowledged
	open         atomic.Int64
	auditDropped counter
}

// count counts an answered request.
func (q *request) count(refusal *op.Error) {
	m := &q.server.metrics
	q.service.latency.observe(time.Since(q.began))
	if refusal != nil || q.operation == nil {
		name := ""
		if q.operation != nil {
			name = q.operation.Name
		}
		m.requests.add(q.service.Name+"/"+name, codeOf(refusal))
		return
	}
	c, ok := m.succeeded.Load(q.operation)
	if !ok {
		c, _ = m.succeeded.LoadOrStore(q.operation, new(counter))
	}
	c.(*counter).add(1)
}

func codeOf(refusal *op.Error) string {
	if refusal == nil {
		return "OK"
	}
	return refusal.Code
}

// view and update are the store's, counted.
func (s *Server) view(fn func(store.Tx) error) error {
	s.metrics.open.Add(1)
	defer s.metrics.open.Add(-1)
	return s.store.View(fn)
}

func (s *Server) update(fn func(store.Tx) error) error {
	s.metrics.open.Add(1)
	defer s.metrics.open.Add(-1)
	err := s.store.Update(fn)
	s.health.note(err)
	if err == nil {
		s.metrics.updates.add(1)
	}
	return err
}

// serveMetrics answers GET /metrics in Prometheus's text format, version 0.0.4. Labels hold no names of users' things.
func (s *Server) serveMetrics(w http.ResponseWriter, _ *http.Request) {
	w.Header()["Content-Type"] = []string{"text/plain; version=0.0.4; charset=utf-8"}
	_, _ = w.Write(s.exposition())
}

func (s *Server) exposition() []byte {
	m := &s.metrics
	var e exposition
	e.family("aircon_requests_total", "counter", "Answered requests by service, operation and error code; OK where there was none.")
	e.lines(m.allRequests(s.services))
	e.family("aircon_request_duration_seconds", "histogram", "Time from a request's headers to its answer.")
	for _, svc := range s.services {
		e.histogram("aircon_request_duration_seconds", svc.Name, svc.latency)
	}
	e.histogram("aircon_request_duration_seconds", "", &m.elsewhere)
	for _, l := range []struct {
		name, help, first, second string
		counts                    *labelled
	}{
		{"aircon_denied_total", "Decisions of IAM against the caller by service and action.", "service", "action", &m.denied},
		{"aircon_signature_refusals_total", "Requests whose signature or credentials were refused, by service and code.", "service", "code", &m.signatures},
		{"aircon_faults_injected_total", "Injected faults by service and kind.", "service", "kind", &m.faults},
	} {
		e.family(l.name, "counter", l.help)
		l.counts.counters.Range(func(key, c any) bool {
			k := key.([2]string)
			e.sample(l.name, c.(*counter).n.Load(), l.first, k[0], l.second, k[1])
			return true
		})
	}
	e.family("aircon_store_updates_total", "counter", "Transactions that were acknowledged as written.")
	e.sample("aircon_store_updates_total", m.updates.n.Load())
	e.family("aircon_store_open_transactions", "gauge", "Transactions that run or wait for their turn.")
	e.sample("aircon_store_open_transactions", uint64(max(m.open.Load(), 0)))
	e.family("aircon_audit_dropped_total", "counter", "Events that the audit log could not take.")
	e.sample("aircon_audit_dropped_total", m.auditDropped.n.Load())
	return e.text
}

// requestCount is a line of aircon_requests_total.
type requestCount struct {
	service, operation, code string
	n                        uint64
}

func (m *metrics) allRequests(services []*service) []requestCount {
	var all []requestCount
	m.requests.counters.Range(func(key, c any) bool {
		k := key.([2]string)
		svc, name, _ := strings.Cut(k[0], "/")
		all = append(all, requestCount{svc, name, k[1], c.(*counter).n.Load()})
		return true
	})
	for _, svc := range services {
		for i := range svc.Operations {
			if c, ok := m.succeeded.Load(&svc.Operations[i]); ok {
				all = append(all, requestCount{svc.Name, svc.Operations[i].Name, "OK", c.(*counter).n.Load()})
			}
		}
	}
	slices.SortFunc(all, func(a, b requestCount) int {
		return cmp.Or(cmp.Compare(a.service, b.service), cmp.Compare(a.operation, b.operation), cmp.Compare(a.code, b.code))
	})
	return all
}

// exposition is a text that grows. Source: Prometheus's documentation, "Exposition formats".
type exposition struct{ text []byte }

func (e *exposition) family(name, kind, help string) {
	e.text = fmt.Appendf(e.text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

func (e *exposition) lines(counts []requestCount) {
	for _, c := range counts {
		e.sample("aircon_requests_total", c.n, "service", c.service, "operation", c.operation, "code", c.code)
	}
}

// sample writes a line; labels are names and values in turn.
func (e *exposition) sample(name string, n uint64, labels ...string) {
	e.line(name, strconv.FormatUint(n, 10), labels...)
}

func (e *exposition) line(name, value string, labels ...string) {
	e.text = append(e.text, name...)
	for i := 0; i < len(labels); i += 2 {
		e.text = append(e.text, "{,"[min(i, 1)])
		e.text = append(append(e.text, labels[i]...), '=', '"')
		e.text = append(append(e.text, escapeLabel.Replace(labels[i+1])...), '"')
	}
	if len(labels) > 0 {
		e.text = append(e.text, '}')
	}
	e.text = append(append(append(e.text, ' '), value...), '\n')
}

var escapeLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// histogram writes what has counted anything.
func (e *exposition) histogram(name, service string, h *histogram) {
	if h.sum.n.Load() == 0 {
		return
	}
	total := uint64(0)
	for i, bound := range buckets {
		total += h.counts[i].n.Load()
		e.sample(name+"_bucket", total, "service", service, "le", strconv.FormatFloat(bound, 'g', -1, 64))
	}
	total += h.counts[len(buckets)].n.Load()
	e.sample(name+"_bucket", total, "service", service, "le", "+Inf")
	e.line(name+"_sum", strconv.FormatFloat(float64(h.sum.n.Load())/1e9, 'g', -1, 64), "service", service)
	e.sample(name+"_count", total, "service", service)
}
