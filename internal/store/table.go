package store

import (
	"iter"
	"strings"
)

// Schema is a table's name and the type of its values, as a service registers it.
type Schema struct {
	Name string
	New  func() any // a pointer to a new value
}

// Table is a named table whose values are of type T, written as JSON: unexported fields of T are lost.
//
// The zero value has no name and cannot be used.
type Table[T any] struct {
	Name string // unique over all services, such as secretsmanager.secret
}

// Schema returns what the store must know of the table.
func (t Table[T]) Schema() Schema { return Schema{t.Name, func() any { return new(T) }} }

// Get returns the value under key, and nil where there is none. Never change what it points to.
func (t Table[T]) Get(tx Tx, key string) (*T, error) {
	v, ok, err := tx.Get(t.Name, key)
	if !ok || err != nil {
		return nil, err
	}
	return v.(*T), nil
}

// Put sets the value under key. It must not be changed afterwards.
func (t Table[T]) Put(tx Tx, key string, value *T) error { return tx.Put(t.Name, key, value) }

// Delete removes the value under key, if any.
func (t Table[T]) Delete(tx Tx, key string) error { return tx.Delete(t.Name, key) }

// Row is a key and its value, as [Table.Scan] yields them.
type Row[T any] struct {
	Key   string
	Value *T
}

// Scan yields the rows whose keys start with prefix and come after "after", in the order of their keys.
func (t Table[T]) Scan(tx Tx, prefix, after string) iter.Seq2[Row[T], error] {
	return func(yield func(Row[T], error) bool) {
		for e, err := range tx.Scan(t.Name, prefix, after) {
			if err != nil {
				yield(Row[T]{}, err)
				return
			}
			if !yield(Row[T]{e.Key, e.Value.(*T)}, nil) {
				return
			}
		}
	}
}

// Key joins parts to one key, such that the keys that begin with the same parts lie together: Key(account, region, "")
// is the prefix to scan for. No part may hold a zero byte.
func Key(parts ...string) string { return strings.Join(parts, "\x00") }

// Rewrite calls fn with a copy of each value, and puts those of which fn says that it changed them.
func (t Table[T]) Rewrite(tx Tx, fn func(*T) (changed bool, err error)) error {
	var changed []Row[T]
	for row, err := range t.Scan(tx, "", "") {
		if err != nil {
			return err
		}
		value := *row.Value
		did, err := fn(&value)
		if err != nil {
			return err
		}
		if did {
			changed = append(changed, Row[T]{row.Key, &value})
		}
	}
	for _, row := range changed {
		if err := t.Put(tx, row.Key, row.Value); err != nil {
			return err
		}
	}
	return nil
}
