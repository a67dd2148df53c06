package iam

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// managed is a managed policy. A stored one is never changed: change a clone and put that.
type managed struct {
	Account     string
	Name        string
	Path        string
	ID          string
	ARN         string
	Description *string `json:",omitempty"`
	Created     time.Time
	Updated     time.Time
	Tags        []policy.Tag `json:",omitempty"`
	Versions    []version    // in the order of their making
	Default     string       // id of the version that is in force
	Last        int          // number of the version made last; a number is never used again
}

type version struct {
	ID       string // v1
	Document string // of AWS's own policies "": managed.text reads it
	Created  time.Time
}

// policies holds customer managed policies by account and name in lower case.
var policies = store.Table[managed]{Name: "iam.policy"}

// Quotas (reference_iam-quotas).
const (
	maxPolicies      = 1500   // in an account
	maxVersions      = 5      // of a policy
	maxVersionsInUse = 10_000 // in an account
)

func policyKey(account, name string) string { return store.Key(account, strings.ToLower(name)) }

func (p *managed) clone() *managed {
	c := *p
	c.Versions, c.Tags = slices.Clone(p.Versions), slices.Clone(p.Tags)
	return &c
}

// version returns the version with an id, or nil.
func (p *managed) version(id string) *version {
	for i := range p.Versions {
		if p.Versions[i].ID == id {
			return &p.Versions[i]
		}
	}
	return nil
}

// text returns the document of a version.
func (p *managed) text(v *version) (string, error) {
	if p.Account == awsAccount {
		return awsText(p.ARN)
	}
	return v.Document, nil
}

// parsed returns the document that is in force.
func (p *managed) parsed() (*policy.Document, error) {
	if p.Account == awsAccount {
		return awsDocument(p.ARN)
	}
	return policy.Parse([]byte(p.version(p.Default).Document))
}

// nameOf returns the name in a managed policy's ARN.
func nameOf(arn string) (string, error) {
	parsed, ok := policy.ParseARN(arn)
	if !ok || parsed.Service != "iam" || !strings.HasPrefix(parsed.Resource, "policy/") {
		return "", invalid("Invalid ARN:  Could not be parsed!")
	}
	return parsed.Name(), nil
}

// managedPolicy finds a policy by its ARN, AWS's own included. It returns nil where there is none.
func managedPolicy(tx store.Tx, arn string) (*managed, error) {
	name, err := nameOf(arn)
	if err != nil {
		return nil, nil //nolint:nilerr // what cannot be an ARN is no policy's
	}
	if p, err := managedByAWS(arn); p != nil || err != nil {
		return p, err
	}
	p, err := policies.Get(tx, policyKey(strings.Split(arn, ":")[4], name))
	if err != nil || p == nil || p.ARN != arn {
		return nil, err
	}
	return p, nil
}

// policyName is the part of an input that names a managed policy.
type policyName struct{ PolicyArn *string }

func (n *policyName) arn() string { return *n.PolicyArn }

// policyNamed is an input that names a managed policy.
type policyNamed interface{ arn() string }

// onPolicy says what an operation on a managed policy needs: the action on its ARN.
func onPolicy[In any, P interface {
	*In
	policyNamed
}](action string) func(*op.Call, *In) ([]op.Need, error) {
	return func(c *op.Call, in *In) ([]op.Need, error) {
		arn := P(in).arn()
		if _, err := nameOf(arn); err != nil {
			return nil, err
		}
		need := op.Need{Action: "iam:" + action, Resource: arn, Sent: "policy " + arn}
		p, err := managedPolicy(c.Tx, arn)
		if p != nil {
			need.Context = resourceTags(p.Tags)
		}
		if own, ok := any(in).(contextual); ok {
			need.Context = append(own.context(), need.Context...)
		}
		return []op.Need{need}, err
	}
}

// policyOf returns the policy that an input names, or AWS's error that there is none.
func policyOf(c *op.Call, in policyNamed) (*managed, error) {
	p, err := managedPolicy(c.Tx, in.arn())
	if err == nil && (p == nil || p.Account != c.Account && p.Account != awsAccount) {
		err = noSuchEntity("Policy %s was not found.", in.arn())
	}
	return p, err
}

// changePolicy puts what edit makes of a policy. AWS's own cannot be changed.
func changePolicy(c *op.Call, in policyNamed, edit func(*managed) error) error {
	old, err := policyOf(c, in)
	if err != nil {
		return err
	}
	if old.Account == awsAccount {
		return &op.Error{Code: "AccessDenied", Message: "Policy " + old.ARN + " is managed by AWS and cannot be changed.", Status: 403}
	}
	p := old.clone()
	if err := edit(p); err != nil {
		return err
	}
	return policies.Put(c.Tx, policyKey(p.Account, p.Name), p)
}

// add makes a version of a document and returns it.
func (p *managed) add(c *op.Call, document string) (*version, error) {
	d, err := parse(document, policy.Identity)
	if err != nil {
		return nil, err
	}
	if d.Size() > policy.MaxManagedSize {
		return nil, limitExceeded("Cannot exceed quota for PolicySize: %d", policy.MaxManagedSize)
	}
	if len(p.Versions) == maxVersions {
		return nil, limitExceeded("A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", maxVersions)
	}
	p.Last++
	p.Versions = append(p.Versions, version{"v" + strconv.Itoa(p.Last), document, c.Now.UTC().Truncate(time.Second)})
	return &p.Versions[len(p.Versions)-1], nil
}
