package pghook

import (
	"context"
	"net"
	"syscall"
	"time"
)

// dialSettings are libpq's options for the socket.
type dialSettings struct {
	keepAlive   net.KeepAliveConfig
	userTimeout time.Duration // 0: the system's
}

// readDial maps keepalives* and tcp_user_timeout, which pgx would send to the server. Zero and negative numbers mean the system's
// own, as in libpq.
func (t *target) readDial() error {
	on, given := t.number("keepalives")
	t.dial.keepAlive = net.KeepAliveConfig{Enable: !given || on != 0, Idle: t.seconds("keepalives_idle"), Interval: t.seconds("keepalives_interval"), Count: -1}
	if count, given := t.number("keepalives_count"); given && count > 0 {
		t.dial.keepAlive.Count = count
	}
	if ms, given := t.number("tcp_user_timeout"); given && ms > 0 {
		t.dial.userTimeout = time.Duration(ms) * time.Millisecond
		if !hasUserTimeout {
			t.note("tcp_user_timeout", "this system has no such socket option")
		}
	}
	return nil
}

// seconds returns an option as a duration, and -1, which leaves the system's own, where there is none.
func (t *target) seconds(option string) time.Duration {
	if n, given := t.number(option); given && n > 0 {
		return time.Duration(n) * time.Second
	}
	return -1
}

// dial is pgx's DialFunc.
func (s dialSettings) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{KeepAlive: -1, KeepAliveConfig: s.keepAlive}
	if s.userTimeout > 0 && hasUserTimeout && network != "unix" {
		dialer.Control = func(_, _ string, raw syscall.RawConn) error {
			var failed error
			if err := raw.Control(func(fd uintptr) { failed = setUserTimeout(fd, s.userTimeout) }); err != nil {
				return err
			}
			return failed
		}
	}
	return dialer.DialContext(ctx, network, address)
}
