package pysyntax

import "strings"

// code is what a token is: a character that stands for itself, or one of the constants.
type code uint8

const (
	cEOF code = iota
	cNewline
	cIndent
	cDedent
	cName
	cNumber
	cString
	cFString // the beginning of one, up to its quotes; the parser reads the rest
	cError
)

const (
	cPow code = iota + 128
	cFloorDiv
	cShl
	cShr
	cWalrus
	cLe
	cGe
	cEq
	cNe
	cArrow
	cEllipsis
	cAugment // += and its like
	cFalse
	cNone
	cTrue
	cAnd
	cAs
	cAssert
	cAsync
	cAwait
	cBreak
	cClass
	cContinue
	cDef
	cDel
	cElif
	cElse
	cExcept
	cFinally
	cFor
	cFrom
	cGlobal
	cIf
	cImport
	cIn
	cIs
	cLambda
	cNonlocal
	cNot
	cOr
	cPass
	cRaise
	cReturn
	cTry
	cWhile
	cWith
	cYield
)

// token is a piece of the text.
type token struct {
	code     code
	pos, end int32
}

// keywords are Python's, in the order of their codes, which begin with cFalse.
var keywords = strings.Fields(`False None True and as assert async await break class continue def del elif else except finally for from
	global if import in is lambda nonlocal not or pass raise return try while with yield`)

// byLetter holds the codes of the keywords with a first letter.
var byLetter = func() (table [128][]code) {
	for i, word := range keywords {
		table[word[0]] = append(table[word[0]], cFalse+code(i))
	}
	return table
}()

// keyword returns the code of an identifier.
func keyword(word string) code {
	if word[0] >= 128 {
		return cName
	}
	for _, c := range byLetter[word[0]] {
		if keywords[c-cFalse] == word {
			return c
		}
	}
	return cName
}
