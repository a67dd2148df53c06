package localaws

import (
	"errors"
	"slices"
	"testing"

	"aircon/internal/explain"
	"aircon/internal/policycases"
	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/localaws/organisation"
	"aircon/policy"
)

// caseDirectory knows the managed policies that the sessions of cases name.
type caseDirectory struct {
	directory
	managed map[string]policy.Policy
}

func (d *caseDirectory) ManagedPolicy(_ store.Tx, arn string) (*policy.Policy, error) {
	p, ok := d.managed[arn]
	if !ok {
		return nil, errors.New("there is no policy " + arn)
	}
	return &p, nil
}

// TestExplainAgreesWithTheAuthoriser puts every case of the authorisation tables to the authoriser of local AWS, and to what  aircon policy
// explain  prints: both allow it, or both deny it in the same words. The eight cases of a VPC endpoint are left out, as local AWS has none.
func TestExplainAgreesWithTheAuthoriser(t *testing.T) {
	cases, err := policycases.Read("../policy/testdata/cases")
	if err != nil {
		t.Fatal(err)
	}
	p := newProbe(t)
	asked := 0
	for _, c := range cases {
		if c.Request.Endpoint != nil {
			continue
		}
		asked++
		t.Run(c.File+"/"+c.Name, func(t *testing.T) {
			answer := explain.Of(c.Request, c.Sent)
			denial := ""
			if err := authorise(t, p, c); err != nil {
				var refused *op.Error
				if !errors.As(err, &refused) {
					t.Fatal(err)
				}
				denial = refused.Message
			}
			if answer.Allowed != (denial == "") || answer.Denial != denial {
				t.Errorf("%s\nlocal AWS %q\nexplain   %q", c.Place, denial, answer.Denial)
			}
		})
	}
	t.Logf("%d of %d cases", asked, len(cases))
	if asked < 630 {
		t.Errorf("only %d cases were asked", asked)
	}
}

// authorise decides a case as the frame decides an operation's need.
func authorise(t *testing.T, p *probe, c policycases.Case) error {
	r := c.Request
	d := &caseDirectory{managed: map[string]policy.Policy{}}
	session := &op.Session{}
	for _, s := range r.Session {
		session.PolicyARNs = append(session.PolicyARNs, s.Name)
		d.managed[s.Name] = s
	}
	p.options.Organisation, p.Server.directory = organisationOf(r), d
	q := &request{server: p.Server, service: p.byName["probe"]}
	q.authz.loaded, q.authz.grants = true, op.Grants{Identity: r.Identity, Boundary: r.Boundary}
	q.authz.context = slices.Grow(policy.Context{policy.One("aws:ViaAWSService", "false")}, contextRoom)
	if r.Principal != nil {
		q.call.Principal = *r.Principal
	}
	q.authz.member = p.options.Organisation.Of(q.call.Principal.Account)
	if err := q.bound(&q.call, session); err != nil {
		t.Fatal(err)
	}
	n := op.Need{Action: r.Action, Resource: r.Resource, Owner: r.Owner, Sent: c.Sent, Context: r.Context, PolicyDecides: r.ResourcePolicyRequired}
	if via, _ := r.Context.Get("aws:ViaAWSService"); via.Value == "true" { // the frame tells it by a key that only a service's own call has
		n.Context = append(slices.Clone(n.Context), policy.One("kms:ViaService", "probe.eu-west-1.amazonaws.com"))
	}
	if r.ResourcePolicy != nil {
		n.Policy = r.ResourcePolicy.Document
	}
	return q.authorize(&q.call, &n)
}

// organisationOf is one whose policies bind the case's principal and the resource's owner; nil where the case has none.
func organisationOf(r *policy.Request) *organisation.Organisation {
	if len(r.Organisation) == 0 && len(r.ResourceControl) == 0 {
		return nil
	}
	members := map[string]*organisation.Member{}
	member := func(account string) *organisation.Member {
		if members[account] == nil {
			members[account] = &organisation.Member{ID: "o-example"}
		}
		return members[account]
	}
	account := ""
	if r.Principal != nil {
		account = r.Principal.Account
	}
	member(account).ServiceControl = r.Organisation
	owner := r.Owner
	if owner == "" {
		owner = account
	}
	member(owner).ResourceControl = r.ResourceControl
	return organisation.New("o-example", members)
}
