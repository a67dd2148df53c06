// Package store keeps local AWS's state: tables of values by key, read and written in transactions that are on disk
// before they are acknowledged.
//
// Declare each table once, as a [Table] of a Go type, and hand its Schema to [Open] (a directory) or [Memory] (tests).
// Both run the same engine and differ in the disk beneath it. Read in View, write in Update, through the Table's methods.
// What must not lie on disk in the clear goes through the store's [Sealer] first.
//
// Writers that wait at the same moment share one commit, and so one fsync; each is undone alone when its function fails.
// Readers never wait for a writer or for the disk that it writes to: they see committed state only, through a cache of
// decoded values. Each commit has a number, the generation; a reader that meets a value newer than its own generation
// starts over, so no transaction ever mixes two states.
package store
