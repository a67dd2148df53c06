package iam

import (
	"errors"
	"net/url"
	"strings"

	"aircon/policy"
)

// parse reads a policy document for a use, and refuses it as AWS does.
func parse(text string, kind policy.Kind) (*policy.Document, error) {
	d, err := policy.Parse([]byte(text))
	if err == nil {
		err = d.Check(kind)
	}
	var fault *policy.Error
	if errors.As(err, &fault) {
		return nil, malformedPolicy(fault.Message)
	}
	return d, err
}

// encoded is a document as answers carry it: percent-encoded after RFC 3986.
func encoded(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}
