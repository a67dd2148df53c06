package supervise

import (
	"errors"

	"golang.org/x/sys/unix"
)

// awaitStop waits until a child has stopped, or ended: until then it may still read what is typed for the shell, to which the terminal goes next.
func awaitStop(pid int) {
	const changes = unix.WSTOPPED | unix.WEXITED | unix.WNOWAIT // whoever waits for the child's end sees it still
	for errors.Is(unix.Waitid(unix.P_PID, pid, nil, changes, nil), unix.EINTR) {
		continue
	}
}
