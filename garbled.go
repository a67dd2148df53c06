package aircon

import "slices"

// garbledKinds are the notes of texts whose parts may not be where they were meant to be.
var garbledKinds = []NoteKind{ProtocolInHost, SchemeInQuery, FragmentCut, StrayAt, NoScheme, ControlCut}

// Garbled reports whether the text was probably not meant as it reads: a special character in a password that is not encoded,
// say, so that a piece of the password is now the host. Whoever shows such a connection must hide all of its fields.
func (n Notes) Garbled() bool {
	return slices.ContainsFunc(n, func(note Note) bool { return slices.Contains(garbledKinds, note.Kind) })
}
