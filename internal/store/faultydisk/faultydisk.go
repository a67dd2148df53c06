// Package faultydisk makes the disk below the store fail, for tests: it lays itself between SQLite and its own way to files, and between the
// commit log and package datafile.
//
// Install once, before the first database is opened. From then on Fail makes operations of a kind fail, from one that is to come until Heal;
// every other operation goes to the real disk.
package faultydisk

import (
	"sync"
	"unsafe"

	"aircon/internal/store/datafile"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Operation is a kind of what a disk is asked for.
type Operation uint8

// The kinds that can fail.
const (
	Write Operation = iota
	Sync
	Truncate
	Read
	kinds
)

// String names the operation.
func (o Operation) String() string { return [kinds]string{"write", "sync", "truncate", "read"}[o] }

// Code is SQLite's code of an error.
type Code int32

// What a disk can say.
const (
	Full  Code = sqlite3.SQLITE_FULL
	Error Code = sqlite3.SQLITE_IOERR
)

// fault is what fails now.
var fault struct {
	sync.Mutex
	armed bool
	of    Operation
	left  int // operations of that kind that still succeed
	code  Code
	hit   int // operations that failed
}

// Fail makes operations of a kind fail with code, after so many of them have succeeded.
func Fail(of Operation, after int, code Code) {
	fault.Lock()
	defer fault.Unlock()
	fault.armed, fault.of, fault.left, fault.code, fault.hit = true, of, after, code, 0
}

// Heal lets everything succeed again, and returns how many operations failed.
func Heal() (failed int) {
	fault.Lock()
	defer fault.Unlock()
	fault.armed = false
	return fault.hit
}

// failing returns the code with which an operation is to fail, or 0.
func failing(o Operation) int32 {
	fault.Lock()
	defer fault.Unlock()
	if !fault.armed || fault.of != o {
		return 0
	}
	if fault.left > 0 {
		fault.left--
		return 0
	}
	fault.hit++
	return int32(fault.code)
}

// SQLite's functions, as its structures hold them.
type (
	openFunc     = func(t *libc.TLS, vfs, path, file uintptr, flags int32, outFlags uintptr) int32
	ioFunc       = func(t *libc.TLS, file, buffer uintptr, amount int32, offset int64) int32
	syncFunc     = func(t *libc.TLS, file uintptr, flags int32) int32
	truncateFunc = func(t *libc.TLS, file uintptr, size int64) int32
)

// native is SQLite's own way to files: how it opens one, and what it does with an open one. Files of several kinds have several tables
// of methods, which differ in how they lock and close.
var native struct {
	open    openFunc
	mu      sync.Mutex
	methods *sqlite3.Tsqlite3_io_methods // of the first file; all read and write in the same way
	ours    map[uintptr]uintptr          // copies of tables, with the functions below
}

var install = sync.OnceFunc(func() {
	t := libc.NewTLS()
	own := at[sqlite3.Tsqlite3_vfs](sqlite3.Xsqlite3_vfs_find(t, 0))
	native.ours = map[uintptr]uintptr{}
	native.open = function[openFunc](own.FxOpen)
	p := libc.Xcalloc(t, 1, libc.Tsize_t(unsafe.Sizeof(*own)))
	name, err := libc.CString("faultydisk")
	if p == 0 || err != nil {
		panic("faultydisk: no memory")
	}
	shim := at[sqlite3.Tsqlite3_vfs](p)
	*shim = *own
	shim.FpNext, shim.FzName, shim.FxOpen = 0, name, pointer(open)
	if code := sqlite3.Xsqlite3_vfs_register(t, p, 1); code != 0 {
		panic("faultydisk: SQLite does not take it")
	}
	datafile.Between = func(f datafile.File) datafile.File { return logFile{f} }
})

// Install makes every database and every log that is opened from now on go through here.
func Install() { install() }

func open(t *libc.TLS, vfs, path, file uintptr, flags int32, outFlags uintptr) int32 {
	code := native.open(t, vfs, path, file, flags, outFlags)
	f := at[sqlite3.Tsqlite3_file](file)
	if code != 0 || f.FpMethods == 0 {
		return code
	}
	native.mu.Lock()
	defer native.mu.Unlock()
	ours, ok := native.ours[f.FpMethods]
	if !ok {
		ours = ourMethods(t, at[sqlite3.Tsqlite3_io_methods](f.FpMethods))
		native.ours[f.FpMethods] = ours
	}
	f.FpMethods = ours
	return code
}

// ourMethods copies a table of methods. It is never freed.
func ourMethods(t *libc.TLS, methods *sqlite3.Tsqlite3_io_methods) uintptr {
	p := libc.Xcalloc(t, 1, libc.Tsize_t(unsafe.Sizeof(*methods)))
	if p == 0 {
		panic("faultydisk: no memory")
	}
	if native.methods == nil {
		native.methods = methods
	}
	ours := at[sqlite3.Tsqlite3_io_methods](p)
	*ours = *methods
	ours.FxWrite, ours.FxSync, ours.FxTruncate, ours.FxRead = pointer(write), pointer(syncFile), pointer(truncate), pointer(read)
	return p
}

func write(t *libc.TLS, file, buffer uintptr, amount int32, offset int64) int32 {
	if code := failing(Write); code != 0 {
		return code
	}
	return function[ioFunc](native.methods.FxWrite)(t, file, buffer, amount, offset)
}

func read(t *libc.TLS, file, buffer uintptr, amount int32, offset int64) int32 {
	if code := failing(Read); code != 0 {
		return code
	}
	return function[ioFunc](native.methods.FxRead)(t, file, buffer, amount, offset)
}

func syncFile(t *libc.TLS, file uintptr, flags int32) int32 {
	if code := failing(Sync); code != 0 {
		return code
	}
	return function[syncFunc](native.methods.FxSync)(t, file, flags)
}

func truncate(t *libc.TLS, file uintptr, size int64) int32 {
	if code := failing(Truncate); code != 0 {
		return code
	}
	return function[truncateFunc](native.methods.FxTruncate)(t, file, size)
}

// at returns what lies at an address of SQLite's.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// function returns the function that SQLite knows by a pointer; pointer does the reverse, for one that is never freed.
func function[F any](pointer uintptr) F { return *(*F)(unsafe.Pointer(&pointer)) }

func pointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }
