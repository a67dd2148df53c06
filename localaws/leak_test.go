package localaws

import (
	"errors"
	"io"
	"net"
	"net/http"
	"testing"

	"go.uber.org/goleak"
)

// TestNothingLeaks serves clients of all manners, those that leave in the middle too, on a directory and in memory, and expects that no
// goroutine outlives the server.
func TestNothingLeaks(t *testing.T) {
	before := goleak.IgnoreCurrent()
	for _, dir := range []string{"", t.TempDir()} {
		s, err := New(Options{Directory: dir})
		if err != nil {
			t.Fatal(err)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		server, done := HTTP(s), make(chan error, 1)
		go func() { done <- server.Serve(l) }()
		for _, sent := range []string{"", "GET", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"} {
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(c, sent); err != nil {
				t.Error(err)
			}
			t.Cleanup(func() { c.Close() })
		}
		keys := s.Administrator()
		client := stsClient("http://"+l.Addr().String(), keys.AccessKeyID, keys.SecretAccessKey, "")
		if _, err := client.GetCallerIdentity(t.Context(), nil); err != nil {
			t.Error(err)
		}
		if err := errors.Join(server.Close(), s.Close()); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	}
	goleak.VerifyNone(t, before)
}
