package pysyntax

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

// keyword returns the code of an identifier.
func keyword(word string) code {
	if len(word) < 2 || len(word) > 8 {
		return cName
	}
	switch word {
	case "False":
		return cFalse
	case "None":
		return cNone
	case "True":
		return cTrue
	case "and":
		return cAnd
	case "as":
		return cAs
	case "assert":
		return cAssert
	case "async":
		return cAsync
	case "await":
		return cAwait
	case "break":
		return cBreak
	case "class":
		return cClass
	case "continue":
		return cContinue
	case "def":
		return cDef
	case "del":
		return cDel
	case "elif":
		return cElif
	case "else":
		return cElse
	case "except":
		return cExcept
	case "finally":
		return cFinally
	case "for":
		return cFor
	case "from":
		return cFrom
	case "global":
		return cGlobal
	case "if":
		return cIf
	case "import":
		return cImport
	case "in":
		return cIn
	case "is":
		return cIs
	case "lambda":
		return cLambda
	case "nonlocal":
		return cNonlocal
	case "not":
		return cNot
	case "or":
		return cOr
	case "pass":
		return cPass
	case "raise":
		return cRaise
	case "return":
		return cReturn
	case "try":
		return cTry
	case "while":
		return cWhile
	case "with":
		return cWith
	case "yield":
		return cYield
	}
	return cName
}
