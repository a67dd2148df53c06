package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"aircon/localaws"
)

// draining is a local AWS that is served until end is called.
type draining struct {
	server *localaws.Server
	env    map[string]string
	addr   string
	end    func() error
	said   *bytes.Buffer
}

func startDraining(t *testing.T, bound time.Duration) *draining {
	t.Helper()
	s, err := localaws.New(localaws.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	said, done := new(bytes.Buffer), make(chan error, 1)
	go func() {
		done <- serveUntil(ctx, world{in: strings.NewReader(""), out: io.Discard, err: said, getenv: os.Getenv}, l, s, bound)
	}()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &draining{s, s.Env("http://" + l.Addr().String()), l.Addr().String(), func() error { stop(); return <-done }, said}
}

// TestDrainAnswersWhatIsUnderWay ends a server while a request is held by an injected latency: it is answered, and new ones are not taken.
func TestDrainAnswersWhatIsUnderWay(t *testing.T) {
	d := startDraining(t, drainTime)
	d.server.Inject(localaws.Fault{Kind: localaws.FaultLatency, Latency: time.Hour})
	answered := make(chan error, 1)
	go func() {
		_, err := callLocal(context.Background(), d.env, "sts", "GetCallerIdentity", "{}")
		answered <- err
	}()
	for d.server.Faults()[0].Struck == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := d.end(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
	if err := <-answered; err != nil {
		t.Errorf("the request under way: %v", err)
	}
	if _, err := net.Dial("tcp", d.addr); err == nil {
		t.Error("somebody still listens")
	}
	if d.said.Len() > 0 {
		t.Errorf("it says %s", d.said)
	}
}

// TestDrainIsBounded ends a server while a client keeps the rest of its request back.
func TestDrainIsBounded(t *testing.T) {
	d := startDraining(t, 10*time.Millisecond)
	c, err := net.Dial("tcp", d.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: local.test\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	goOn, err := http.ReadResponse(bufio.NewReader(c), nil) // the server has begun to read the body
	if err != nil || goOn.StatusCode != http.StatusContinue {
		t.Fatalf("%+v, %v", goOn, err)
	}
	if err := d.end(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
	if !strings.Contains(d.said.String(), "requests that were not done after 10ms were cut off") {
		t.Errorf("it says %q", d.said)
	}
}
