// Package store keeps local AWS's state: tables of values by key, read and written in transactions that are on disk
// before they are acknowledged.
package store

import "iter"

// Tx is one transaction. It sees the state as of its beginning plus its own writes.
type Tx interface {
	// Get returns the value under key in table. The value is shared: never change what it points to.
	Get(table, key string) (any, bool, error)
	// Put sets the value under key. It fails in a transaction that only reads.
	Put(table, key string, value any) error
	// Delete removes the value under key, if any.
	Delete(table, key string) error
	// Scan yields the keys after "after" that start with prefix, with their values, in the order of their bytes.
	Scan(table, prefix, after string) iter.Seq2[Entry, error]
}

// Entry is a key and its value, as Scan yields them.
type Entry struct {
	Key   string
	Value any
}
