package localaws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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

// Fault is what goes wrong on purpose, and with which requests, so that users can test what their programs make of it. Patterns have * for
// any characters and ? for one; "" fits everything. A request is answered by the first fault that strikes it. Only requests whose signature is
// good and whose operation is known are struck; the admin API never is.
type Fault struct {
	ID string `json:"id"` // set by Inject

	// Which requests.
	Service   string `json:"service,omitempty"`   // as in the credential scope, such as secretsmanager; MWAA is airflow, or mwaa
	Operation string `json:"operation,omitempty"` // pattern, such as GetSecretValue or Get*
	Principal string `json:"principal,omitempty"` // pattern of the caller's ARN
	Resource  string `json:"resource,omitempty"`  // pattern of an ARN that the operation needs permission on, or of its name as it was sent

	// How many of them. All zero strikes each.
	Next        int     `json:"next,omitempty"`        // the next so many, after which the fault is gone
	Every       int     `json:"every,omitempty"`       // each so many-th: 3 strikes the third, the sixth, …
	Probability float64 `json:"probability,omitempty"` // above 0 to 1; which ones hangs on Seed alone
	Seed        int64   `json:"seed,omitempty"`

	// What happens.
	Kind    FaultKind     `json:"kind"`
	Latency time.Duration `json:"latencyNanoseconds,omitempty"` // waited for before anything else
	Code    string        `json:"code,omitempty"`               // of FaultError, and LastUpdate.Error's of FaultEnvironment, where "" means INCORRECT_CONFIGURATION
	Message string        `json:"message,omitempty"`            // likewise
	Status  int           `json:"status,omitempty"`             // of FaultError; 0 means 400
	Lost    bool          `json:"lost,omitempty"`               // of FaultEnvironment: whether rolling back fails too

	Struck int `json:"struck"` // how many requests it has struck so far
}

// FaultKind is what a fault does to a request.
type FaultKind string

// The kinds of fault.
const (
	FaultThrottle    FaultKind = "throttle"    // refused with the service's own throttling error
	FaultError       FaultKind = "error"       // refused with Code, Message and Status
	FaultLatency     FaultKind = "latency"     // answered after Latency
	FaultDropBefore  FaultKind = "drop-before" // the connection is closed, and nothing was done
	FaultDropAfter   FaultKind = "drop-after"  // the operation is carried out, and the connection closed without an answer
	FaultTruncate    FaultKind = "truncate"    // the operation is carried out, and the connection closed after half of the answer
	FaultEnvironment FaultKind = "environment" // an environment that is made or changed ends CREATE_FAILED, UPDATE_FAILED or, with Lost, UNAVAILABLE
)

var faultKinds = []FaultKind{FaultThrottle, FaultError, FaultLatency, FaultDropBefore, FaultDropAfter, FaultTruncate, FaultEnvironment}

// begins reports whether an operation begins what a fault of the kind lets end badly. Of the other kinds each request is struck.
func (k FaultKind) begins(service, operation string) bool {
	return k != FaultEnvironment || service == "airflow" && (operation == "CreateEnvironment" || operation == "UpdateEnvironment")
}

// throttling is how a service says that it is asked too often. Sources: the services' API references ("Common Errors"), and KMS's Developer
// Guide, "Throttling AWS KMS requests".
var throttling = map[string]*op.Error{
	"secretsmanager": {Code: "ThrottlingException", Message: "Rate exceeded"},
	"kms":            {Code: "ThrottlingException", Message: "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."},
	"iam":            {Code: "Throttling", Message: "Rate exceeded"},
	"sts":            {Code: "Throttling", Message: "Rate exceeded"},
	"airflow":        {Code: "ThrottlingException", Message: "Too Many Requests", Status: http.StatusTooManyRequests},
}

// faults are those under way. The zero value has none.
type faults struct {
	any  atomic.Bool // whether there are some; looked at by each request
	mu   sync.Mutex
	last int
	list []*activeFault
}

// activeFault is a fault and how far it has come.
type activeFault struct {
	Fault
	seen   int // requests that fitted
	random *rand.Rand
}

func newActiveFault(f Fault) *activeFault {
	return &activeFault{Fault: f, random: rand.New(rand.NewPCG(uint64(f.Seed), 0))} //nolint:gosec // to be the same each time
}

// Inject lets requests fail as f says, from now on until remove is called, f.Next are struck, or the server ends. Of an f that makes no sense
// it panics, as tests are where it is written; [Server.AddFault] returns the error.
func (s *Server) Inject(f Fault) (remove func()) {
	added, err := s.AddFault(f)
	if err != nil {
		panic(err)
	}
	return func() { s.DeleteFault(added.ID) }
}

// AddFault is Inject for faults that a person wrote. It returns the fault with its ID.
func (s *Server) AddFault(f Fault) (Fault, error) {
	if f.Service == "mwaa" {
		f.Service = "airflow"
	}
	if err := s.checkFault(&f); err != nil {
		return f, err
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.last++
	f.ID, f.Struck = strconv.Itoa(s.faults.last), 0
	s.faults.list = append(s.faults.list, newActiveFault(f))
	s.faults.any.Store(true)
	return f, nil
}

// Faults lists the faults under way, oldest first, with how many requests each has struck.
func (s *Server) Faults() []Fault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	list := make([]Fault, 0, len(s.faults.list))
	for _, f := range s.faults.list {
		list = append(list, f.Fault)
	}
	return list
}

// DeleteFault ends a fault, and reports whether there was one of this ID.
func (s *Server) DeleteFault(id string) bool {
	return s.faults.remove(func(f *activeFault) bool { return f.ID == id }) > 0
}

// ClearFaults ends all faults, and returns how many there were.
func (s *Server) ClearFaults() int {
	return s.faults.remove(func(*activeFault) bool { return true })
}

func (t *faults) remove(which func(*activeFault) bool) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := len(t.list)
	t.list = slices.DeleteFunc(t.list, which)
	t.any.Store(len(t.list) > 0)
	return before - len(t.list)
}

// checkFault says what about a fault makes no sense.
func (s *Server) checkFault(f *Fault) error {
	switch {
	case !slices.Contains(faultKinds, f.Kind):
		return fmt.Errorf("kind %q: the kinds of fault are throttle, error, latency, drop-before, drop-after, truncate and environment", f.Kind)
	case f.Kind == FaultError && f.Code == "":
		return errors.New("a fault of kind error needs a code, such as InternalServiceError")
	case f.Kind == FaultLatency && f.Latency <= 0:
		return errors.New("a fault of kind latency needs a latency, such as 2s")
	case f.Latency < 0 || f.Next < 0 || f.Every < 0:
		return errors.New("latency, next and every cannot be negative")
	case f.Probability < 0 || f.Probability > 1:
		return fmt.Errorf("probability %v: it lies above 0, and is 1 at most", f.Probability)
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return fmt.Errorf("status %d: an error has one of 400 to 599", f.Status)
	case f.Lost && f.Kind != FaultEnvironment:
		return errors.New("only a fault of kind environment can lose one")
	}
	return s.checkTarget(f)
}

// checkTarget refuses a fault that no request could meet.
func (s *Server) checkTarget(f *Fault) error {
	if f.Service != "" && (s.byName[f.Service] == nil || f.Service == adminService) {
		return fmt.Errorf("service %q: local AWS has %s", f.Service, strings.Join(s.serviceNames(), ", "))
	}
	for _, svc := range s.services {
		for name := range svc.operations {
			if (f.Service == "" || svc.Name == f.Service) && like(f.Operation, name) && f.Kind.begins(svc.Name, name) {
				return nil
			}
		}
	}
	if f.Kind == FaultEnvironment {
		return errors.New("a fault of kind environment strikes airflow's CreateEnvironment and UpdateEnvironment alone")
	}
	return fmt.Errorf("operation %q: %s has no such operation", f.Operation, cmp.Or(f.Service, "local AWS"))
}

// serviceNames lists AWS's services here, in order.
func (s *Server) serviceNames() []string {
	var names []string
	for _, svc := range s.services {
		if svc.Name != adminService {
			names = append(names, svc.Name)
		}
	}
	slices.Sort(names)
	return names
}

// like reports whether a text fits a pattern with * and ?.
func like(pattern, text string) bool {
	if pattern == "" {
		return true
	}
	star, from := -1, 0
	at := 0
	for i := 0; i < len(text); {
		switch {
		case at < len(pattern) && pattern[at] == '*':
			star, from = at, i
			at++
		case at < len(pattern) && (pattern[at] == '?' || pattern[at] == text[i]):
			at, i = at+1, i+1
		case star >= 0:
			from++
			at, i = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[at:], "*") == ""
}

// strike finds the fault that strikes a request, counts it, and lets go of it after its last.
func (t *faults) strike(q *request, resources []string) *Fault {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, f := range t.list {
		if !f.fits(q, resources) || !f.due() {
			continue
		}
		f.Struck++
		if f.Next > 0 && f.Struck == f.Next {
			t.list = slices.Delete(t.list, i, i+1)
			t.any.Store(len(t.list) > 0)
		}
		struck := f.Fault
		return &struck
	}
	return nil
}

func (f *activeFault) fits(q *request, resources []string) bool {
	return (f.Service == "" || f.Service == q.service.Name) && like(f.Operation, q.operation.Name) && f.Kind.begins(q.service.Name, q.operation.Name) &&
		like(f.Principal, q.call.Principal.ARN) && (f.Resource == "" || slices.ContainsFunc(resources, func(r string) bool { return like(f.Resource, r) }))
}

// due counts a request that fits, and reports whether it is one of those to strike.
func (f *activeFault) due() bool {
	f.seen++
	if f.Every > 0 && f.seen%f.Every != 0 {
		return false
	}
	return f.Probability == 0 || f.random.Float64() < f.Probability
}

// suffer applies the fault that strikes the request, if any: it waits, refuses, or notes what is to become of the answer.
func (q *request) suffer() error {
	s := q.server
	f := s.faults.strike(q, q.named())
	if f == nil {
		return nil
	}
	s.metrics.faults.add(q.service.Name, string(f.Kind))
	if f.Latency > 0 {
		q.letGo() // others' bodies need not wait as well: this one was read
		if err := s.wait(q.Context(), f.Latency); err != nil {
			return err
		}
	}
	switch f.Kind {
	case FaultThrottle:
		return throttling[q.service.Name]
	case FaultError:
		return &op.Error{Code: f.Code, Message: f.Message, Status: f.Status}
	case FaultDropBefore:
		panic(http.ErrAbortHandler)
	case FaultEnvironment:
		q.call.Ends = &op.Ending{Code: f.Code, Message: f.Message, Lost: f.Lost}
	}
	q.fate = f.Kind
	return nil
}

// wait waits for d, the end of the request or that of the server.
func (s *Server) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.drained:
	case <-ctx.Done():
		return &op.Error{Code: "RequestTimeout", Message: "The client went away while an injected latency held its request"}
	}
	return nil
}

// named lists the resources that the operation asks permission on, in full and as they were sent.
func (q *request) named() (resources []string) {
	if q.operation.Needs == nil {
		return nil
	}
	// What Needs refuses, it refuses again when the operation runs.
	_ = q.server.view(func(tx store.Tx) error {
		q.call.Tx = tx
		needs, err := q.operation.Needs(&q.call, q.input)
		resources = resources[:0]
		for i := range needs {
			resources = append(resources, needs[i].Resource)
			if needs[i].Sent != "" {
				resources = append(resources, needs[i].Sent)
			}
		}
		return err
	})
	return resources
}

// deliver sends the answer, or what an injected fault leaves of it.
func (q *request) deliver(w http.ResponseWriter, status int, answer []byte) {
	switch q.fate {
	case FaultDropAfter:
		panic(http.ErrAbortHandler)
	case FaultTruncate:
		w.WriteHeader(status)
		_, _ = w.Write(answer[:len(answer)/2])
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}
