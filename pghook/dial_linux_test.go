package pghook

import (
	"context"
	"net"
	"syscall"
	"testing"

	"aircon"
)

// The options reach the socket, and those that are not given leave the system's own.
func TestSocketOptions(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	system := socketNumbers(t, listener, `{}`)
	got := socketNumbers(t, listener, `{"keepalives_idle": 31, "keepalives_interval": "7", "keepalives_count": 4, "tcp_user_timeout": 9000}`)
	if want := (numbers{1, 31, 7, 4, 9000}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := socketNumbers(t, listener, `{"keepalives": 0, "keepalives_idle": 31, "tcp_user_timeout": 9000}`); got != (numbers{0, system.idle, system.interval, system.count, 0}) {
		t.Errorf("off: got %+v, the system's are %+v", got, system)
	}
	if system.on != 1 || system.idle == 15 {
		t.Errorf("by default the socket has Go's numbers, not the system's: %+v", system)
	}
}

type numbers struct{ on, idle, interval, count, userTimeout int }

func socketNumbers(t *testing.T, listener net.Listener, extra string) (n numbers) {
	t.Helper()
	rt, err := aircon.RuntimeFor("2.10.3")
	if err != nil {
		t.Fatal(err)
	}
	conn := aircon.Connection{Host: aircon.Text("h"), Login: aircon.Text("u"), Extra: aircon.NewExtra(extra)}
	config, _, err := Config(context.Background(), conn, rt, Options{})
	if err != nil {
		t.Fatal(err)
	}
	socket, err := config.DialFunc(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	raw, err := socket.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		for _, o := range []struct {
			level, name int
			into        *int
		}{
			{syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, &n.on},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, &n.idle},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, &n.interval},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, &n.count},
			{syscall.IPPROTO_TCP, tcpUserTimeout, &n.userTimeout},
		} {
			if *o.into, err = syscall.GetsockoptInt(int(fd), o.level, o.name); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
