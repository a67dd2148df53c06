//go:build linux

package localaws

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// The sizes of the load; LOAD=full is what make test-load runs.
func loadSize(full, quick int) int {
	if os.Getenv("LOAD") == "full" {
		return full
	}
	return quick
}

// loaded is a local AWS in a process of its own, under load.
type loaded struct {
	pid    int
	host   string
	client *secretsmanager.Client
}

func startLoaded(t *testing.T) loaded {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	process, client := startProcess(t, t.TempDir())
	t.Cleanup(func() { stop(process) })
	u, err := url.Parse(*client.Options().BaseEndpoint)
	if err != nil {
		t.Fatal(err)
	}
	l := loaded{process.Process.Pid, u.Host, client}
	if _, err := client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("db"), SecretString: aws.String("x")}); err != nil {
		t.Fatal(err)
	}
	return l
}

// serves asks for a secret as any client does.
func (l loaded) serves(t *testing.T) {
	t.Helper()
	if _, err := l.client.GetSecretValue(context.Background(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("db")}); err != nil {
		t.Error(err)
	}
}

// peak returns the most memory that the process ever held, in MiB.
func (l loaded) peak(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", l.pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	line, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	kib, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return kib >> 10
}

// sockets counts the connections that the process holds.
func (l loaded) sockets(t *testing.T) (n int) {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", l.pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if to, err := os.Readlink(f); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

// within fails if the process ever held more memory.
func (l loaded) within(t *testing.T, mib int) {
	t.Helper()
	peak := l.peak(t)
	t.Logf("%d MiB at most", peak)
	if peak > mib*memoryFactor {
		t.Errorf("the process held %d MiB, more than %d", peak, mib)
	}
}

// TestLoadOfBodies sends bodies of 24 MiB, all at once, with and without a length. Each sender reads why it is refused.
func TestLoadOfBodies(t *testing.T) {
	l := startLoaded(t)
	const size = 24 << 20
	var all sync.WaitGroup
	for i := range loadSize(64, 8) {
		all.Go(func() {
			body := io.LimitReader(letters{}, size)
			r, err := http.NewRequest(http.MethodPost, "http://"+l.host+"/", body)
			if err != nil {
				t.Error(err)
				return
			}
			if i%2 == 0 {
				r.ContentLength = size
			}
			r.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
			r.Header.Set("Content-Type", "application/x-amz-json-1.1")
			answer, err := new(http.Transport).RoundTrip(r)
			if err != nil {
				t.Error(err)
				return
			}
			defer answer.Body.Close()
			text, err := io.ReadAll(answer.Body)
			if err != nil || answer.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(text), errTooLarge.Message) {
				t.Errorf("got %s %s (%v)", answer.Status, text, err)
			}
		})
	}
	all.Wait()
	l.serves(t)
	l.within(t, 160)
}

// letters is a body without end.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// TestLoadOfIdlers opens connections that have asked once and then hold still. The others are served, and all is let go of
// when they leave.
func TestLoadOfIdlers(t *testing.T) {
	l := startLoaded(t)
	before := l.sockets(t)
	n := loadSize(10_000, 1000)
	idle := make([]net.Conn, n)
	for i := range idle {
		c, err := net.Dial("tcp", l.host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		idle[i] = c
		fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: %s\r\n\r\n", l.host)
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	l.serves(t)
	if held := l.sockets(t) - before; held < n-8 { // the client that asked first may have hung up meanwhile
		t.Errorf("%d of %d connections are held", held, n)
	}
	l.within(t, 60+n*30>>10) // 30 KiB a connection
	for _, c := range idle {
		c.Close()
	}
	for deadline := time.Now().Add(30 * time.Second); l.sockets(t) > before+n/100+8; l.serves(t) {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections are still held", l.sockets(t)-before)
		}
	}
}

// TestLoadOfClients has clients ask at once, each on a connection of its own. All are answered.
func TestLoadOfClients(t *testing.T) {
	l := startLoaded(t)
	clients, each := loadSize(1000, 100), 10
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			transport := &http.Transport{MaxConnsPerHost: 1}
			defer transport.CloseIdleConnections()
			for range each {
				_, err := l.client.GetSecretValue(context.Background(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("db")},
					func(o *secretsmanager.Options) { o.HTTPClient = &http.Client{Transport: transport} })
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d requests of %d clients answered", clients*each, clients)
	l.within(t, 160)
}

// pipes is a listener whose connections never leave the process.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// TestSlowHeaders holds a connection open with half a request, in a time of the test's own: the server ends it.
func TestSlowHeaders(t *testing.T) {
	for name, half := range map[string]string{
		"headers": "POST / HTTP/1.1\r\nHost: local",
		"body":    "POST / HTTP/1.1\r\nHost: local\r\nContent-Length: 100\r\n\r\nhalf",
		"nothing": "",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
				accept := make(pipes)
				go func() { _ = server.Serve(accept) }()
				client, served := net.Pipe()
				accept <- served
				go func() { _, _ = io.WriteString(client, half) }()
				began := time.Now()
				_, _ = io.Copy(io.Discard, client)
				t.Logf("ended after %v", time.Since(began))
				if waited := time.Since(began); waited > 5*time.Minute {
					t.Errorf("held for %v", waited)
				}
				close(accept)
				_ = server.Close()
			})
		})
	}
}
