package iam

import (
	"cmp"
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

func simulateNeeds(_ *op.Call, in *simulatePrincipalInput) ([]op.Need, error) {
	if err := check(in, "PolicySourceArn", "ActionNames"); err != nil {
		return nil, err
	}
	return []op.Need{{Action: "iam:SimulatePrincipalPolicy", Resource: *in.PolicySourceArn}}, nil
}

func simulateCustomNeeds(_ *op.Call, in *simulation) ([]op.Need, error) {
	return []op.Need{{Action: "iam:SimulateCustomPolicy", Resource: "*"}}, check(in, "PolicyInputList", "ActionNames")
}

type position struct{ Line, Column int }

type matchedStatement struct {
	SourcePolicyId   string
	SourcePolicyType string
	StartPosition    position
	EndPosition      position
}

type boundaryDetail struct{ AllowedByPermissionsBoundary bool }

type evaluation struct {
	EvalActionName                    string
	EvalResourceName                  string
	EvalDecision                      string
	MatchedStatements                 []matchedStatement
	MissingContextValues              []string
	PermissionsBoundaryDecisionDetail *boundaryDetail
}

type simulateOutput struct {
	EvaluationResults []evaluation
	paged
}

// simulatePrincipalPolicy needs iam:SimulatePrincipalPolicy on the user, role or group whose policies are tried.
func (a *Accounts) simulatePrincipalPolicy(c *op.Call, in *simulatePrincipalInput) (*simulateOutput, error) {
	r := policy.Request{Principal: &policy.Principal{Kind: policy.User, Account: c.Account}}
	e, k, err := entityByARN(c, *in.PolicySourceArn)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, noSuchEntity("The entity with ARN %s cannot be found.", *in.PolicySourceArn)
	}
	held, err := a.compile(c.Tx, k, c.Account, e.ARN)
	if err != nil {
		return nil, err
	}
	r.Identity, r.Boundary = slices.Clone(held.grants.Identity), held.grants.Boundary
	switch k {
	case users:
		*r.Principal = policy.Principal{Kind: policy.User, ARN: e.ARN, Account: e.Account, UserID: e.ID, Name: e.Name, Tags: e.Tags}
	case roles:
		*r.Principal = policy.Principal{Kind: policy.RoleSession, ARN: e.ARN, Issuer: e.ARN, Account: e.Account, UserID: e.ID, Tags: e.Tags}
		if in.ResourcePolicy != nil {
			return nil, invalidInput("A resource policy can be simulated for users only, not for %s.", e.ARN)
		}
	}
	return in.run(&r)
}

// simulateCustomPolicy needs iam:SimulateCustomPolicy.
func simulateCustomPolicy(c *op.Call, in *simulation) (*simulateOutput, error) {
	return in.run(&policy.Request{Principal: &policy.Principal{Kind: policy.User, Account: c.Account}})
}

// entityByARN finds a user, role or group of the caller's account.
func entityByARN(c *op.Call, arn string) (*entity, *kind, error) {
	for _, k := range []*kind{users, roles, groups} {
		path, ok := strings.CutPrefix(arn, "arn:"+c.Partition+":iam::"+c.Account+":"+k.word+"/")
		if !ok {
			continue
		}
		e, err := k.find(c.Tx, c.Account, path[strings.LastIndexByte(path, '/')+1:])
		if err != nil || e == nil || e.ARN != arn {
			return nil, nil, err
		}
		return e, k, nil
	}
	return nil, nil, nil
}

// run evaluates each action on each resource.
func (in *simulation) run(r *policy.Request) (*simulateOutput, error) {
	if err := in.complete(r); err != nil {
		return nil, err
	}
	resources := in.ResourceArns
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	type numbered struct {
		key string
		evaluation
	}
	var all []numbered
	for _, action := range in.ActionNames {
		for _, resource := range resources {
			r.Action, r.Resource = action, resource
			all = append(all, numbered{fmt.Sprintf("%09d", len(all)), simulate(r)})
		}
	}
	all, paged, err := page(in.paging, all, func(n numbered) string { return n.key })
	out := &simulateOutput{paged: paged}
	for _, n := range all {
		out.EvaluationResults = append(out.EvaluationResults, n.evaluation)
	}
	return out, err
}

// complete reads the policies and the context that the input brings.
func (in *simulation) complete(r *policy.Request) error {
	for i, text := range in.PolicyInputList {
		d, err := parse(text, policy.Identity)
		if err != nil {
			return err
		}
		r.Identity = append(r.Identity, policy.Policy{Name: fmt.Sprintf("PolicyInputList.%d", i+1), Document: d})
	}
	for i, text := range in.PermissionsBoundaryPolicyInputList {
		d, err := parse(text, policy.Boundary)
		if err != nil {
			return err
		}
		r.Boundary = &policy.Policy{Name: fmt.Sprintf("PermissionsBoundaryPolicyInputList.%d", i+1), Document: d}
	}
	if in.ResourcePolicy != nil {
		d, err := parse(*in.ResourcePolicy, policy.Resource)
		if err != nil {
			return err
		}
		r.ResourcePolicy = &policy.Policy{Name: "ResourcePolicy", Document: d}
	}
	r.Principal.ARN = cmp.Or(or(in.CallerArn, ""), r.Principal.ARN)
	r.Owner = account(or(in.ResourceOwner, ""))
	for _, e := range in.ContextEntries {
		if strings.HasSuffix(e.ContextKeyType, "List") || len(e.ContextKeyValues) != 1 {
			r.Context = append(r.Context, policy.Many(e.ContextKeyName, e.ContextKeyValues...))
		} else {
			r.Context = append(r.Context, policy.One(e.ContextKeyName, e.ContextKeyValues[0]))
		}
	}
	return nil
}

// account returns the account in an ARN, or the text itself.
func account(arn string) string {
	if parsed, ok := policy.ParseARN(arn); ok {
		return parsed.Account
	}
	return arn
}

// simulate decides one action on one resource, and tells which statements had a part in it.
func simulate(r *policy.Request) evaluation {
	e := policy.Explain(r)
	result := evaluation{
		EvalActionName: r.Action, EvalResourceName: r.Resource, EvalDecision: e.Decision.Effect.String(),
		MatchedStatements: []matchedStatement{}, MissingContextValues: missing(r),
	}
	bounded := false
	for _, p := range e.Parts {
		for _, s := range p.Statements {
			switch {
			case !s.Applies():
			case p.Kind == policy.Boundary:
				bounded = bounded || !s.Deny
			case p.Kind == policy.Identity && s.Deny == (e.Decision.Effect == policy.ExplicitDeny):
				w := p.Document.Statements()[s.Index]
				result.MatchedStatements = append(result.MatchedStatements, matchedStatement{
					sourceID(p.Policy), "IAM Policy", position{w.Line, w.Column}, position{w.EndLine, w.EndColumn},
				})
			}
		}
	}
	if r.Boundary != nil {
		result.PermissionsBoundaryDecisionDetail = &boundaryDetail{bounded}
	}
	return result
}

// sourceID names a policy as the simulator does: a managed one by its name.
func sourceID(name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name[strings.LastIndexByte(name, '/')+1:]
	}
	return name
}

// missing lists the condition keys that policies look at and the request does not have.
func missing(r *policy.Request) []string {
	all := []string{}
	list := slices.Clone(r.Identity)
	for _, p := range []*policy.Policy{r.Boundary, r.ResourcePolicy} {
		if p != nil {
			list = append(list, *p)
		}
	}
	for _, p := range list {
		for _, s := range p.Document.Statements() {
			for _, c := range s.Conditions {
				if _, ok := r.Context.Get(c.Key.Text); !ok && !policy.Implied(r, c.Key.Text) && !slices.Contains(all, c.Key.Text) {
					all = append(all, c.Key.Text)
				}
			}
		}
	}
	slices.Sort(all)
	return all
}
