package py

import "slices"

// reRun is one match at work.
type reRun struct {
	text   []rune
	groups []reSpan // what each group captured, by number
	left   int      // steps
}

// reSpan is a part of the text. One that was never set has no end.
type reSpan struct {
	start, end int
	set        bool
}

// reNext is what must match after a node, from a place on.
type reNext func(at int) bool

// reMatcher matches a node at a place, and then what comes after it. When it returns false, the groups are as before.
type reMatcher func(run *reRun, at int, next reNext) bool

// reCompiler turns a parsed expression into matchers.
type reCompiler struct {
	flags  reFlags
	widths []reWidth
	err    error
}

func (c *reCompiler) sequence(s reSequence) reMatcher {
	matchers := make([]reMatcher, len(s))
	for i := range s {
		matchers[i] = c.node(&s[i])
	}
	switch len(matchers) {
	case 0:
		return func(_ *reRun, at int, next reNext) bool { return next(at) }
	case 1:
		return matchers[0]
	}
	return func(run *reRun, at int, next reNext) bool { return run.all(matchers, at, next) }
}

// all matches one after the other.
func (run *reRun) all(matchers []reMatcher, at int, next reNext) bool {
	if len(matchers) == 1 {
		return matchers[0](run, at, next)
	}
	return matchers[0](run, at, func(at int) bool { return run.all(matchers[1:], at, next) })
}

// step counts, and reports whether the run may go on.
func (run *reRun) step() bool {
	run.left--
	return run.left > 0
}

func (c *reCompiler) node(n *reNode) reMatcher {
	switch n.op {
	case reLiteral:
		return one(c.set([]reItem{{low: n.char, high: n.char}}, false))
	case reSet:
		return one(c.set(n.items, n.negate))
	case reAny:
		dotAll := c.flags&reDotAll != 0
		return one(func(r rune) bool { return dotAll || r != '\n' })
	case reAt:
		return c.place(n.char)
	case reBranch:
		return c.branch(n.subs)
	case reGroup:
		return c.group(n)
	case reAtomic:
		return atomic(c.sequence(n.subs[0]))
	case reLook:
		return look(c.sequence(n.subs[0]), n.subs[0].width(c.widths).min, n.behind, n.negate)
	case reReference:
		return c.reference(n.group)
	case reCondition:
		return condition(n.group, c.sequence(n.subs[0]), c.sequence(n.subs[1]))
	}
	return c.repeat(n)
}

func one(matches func(rune) bool) reMatcher {
	return func(run *reRun, at int, next reNext) bool {
		return run.step() && at < len(run.text) && matches(run.text[at]) && next(at+1)
	}
}

// set returns the test for a set. Without regard to case, a character counts by its lower case.
func (c *reCompiler) set(items []reItem, negate bool) func(rune) bool {
	ascii, ignoreCase := c.flags&reASCII != 0, c.flags&reIgnoreCase != 0
	var ranges []runeRange
	var tests []func(rune) bool
	for _, item := range items {
		if item.category != 0 {
			tests = append(tests, category(item.category, ascii))
		} else {
			ranges = append(ranges, runeRange{item.low, item.high})
		}
	}
	set := union(ranges...)
	if ignoreCase {
		set = set.lowered(ascii)
	}
	return func(r rune) bool {
		if ignoreCase {
			r = reLower(r, ascii)
		}
		return negate != (set.has(r) || slices.ContainsFunc(tests, func(test func(rune) bool) bool { return test(r) }))
	}
}

// place returns the matcher of ^ $ \A \Z \b or \B, which takes no character.
func (c *reCompiler) place(char rune) reMatcher {
	if c.flags&reMultiline == 0 && char == '^' {
		char = 'A'
	}
	multiline := c.flags&reMultiline != 0
	isWord := category('w', c.flags&reASCII != 0)
	here := func(text []rune, at int) bool {
		switch char {
		case 'A':
			return at == 0
		case 'Z':
			return at == len(text)
		case '^':
			return at == 0 || text[at-1] == '\n'
		case '$':
			return at == len(text) || text[at] == '\n' && (multiline || at+1 == len(text))
		}
		before := at > 0 && isWord(text[at-1])
		after := at < len(text) && isWord(text[at])
		// An empty text has neither \b nor, in these versions, \B.
		return len(text) > 0 && (before != after) == (char == 'b')
	}
	return func(run *reRun, at int, next reNext) bool { return run.step() && here(run.text, at) && next(at) }
}

func (c *reCompiler) branch(branches []reSequence) reMatcher {
	matchers := make([]reMatcher, len(branches))
	for i, branch := range branches {
		matchers[i] = c.sequence(branch)
	}
	return func(run *reRun, at int, next reNext) bool {
		for _, matcher := range matchers {
			if !run.step() {
				return false
			}
			if matcher(run, at, next) {
				return true
			}
		}
		return false
	}
}

func (c *reCompiler) group(n *reNode) reMatcher {
	before := c.flags
	if n.add&(reASCII|reUnicode) != 0 {
		c.flags &^= reASCII | reUnicode
	}
	c.flags = (c.flags | n.add) &^ n.del
	body := c.sequence(n.subs[0])
	c.flags = before
	if n.group == 0 {
		return body
	}
	return func(run *reRun, at int, next reNext) bool {
		return body(run, at, func(end int) bool {
			old := run.groups[n.group]
			run.groups[n.group] = reSpan{at, end, true}
			if next(end) {
				return true
			}
			run.groups[n.group] = old
			return false
		})
	}
}

// alone matches without what comes after, and reports where that ended.
func (run *reRun) alone(matcher reMatcher, at int) (end int, matched bool) {
	matched = matcher(run, at, func(there int) bool {
		end = there
		return true
	})
	return end, matched
}

func atomic(body reMatcher) reMatcher {
	return func(run *reRun, at int, next reNext) bool {
		before := slices.Clone(run.groups)
		if end, matched := run.alone(body, at); matched && next(end) {
			return true
		}
		copy(run.groups, before)
		return false
	}
}

// look matches ahead, or as many characters behind as the body is wide.
func look(body reMatcher, width int, behind, negate bool) reMatcher {
	return func(run *reRun, at int, next reNext) bool {
		from := at
		if behind {
			from -= width
		}
		before := slices.Clone(run.groups)
		matched := false
		if from >= 0 {
			_, matched = run.alone(body, from)
		}
		if negate {
			copy(run.groups, before)
		}
		if run.step() && matched != negate && next(at) {
			return true
		}
		copy(run.groups, before)
		return false
	}
}

func (c *reCompiler) reference(group int) reMatcher {
	ascii, ignoreCase := c.flags&reASCII != 0, c.flags&reIgnoreCase != 0
	return func(run *reRun, at int, next reNext) bool {
		span := run.groups[group]
		if !run.step() || !span.set {
			return false
		}
		for _, r := range run.text[span.start:span.end] {
			if at >= len(run.text) {
				return false
			}
			other := run.text[at]
			if r != other && !(ignoreCase && reLower(r, ascii) == reLower(other, ascii)) {
				return false
			}
			at++
		}
		return next(at)
	}
}

func condition(group int, yes, no reMatcher) reMatcher {
	return func(run *reRun, at int, next reNext) bool {
		if run.groups[group].set {
			return yes(run, at, next)
		}
		return no(run, at, next)
	}
}

// repeat matches a body again and again. Once the least number is reached, an empty round is the last one.
func (c *reCompiler) repeat(n *reNode) reMatcher {
	if c.flags&reTemplate != 0 {
		c.err = &PatternError{Message: "internal: unsupported template operator"}
	}
	r := reRepeater{body: c.sequence(n.subs[0]), min: n.min, max: n.max, lazy: n.mode == '?'}
	if n.mode == '+' {
		return atomic(r.possessive)
	}
	return func(run *reRun, at int, next reNext) bool { return r.round(run, reCount{needed: r.min}, at, next) }
}

type reRepeater struct {
	body     reMatcher
	min, max int
	lazy     bool
}

// reCount is where a repeat stands.
type reCount struct {
	done   int // rounds
	needed int // rounds that must be done at least
	last   int // where the round before began; meaningful once one is done
}

// manyRounds is how many rounds are done without a thought for whether they are empty.
const manyRounds = 100

// round matches the body once more, or what comes after. After many rounds, one that was empty could be done any number of
// times more: then no more are needed, and the next one must not be empty.
func (r *reRepeater) round(run *reRun, count reCount, at int, next reNext) bool {
	if !run.step() {
		return false
	}
	needed := count.done < count.needed
	wasEmpty := count.done > 0 && at == count.last && (!needed || count.done > manyRounds)
	if wasEmpty {
		count.needed = 0
	}
	again := func() bool {
		return r.body(run, at, func(end int) bool {
			return !(wasEmpty && end == at) && r.round(run, reCount{count.done + 1, count.needed, at}, end, next)
		})
	}
	switch {
	case needed && !wasEmpty:
		return again()
	case count.done >= r.max || wasEmpty && !needed:
		return next(at)
	case r.lazy:
		return next(at) || again()
	}
	return again() || next(at)
}

// possessive matches as many rounds as there are, each by itself.
func (r *reRepeater) possessive(run *reRun, at int, next reNext) bool {
	for count, last := 0, -1; count < r.max; count++ {
		if !run.step() || count >= r.min && at == last {
			break
		}
		end, matched := run.alone(r.body, at)
		if !matched {
			if count < r.min {
				return false
			}
			break
		}
		last, at = at, end
	}
	return next(at)
}
