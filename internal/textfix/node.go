package textfix

import "slices"

// Kind is what a value is in JSON.
type Kind uint8

// The kinds of values.
const (
	Null Kind = iota
	Bool
	Number
	Text
	List
	Object
)

// Node is one value of a text, with its place.
type Node struct {
	Kind    Kind
	Start   int      // in bytes from 0
	End     int      // in bytes from 0, behind its last
	Text    string   // of Text its meaning; of Number and Bool what is written
	Items   []*Node  // of List
	Members []Member // of Object, in the text's order; equal keys stand there as often as they are written
}

// Member is one key of an object with its value.
type Member struct {
	Key   *Node
	Value *Node
}

// Get returns the last value under a key, which is the one that counts, and nil where there is none.
func (n *Node) Get(key string) *Node {
	m := n.member(key)
	if m == nil {
		return nil
	}
	return m.Value
}

// member returns the last member under a key, or nil. n may be nil.
func (n *Node) member(key string) *Member {
	if n == nil {
		return nil
	}
	for i := len(n.Members) - 1; i >= 0; i-- {
		if n.Members[i].Key.Text == key {
			return &n.Members[i]
		}
	}
	return nil
}

// Equal reports whether Python takes two values for the same; of a key that is written twice the last value counts.
func (n *Node) Equal(o *Node) bool {
	if n.Kind != o.Kind || n.Text != o.Text {
		return false
	}
	within := func(a, b *Node) bool {
		return !slices.ContainsFunc(a.Members, func(m Member) bool {
			there := b.Get(m.Key.Text)
			return there == nil || !a.Get(m.Key.Text).Equal(there)
		})
	}
	return within(n, o) && within(o, n) && slices.EqualFunc(n.Items, o.Items, (*Node).Equal)
}

// Empty reports whether Python takes a value for false.
func (n *Node) Empty() bool {
	if n == nil {
		return true
	}
	switch n.Kind {
	case Null:
		return true
	case Bool:
		return n.Text == "false"
	case Number:
		return n.Text == "0"
	case Text:
		return n.Text == ""
	case List:
		return len(n.Items) == 0
	}
	return len(n.Members) == 0
}
