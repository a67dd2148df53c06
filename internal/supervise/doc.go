// Package supervise starts child processes that never outlive their parent, not even when it dies by kill -9.
//
// [Start] takes an [exec.Cmd] and gives a [Process]. [Run] stands in for the child too: what this process is told by signals, the child is told, until
// it ends. Nothing else is asked of the calling program: no function to call
// first in main, no second role for its binary.
//
// How it works. A watchdog, which is /bin/sh with a dozen lines of script, starts first and leads a new process group. It
// reads from a pipe whose only write end is held by this process. The child then starts inside the watchdog's group.
// When this process ends, however it ends, the kernel closes the pipe; the watchdog sees the end of file, signals its
// group, removes the paths it was told to, and kills what is left of the group, itself included. There is no moment
// without guard: the write end is also held by a child between fork and exec, so the watchdog cannot see the end of file
// before the child is a member of the group, and where the watchdog is gone already, joining its group fails and so
// does the start.
//
// Linux's PR_SET_PDEATHSIG alone would not do: it follows the thread that forked, not the process, and does not exist
// on macOS. A member that leaves the group (setsid, as PostgreSQL's backends do) is not reached: such a child
// must end its own when it is told to stop, as PostgreSQL's does.
package supervise
