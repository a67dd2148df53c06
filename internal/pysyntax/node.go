package pysyntax

// MaxDepth is how deep a tree may be. Deeper ones are errors in Python too: its own limits lie far below.
const MaxDepth = 4000

// Node is a statement, an expression, or a part of one. Kids may hold nil where a part is optional: Kind says what they are.
type Node struct {
	Kind     Kind
	Pos, End int32  // byte offsets in the text
	depth    int32  // 1 for a node without kids
	Text     string // a name, an operator, the value of a string; Kind says which
	Kids     []*Node
}

// Kid returns the kid at index i, or nil where there is none. It may be called on nil.
func (n *Node) Kid(i int) *Node {
	if n == nil || i >= len(n.Kids) {
		return nil
	}
	return n.Kids[i]
}

// Is reports whether a node is there and of a kind.
func (n *Node) Is(k Kind) bool { return n != nil && n.Kind == k }

// Kind says what a Node is, and with it what Text and Kids hold.
type Kind uint8

// Expressions.
const (
	Bad           Kind = iota // what stands in for an expression that cannot be read
	Name                      // Text
	Str                       // Text is the value; adjacent literals are one
	Bytes                     // Text is the value
	FString                   // Kids are Str and Interpolation
	Interpolation             // Kids: expression, format as FString or nil; Text is the conversion: r, s, a or nothing
	Number                    // Text as it is written
	Constant                  // Text: None, True, False or ...
	Tuple                     // Kids are the elements
	List                      // Kids are the elements
	Set                       // Kids are the elements
	Dict                      // Kids: key, value, key, value, …; a nil key is a ** before its value
	ListComp                  // Kids: element, CompFor…
	SetComp                   // Kids: element, CompFor…
	DictComp                  // Kids: key, value, CompFor…
	Generator                 // Kids: element, CompFor…
	CompFor                   // Kids: target, iterable, condition…; Text is async or nothing
	Lambda                    // Kids: Params, body
	Attribute                 // Kids: value; Text is the attribute
	Call                      // Kids: function, arguments…, among them Keyword, Star and DoubleStar
	Keyword                   // Kids: value; Text is the argument's name
	Star                      // Kids: value
	DoubleStar                // Kids: value
	Subscript                 // Kids: value, index
	Slice                     // Kids: lower, upper, step, each may be nil
	Unary                     // Kids: operand; Text is the operator
	Binary                    // Kids: left, right; Text is the operator
	Compare                   // Kids are the operands; Text holds the operators between them, separated by spaces ("not in" is not_in)
	BoolOp                    // Kids are the operands; Text is and, or
	Conditional               // Kids: test, then, otherwise
	NamedExpr                 // Kids: target, value
	Await                     // Kids: value
	Yield                     // Kids: value, may be nil; Text is from or nothing
)

// Statements and their parts.
const (
	Module     Kind = iota + 64 // Kids are statements
	Block                       // Kids are statements
	Function                    // Kids: Decorators, Params, result or nil, Block; Text is the name
	Class                       // Kids: Decorators, Arguments, Block; Text is the name
	Decorators                  // Kids are expressions
	Arguments                   // a class's: Kids as those of a Call, without the function
	Params                      // Kids: Param, ParamStar, ParamDoubleStar, ParamSlash
	Param                       // Kids: annotation, default, each may be nil; Text is the name
	ParamStar                   // as Param; without a name it is a bare *
	ParamDoubleStar
	ParamSlash
	ExprStmt   // Kids: value
	Assign     // Kids: target…, value
	AugAssign  // Kids: target, value; Text is the operator
	AnnAssign  // Kids: target, annotation, value or nil
	TypeAlias  // Kids: name, value
	Return     // Kids: value or nil
	Delete     // Kids are the targets
	Raise      // Kids: exception, cause, each may be nil
	Assert     // Kids: test, message or nil
	Pass       //
	Break      //
	Continue   //
	Global     // Kids are names
	Nonlocal   // Kids are names
	Import     // Kids are Alias
	ImportFrom // Kids are Alias; Text is the module, with its leading dots
	Alias      // Text is the dotted name, or *; Kids: the name given to it, or nil
	If         // Kids: test, Block, Block or nil; an elif is an If alone in the last Block
	While      // Kids: test, Block, Block or nil
	For        // Kids: target, iterable, Block, Block or nil; Text is async or nothing
	With       // Kids: WithItem…, Block; Text is async or nothing
	WithItem   // Kids: value, target or nil
	Try        // Kids: Block, Handler…, else as Block or nil, finally as Block or nil
	Handler    // Kids: type or nil, Block; Text is the name given to it
	Match      // Kids: subject, Case…
	Case       // Kids: pattern as an expression, guard or nil, Block
)
