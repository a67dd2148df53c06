package localaws

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"aircon/internal/awswire"
	"aircon/internal/sigv4"
	"aircon/internal/store"
	"aircon/localaws/op"
)

// ServeHTTP answers a request to any of the services or to the admin API, and, to anybody, GET /healthz and GET /metrics.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if page := s.page(r); page != nil {
		page(w, r)
		return
	}
	defer s.guard()
	in, out := buffers.Get().(*[]byte), buffers.Get().(*[]byte)
	defer release(in)
	defer release(out)
	q := s.newRequest(r)
	defer q.end()
	body, permit, refused := s.bodies.read(r, *in)
	q.permit = permit
	defer q.letGo()
	*in, q.body = body, body

	var err error
	if q.service = q.route(); q.service == nil {
		err = q.nowhere()
	} else if refused != nil {
		err = refused
	} else {
		err = q.serve()
	}
	h := w.Header()
	texts := &[2]string{q.id} // of two headers, in one allocation
	h["X-Amzn-Requestid"] = texts[:1:1]
	if stream, ok := q.output.(*stream); ok && err == nil {
		if err = stream.send(w); err == nil {
			q.observe(nil)
			return
		}
	}
	if refused != nil {
		h["Connection"] = []string{"close"}
	}
	var status int
	*out, status = q.answer((*out)[:0], h, err)
	h["Content-Type"] = q.service.protocol.contentType()
	texts[1] = strconv.Itoa(len(*out))
	h["Content-Length"] = texts[1:]
	q.deliver(w, status, *out)
}

// letGo gives the permit for a large body back, if the request still has it.
func (q *request) letGo() {
	if q.permit != nil {
		q.permit()
		q.permit = nil
	}
}

// page finds what answers a request that nobody needs to sign, or nil.
func (s *Server) page(r *http.Request) http.HandlerFunc {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil
	}
	switch r.URL.Path {
	case "/healthz":
		return s.serveHealth
	case "/metrics":
		return s.serveMetrics
	}
	return nil
}

// guard ends the connection where reading a request or writing its answer panics. net/http would log what the panic says, which may be
// a secret.
func (s *Server) guard() {
	if p := recover(); p != nil {
		if p != http.ErrAbortHandler { //nolint:errorlint,err113 // the very value that an injected fault panics with
			s.options.Log.Error("panic", "stack", string(debug.Stack()))
		}
		panic(http.ErrAbortHandler)
	}
}

// answer appends the body of the answer to dst: the operation's output, or the refusal that err stands for.
func (q *request) answer(dst []byte, h http.Header, err error) (body []byte, status int) {
	protocol := q.service.protocol
	if err == nil {
		if body, err = protocol.appendOutput(dst, q.service, q, q.operation, q.output); err == nil {
			q.observe(nil)
			return body, max(http.StatusOK, q.operation.Status)
		}
	}
	refusal := q.refusal(err)
	q.observe(refusal)
	return protocol.appendError(dst, q.service, q, refusal, h), statusOf(refusal)
}

// nowhere answers a request that names no service of local AWS, as an unknown one would.
func (q *request) nowhere() error {
	q.service = &service{Service: op.Service{Message: "message"}, protocol: restProtocol{}, style: sigv4.StyleRESTJSON, latency: &q.server.metrics.elsewhere}
	if name := scopeService(q.Request); name != "" {
		return &op.Error{
			Code: "UnknownOperationException", Status: http.StatusNotFound,
			Message: "local AWS has no service " + strconv.Quote(name) + ": it has airflow (MWAA), iam, kms, secretsmanager and sts",
		}
	}
	return &op.Error{Code: "MissingAuthenticationTokenException", Message: "Missing Authentication Token", Status: http.StatusForbidden}
}

// serve verifies, decodes, and runs the operation.
func (q *request) serve() error {
	err := q.settle()
	if err == nil && q.operation.Then != nil {
		q.output, err = q.operation.Then(q.Context(), q.output)
	}
	return err
}

// settle does what happens in transactions. A write is verified before it waits for its turn.
func (q *request) settle() (err error) {
	s := q.server
	q.apart = s.faults.any.Load() || q.service.Name == adminService
	q.call = op.Call{
		Sealer: s.store.Sealer(), Partition: partition, Wall: s.options.Wall(), Now: s.options.Clock(), RequestID: q.id,
		Room: q.keys[:0], Authorizer: q.authorizer, Reporter: q.reporter,
	}
	if err := s.view(q.reader); err != nil || !q.operation.Write && !q.apart {
		return err
	}
	if q.service.Name == adminService {
		return q.administer()
	}
	if q.apart {
		if err := q.suffer(); err != nil {
			return err
		}
	}
	if !q.operation.Write {
		return s.view(q.runner)
	}
	if err = s.update(q.runner); err == nil {
		s.recordHappenings(q.happened, q.call.Wall) // before the worker goes on with what began here
	}
	if q.service.Work != nil {
		s.worker.kick() // after a refusal too: it may have asked for another try of what failed
	}
	return err
}

// read does everything of a request that needs no more than reading. It may run again on a newer state.
func (q *request) read(tx store.Tx) error {
	if err := q.authenticate(tx); err != nil {
		return err
	}
	if q.input == nil {
		if err := q.decode(); err != nil {
			return err
		}
	}
	if q.operation.Write || q.apart {
		return nil
	}
	return q.run(tx)
}

// caught runs fn and turns a panic into a fault of the server, here where its stack still tells the place: the store runs a write among those
// of others.
func (q *request) caught(tx store.Tx, fn func(*request, store.Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			// The panic's own text may hold a secret; the stack holds none.
			q.server.options.Log.Error("panic", "request", q.id, "service", q.service.Name, "stack", string(debug.Stack()))
			err = errInternal
		}
	}()
	return fn(q, tx)
}

// observe counts and records a call that is about to be answered.
func (q *request) observe(refusal *op.Error) {
	q.count(refusal)
	q.audit(refusal)
}

// decode finds the operation, reads its input and holds it against the service's model.
func (q *request) decode() error {
	o, unknown := q.service.protocol.operation(q.service, q)
	if unknown != nil {
		return unknown
	}
	q.operation = o
	input := o.Input()
	if err := q.service.protocol.decode(q, input); err != nil {
		var unreadable *awswire.DecodeError
		if errors.As(err, &unreadable) {
			return q.service.protocol.malformed(unreadable)
		}
		return err
	}
	q.input = input
	return q.validate()
}

// run asks whether the caller may, and runs the operation.
func (q *request) run(tx store.Tx) (err error) {
	q.happened = nil // of a run before, which was undone
	q.call.Tx, q.authz = tx, authorizer{context: q.authz.context[:0], touched: q.authz.touched[:0]}
	o, c := q.operation, &q.call
	if o.Needs != nil {
		needs, err := o.Needs(c, q.input)
		if err != nil {
			return err
		}
		for i := range needs {
			if err := q.authorize(c, &needs[i]); err != nil {
				return err
			}
		}
	}
	q.output, err = o.Do(c, q.input)
	if err == nil && q.authz.asked == 0 && !o.Open {
		return fmt.Errorf("operation %s would have succeeded for anybody: it asked for no permission", o.Name)
	}
	return err
}

// errInternal is all that a caller is told of a fault of the server.
var errInternal = &op.Error{Code: "InternalFailure", Message: "The request processing has failed because of an unknown error, exception or failure.", Status: http.StatusInternalServerError}

// refusal turns an error into one that AWS could have answered. Faults of the server are logged.
func (q *request) refusal(err error) *op.Error {
	var refused *op.Error
	var unsigned *sigv4.Error
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &unsigned):
		q.server.metrics.signatures.add(q.service.Name, unsigned.Code)
		return &op.Error{Code: unsigned.Code, Message: unsigned.Message, Status: unsigned.Status}
	}
	if disk := diskError(err); disk != nil {
		refused = &op.Error{Code: "ServiceUnavailable", Message: "local AWS cannot go on: " + disk.Error(), Status: http.StatusServiceUnavailable}
	}
	name := ""
	if q.operation != nil {
		name = q.operation.Name
	}
	q.server.options.Log.Error("request failed", "request", q.id, "service", q.service.Name, "operation", name, "error", err)
	if refused != nil {
		return refused
	}
	return errInternal
}

// newRequestID returns a random UUID.
func newRequestID() string {
	var id [36]byte
	var raw [16]byte
	hi, lo := rand.Uint64(), rand.Uint64()
	for i := range 8 {
		raw[i], raw[8+i] = byte(hi>>(8*i)), byte(lo>>(8*i))
	}
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	hex.Encode(id[:8], raw[:4])
	hex.Encode(id[9:13], raw[4:6])
	hex.Encode(id[14:18], raw[6:8])
	hex.Encode(id[19:23], raw[8:10])
	hex.Encode(id[24:], raw[10:])
	id[8], id[13], id[18], id[23] = '-', '-', '-', '-'
	return string(id[:])
}

// writeTime is how long a client may take to read an answer, and each part of one that is written as it comes.
const writeTime = 2 * time.Minute

// HTTP returns a server of h that bounds what slow and idle clients can hold: use it rather than http.Serve.
func HTTP(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      writeTime,
		IdleTimeout:       3 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}
