package iam

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"aircon/localaws/op"
	"aircon/policy"
)

// simulation is what both simulators are asked.
type simulation struct {
	PolicyInputList                    []string
	PermissionsBoundaryPolicyInputList []string
	ActionNames                        []string
	ResourceArns                       []string
	ResourcePolicy                     *string
	ResourceOwner                      *string
	CallerArn                          *string
	ContextEntries                     []contextEntry
	ResourceHandlingOption             *string
	paging
}

type contextEntry struct {
	ContextKeyName   string
	ContextKeyValues []string
	ContextKeyType   string
}

type simulatePrincipalInput struct {
	PolicySourceArn *string
	simulation
}

func (in *simulatePrincipalInput) source() string { return *in.PolicySourceArn }
func (in *principalKeysInput) source() string     { return *in.PolicySourceArn }

// onSource asks for an action on the user, role or group that an input names by its ARN.
func onSource[In any, P interface {
	*In
	source() string
}](action string) func(*op.Call, *In) ([]op.Need, error) {
	return func(c *op.Call, in *In) ([]op.Need, error) {
		need := op.Need{Action: "iam:" + action, Resource: P(in).source()}
		e, _, err := sourceOf(c, need.Resource)
		var refused *op.Error
		if errors.As(err, &refused) {
			return []op.Need{need}, nil // whoever may not ask is not told that there is none
		}
		if err == nil {
			need.Context = resourceTags(e.Tags)
		}
		return []op.Need{need}, err
	}
}

// simulatePrincipalPolicy needs iam:SimulatePrincipalPolicy on the user, role or group whose policies are tried.
func (a *Accounts) simulatePrincipalPolicy(c *op.Call, in *simulatePrincipalInput) (*simulateOutput, error) {
	e, k, err := sourceOf(c, *in.PolicySourceArn)
	if err != nil {
		return nil, err
	}
	r := &policy.Request{Principal: &policy.Principal{Kind: policy.User, Account: c.Account}}
	if r.Identity, r.Boundary, err = sources(c, k, e); err != nil {
		return nil, err
	}
	switch k {
	case users:
		*r.Principal = policy.Principal{Kind: policy.User, ARN: e.ARN, Account: e.Account, UserID: e.ID, Name: e.Name, Tags: e.Tags}
	case roles:
		*r.Principal = policy.Principal{Kind: policy.RoleSession, ARN: e.ARN, Issuer: e.ARN, Account: e.Account, UserID: e.ID, Tags: e.Tags}
	}
	levels, member := a.controls(c.Account)
	r.Organisation = unconditional(levels)
	return in.run(r, member)
}

// simulateCustomPolicy needs iam:SimulateCustomPolicy.
func simulateCustomPolicy(c *op.Call, in *simulation) (*simulateOutput, error) {
	return in.run(&policy.Request{Principal: &policy.Principal{Kind: policy.User, Account: c.Account}}, false)
}

// sourceOf finds the user, role or group of the caller's account that an ARN names, or returns AWS's error.
func sourceOf(c *op.Call, arn string) (*entity, *kind, error) {
	for _, k := range []*kind{users, roles, groups} {
		path, ok := strings.CutPrefix(arn, "arn:"+c.Partition+":iam::"+c.Account+":"+k.word+"/")
		if !ok {
			continue
		}
		e, err := k.get(c, path[strings.LastIndexByte(path, '/')+1:])
		if err == nil && e.ARN != arn {
			err = noSuchEntity(k.missing, e.Name)
		}
		return e, k, err
	}
	return nil, nil, invalidInput("Invalid Entity Arn: %s does not clearly define entity type and name.", arn)
}

// sources collects an entity's policies and those of its groups, under the names that the simulator gives them: an inline one has its
// holder's in front.
func sources(c *op.Call, k *kind, e *entity) (all []policy.Policy, boundary *policy.Policy, err error) {
	held := new(compiled)
	holders, err := held.holders(c.Tx, k, e)
	if err != nil {
		return nil, nil, err
	}
	for _, holder := range holders {
		first := len(held.grants.Identity)
		if err := held.hold(c.Tx, holder.entity); err != nil {
			return nil, nil, err
		}
		for i := range held.grants.Identity[first:] {
			p := &held.grants.Identity[first+i]
			if !strings.HasPrefix(p.Name, "arn:") {
				p.Name = holder.kind.word + "_" + holder.Name + "_" + p.Name
			}
		}
	}
	if e.Boundary != "" {
		bound, err := held.managed(c.Tx, e.Boundary)
		return held.grants.Identity, &bound, err
	}
	return held.grants.Identity, nil, nil
}

// run evaluates each action on each resource, where the principal's account is a member of an organisation under the policies in r.Organisation.
func (in *simulation) run(r *policy.Request, member bool) (*simulateOutput, error) {
	if err := in.complete(r); err != nil {
		return nil, err
	}
	type numbered struct {
		key string
		evaluation
	}
	var all []numbered
	for i, action := range in.ActionNames {
		r.Action = action
		all = append(all, numbered{fmt.Sprintf("%09d", i), in.within(*r, member)})
	}
	all, paged, err := page(in.paging, all, func(n numbered) string { return n.key })
	return &simulateOutput{each(all, func(n numbered) evaluation { return n.evaluation }), paged}, err
}

// complete reads the policies, the caller and the context that the input brings.
func (in *simulation) complete(r *policy.Request) error {
	for i, text := range in.PolicyInputList {
		d, err := parseInput(text, policy.Identity)
		if err != nil {
			return err
		}
		r.Identity = append(r.Identity, policy.Policy{Name: fmt.Sprintf("PolicyInputList.%d", i+1), Document: d})
	}
	for i, text := range in.PermissionsBoundaryPolicyInputList {
		d, err := parseInput(text, policy.Boundary)
		if err != nil {
			return err
		}
		r.Boundary = &policy.Policy{Name: fmt.Sprintf("PermissionsBoundaryPolicyInputList.%d", i+1), Document: d}
	}
	if err := in.caller(r.Principal); err != nil {
		return err
	}
	if in.ResourcePolicy != nil {
		d, err := parseInput(*in.ResourcePolicy, policy.Resource)
		if err != nil {
			return err
		}
		r.ResourcePolicy = &policy.Policy{Name: "ResourcePolicy", Document: d}
	}
	r.ContextFirst = true
	for _, e := range in.ContextEntries {
		if strings.HasSuffix(e.ContextKeyType, "List") || len(e.ContextKeyValues) != 1 {
			r.Context = append(r.Context, policy.Many(e.ContextKeyName, e.ContextKeyValues...))
		} else {
			r.Context = append(r.Context, policy.One(e.ContextKeyName, e.ContextKeyValues[0]))
		}
	}
	return nil
}

// caller makes the simulated principal the one that the input names, who must be a user; so must be whom a resource's policy is tried
// on (scottlogic.com, "Automated permissions testing with AWS IAM Policy Simulator", quotes the error).
func (in *simulation) caller(p *policy.Principal) error {
	if in.CallerArn != nil {
		arn, _ := policy.ParseARN(*in.CallerArn)
		if path, user := strings.CutPrefix(arn.Resource, "user/"); user && arn.Service == "iam" {
			if *in.CallerArn != p.ARN {
				*p = policy.Principal{Kind: policy.User, ARN: *in.CallerArn, Account: arn.Account, Name: path[strings.LastIndexByte(path, '/')+1:]}
			}
			return nil
		}
	} else if in.ResourcePolicy == nil || p.Kind == policy.User && p.ARN != "" {
		return nil
	}
	return invalidInput("Invalid caller - Caller must be an IAM user in this context.")
}

// owner returns the account that a resource belongs to: its ARN's, or the one that the input names.
func (in *simulation) owner(resource string) string {
	for _, arn := range []string{resource, or(in.ResourceOwner, "")} {
		if parsed, ok := policy.ParseARN(arn); ok && parsed.Account != "" {
			return parsed.Account
		}
	}
	return or(in.ResourceOwner, "")
}

// parseInput reads a policy that is part of an input. The simulator's model has no error but InvalidInput for it.
func parseInput(text string, kind policy.Kind) (*policy.Document, error) {
	d, err := parse(text, kind)
	var malformed *op.Error
	if errors.As(err, &malformed) {
		return nil, invalidInput("%s", malformed.Message)
	}
	return d, err
}

// contextKeys lists the condition keys that documents look at, in conditions and in variables, sorted.
func contextKeys(documents []*policy.Document) []string {
	all := []string{}
	add := func(key string) {
		if !slices.ContainsFunc(all, func(other string) bool { return strings.EqualFold(other, key) }) {
			all = append(all, key)
		}
	}
	for _, d := range documents {
		for _, s := range d.Statements() {
			texts := slices.Concat(s.Resources, s.NotResources)
			for _, c := range s.Conditions {
				add(c.Key.Text)
				texts = append(texts, c.Values...)
			}
			for _, e := range texts {
				if d.Version() == "2012-10-17" {
					variables(e.Text, add)
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

// variables calls f for each policy variable in a text: ${aws:username} or ${aws:PrincipalTag/team, 'none'}.
func variables(text string, f func(key string)) {
	for {
		_, rest, found := strings.Cut(text, "${")
		if !found {
			return
		}
		name, rest, closed := strings.Cut(rest, "}")
		name, _, _ = strings.Cut(name, ",")
		if name = strings.TrimSpace(name); closed && strings.Contains(name, ":") {
			f(name)
		}
		text = rest
	}
}

type contextKeysInput struct{ PolicyInputList []string }

type contextKeysOutput struct{ ContextKeyNames []string }

// getContextKeysForCustomPolicy needs iam:GetContextKeysForCustomPolicy.
func getContextKeysForCustomPolicy(_ *op.Call, in *contextKeysInput) (*contextKeysOutput, error) {
	documents, err := in.documents()
	return &contextKeysOutput{contextKeys(documents)}, err
}

func (in *contextKeysInput) documents() (all []*policy.Document, err error) {
	for _, text := range in.PolicyInputList {
		d, err := parseInput(text, policy.Identity)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

type principalKeysInput struct {
	PolicySourceArn *string
	contextKeysInput
}

// getContextKeysForPrincipalPolicy needs iam:GetContextKeysForPrincipalPolicy on the user, role or group.
func getContextKeysForPrincipalPolicy(c *op.Call, in *principalKeysInput) (*contextKeysOutput, error) {
	e, k, err := sourceOf(c, *in.PolicySourceArn)
	if err != nil {
		return nil, err
	}
	held, boundary, err := sources(c, k, e)
	if err != nil {
		return nil, err
	}
	documents, err := in.documents()
	for _, p := range held {
		documents = append(documents, p.Document)
	}
	if boundary != nil {
		documents = append(documents, boundary.Document)
	}
	return &contextKeysOutput{contextKeys(documents)}, err
}
