//go:build linux

package localaws

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestLongStream writes for longer than an answer may take, each part within its own time.
func TestLongStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const part, parts = 64 << 10, 5
		server := HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			long := &stream{func(w io.Writer) error {
				for range parts {
					time.Sleep(writeTime - time.Second)
					if _, err := io.WriteString(w, strings.Repeat("x", part)); err != nil {
						return err
					}
				}
				return nil
			}}
			if err := long.send(w); err != nil {
				t.Error(err)
			}
		}))
		accept := make(pipes)
		go func() { _ = server.Serve(accept) }()
		client, served := net.Pipe()
		accept <- served
		go func() {
			_, _ = io.WriteString(client, "POST / HTTP/1.1\r\nHost: local\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
		}()
		text, err := io.ReadAll(client)
		if n := strings.Count(string(text), "x"); err != nil || n < part*parts {
			t.Errorf("%d bytes of %d came (%v)", n, part*parts, err)
		}
		close(accept)
		_ = server.Close()
	})
}

// TestLatencyHoldsNoPermit: a request that an injected latency holds lets others with large bodies in.
func TestLatencyHoldsNoPermit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProbe(t)
		p.Inject(Fault{Kind: FaultLatency, Latency: time.Hour})
		r := p.request(t, "Ask", `{"Action":"probe:Ask","Resource":"`+strings.Repeat("x", smallBody)+`"}`)
		sign(t, r, "probe")
		answered := make(chan int)
		go func() { answered <- p.answer(r).Code }()
		synctest.Wait()
		if !p.bodies.large.TryAcquire(maxBodies) {
			t.Error("it holds its permit")
		} else {
			p.bodies.large.Release(maxBodies)
		}
		if code := <-answered; code != http.StatusOK {
			t.Errorf("answered %d", code)
		}
		if !p.bodies.large.TryAcquire(maxBodies) {
			t.Error("the permit is not given back")
		}
	})
}
