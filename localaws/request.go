package localaws

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"aircon/internal/awswire"
	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// request is an HTTP request on its way through the frame, and all that is found out about it. It is used again for another
// request as soon as the answer is written: nothing may keep it, or the op.Call in it.
type request struct {
	*http.Request
	id    string // the request id that the answer carries
	began time.Time
	body  []byte // valid until the answer is written
	form  *awswire.Form
	path  awswire.Path

	permit func() // what gives the permit for a large body back; nil where that was done

	server    *Server
	service   *service
	operation *op.Operation // nil until it is known
	call      op.Call
	authz     authorizer
	input     any
	output    any
	apart     bool      // whether it is run in another transaction than it was verified in, writes aside
	fate      FaultKind // what an injected fault makes of the answer, or ""
	happened  []op.Happening
	keys      policy.Context // room for the condition keys of needs

	// The methods that are handed on as functions, bound once.
	authorizer     func(*op.Call, *op.Need) error
	reader, runner func(store.Tx) error
	reporter       func(op.Happening)
}

var requests = sync.Pool{New: func() any {
	q := &request{keys: make(policy.Context, 0, keysRoom)}
	q.authorizer = q.authorize
	q.reader = func(tx store.Tx) error { return q.caught(tx, (*request).read) }
	q.runner = func(tx store.Tx) error { return q.caught(tx, (*request).run) }
	q.reporter = func(h op.Happening) { q.happened = append(q.happened, h) }
	return q
}}

// keysRoom is how many condition keys the needs of a read have: those of a secret with two tags, and of the key that it is sealed by.
const keysRoom = 32

// newRequest begins a request.
func (s *Server) newRequest(r *http.Request) *request {
	q := requests.Get().(*request)
	q.Request, q.server, q.id, q.began = r, s, newRequestID(), time.Now()
	return q
}

// end lets go of everything but the room for condition keys and for what was touched.
func (q *request) end() {
	room := q.authz.context[:0]
	clear(room[:cap(room)])
	touched := q.authz.touched[:0]
	clear(touched[:cap(touched)])
	keys := q.keys
	clear(keys[:cap(keys)])
	*q = request{
		authorizer: q.authorizer, reader: q.reader, runner: q.runner, reporter: q.reporter, keys: keys,
		authz: authorizer{context: room, touched: touched},
	}
	requests.Put(q)
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 8<<10); return &b }}

// release gives a buffer back, unless it has grown too large to keep.
func release(buf *[]byte) {
	if cap(*buf) <= 256<<10 {
		*buf = (*buf)[:0]
		buffers.Put(buf)
	}
}

// route finds the service that a request is for: by its target, by the service that it was signed for, or by the
// version of the query protocol. Nil means that the request names none that is here.
func (q *request) route() *service {
	s := q.server
	if target, ok := header(q.Header, "X-Amz-Target"); ok {
		prefix, _, _ := strings.Cut(target, ".")
		if svc := s.byTarget[prefix]; svc != nil {
			return svc
		}
	}
	if svc := s.byName[scopeService(q.Request)]; svc != nil {
		return svc
	}
	if version := q.parameter("Version"); version != "" {
		return s.byVersion[version]
	}
	return nil
}

// scopeService returns the service in the request's credential scope, without a check, or "".
func scopeService(r *http.Request) string { return scopePart(r, 3) }

// scopePart returns a part of the request's credential scope, without a check, or "": 2 is the region, 3 the service.
func scopePart(r *http.Request, n int) string {
	credential := claimedCredential(r)
	for range n {
		_, credential, _ = strings.Cut(credential, "/")
	}
	part, _, _ := strings.Cut(credential, "/")
	return part
}

// claimedCredential is the access key's id and the scope that the request says it is signed for, without a check, or "".
func claimedCredential(r *http.Request) string {
	text, ok := header(r.Header, "Authorization")
	if ok {
		_, text, _ = strings.Cut(text, "Credential=")
		text, _, _ = strings.Cut(text, ",")
	} else if strings.Contains(r.URL.RawQuery, "X-Amz-Credential=") {
		text = r.URL.Query().Get("X-Amz-Credential")
	}
	return text
}

// parameter returns a parameter of the query protocol, or "".
func (q *request) parameter(name string) string {
	if q.form == nil {
		if err := q.parse(); err != nil {
			return ""
		}
	}
	value, _ := q.form.Get(name)
	return value
}

// parse reads the parameters in the URL and, of a form, in the body.
func (q *request) parse() error {
	text := q.URL.RawQuery
	if q.Method == http.MethodPost && mediaType(q.Header) == "application/x-www-form-urlencoded" {
		text += "&" + string(q.body)
	}
	form, err := awswire.ParseForm(text)
	if err != nil {
		return err
	}
	q.form = form
	return nil
}

// mediaType returns the type of a request's body, in lower case and without parameters.
func mediaType(h http.Header) string {
	text, _ := header(h, "Content-Type")
	text, _, _ = strings.Cut(text, ";")
	return strings.ToLower(strings.TrimSpace(text))
}

// header returns the first value of a header whose name is in canonical form.
func header(h http.Header, name string) (string, bool) {
	values := h[name]
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}
