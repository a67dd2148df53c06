// Package pysyntax reads Python's grammar, as of Python 3.14, into a tree that is small and quick to walk.
//
//	tree := pysyntax.Parse(text)     // never fails as a whole: what cannot be read is in tree.Errors, the rest in tree.Module
//	line, column := tree.Position(n.Pos)
//
// It accepts somewhat more than Python does (a `return` outside of a function, an assignment to a call), because its readers want to know
// what stands in a file and not whether Python likes it. What Python accepts, it reads as Python's own ast module does: the tests compare
// both over the standard library and random programs.
//
// A statement with an error is left out; what follows it is read as usual. Trees are at most MaxDepth deep, so that walking them
// recursively is safe whatever the file holds.
package pysyntax
