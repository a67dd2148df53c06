package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"aircon/policy"
)

// policyFiles are policies that the user gives in files, by the part that they have in a decision.
type policyFiles struct{ lists [len(policyFlags)][]string }

// policyFlags are the flags that name them, in the order of evaluation.
var policyFlags = [...]struct {
	name, what string
	kind       policy.Kind
	only       bool // whether there can be but one
	put        func(*policy.Request, []policy.Policy)
}{
	{
		"scp", "the service control policies of a level of the organisation, with commas between; once for each level, from the root down", policy.Organisation, false,
		func(r *policy.Request, p []policy.Policy) { r.Organisation = append(r.Organisation, p) },
	},
	{
		"rcp", "the resource control policies of a level, likewise", policy.ResourceControl, false,
		func(r *policy.Request, p []policy.Policy) { r.ResourceControl = append(r.ResourceControl, p) },
	},
	{
		"endpoint-policy", "the policy of the VPC endpoint that the call goes through", policy.Endpoint, true,
		func(r *policy.Request, p []policy.Policy) { r.Endpoint = &p[0] },
	},
	{
		"resource-policy", "the policy of the resource itself", policy.Resource, true,
		func(r *policy.Request, p []policy.Policy) { r.ResourcePolicy = &p[0] },
	},
	{
		"identity", "a policy of the principal; may be given again", policy.Identity, false,
		func(r *policy.Request, p []policy.Policy) { r.Identity = append(r.Identity, p...) },
	},
	{
		"boundary", "the principal's permissions boundary", policy.Boundary, true,
		func(r *policy.Request, p []policy.Policy) { r.Boundary = &p[0] },
	},
	{
		"session", "a policy that the session was made with; may be given again", policy.Session, false,
		func(r *policy.Request, p []policy.Policy) { r.Session = append(r.Session, p...) },
	},
}

func (f *policyFiles) flag(c *cobra.Command) {
	for i, flag := range policyFlags {
		c.Flags().StringArrayVar(&f.lists[i], flag.name, nil, "FILE with "+flag.what)
	}
}

// given reports whether there are any.
func (f *policyFiles) given() bool {
	return slices.ContainsFunc(f.lists[:], func(list []string) bool { return len(list) > 0 })
}

// missing names the kinds of which none was given: the answer takes them as not there.
func (f *policyFiles) missing() []string {
	var none []string
	for i, flag := range policyFlags {
		if len(f.lists[i]) == 0 {
			none = append(none, "--"+flag.name)
		}
	}
	if none == nil {
		return nil
	}
	return []string{"what no file was given for is taken as not there: " + strings.Join(none, ", ")}
}

// read adds them to a request.
func (f *policyFiles) read(r *policy.Request) error {
	for i, flag := range policyFlags {
		for _, names := range f.lists[i] {
			kind := flag.kind
			if kind == policy.Resource && r.TrustPolicy {
				kind = policy.Trust
			}
			level, err := readPolicies(strings.Split(names, ","), kind)
			if err != nil {
				return err
			}
			if flag.only && (len(level) > 1 || len(f.lists[i]) > 1) {
				return usageError{fmt.Errorf("--%s: there can be only one", flag.name)}
			}
			flag.put(r, level)
		}
	}
	return nil
}

// readPolicies reads files as policies of a kind, each named by its file.
func readPolicies(names []string, kind policy.Kind) ([]policy.Policy, error) {
	var all []policy.Policy
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, usageError{err}
		}
		document, err := policy.Parse(text)
		if err == nil {
			err = document.Check(kind)
		}
		var fault *policy.Error
		if errors.As(err, &fault) {
			return nil, badInput{fmt.Errorf("%s:%w: it is no %s", name, err, kind)}
		}
		all = append(all, policy.Policy{Name: name, Document: document})
	}
	return all, nil
}
