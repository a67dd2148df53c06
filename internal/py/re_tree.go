package py

import "math"

// reFlags are re's flags, as far as they matter for text.
type reFlags uint8

const (
	reIgnoreCase reFlags = 1 << iota
	reMultiline
	reDotAll
	reVerbose
	reASCII
	reUnicode
	reTemplate
	reLocale
)

// reFlagOf is FLAGS of re/_parser.py.
var reFlagOf = map[string]reFlags{
	"i": reIgnoreCase, "L": reLocale, "m": reMultiline, "s": reDotAll,
	"x": reVerbose, "a": reASCII, "t": reTemplate, "u": reUnicode,
}

type reOp uint8

const (
	reLiteral   reOp = iota // one character: char
	reSet                   // one character out of items, or, with negate, any other
	reAny                   // the dot
	reAt                    // a place: char is one of ^ $ A Z b B
	reBranch                // one of subs
	reRepeat                // subs[0], min to max times; mode is one of * ? +
	reGroup                 // subs[0], captured as group unless that is 0, with flags added and removed
	reAtomic                // subs[0], without going back into it
	reLook                  // subs[0] ahead or behind; negate for not
	reReference             // what group captured
	reCondition             // subs[0] if group has matched, else subs[1]
)

type reNode struct {
	op       reOp
	char     rune
	items    []reItem
	negate   bool
	behind   bool
	mode     byte
	min, max int
	group    int
	add, del reFlags
	subs     []reSequence
}

type reSequence []reNode

// reItem is a member of a set: a range of characters, or a category, one of d D s S w W.
type reItem struct {
	low, high rune
	category  byte
}

const (
	reMaxRepeat = math.MaxUint32
	reMaxWidth  = math.MaxInt64 / 4
)

// reWidth is how many characters something may match.
type reWidth struct{ min, max int }

func (w reWidth) plus(other reWidth) reWidth {
	return reWidth{min(w.min+other.min, reMaxWidth), min(w.max+other.max, reMaxWidth)}
}

func (w reWidth) or(other reWidth) reWidth {
	return reWidth{min(w.min, other.min), max(w.max, other.max)}
}

func (w reWidth) times(low, high int) reWidth {
	out := reWidth{saturated(w.min, low), saturated(w.max, high)}
	if high == reMaxRepeat && w.max > 0 {
		out.max = reMaxWidth
	}
	return out
}

func saturated(a, b int) int {
	if a != 0 && b > reMaxWidth/a {
		return reMaxWidth
	}
	return a * b
}

// width is SubPattern.getwidth. groups holds the widths of the groups closed so far.
func (s reSequence) width(groups []reWidth) reWidth {
	var total reWidth
	for _, node := range s {
		total = total.plus(node.width(groups))
	}
	return total
}

func (n *reNode) width(groups []reWidth) reWidth {
	switch n.op {
	case reLiteral, reSet, reAny:
		return reWidth{1, 1}
	case reBranch:
		w := n.subs[0].width(groups)
		for _, sub := range n.subs[1:] {
			w = w.or(sub.width(groups))
		}
		return w
	case reGroup, reAtomic:
		return n.subs[0].width(groups)
	case reRepeat:
		return n.subs[0].width(groups).times(n.min, n.max)
	case reReference:
		return groups[n.group]
	case reCondition:
		return n.subs[0].width(groups).or(n.subs[1].width(groups))
	}
	return reWidth{}
}
