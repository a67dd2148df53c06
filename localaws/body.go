package localaws

import (
	"fmt"
	"io"
	"net/http"
	"slices"

	"golang.org/x/sync/semaphore"

	"aircon/localaws/op"
)

// Bounds of what requests' bodies hold in memory. The largest that a client sends in earnest is a secret of 65,536 bytes with every one of
// them escaped.
const (
	maxBody    = 1 << 20  // bytes of one body
	smallBody  = 64 << 10 // bytes of a body that is not counted
	maxBodies  = 64 << 20 // bytes of all bodies that are not small
	maxOverrun = 32 << 20 // bytes read of a body that is refused, so that its sender comes to read the answer
)

var errTooLarge = &op.Error{
	Code:    "RequestEntityTooLargeException",
	Message: fmt.Sprintf("The request's body holds more than %d bytes", maxBody), Status: http.StatusRequestEntityTooLarge,
}

var errIncomplete = &op.Error{Code: "IncompleteBody", Message: "The request's body ended before its Content-Length"}

// bodies lets so many large bodies into memory at once; the others wait.
type bodies struct{ large *semaphore.Weighted }

func newBodies() bodies { return bodies{semaphore.NewWeighted(maxBodies)} }

// read reads a request's body into buf. The caller calls release when it has done with the body.
func (b bodies) read(r *http.Request, buf []byte) (body []byte, release func(), refused *op.Error) {
	release = func() {}
	if r.ContentLength > maxBody {
		return buf, release, overrun(r)
	}
	if r.ContentLength < 0 || r.ContentLength > smallBody {
		if err := b.large.Acquire(r.Context(), maxBody); err != nil {
			return buf, release, errIncomplete
		}
		release = func() { b.large.Release(maxBody) }
	}
	body, refused = readBody(r, buf)
	return body, release, refused
}

func readBody(r *http.Request, buf []byte) ([]byte, *op.Error) {
	if r.ContentLength > 0 {
		buf = slices.Grow(buf, int(r.ContentLength)+1)
	}
	for {
		n, err := r.Body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) > maxBody:
			return buf[:0], overrun(r)
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return buf, errIncomplete
		}
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, 8<<10)
		}
	}
}

// overrun lets the rest of a body pass by. Whether it ends, ends early or goes on for ever, the answer is the same.
func overrun(r *http.Request) *op.Error {
	_, _ = io.CopyN(io.Discard, r.Body, maxOverrun)
	return errTooLarge
}
