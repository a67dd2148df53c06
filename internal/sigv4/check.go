package sigv4

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// check refuses what can be refused without a key, in AWS's order: headers, time, scope.
func (c *claim) check(r *http.Request, e Endpoint) *Error {
	if err := c.checkHeaders(r, e.Style); err != nil {
		return err
	}
	if err := c.checkTime(e); err != nil {
		return err
	}
	return c.checkScope(e)
}

// checkHeaders asks that each signed header was sent, and that host and every X-Amz- header sent was signed.
func (c *claim) checkHeaders(r *http.Request, s Style) *Error {
	if !c.signs("host") && !c.signs(":authority") {
		return s.fail(incomplete, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	n := 0
	for name := range strings.SplitSeq(c.signed, ";") {
		values := headerValues(r, name)
		if n < len(c.values) {
			c.values[n] = values
		}
		n++
		if values == nil && !taken(r, name) {
			return s.fail(incomplete, "'"+name+"' is named as a SignedHeader, but it does not exist in the HTTP request.")
		}
	}
	for name := range r.Header {
		if len(name) > 6 && name[:6] == "X-Amz-" && !c.signs(name) {
			return s.fail(incomplete, "'"+name+"' must be a 'SignedHeader' in the AWS Authorization.")
		}
	}
	if _, has := first(r.Header, "X-Amz-Date"); !has && !c.presigned && !c.signs("date") {
		return s.fail(incomplete, "'Date' must be a 'SignedHeader' in the AWS Authorization.")
	}
	return nil
}

// signs reports whether the signature covers the header of this name, in any case.
func (c *claim) signs(name string) bool {
	rest := c.signed
	for rest != "" {
		var one string
		one, rest, _ = strings.Cut(rest, ";")
		if strings.EqualFold(one, name) {
			return true
		}
	}
	return false
}

// checkTime holds the request's date against the window. A presigned request lives as long as its X-Amz-Expires where
// that is longer; a shorter one is not looked at, as with STS, which takes such a request for its whole window.
func (c *claim) checkTime(e Endpoint) *Error {
	window := e.Window
	if window == 0 {
		window = WindowQuery
	}
	now := e.Now.UTC()
	if latest := now.Add(window); c.at.After(latest) {
		return e.Style.fail(mismatch, fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + %s.)",
			c.stamp, latest.Format(stamp), now.Format(stamp), minutes(window)))
	}
	if c.expires > window {
		if now.After(c.at.Add(c.expires)) {
			return e.Style.fail(expired, "Request has expired.")
		}
		return nil
	}
	if earliest := now.Add(-window); c.at.Before(earliest.Truncate(time.Second)) {
		return e.Style.fail(mismatch, fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %s.)",
			c.stamp, earliest.Format(stamp), now.Format(stamp), minutes(window)))
	}
	return nil
}

func minutes(d time.Duration) string { return fmt.Sprintf("%d min", d/time.Minute) }

func (c *claim) checkScope(e Endpoint) *Error {
	var wrong strings.Builder
	if e.Region != "" && c.region != e.Region || !isRegion(c.region) {
		wrong.WriteString("Credential should be scoped to a valid region. ")
	}
	if c.service != e.Service {
		wrong.WriteString("Credential should be scoped to correct service: '" + e.Service + "'. ")
	}
	if c.term != terminator {
		wrong.WriteString("Credential should be scoped with a valid terminator: 'aws4_request', not '" + c.term + "'. ")
	}
	if day := c.stamp[:8]; c.date != day {
		wrong.WriteString("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
			c.date + "' != '" + day + "', from '" + c.stamp + "'. ")
	}
	if wrong.Len() == 0 {
		return nil
	}
	return e.Style.fail(mismatch, wrong.String())
}

// maxRegion is longer than any region's name, in bytes.
const maxRegion = 64

// isRegion reports whether a text could be a region's name. Whoever takes any region keeps signing keys by it and names things after it, before the
// signature is looked at.
func isRegion(text string) bool {
	for _, b := range []byte(text) {
		if (b|0x20 < 'a' || b|0x20 > 'z') && (b < '0' || b > '9') && b != '-' && b != '_' {
			return false
		}
	}
	return text != "" && len(text) <= maxRegion
}
