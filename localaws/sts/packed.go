package sts

import (
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"strings"

	"aircon/localaws/op"
	"aircon/policy"
)

// PolicyARN names a managed policy.
type PolicyARN struct {
	ARN *string `json:"arn"`
}

// maxPolicyARNs of managed policies bound a session (API reference, AssumeRole).
const maxPolicyARNs = 10

// bound gives a session the policies that it was asked to have. Managed ones are AWS's, or those of the account.
func (s service) bound(c *op.Call, inline *string, arns []PolicyARN, account string, session *op.Session) error {
	if len(arns) > maxPolicyARNs {
		return invalid(fmt.Sprintf("1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to %d", maxPolicyARNs))
	}
	if inline != nil {
		document, err := policy.Parse([]byte(*inline))
		if err == nil {
			err = document.Check(policy.Session)
		}
		var fault *policy.Error
		if errors.As(err, &fault) {
			return &op.Error{Code: "MalformedPolicyDocument", Message: fault.Message}
		}
		session.Policy = document
	}
	for _, p := range arns {
		if p.ARN == nil {
			continue
		}
		managed, err := s.directory.ManagedPolicy(c.Tx, *p.ARN)
		if err != nil {
			return err
		}
		if arn, _ := policy.ParseARN(*p.ARN); managed == nil || arn.Account != "aws" && arn.Account != account {
			return invalid(*p.ARN + " is invalid")
		}
		session.PolicyARNs = append(session.PolicyARNs, *p.ARN)
	}
	return nil
}

// maxPacked is the room for a session's policies and tags, in bytes.
const maxPacked = 2048

// pack returns how much of the room a session's policies and tags take, in percent, and nil where it has none. AWS compresses them into a
// binary form that is its own, and so does this into one of the same order. The errors are those that aws-actions/configure-aws-credentials
// and hashicorp/vault users quote.
func pack(session *op.Session) (*int, error) {
	var text strings.Builder
	if session.Policy != nil {
		text.WriteString(session.Policy.Text())
	}
	for _, arn := range session.PolicyARNs {
		text.WriteString(arn)
	}
	policies := text.Len() > 0
	for _, tag := range session.Tags {
		text.WriteString(tag.Key + tag.Value)
	}
	if text.Len() == 0 {
		return nil, nil
	}
	percent := max(1, packedSize(text.String())*100/maxPacked)
	if percent <= 100 {
		return &percent, nil
	}
	message := "Packed size of session tags consumes %d%% of allotted space."
	if policies {
		message = "Packed policy consumes %d%% of allotted space, please use smaller policy."
	}
	return nil, &op.Error{Code: "PackedPolicyTooLarge", Message: fmt.Sprintf(message, percent)}
}

type counter int

func (n *counter) Write(p []byte) (int, error) {
	*n += counter(len(p))
	return len(p), nil
}

func packedSize(text string) int {
	var n counter
	w, err := flate.NewWriter(&n, flate.BestCompression)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err) // the level is a good one, and a counter takes everything
	}
	return int(n)
}
