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

var variablePattern = regexp.MustCompile(`\$\{([^}]*)\}`)

// substitute returns a pattern with its variables' values in place, each character of them marked as itself; it reports false where one has
// none.
func (w *secondWorld) substitute(text string) (string, bool) {
	resolved := true
	text = variablePattern.ReplaceAllStringFunc(text, func(v string) string {
		name, fallback, known := strings.Cut(v[len("${"):len(v)-1], ",")
		value := strings.Trim(strings.TrimSpace(fallback), "'")
		if found, ok := w.keys[strings.ToLower(strings.TrimSpace(name))]; ok && !found.multi {
			value, known = found.list[0], true
		}
		if slices.Contains([]string{"*", "?", "$"}, name) {
			value, known = name, true
		}
		resolved = resolved && known
		var b strings.Builder
		for _, r := range value {
			b.WriteString(itself + string(r))
		}
		return b.String()
	})
	return text, resolved
}

// itself marks the character behind it: it comes from a variable and stands for itself. It is no character of any text (Unicode, "Noncharacters").
const itself = "\uFDD0"

// like matches a pattern that may have variables, which a Resource has behind the fifth colon only.
func (w *secondWorld) like(m mode, pattern, text string, variables bool) (matched, resolved bool) {
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

func unmarked(text string) string { return strings.ReplaceAll(text, itself, "") }

// met evaluates one test of a condition, by the IAM User Guide's "Condition operators" and "Single-valued vs. multivalued context keys".
func (w *secondWorld) met(operator, key string, wanted []any, variables bool) bool {
	found, present := w.keys[strings.ToLower(key)]
	qualifier, operator, qualified := strings.Cut(operator, ":")
	if !qualified {
		qualifier, operator = "", qualifier
	}
	if operator == "Null" {
		return slices.ContainsFunc(wanted, func(v any) bool { return strings.EqualFold(fmt.Sprint(v), fmt.Sprint(len(found.list) == 0)) })
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
		if !numberPattern.MatchString(v) || !numberPattern.MatchString(x) {
			return false, true
		}
		a, _ := new(big.Rat).SetString(v)
		b, _ := new(big.Rat).SetString(x)
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

var numberPattern = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

// within reports whether an address lies in a range, or is the address that has no prefix length.
func within(address, block string) bool {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	base, length, ranged := strings.Cut(block, "/")
	b, err := netip.ParseAddr(base)
	if err != nil || b.Zone() != "" {
		return false
	}
	if !ranged {
		b = b.Unmap()
	}
	bits := len(b.AsSlice()) * 8
	if ranged {
		n, err := strconv.Atoi(length)
		if err != nil || n < 0 || n > bits || strconv.Itoa(n) != length {
			return false
		}
		bits = n
	}
	x, y := new(big.Int).SetBytes(a.Unmap().AsSlice()), new(big.Int).SetBytes(b.AsSlice())
	rest := uint(len(b.AsSlice())*8 - bits)
	return a.Unmap().Is4() == b.Is4() && x.Rsh(x, rest).Cmp(y.Rsh(y, rest)) == 0
}

// instant reads a date in either form that policies have.
func instant(text string) (time.Time, bool) {
	if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 {
		return time.Unix(int64(seconds), 0), true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", time.DateOnly, "2006-01"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
