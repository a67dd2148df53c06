package organisation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"aircon/policy"
)

// file is the JSON form of an organisation. Its members have the names of the Organizations API.
type file struct {
	ID         string                    `json:"Id"`                        // o-…
	Management string                    `json:"MasterAccountId,omitempty"` // the account that no policy binds; "" where it is none of those here
	Policies   map[string]policyDocument // by id, p-…
	Root       unit
}

type policyDocument struct {
	Type    string // SERVICE_CONTROL_POLICY or RESOURCE_CONTROL_POLICY
	Content json.RawMessage
}

// unit is the root or an organizational unit.
type unit struct {
	ID       string              `json:"Id"`                  // r-… or ou-…
	Policies []string            `json:",omitempty"`          // ids of those that are attached
	Accounts map[string][]string `json:",omitempty"`          // ids of the policies attached to each account
	Units    []unit              `json:"OrganizationalUnits"` // those directly below
}

// The types of policy, and the policies of AWS that a root, unit or account has from its beginning.
const (
	serviceControl  = "SERVICE_CONTROL_POLICY"
	resourceControl = "RESOURCE_CONTROL_POLICY"
	full            = "p-FullAWSAccess"
	fullResource    = "p-RCPFullAWSAccess"
)

var (
	fullAccess = policy.Policy{
		Name: "arn:aws:organizations::aws:policy/service_control_policy/" + full, Document: mustParse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`),
	}
	fullResourceAccess = policy.Policy{
		Name:     "arn:aws:organizations::aws:policy/resource_control_policy/" + fullResource,
		Document: mustParse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`),
	}
)

func mustParse(text string) *policy.Document {
	d, err := policy.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	return d
}

// Parse reads an organisation from JSON. Its errors say what is wrong where, and what to write instead.
func Parse(text []byte) (*Organisation, error) {
	var f file
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("not an organisation in JSON: %w", err)
	}
	if !regexp.MustCompile(`^o-[a-z0-9]{10,32}$`).MatchString(f.ID) {
		return nil, fmt.Errorf("the organisation's Id %q is none: it is o- and 10 to 32 small letters or digits", f.ID)
	}
	r := reader{file: &f, policies: map[string]attachable{full: {fullAccess, serviceControl}, fullResource: {fullResourceAccess, resourceControl}}}
	r.organisation = &Organisation{f.ID, map[string]*Member{}}
	for id, p := range f.Policies {
		if err := r.policy(id, p); err != nil {
			return nil, fmt.Errorf("policy %s: %w", id, err)
		}
	}
	if err := r.unit(&f.Root, Member{ID: f.ID, Paths: []string{f.ID + "/"}}); err != nil {
		return nil, err
	}
	if f.Management != "" && r.organisation.members[f.Management] == nil {
		return nil, fmt.Errorf("the MasterAccountId %s is not among the accounts of a root or unit", f.Management)
	}
	return r.organisation, nil
}

// reader reads a file into an organisation.
type reader struct {
	file         *file
	policies     map[string]attachable
	organisation *Organisation
}

type attachable struct {
	policy.Policy
	kind string
}

// policy reads a policy and gives it its ARN.
func (r *reader) policy(id string, p policyDocument) error {
	kinds := map[string]policy.Kind{serviceControl: policy.Organisation, resourceControl: policy.ResourceControl}
	kind, ok := kinds[p.Type]
	if !ok {
		return fmt.Errorf("the Type %q is neither %s nor %s", p.Type, serviceControl, resourceControl)
	}
	document, err := policy.Parse(p.Content)
	if err == nil {
		err = document.Check(kind)
	}
	if err != nil {
		return fmt.Errorf("its Content at %w", err)
	}
	if kind == policy.ResourceControl && slices.ContainsFunc(document.Statements(), func(s policy.Statement) bool { return !s.Deny }) {
		return errors.New("a resource control policy takes statements with the Effect Deny only")
	}
	owner := r.file.Management
	if owner == "" {
		owner = "aws"
	}
	arn := "arn:aws:organizations::" + owner + ":policy/" + r.file.ID + "/" + strings.ToLower(p.Type) + "/" + id
	r.policies[id] = attachable{policy.Policy{Name: arn, Document: document}, p.Type}
	return nil
}

// unit reads a root or unit, all accounts in it and all units below. Above is what a member has of the levels above.
func (r *reader) unit(u *unit, above Member) error {
	if u.ID == "" {
		return fmt.Errorf("the root, or a unit below %s, has no Id", above.Paths[0])
	}
	here, err := r.level(above, "unit "+u.ID, u.Policies)
	if err != nil {
		return err
	}
	here.Paths = []string{above.Paths[0] + u.ID + "/"}
	for account, attached := range u.Accounts {
		if len(account) != 12 || strings.Trim(account, "0123456789") != "" {
			return fmt.Errorf("unit %s: account %q is not one of AWS's: it takes 12 digits", u.ID, account)
		}
		if r.organisation.members[account] != nil {
			return fmt.Errorf("unit %s: account %s stands in another unit too", u.ID, account)
		}
		member, err := r.level(here, "account "+account, attached)
		if err != nil {
			return err
		}
		if account == r.file.Management {
			member.ServiceControl, member.ResourceControl = nil, nil
		}
		r.organisation.members[account] = &member
	}
	for i := range u.Units {
		if err := r.unit(&u.Units[i], here); err != nil {
			return err
		}
	}
	return nil
}

// level adds the policies that are attached to a root, unit or account to those of the levels above.
func (r *reader) level(above Member, what string, attached []string) (Member, error) {
	var services []policy.Policy
	resources := []policy.Policy{fullResourceAccess} // which cannot be detached
	for _, id := range attached {
		p, ok := r.policies[id]
		switch {
		case !ok:
			return above, fmt.Errorf("%s: there is no policy %s among the Policies", what, id)
		case p.kind == serviceControl:
			services = append(services, p.Policy)
		case id != fullResource:
			resources = append(resources, p.Policy)
		}
	}
	if len(services) == 0 {
		services = []policy.Policy{fullAccess}
	}
	if !slices.ContainsFunc(services, allows) {
		return above, fmt.Errorf("%s: its service control policies allow nothing, so nobody may do anything: attach %s too", what, full)
	}
	above.ServiceControl = append(slices.Clip(above.ServiceControl), services)
	above.ResourceControl = append(slices.Clip(above.ResourceControl), resources)
	return above, nil
}

func allows(p policy.Policy) bool {
	return slices.ContainsFunc(p.Document.Statements(), func(s policy.Statement) bool { return !s.Deny })
}
