// Package organisation holds an AWS Organization that accounts of local AWS belong to: who is in which unit, and which service control
// policies (what principals of an account may do at most) and resource control policies (what may be done to an account's resources at
// most) bind whom. It is optional: without one, accounts stand alone.
//
// [Parse] reads one from JSON, and [Organisation.Of] tells what an account has of it. There is no Organizations API here: the file takes its
// place.
//
// Source: the Organizations User Guide, "Service control policies", "SCP evaluation" and "Resource control policies".
package organisation

import (
	"strings"

	"aircon/policy"
)

// Organisation is an AWS Organization. The nil one has no accounts.
type Organisation struct {
	id      string
	members map[string]*Member
}

// Member is what an account has of its organisation. Policies are parsed once and shared: never change one.
type Member struct {
	ID    string   // aws:PrincipalOrgID: o-…
	Paths []string // aws:PrincipalOrgPaths, a single one: o-…/r-…/ou-…/

	// The policies that bind the account's principals and its resources, a list for each level from the root down. They are empty for the
	// management account, which neither kind binds.
	ServiceControl  [][]policy.Policy
	ResourceControl [][]policy.Policy
}

// Of returns what an account has of the organisation; nil for an account that is not in it.
func (o *Organisation) Of(account string) *Member {
	if o == nil {
		return nil
	}
	return o.members[account]
}

// controlled are the services here whose resources resource control policies bind
// (Organizations User Guide, "Resource control policies", List of AWS services that support RCPs).
var controlled = []string{"secretsmanager:", "kms:", "sts:"}

// Controls reports whether resource control policies bind an action's resources. They do not keep anybody from retiring a grant (KMS Developer Guide,
// "Resource control policies in AWS KMS").
func Controls(action string) bool {
	if action == "kms:RetireGrant" {
		return false
	}
	for _, service := range controlled {
		if strings.HasPrefix(action, service) {
			return true
		}
	}
	return false
}

// New returns an organisation of these members, by the numbers of their accounts.
func New(id string, members map[string]*Member) *Organisation { return &Organisation{id, members} }
