//go:build unix && !linux

package supervise

// awaitStop would wait until a child has stopped: this system has no call that tells it and lets another wait for the child's end.
func awaitStop(int) {}
