package policy

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// decimal is a number kept as its digits, since a float would call numbers equal that are not.
type decimal struct {
	negative bool
	whole    string // without leading zeros
	fraction string // without trailing zeros
}

// parseDecimal reads an optional sign, digits, and an optional fraction.
func parseDecimal(text string) (decimal, bool) {
	var d decimal
	switch {
	case strings.HasPrefix(text, "-"):
		d.negative, text = true, text[1:]
	case strings.HasPrefix(text, "+"):
		text = text[1:]
	}
	whole, fraction, point := strings.Cut(text, ".")
	if !isDigits(whole) || point && !isDigits(fraction) {
		return d, false
	}
	d.whole, d.fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if d.whole == "" && d.fraction == "" {
		d.negative = false
	}
	return d, true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func (d decimal) compare(e decimal) int {
	if d.negative != e.negative {
		if d.negative {
			return -1
		}
		return 1
	}
	order := len(d.whole) - len(e.whole)
	if order == 0 {
		order = strings.Compare(d.whole, e.whole)
	}
	if order == 0 {
		order = strings.Compare(d.fraction, e.fraction)
	}
	if d.negative {
		return -order
	}
	return order
}

// dateLayouts are the W3C's profile of ISO 8601 (https://www.w3.org/TR/NOTE-datetime), the commonest first.
var dateLayouts = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02", "2006-01"}

// parseDate reads ISO 8601 or, where there is neither a T nor a hyphen, epoch seconds.
func parseDate(text string) (time.Time, bool) {
	if !strings.ContainsAny(text, "tT-") {
		n, err := strconv.ParseInt(text, 10, 64)
		return time.Unix(n, 0), err == nil && n >= 0
	}
	for _, layout := range dateLayouts {
		if len(text) < len("2006-01") || strings.Contains(layout, "T") != (len(text) > len("2006-01-02")) {
			continue
		}
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func parseBool(text string) (truth, ok bool) {
	truth = strings.EqualFold(text, "true")
	return truth, truth || strings.EqualFold(text, "false")
}

// parsePrefix reads a CIDR range, or an address as the range of itself.
func parsePrefix(text string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}
