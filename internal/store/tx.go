package store

import (
	"io"
	"iter"
)

// Tx is one transaction. It sees the state as of its beginning plus its own writes.
//
// Values are pointers to the type that the table was declared with. They are shared: never change what one points to,
// put a new one instead. A [Table] gives them their type.
type Tx interface {
	// Get returns the value under key in table.
	Get(table, key string) (any, bool, error)
	// Put sets the value under key. It fails in a transaction that only reads.
	Put(table, key string, value any) error
	// Delete removes the value under key, if any.
	Delete(table, key string) error
	// Scan yields the entries whose keys start with prefix and come after "after", in the order of their bytes.
	Scan(table, prefix, after string) iter.Seq2[Entry, error]
}

// Entry is a key and its value, as Scan yields them.
type Entry struct {
	Key   string
	Value any
}

// Store is where transactions happen. [Open] makes one on disk, [Memory] one that is gone with the process.
type Store interface {
	// View runs fn on the state as of its beginning. It may run fn again, on a newer state.
	View(fn func(Tx) error) error
	// Update runs fn, and returns nil only when what it wrote is on disk. An error of fn undoes its writes and is returned
	// as it is. Updates happen one after the other.
	Update(fn func(Tx) error) error
	// Save writes an image of the state as it is at one moment. Transactions go on meanwhile.
	Save(w io.Writer) error
	// Backup writes an image for another time or machine, encrypted where the options name recipients. [Restore] reads it.
	Backup(w io.Writer, o BackupOptions) error
	// Load puts an image in the place of all that the store holds, after it was read to its end and found whole. It takes images
	// that were sealed by this store's root key. Then runs on the new state, in the same transaction; it may be nil. Readers
	// see either state, never a mix. After an error nothing has changed.
	Load(image io.Reader, then func(Tx) error) error
	// Reset removes all that the store holds, in the same way.
	Reset(then func(Tx) error) error
	// Schemas lists the tables.
	Schemas() []Schema
	// Sealer seals with the store's root key.
	Sealer() Sealer
	// Close waits for running transactions and lets go of the directory.
	Close() error
}
