package pghook

import (
	"context"
	"fmt"
	"net"
	"syscall"
	"time"
)

// dialSettings are libpq's options for the socket.
type dialSettings struct {
	keepAlive   net.KeepAliveConfig
	userTimeout time.Duration // 0: the system's
}

// The largest numbers that Linux takes for TCP_KEEPIDLE and TCP_KEEPINTVL, and for TCP_KEEPCNT (tcp.h); the least is 1.
const (
	keepAliveMaxSeconds = 32767
	keepAliveMaxCount   = 127
)

// socketOptions are numbers that libpq needs where it uses them, and psycopg2 needs always, since it asks libpq for a
// cancellation key, which holds them.
var socketOptions = []string{"keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"}

// readDial maps keepalives* and tcp_user_timeout, which pgx would send to the server. Like libpq, it uses them for TCP only, and the others only
// where keepalives is on.
func (t *target) readDial() error {
	for _, option := range socketOptions {
		if _, given := t.settings[option]; given && !isPsycopg3(t.rt) {
			if _, err := t.number(option); err != nil {
				return err
			}
		}
	}
	if t.allSockets() {
		return nil
	}
	if _, given := t.settings["keepalives"]; given {
		if on, err := t.number("keepalives"); err != nil || on == 0 {
			return err
		}
	}
	idle, err := t.keepAlive("keepalives_idle", keepAliveMaxSeconds)
	if err != nil {
		return err
	}
	interval, err := t.keepAlive("keepalives_interval", keepAliveMaxSeconds)
	if err != nil {
		return err
	}
	count, err := t.keepAlive("keepalives_count", keepAliveMaxCount)
	if err != nil {
		return err
	}
	t.dial.keepAlive = net.KeepAliveConfig{
		Enable: true, Idle: time.Duration(idle) * time.Second, Interval: time.Duration(interval) * time.Second, Count: count,
	}
	if _, given := t.settings["tcp_user_timeout"]; !given {
		return nil
	}
	ms, err := t.number("tcp_user_timeout")
	if t.dial.userTimeout = time.Duration(max(ms, 0)) * time.Millisecond; t.dial.userTimeout > 0 && !hasUserTimeout {
		t.note("tcp_user_timeout", "this system has no such socket option")
	}
	return err
}

// keepAlive reads a number for the socket, and gives -1, which leaves the system's own, where there is none. libpq makes a negative one 0, and
// Linux refuses that.
func (t *target) keepAlive(option string, largest int) (int, error) {
	if _, given := t.settings[option]; !given {
		return -1, nil
	}
	n, err := t.number(option)
	if err == nil && (n < 1 || n > largest) {
		err = &OptionError{option, fmt.Sprintf("Linux takes 1 to %d, and refuses the socket otherwise", largest)}
	}
	return n, err
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
