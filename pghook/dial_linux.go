package pghook

import (
	"syscall"
	"time"
)

const hasUserTimeout = true

// tcpUserTimeout is Linux's TCP_USER_TIMEOUT, in milliseconds (tcp(7)).
const tcpUserTimeout = 18

func setUserTimeout(fd uintptr, d time.Duration) error {
	return syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(d.Milliseconds())) //nolint:gosec // a descriptor fits
}
