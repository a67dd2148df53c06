package secretsmanager

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"aircon/localaws/op"
	"aircon/policy"
)

type putPolicyInput struct {
	ref
	ResourcePolicy    string
	BlockPublicPolicy *bool
}

func (in *putPolicyInput) keys(keys policy.Context) policy.Context {
	return truth(keys, "secretsmanager:BlockPublicPolicy", in.BlockPublicPolicy)
}

// putResourcePolicy refuses a policy that opens the secret to everybody where BlockPublicPolicy is set. The words of that, and of faults in a policy, are those of
// the user guide, "Managing a resource-based policy for a secret".
func (sv *service) putResourcePolicy(c *op.Call, in *putPolicyInput) (*secretOutput, error) {
	s, err := in.writable()
	if err != nil {
		return nil, err
	}
	d, err := readPolicy(in.ResourcePolicy)
	if err == nil {
		err = sv.supported(c, d)
	}
	if err != nil {
		return nil, err
	}
	if in.BlockPublicPolicy != nil && *in.BlockPublicPolicy && public(d) {
		return nil, failure("PublicPolicyException",
			"You can't attach a resource-based policy that allows broad access to the secret.")
	}
	return sv.setPolicy(c, s, document{Document: d})
}

func (sv *service) setPolicy(c *op.Call, s *secret, d document) (*secretOutput, error) {
	_, err := sv.change(c, s, func(s *secret) error {
		s.Policy = d
		return nil
	})
	return &secretOutput{ARN: s.ARN, Name: s.Name}, err
}

// deleteResourcePolicy removes the policy; a secret without one is no error.
func (sv *service) deleteResourcePolicy(c *op.Call, in *secretInput) (*secretOutput, error) {
	s, err := in.writable()
	if err != nil {
		return nil, err
	}
	return sv.setPolicy(c, s, document{})
}

type policyOutput struct {
	ARN            string
	Name           string
	ResourcePolicy string `json:",omitempty"`
}

func (sv *service) getResourcePolicy(_ *op.Call, in *secretInput) (*policyOutput, error) {
	s, err := in.usable()
	if err != nil {
		return nil, err
	}
	out := &policyOutput{ARN: s.ARN, Name: s.Name}
	if s.Policy.Document != nil {
		out.ResourcePolicy = s.Policy.Text()
	}
	return out, nil
}

type listPoliciesInput struct {
	ref
	MaxResults *int
	NextToken  string
}

func (*listPoliciesInput) check() error { return nil }

func (*listPoliciesInput) keys(keys policy.Context) policy.Context { return keys }

type policySummary struct{ PolicyName string }

type listPoliciesOutput struct {
	ResourcePolicies []policySummary
	NextToken        string `json:",omitempty"`
}

// listResourcePolicies names the policies of a secret: default is the one that PutResourcePolicy sets. Others are Secrets Manager's own, of replicas in
// other accounts, which are not here.
func (sv *service) listResourcePolicies(_ *op.Call, in *listPoliciesInput) (*listPoliciesOutput, error) {
	s, err := in.usable()
	if err != nil {
		return nil, err
	}
	if _, err := readToken(in.NextToken); err != nil {
		return nil, err
	}
	out := &listPoliciesOutput{ResourcePolicies: []policySummary{}}
	if s.Policy.Document != nil && in.NextToken == "" {
		out.ResourcePolicies = append(out.ResourcePolicies, policySummary{"default"})
	}
	return out, nil
}

type validateInput struct {
	SecretId       string
	ResourcePolicy string
}

type validationError struct{ CheckName, ErrorMessage string }

type validateOutput struct {
	PolicyValidationPassed bool
	ValidationErrors       []validationError
}

// validateNeeds: secretsmanager:ValidateResourcePolicy, on the secret if one is named.
func validateNeeds(c *op.Call, in *validateInput) ([]op.Need, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if in.SecretId == "" {
		return general("ValidateResourcePolicy"), nil
	}
	return named[secretInput]("ValidateResourcePolicy")(c, &secretInput{ref{SecretId: in.SecretId}})
}

// validateResourcePolicy makes AWS's three checks: of syntax, whether PutResourcePolicy with BlockPublicPolicy would take the policy, and whether the caller could still
// change it. The names of the checks are not confirmed.
func (sv *service) validateResourcePolicy(c *op.Call, in *validateInput) (*validateOutput, error) {
	var s *secret
	if in.SecretId != "" {
		var err error
		if s, err = find(c, in.SecretId); err != nil || s == nil {
			return nil, cmpError(err, notFound())
		}
	}
	out := &validateOutput{ValidationErrors: []validationError{}}
	d, err := readPolicy(in.ResourcePolicy)
	if err == nil {
		err = sv.supported(c, d)
	}
	var refused *op.Error
	switch {
	case errors.As(err, &refused):
		out.ValidationErrors = append(out.ValidationErrors, validationError{"SYNTAX_CHECK", refused.Message})
	case err != nil:
		return nil, err
	default:
		if public(d) {
			out.ValidationErrors = append(out.ValidationErrors, validationError{"PUBLIC_POLICY_CHECK", "This resource policy grants broad access to your secret."})
		}
		locked, err := locksOut(c, s, d)
		if err != nil {
			return nil, err
		}
		if locked {
			out.ValidationErrors = append(out.ValidationErrors, validationError{"LOCKOUT_CHECK", lockedOut.Message})
		}
	}
	out.PolicyValidationPassed = len(out.ValidationErrors) == 0
	return out, nil
}

// lockedOut is so worded in the user guide of 2021, "Managing a resource-based policy for a secret".
var lockedOut = &op.Error{Code: "InvalidParameterException", Message: "Your requested changes will not allow you to manage this secret in the future."}

// locksOut reports whether the caller may change the secret's policy, and could not any more with this one. No secret stands for one whose ARN only
// wildcards fit.
func locksOut(c *op.Call, s *secret, d *policy.Document) (bool, error) {
	r := &ref{SecretId: "*", found: s}
	if s != nil {
		r.SecretId = s.ARN
	}
	n := need(c, serviceName+":PutResourcePolicy", r)
	n.Denied = lockedOut
	for _, n.Policy = range []*policy.Document{n.Policy, d} {
		switch err := c.Authorize(n); {
		case errors.Is(err, lockedOut):
			return n.Policy == d, nil
		case err != nil:
			return false, err
		}
	}
	return false, nil
}

// cmpError returns err, or other where err is nil.
func cmpError(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// readPolicy parses a resource policy.
func readPolicy(text string) (*policy.Document, error) {
	if !json.Valid([]byte(text)) {
		return nil, failure("MalformedPolicyDocumentException", "This resource policy contains invalid Json.")
	}
	d, err := policy.Parse([]byte(text))
	if err == nil {
		err = d.Check(policy.Resource)
	}
	var fault *policy.Error
	if errors.As(err, &fault) {
		return nil, failure("MalformedPolicyDocumentException", "This resource policy contains a syntax error.")
	}
	return d, err
}

// supported refuses a policy that names a user or role which does not exist (user guide, "Managing a resource-based policy for a secret"; terraform-provider-aws
// waits for new ones because of it).
func (sv *service) supported(c *op.Call, d *policy.Document) error {
	for _, s := range d.Statements() {
		for _, p := range s.Principals {
			known, err := sv.principals.PrincipalExists(c, p)
			if err != nil {
				return err
			}
			if !known {
				return failure("MalformedPolicyDocumentException", "This resource policy contains an unsupported principal.")
			}
		}
	}
	return nil
}

// public reports whether a policy opens its resource to everybody: an Allow for every principal, or for all but some, that no condition holds to fixed
// values.
func public(d *policy.Document) bool {
	return slices.ContainsFunc(d.Statements(), func(s policy.Statement) bool {
		return !s.Deny && !slices.ContainsFunc(s.Conditions, narrows) &&
			slices.ContainsFunc(s.Principals, func(p policy.PrincipalElement) bool { return p.Not || p.Text == "*" })
	})
}

// narrowing are the condition keys that hold a policy to those whom they name: the guide's four, and those that name principals.
var narrowing = []string{
	"aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceaccount", "aws:sourceip", "aws:principalorgid", "aws:principalarn", "aws:principalaccount", "aws:userid",
}

// narrows reports whether a condition asks for fixed values of such a key: a test for equality, without wildcards and variables.
func narrows(c policy.Condition) bool {
	operator := strings.ToLower(c.Operator.Text)
	equal := slices.Contains([]string{"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"}, operator)
	return equal && slices.Contains(narrowing, strings.ToLower(c.Key.Text)) &&
		!slices.ContainsFunc(c.Values, func(v policy.Element) bool {
			return strings.ContainsAny(v.Text, "*?$") || strings.HasSuffix(v.Text, "/0")
		})
}
