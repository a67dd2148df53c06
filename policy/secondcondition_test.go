package policy

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// values are those of a condition key in the second evaluation.
type values struct {
	list  []string
	multi bool
}

// keysOf follows the IAM User Guide, "AWS global condition context keys" and the table of principals in "Variables and tags".
func keysOf(r *Request, p *Principal) map[string]values {
	keys := map[string]values{}
	for _, k := range r.Context {
		v := values{[]string{k.Value}, false}
		if k.Multiple {
			v = values{k.List, true}
		}
		keys[strings.ToLower(k.Name)] = v
	}
	set := func(name, value string) {
		if value != "" {
			keys[name] = values{[]string{value}, false}
		}
	}
	set("aws:principalisawsservice", strconv.FormatBool(p.Kind == Service))
	set("aws:resourceaccount", p.Account)
	set("aws:resourceaccount", r.Owner)
	set("aws:userid", p.UserID)
	if p.Kind == Service {
		set("aws:principalservicename", p.ARN)
		set("aws:principalservicenameslist", p.ARN)
		return keys
	}
	set("aws:principaltype", map[PrincipalKind]string{
		Anonymous: "Anonymous", AccountRoot: "Account", User: "User", RoleSession: "AssumedRole", FederatedUser: "FederatedUser",
	}[p.Kind])
	set("aws:principalaccount", p.Account)
	set("aws:username", p.Name)
	set("aws:principalarn", p.ARN)
	if p.Kind == RoleSession {
		set("aws:principalarn", p.Issuer)
	}
	for _, t := range p.Tags {
		keys["aws:principaltag/"+strings.ToLower(t.Key)] = values{[]string{t.Value}, false}
	}
	return keys
}

var variablePattern = regexp.MustCompile(`\$\{([^},]*)(, *'([^']*)')?\}`)

// substitute returns a pattern with its variables' values in place, each byte of them marked as itself; it reports false where one has none.
func (w *secondWorld) substitute(text string) (string, bool) {
	resolved := true
	text = variablePattern.ReplaceAllStringFunc(text, func(v string) string {
		part := variablePattern.FindStringSubmatch(v)
		value, known := part[3], part[2] != ""
		if found, ok := w.keys[strings.ToLower(part[1])]; ok && !found.multi {
			value, known = found.list[0], true
		}
		if slices.Contains([]string{"*", "?", "$"}, part[1]) {
			value, known = part[1], true
		}
		resolved = resolved && known
		return strings.Map(func(r rune) rune { return r + asItself }, value)
	})
	return text, resolved
}

// asItself marks a character of a pattern that comes from a variable. It lifts it out of Unicode's assigned planes.
const asItself = 0xF0000

// like matches a pattern that may have variables, which a Resource has behind the fifth colon only.
func (w *secondWorld) like(m mode, pattern, text string, variables bool) (matched, resolved bool) {
	resolved = true
	if variables {
		fixed, open := "", pattern
		if m == resource {
			parts := strings.SplitAfterN(pattern, ":", 6)
			open = parts[len(parts)-1]
			fixed = strings.TrimSuffix(pattern, open)
			if len(parts) < 6 {
				fixed, open = pattern, ""
			}
		}
		if open, resolved = w.substitute(open); !resolved {
			return false, false
		}
		pattern = fixed + open
	}
	if m == literal {
		return unmarked(pattern) == text, true
	}
	return naive(m, pattern, text), true
}

func unmarked(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= asItself {
			return r - asItself
		}
		return r
	}, text)
}

// met evaluates one test of a condition, by the IAM User Guide's "Condition operators" and "Single-valued vs. multivalued context keys".
func (w *secondWorld) met(operator, key string, wanted []any, variables bool) bool {
	found, present := w.keys[strings.ToLower(key)]
	qualifier, operator, qualified := strings.Cut(operator, ":")
	if !qualified {
		qualifier, operator = "", qualifier
	}
	if operator == "Null" {
		return slices.ContainsFunc(wanted, func(v any) bool { return fmt.Sprint(v) == fmt.Sprint(len(found.list) == 0) })
	}
	operator, optional := strings.CutSuffix(operator, "IfExists")
	if !present && optional {
		return true
	}
	negated := strings.Contains(operator, "Not")
	operator = strings.Replace(operator, "Not", "", 1)
	if nothing := len(found.list) == 0 || len(found.list) == 1 && found.list[0] == ""; qualifier != "" && nothing {
		return qualifier == "ForAllValues"
	}
	holds := func(v string) bool {
		resolvable := true
		for _, x := range wanted {
			matched, resolved := w.compared(operator, v, fmt.Sprint(x), variables)
			if matched {
				return !negated
			}
			resolvable = resolvable && resolved
		}
		return negated && resolvable
	}
	if qualifier == "ForAllValues" || qualifier == "" && negated {
		return !slices.ContainsFunc(found.list, func(v string) bool { return !holds(v) })
	}
	return slices.ContainsFunc(found.list, holds)
}

// compared compares a value of the request with one of the policy. The operator has lost its Not. Only strings and ARNs have variables.
func (w *secondWorld) compared(operator, v, x string, variables bool) (matched, resolved bool) {
	switch operator {
	case "StringEquals":
		return w.like(literal, x, v, variables)
	case "StringEqualsIgnoreCase":
		resolved = true
		if variables {
			x, resolved = w.substitute(x)
		}
		return resolved && strings.EqualFold(unmarked(x), v), resolved
	case "StringLike":
		return w.like(anywhere, x, v, variables)
	case "ArnEquals", "ArnLike":
		return w.like(arn, x, v, variables)
	case "Bool":
		return strings.EqualFold(v, x) && slices.Contains([]string{"true", "false"}, strings.ToLower(x)), true
	case "BinaryEquals":
		a, errA := base64.StdEncoding.DecodeString(v)
		b, errB := base64.StdEncoding.DecodeString(x)
		return errA == nil && errB == nil && bytes.Equal(a, b), true
	case "IpAddress":
		return within(v, x), true
	}
	var order int
	if relation, ok := strings.CutPrefix(operator, "Numeric"); ok {
		a, okA := new(big.Rat).SetString(v)
		b, okB := new(big.Rat).SetString(x)
		if !okA || !okB {
			return false, true
		}
		order, operator = a.Cmp(b), relation
	} else {
		a, okA := instant(v)
		b, okB := instant(x)
		if !okA || !okB {
			return false, true
		}
		order, operator = a.Compare(b), strings.TrimPrefix(operator, "Date")
	}
	relations := map[string][]int{"Equals": {0}, "LessThan": {-1}, "LessThanEquals": {-1, 0}, "GreaterThan": {1}, "GreaterThanEquals": {0, 1}}
	return slices.Contains(relations[operator], order), true
}

// within reports whether an address lies in a range, or is the address that has no prefix length.
func within(address, block string) bool {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	base, length, ranged := strings.Cut(block, "/")
	b, err := netip.ParseAddr(base)
	if err != nil {
		return false
	}
	bits := len(b.AsSlice()) * 8
	if ranged {
		if bits, err = strconv.Atoi(length); err != nil {
			return false
		}
	}
	x, y := new(big.Int).SetBytes(a.Unmap().AsSlice()), new(big.Int).SetBytes(b.AsSlice())
	rest := uint(len(b.AsSlice())*8 - bits)
	return a.Unmap().Is4() == b.Is4() && x.Rsh(x, rest).Cmp(y.Rsh(y, rest)) == 0
}

// instant reads a date in either form that policies have.
func instant(text string) (time.Time, bool) {
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Unix(int64(seconds), 0), true
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
