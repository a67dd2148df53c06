package localaws

import (
	"encoding/hex"
	"errors"
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

// ServeHTTP answers a request to any of the services, and GET /healthz.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/healthz" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		w.Header()["Content-Type"] = restType
		_, _ = w.Write([]byte("{\"status\":\"ok\"}\n"))
		return
	}
	in, out := buffers.Get().(*[]byte), buffers.Get().(*[]byte)
	defer release(in)
	defer release(out)
	q := &request{Request: r, id: newRequestID()}
	body, tooLarge := readBody(r, *in)
	*in, q.body = body, body

	svc := s.route(q)
	var o *op.Operation
	var result any
	var err error
	if svc == nil {
		svc, err = s.nowhere(q)
	} else if tooLarge != nil {
		err = tooLarge
	} else {
		o, result, err = s.serve(svc, q)
	}
	h := w.Header()
	h["X-Amzn-Requestid"] = []string{q.id}
	status := http.StatusOK
	if err == nil {
		*out, err = svc.protocol.appendOutput((*out)[:0], svc, q, o, result)
		status = max(status, o.Status)
	}
	if err != nil {
		refusal := s.refusal(svc, q, o, err)
		status = statusOf(refusal)
		*out = svc.protocol.appendError((*out)[:0], svc, q, refusal, h)
	}
	h["Content-Type"] = svc.protocol.contentType()
	h["Content-Length"] = []string{strconv.Itoa(len(*out))}
	if tooLarge != nil {
		h["Connection"] = []string{"close"}
	}
	w.WriteHeader(status)
	_, _ = w.Write(*out)
}

// nowhere answers a request that names no service of local AWS, as an unknown one would.
func (s *Server) nowhere(q *request) (*service, error) {
	svc := &service{Service: op.Service{Message: "message"}, protocol: restProtocol{}, style: sigv4.StyleRESTJSON}
	if name := scopeService(q.Request); name != "" {
		return svc, &op.Error{
			Code: "UnknownOperationException", Status: http.StatusNotFound,
			Message: "local AWS has no service " + strconv.Quote(name) + ": it has airflow (MWAA), iam, kms, secretsmanager and sts",
		}
	}
	return svc, &op.Error{Code: "MissingAuthenticationTokenException", Message: "Missing Authentication Token", Status: http.StatusForbidden}
}

// serve verifies, decodes, and runs the operation. A write is verified before it waits for its turn.
func (s *Server) serve(svc *service, q *request) (o *op.Operation, output any, err error) {
	defer func() {
		if p := recover(); p != nil {
			// The panic's own text may hold a secret; the stack holds none.
			s.options.Log.Error("panic", "request", q.id, "service", svc.Name, "stack", string(debug.Stack()))
			err = errInternal
		}
	}()
	c := &op.Call{Sealer: s.store.Sealer(), Partition: partition, Wall: s.options.Wall(), Now: s.options.Clock(), RequestID: q.id}
	o, unknown := svc.protocol.operation(svc, q)
	var input any
	err = s.store.View(func(tx store.Tx) (err error) {
		if err = s.authenticate(tx, svc, q, c); err != nil {
			return err
		}
		if unknown != nil {
			return unknown
		}
		if input, err = decode(svc, q, o); err != nil || o.Write {
			return err
		}
		output, err = s.run(tx, svc, q, o, c, input)
		return err
	})
	if err != nil || !o.Write {
		return o, output, err
	}
	err = s.store.Update(func(tx store.Tx) (err error) {
		output, err = s.run(tx, svc, q, o, c, input)
		return err
	})
	return o, output, err
}

// decode reads the operation's input.
func decode(svc *service, q *request, o *op.Operation) (any, error) {
	input := o.Input()
	err := svc.protocol.decode(q, input)
	var unreadable *awswire.DecodeError
	if errors.As(err, &unreadable) {
		return nil, svc.protocol.malformed(unreadable)
	}
	return input, err
}

// run asks whether the caller may, and runs the operation.
func (s *Server) run(tx store.Tx, svc *service, q *request, o *op.Operation, c *op.Call, input any) (any, error) {
	c.Tx = tx
	z := &authorizer{server: s, service: svc, request: q}
	c.Authorizer = z.authorize
	if o.Needs != nil {
		needs, err := o.Needs(c, input)
		if err != nil {
			return nil, err
		}
		for i := range needs {
			if err := z.authorize(c, &needs[i]); err != nil {
				return nil, err
			}
		}
	}
	return o.Do(c, input)
}

// errInternal is all that a caller is told of a fault of the server.
var errInternal = &op.Error{Code: "InternalFailure", Message: "The request processing has failed because of an unknown error, exception or failure.", Status: http.StatusInternalServerError}

// refusal turns an error into one that AWS could have answered. Faults of the server are logged.
func (s *Server) refusal(svc *service, q *request, o *op.Operation, err error) *op.Error {
	var refused *op.Error
	var unsigned *sigv4.Error
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &unsigned):
		return &op.Error{Code: unsigned.Code, Message: unsigned.Message, Status: unsigned.Status}
	}
	name := ""
	if o != nil {
		name = o.Name
	}
	s.options.Log.Error("request failed", "request", q.id, "service", svc.Name, "operation", name, "error", err)
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

// HTTP returns a server of h that bounds what slow and idle clients can hold: use it rather than http.Serve.
func HTTP(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       3 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}
