package policy

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Condition is one test of a Condition element: an operator, a key, and the values that it may have.
type Condition struct {
	Operator Element   // as written, with qualifier and IfExists: ForAnyValue:StringLikeIfExists
	Key      Element   // as written
	Values   []Element // numbers and truths as their text

	op       operator
	set      setOperator
	ifExists bool
	key      keyRef
	values   []operand
}

type setOperator uint8

const (
	noSet  setOperator = iota
	forAll             // ForAllValues: each value of the request
	forAny             // ForAnyValue: at least one
)

// family is what an operator compares.
type family uint8

const (
	ofNull family = iota
	ofString
	ofNumber
	ofDate
	ofBool
	ofBinary
	ofAddress
)

// operator is a condition operator without its qualifiers.
type operator struct {
	family  family
	negated bool
	mode    mode // ofString: how the pattern is read
	fold    bool // ofString: without regard to case
	below   bool // ofNumber, ofDate: less than; see also equal and above
	equal   bool
	above   bool
}

// operators are those of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
var operators = map[string]operator{
	"Null":                      {family: ofNull},
	"StringEquals":              {family: ofString},
	"StringNotEquals":           {family: ofString, negated: true},
	"StringEqualsIgnoreCase":    {family: ofString, fold: true},
	"StringNotEqualsIgnoreCase": {family: ofString, fold: true, negated: true},
	"StringLike":                {family: ofString, mode: anywhere},
	"StringNotLike":             {family: ofString, mode: anywhere, negated: true},
	"ArnEquals":                 {family: ofString, mode: arn},
	"ArnNotEquals":              {family: ofString, mode: arn, negated: true},
	"ArnLike":                   {family: ofString, mode: arn},
	"ArnNotLike":                {family: ofString, mode: arn, negated: true},
	"NumericEquals":             {family: ofNumber, equal: true},
	"NumericNotEquals":          {family: ofNumber, equal: true, negated: true},
	"NumericLessThan":           {family: ofNumber, below: true},
	"NumericLessThanEquals":     {family: ofNumber, below: true, equal: true},
	"NumericGreaterThan":        {family: ofNumber, above: true},
	"NumericGreaterThanEquals":  {family: ofNumber, above: true, equal: true},
	"DateEquals":                {family: ofDate, equal: true},
	"DateNotEquals":             {family: ofDate, equal: true, negated: true},
	"DateLessThan":              {family: ofDate, below: true},
	"DateLessThanEquals":        {family: ofDate, below: true, equal: true},
	"DateGreaterThan":           {family: ofDate, above: true},
	"DateGreaterThanEquals":     {family: ofDate, above: true, equal: true},
	"Bool":                      {family: ofBool},
	"BinaryEquals":              {family: ofBinary},
	"IpAddress":                 {family: ofAddress},
	"NotIpAddress":              {family: ofAddress, negated: true},
}

// Operators lists the condition operators, without qualifiers and IfExists, in their order.
func Operators() []string { return slices.Sorted(maps.Keys(operators)) }

// operand is a compiled value of a condition; the operator's family says which field counts.
type operand struct {
	text    string
	pattern pattern
	number  decimal
	time    time.Time
	prefix  netip.Prefix
	truth   bool
	valid   bool // whether the text is one of the family's values; if not, it matches nothing
}

func (p *parser) conditions(n *node, s *Statement) error {
	of := n.get("Condition")
	if of == nil {
		return nil
	}
	if of.kind != '{' {
		return p.at(of, syntaxErrors, "Condition must be an object")
	}
	for i, name := range of.keys {
		c := Condition{Operator: p.element(name)}
		if message := c.parseOperator(); message != "" {
			return p.at(name, syntaxErrors, message)
		}
		tests := of.items[i]
		if tests.kind != '{' {
			return p.at(tests, syntaxErrors, name.text+" must be an object of condition keys")
		}
		for j, key := range tests.keys {
			test, err := p.condition(c, key, tests.items[j])
			if err != nil {
				return err
			}
			s.Conditions = append(s.Conditions, test)
		}
	}
	return nil
}

func (c *Condition) parseOperator() string {
	name := c.Operator.Text
	if rest, ok := strings.CutPrefix(name, "ForAllValues:"); ok {
		c.set, name = forAll, rest
	} else if rest, ok := strings.CutPrefix(name, "ForAnyValue:"); ok {
		c.set, name = forAny, rest
	}
	if rest, ok := strings.CutSuffix(name, "IfExists"); ok && rest != "Null" {
		c.ifExists, name = true, rest
	}
	var ok bool
	if c.op, ok = operators[name]; !ok {
		return fmt.Sprintf("%q is no condition operator", c.Operator.Text)
	}
	return ""
}

func (p *parser) condition(c Condition, key, values *node) (Condition, error) {
	c.Key, c.key = p.element(key), newKeyRef(key.text)
	if !strings.Contains(key.text, ":") {
		return c, p.at(key, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.", "")
	}
	for _, v := range values.list() {
		if v.kind != '"' && v.kind != '0' && v.kind != 't' {
			return c, p.at(v, syntaxErrors, "a condition's value must be a string, a number, a truth, or a list of them")
		}
		o := c.op.operand(v.text, p.d.version == version2012)
		if c.op.family == ofDate && !o.valid {
			return c, p.at(v, "The policy failed legacy parsing", "a date is ISO 8601 or epoch seconds")
		}
		c.Values, c.values = append(c.Values, p.element(v)), append(c.values, o)
	}
	return c, nil
}

func (op *operator) operand(text string, vars bool) operand {
	o := operand{text: text, valid: true}
	var err error
	switch op.family {
	case ofString:
		o.pattern = compile(text, op.mode, vars)
		if o.pattern.fold = op.fold; op.fold && o.pattern.shape != variant {
			o.pattern.shape = exact
		}
	case ofNumber:
		o.number, o.valid = parseDecimal(text)
	case ofDate:
		o.time, o.valid = parseDate(text)
	case ofNull, ofBool:
		o.truth, o.valid = parseBool(text)
	case ofBinary:
		var raw []byte
		raw, err = base64.StdEncoding.DecodeString(text)
		o.text, o.valid = base64.StdEncoding.EncodeToString(raw), err == nil
	case ofAddress:
		o.prefix, o.valid = parsePrefix(text)
	}
	return o
}

// holds reports whether the condition is met.
func (q *query) holds(c *Condition) bool {
	k, present := q.key(&c.key)
	if c.op.family == ofNull {
		return c.isNull(!present || k.count() == 0)
	}
	if !present {
		return c.ifExists || c.set == forAll || c.set == noSet && c.op.negated
	}
	if c.set != noSet && k.empty() {
		return c.set == forAll
	}
	for i := range k.count() {
		matched, resolved := q.matches(c, k.at(i))
		met := matched != c.op.negated && (resolved || !c.op.negated)
		switch {
		case c.set == forAll && !met, c.set == noSet && c.op.negated && !met:
			return false
		case c.set == forAny && met, c.set == noSet && !c.op.negated && met:
			return true
		}
	}
	return c.set == forAll || c.set == noSet && c.op.negated
}

func (c *Condition) isNull(absent bool) bool {
	for i := range c.values {
		if c.values[i].valid && c.values[i].truth == absent {
			return true
		}
	}
	return false
}

// matches reports whether a value of the request matches one of the condition's. Resolved is false where a variable in one of
// them has no value, which makes a negated condition fail: AWS calls such a statement invalid
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html).
func (q *query) matches(c *Condition, value string) (matched, resolved bool) {
	resolved = true
	if c.op.family == ofString {
		for i := range c.values {
			m, r := c.values[i].pattern.matches(q, value)
			if m {
				return true, true
			}
			resolved = resolved && r
		}
		return false, resolved
	}
	v, ok := c.op.value(value)
	for i := range c.values {
		if o := &c.values[i]; ok && o.valid && c.op.compare(&v, o) {
			return true, true
		}
	}
	return false, true
}

// value reads a value of the request as the family's.
func (op *operator) value(text string) (v operand, ok bool) {
	v.text = text
	switch op.family {
	case ofNumber:
		v.number, ok = parseDecimal(text)
	case ofDate:
		v.time, ok = parseDate(text)
	case ofBool:
		v.truth, ok = parseBool(text)
	case ofBinary:
		ok = true
	case ofAddress:
		a, err := netip.ParseAddr(text)
		v.prefix, ok = netip.PrefixFrom(a.Unmap(), 0), err == nil
	}
	return v, ok
}

func (op *operator) compare(v, o *operand) bool {
	var order int
	switch op.family {
	case ofBool:
		return v.truth == o.truth
	case ofBinary:
		return v.text == o.text
	case ofAddress:
		return o.prefix.Contains(v.prefix.Addr())
	case ofNumber:
		order = v.number.compare(o.number)
	case ofDate:
		order = v.time.Compare(o.time)
	}
	return order < 0 && op.below || order == 0 && op.equal || order > 0 && op.above
}
