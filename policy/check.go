package policy

import (
	"fmt"
	"strings"
)

// The messages of this file are those of IAM's MalformedPolicyDocument.

// actionFault returns AWS's message for an action that it refuses, or "".
func actionFault(action string) string {
	service, name, ok := strings.Cut(action, ":")
	switch {
	case action == "*":
		return ""
	case !ok:
		return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
	case strings.Contains(name, ":"):
		return "Actions/Condition can contain only one colon."
	case service == "*":
		return ""
	case service == "" || strings.Trim(service, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") != "":
		return "Vendor " + service + " is not valid"
	}
	return ""
}

var partitions = []string{"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc", "*"}

// resourceFault returns AWS's message for a resource that it refuses, or "".
func resourceFault(arn string) string {
	if arn == "*" {
		return ""
	}
	f := strings.SplitN(arn, ":", 6)
	if f[0] != "arn" || len(f) < 2 {
		return fmt.Sprintf(`Resource %s must be in ARN format or "*".`, arn)
	}
	known := strings.HasPrefix(f[1], "$") || strings.ContainsAny(f[1], "*?")
	for _, p := range partitions {
		known = known || f[1] == p
	}
	if !known {
		rest := append(f[2:], "*", "*", "*", "*")[:4]
		return fmt.Sprintf(`Partition "%s" is not valid for resource "arn:%s:%s".`, f[1], f[1], strings.Join(rest, ":"))
	}
	if len(f) < 3 || f[2] == "" {
		if len(f) == 2 && strings.HasSuffix(f[1], "*") {
			return ""
		}
		return "Resource vendor must be fully qualified and cannot contain regexes."
	}
	if len(f) < 6 && !strings.HasSuffix(arn, "*") {
		return "The policy failed legacy parsing"
	}
	return ""
}

// Check says whether the document may serve as a policy of that kind. Its error is an *Error. Identity, Boundary, Session,
// Organisation: no principal, and resources in each statement. Resource, ResourceControl, Endpoint: a principal in each statement.
// Trust: a principal, no resource, and only actions of STS.
func (d *Document) Check(k Kind) error {
	if (k == Identity || k == Boundary || k == Session) && d.version != version2012 {
		return newError(d.text, 0, "Policy document must be version 2012-10-17 or greater.", "")
	}
	for i := range d.statements {
		s := &d.statements[i]
		if message := s.check(k); message != "" {
			return &Error{Line: s.Line, Column: s.Column, Message: message}
		}
	}
	return nil
}

func (s *Statement) check(k Kind) string {
	switch k {
	case Trust:
		return s.checkTrust()
	case Resource, ResourceControl, Endpoint:
		if !s.hasPrincipal {
			return "Missing required field Principal"
		}
	default:
		if s.hasPrincipal {
			return "Policy document should not specify a principal."
		}
	}
	if len(s.resource) == 0 {
		return "Policy statement must contain resources."
	}
	return ""
}

func (s *Statement) checkTrust() string {
	switch {
	case !s.hasPrincipal:
		return "Missing required field Principal"
	case len(s.resource) > 0:
		return "Has prohibited field Resource"
	}
	for _, list := range [][]Element{s.Actions, s.NotActions} {
		for _, e := range list {
			if !strings.HasPrefix(strings.ToLower(e.Text), "sts:") {
				return "AssumeRole policy may only specify STS AssumeRole actions."
			}
		}
	}
	return ""
}
