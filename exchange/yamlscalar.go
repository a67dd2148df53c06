package exchange

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"aircon/internal/py"
)

// The plain texts that YAML 1.1 takes for something else than text, as PyYAML's resolver.py has them.
var (
	yamlBool  = regexp.MustCompile(`^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$`)
	yamlNull  = regexp.MustCompile(`^(?:~|null|Null|NULL|)$`)
	yamlInt   = regexp.MustCompile(`^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$`)
	yamlFloat = regexp.MustCompile(`^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
	yamlTime  = regexp.MustCompile(`^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?)$`)
)

// errTime says what a connection cannot hold.
var errTime = errors.New("YAML takes a value for a date, which no field can hold: put it between quotation marks")

// plainKind says what a plain text is to YAML 1.1, by the tag that PyYAML gives it.
func plainKind(text string) string {
	switch {
	case yamlNull.MatchString(text):
		return "!!null"
	case yamlBool.MatchString(text):
		return "!!bool"
	case yamlFloat.MatchString(text): // before int, as "1:0.5" is none
		return "!!float"
	case yamlInt.MatchString(text):
		return "!!int"
	case yamlTime.MatchString(text):
		return "!!timestamp"
	case text == "=" || text == "<<":
		return "!!value"
	}
	return "!!str"
}

// yamlScalar is what PyYAML's SafeConstructor makes of a scalar.
func yamlScalar(n *yaml.Node) (any, error) {
	kind := "!!str"
	switch {
	case n.Style&yaml.TaggedStyle != 0:
		kind = "!!" + strings.TrimPrefix(strings.TrimPrefix(n.Tag, "!!"), "tag:yaml.org,2002:")
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0:
		kind = plainKind(n.Value)
	}
	if kind == "!!str" {
		return n.Value, nil
	}
	if kind != plainKind(n.Value) {
		return nil, fail(n, "a tag that no connection needs, or that does not fit its value")
	}
	switch kind {
	case "!!null":
		return nil, nil
	case "!!bool":
		return strings.Contains("yes true on", strings.ToLower(n.Value)), nil
	case "!!int":
		return yamlWhole(n)
	case "!!float":
		return yamlReal(n)
	case "!!timestamp":
		return nil, errTime
	}
	return nil, fail(n, "a bare %s, which has a meaning of its own in YAML 1.1: put it between quotation marks", n.Value)
}

// signed splits the sign off a number, whose underscores mean nothing.
func signed(text string) (negative bool, digits string) {
	text = strings.ReplaceAll(strings.ToLower(text), "_", "")
	return strings.HasPrefix(text, "-"), strings.TrimLeft(text, "+-")
}

// yamlWhole is construct_yaml_int.
func yamlWhole(n *yaml.Node) (any, error) {
	negative, digits := signed(n.Value)
	base := 10
	switch {
	case strings.HasPrefix(digits, "0b"):
		base, digits = 2, digits[2:]
	case strings.HasPrefix(digits, "0x"):
		base, digits = 16, digits[2:]
	case strings.HasPrefix(digits, "0") && digits != "0":
		base = 8
	}
	sum := new(big.Int)
	for _, part := range strings.Split(digits, ":") {
		value, ok := new(big.Int).SetString(part, base)
		if !ok {
			return nil, fail(n, "a number without digits")
		}
		sum.Add(sum.Mul(sum, big.NewInt(60)), value)
	}
	if negative {
		sum.Neg(sum)
	}
	if text := sum.String(); len(text) <= 4300 {
		return py.Digits(text), nil
	}
	return nil, fail(n, "a number of more than 4,300 digits")
}

// yamlReal is construct_yaml_float.
func yamlReal(n *yaml.Node) (any, error) {
	negative, digits := signed(n.Value)
	sum := 0.0
	switch digits {
	case ".inf":
		sum = math.Inf(1)
	case ".nan":
		sum = math.NaN()
	default:
		for _, part := range strings.Split(digits, ":") {
			value, err := strconv.ParseFloat(strings.TrimSuffix(part, "."), 64)
			if err != nil && !errors.Is(err, strconv.ErrRange) {
				return nil, fmt.Errorf("a number that Python's float() refuses")
			}
			sum = sum*60 + value
		}
	}
	if negative {
		sum = -sum
	}
	return sum, nil
}
