package py

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// NumbersEqual is == of two numbers, or of a number and anything else: True is 1, and 1 is 1.0.
func NumbersEqual(a, b any) bool {
	x, nanX, ok := rational(a)
	if !ok {
		return false
	}
	y, nanY, ok := rational(b)
	return ok && !nanX && !nanY && x.Cmp(y) == 0
}

// rational turns a number into an exact one; infinities become numbers beyond all floats.
func rational(value any) (r *big.Float, isNaN, ok bool) {
	switch v := value.(type) {
	case bool:
		if v {
			return big.NewFloat(1), false, true
		}
		return new(big.Float), false, true
	case Digits:
		r, _, err := big.ParseFloat(string(v), 10, uint(4*len(v)+64), big.ToNearestEven)
		return r, false, err == nil
	case float64:
		if math.IsNaN(v) {
			return nil, true, true
		}
		return big.NewFloat(v), false, true
	}
	return nil, false, false
}

// IntError says why int() refused a value. It holds none of it.
type IntError struct{ Message string }

// Error returns the message.
func (e *IntError) Error() string { return e.Message }

// Int is int(): of a bool, an int, a float (cut off towards zero), or a str that holds an int, with white space around it,
// a sign, single underscores between its digits, and any script's decimal digits. All else is an [*IntError].
func Int(value any) (Digits, error) {
	switch v := value.(type) {
	case bool:
		return map[bool]Digits{false: "0", true: "1"}[v], nil
	case Digits:
		return v, nil
	case float64:
		return truncate(v)
	case string:
		return parseInt(v)
	}
	return "", &IntError{"int() argument must be a string or a real number, not " + TypeName(value)}
}

func truncate(f float64) (Digits, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "", &IntError{"cannot convert float " + map[bool]string{true: "NaN", false: "infinity"}[math.IsNaN(f)] + " to integer"}
	}
	whole, _ := big.NewFloat(f).Int(nil)
	return Digits(whole.String()), nil
}

func parseInt(text string) (Digits, error) {
	refusal := &IntError{"invalid literal for int() with base 10"}
	text = strings.TrimFunc(text, isIntSpace)
	digits := strings.TrimLeft(text, "+-")
	sign := text[:len(text)-len(digits)]
	if len(sign) > 1 || digits == "" {
		return "", refusal
	}
	var out strings.Builder
	afterDigit := false
	for _, r := range runes(digits) {
		value, isDecimal := decimal(r)
		switch {
		case isDecimal:
			out.WriteByte('0' + value)
		case r != '_' || !afterDigit:
			return "", refusal
		}
		afterDigit = isDecimal
	}
	if !afterDigit {
		return "", refusal
	}
	if out.Len() > maxIntDigits {
		return "", &IntError{"Exceeds the limit (4300 digits) for integer string conversion"}
	}
	plain := strings.TrimLeft(out.String(), "0")
	switch {
	case plain == "":
		return "0", nil
	case sign == "-":
		return Digits("-" + plain), nil
	}
	return Digits(plain), nil
}

// isIntSpace reports whether int() drops a character around a number: other than str.strip(), it keeps U+001C to U+001F.
func isIntSpace(r rune) bool { return IsSpace(r) && !(0x1c <= r && r <= 0x1f) }

// ParseNumber reads what str() writes for an int or a float, such as 5, 5.0, 1e+16, inf or nan. What is neither is NaN.
func ParseNumber(text string) any {
	if digits, err := parseInt(text); err == nil {
		return digits
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nan
	}
	return f
}
