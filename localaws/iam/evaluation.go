package iam

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"aircon/policy"
)

// The answers of the simulators. Sources: the IAM API reference (EvaluationResult, ResourceSpecificResult), the examples of the AWS CLI's
// reference, and results that others publish: scottlogic.com, "Automated permissions testing with AWS IAM Policy Simulator".

type position struct{ Line, Column int }

type matchedStatement struct {
	SourcePolicyId   string
	SourcePolicyType string
	StartPosition    position
	EndPosition      position
}

// details are the decisions of either side of a request from one account to another, by the simulator's word for the policies.
type details map[string]string

type boundaryDetail struct{ AllowedByPermissionsBoundary bool }

type organisationDetail struct{ AllowedByOrganizations bool }

// evaluation is the result for an action. The names of the resource and its decision differ in its parts.
type evaluation struct {
	EvalActionName                    string
	EvalResourceName                  string
	EvalDecision                      string
	MatchedStatements                 []matchedStatement
	MissingContextValues              []string
	PermissionsBoundaryDecisionDetail *boundaryDetail
	OrganizationsDecisionDetail       *organisationDetail // nil in no organisation
	EvalDecisionDetails               *details            // nil on everything, empty within an account
	ResourceSpecificResults           []specific          `json:",omitempty"`
}

// specific is the result for one of the resources.
type specific struct {
	EvalResourceName                  string
	EvalResourceDecision              string
	MatchedStatements                 []matchedStatement
	MissingContextValues              []string
	EvalDecisionDetails               *details
	PermissionsBoundaryDecisionDetail *boundaryDetail
}

type simulateOutput struct {
	EvaluationResults []evaluation
	paged
}

// within decides an action in the principal's organisation. Where its service control policies do not allow the action on each of the resources, the
// simulation ends there (API reference, EvaluationResult, EvalDecisionDetails), and no statement of theirs is listed.
func (in *simulation) within(r policy.Request, member bool) evaluation {
	if !member {
		return in.evaluate(&r)
	}
	alone := r
	alone.Identity, alone.Boundary, alone.ResourcePolicy, alone.Owner = []policy.Policy{allAllowed}, nil, nil, ""
	r.Organisation = nil // which is decided on here
	resources := in.ResourceArns
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	for _, alone.Resource = range resources {
		if d := policy.Evaluate(&alone); !d.Allowed() {
			return evaluation{
				EvalActionName: r.Action, EvalResourceName: alone.Resource, EvalDecision: d.Effect.String(), MatchedStatements: []matchedStatement{},
				MissingContextValues: []string{}, OrganizationsDecisionDetail: &organisationDetail{},
			}
		}
	}
	e := in.evaluate(&r)
	e.OrganizationsDecisionDetail = &organisationDetail{true}
	return e
}

// allAllowed allows all, so that a service control policy decides alone.
var allAllowed = policy.Policy{Name: "all", Document: mustParse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)}

func mustParse(text string) *policy.Document {
	d, err := policy.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	return d
}

// unconditional leaves out the policies that have any condition, which the simulator does not evaluate (IAM User Guide, "Test IAM policies with the
// IAM policy simulator"), and levels of which nothing is left.
func unconditional(levels [][]policy.Policy) (all [][]policy.Policy) {
	for _, level := range levels {
		rest := slices.DeleteFunc(slices.Clone(level), func(p policy.Policy) bool {
			return slices.ContainsFunc(p.Document.Statements(), func(s policy.Statement) bool { return len(s.Conditions) > 0 })
		})
		if len(rest) > 0 {
			all = append(all, rest)
		}
	}
	return all
}

// evaluate decides an action on everything, or on each of the resources that the input names: then the whole is the least of its parts,
// which have the context values that are missing.
func (in *simulation) evaluate(r *policy.Request) evaluation {
	if len(in.ResourceArns) == 0 {
		s := in.decide(r, "*")
		return evaluation{
			r.Action, "*", s.EvalResourceDecision, s.MatchedStatements, s.MissingContextValues, s.PermissionsBoundaryDecisionDetail,
			nil, s.EvalDecisionDetails, nil,
		}
	}
	result := evaluation{EvalActionName: r.Action, EvalResourceName: "*", MatchedStatements: []matchedStatement{}, MissingContextValues: []string{}}
	least := policy.Allowed.String()
	for _, resource := range in.ResourceArns {
		s := in.decide(r, resource)
		result.ResourceSpecificResults = append(result.ResourceSpecificResults, s)
		if least != policy.ExplicitDeny.String() && s.EvalResourceDecision != policy.Allowed.String() {
			least = s.EvalResourceDecision
		}
	}
	result.EvalDecision, result.EvalDecisionDetails = least, &details{}
	if only := &result.ResourceSpecificResults[0]; len(in.ResourceArns) == 1 {
		result.EvalResourceName, result.MatchedStatements = only.EvalResourceName, only.MatchedStatements
		result.PermissionsBoundaryDecisionDetail = only.PermissionsBoundaryDecisionDetail
		result.EvalDecisionDetails = cmp.Or(only.EvalDecisionDetails, result.EvalDecisionDetails)
	}
	return result
}

// decide decides an action on a resource. A resource's policy makes it a matter of two accounts where the owner is another's than the
// caller's; then each side's own decision is told.
func (in *simulation) decide(r *policy.Request, resource string) specific {
	r.Resource, r.Owner = resource, ""
	if r.ResourcePolicy != nil {
		r.Owner = in.owner(resource)
	}
	e := policy.Explain(r)
	s := specific{EvalResourceName: resource, EvalResourceDecision: e.Decision.Effect.String(), MatchedStatements: matched(e.Parts), MissingContextValues: missing(r)}
	if r.Boundary != nil {
		s.PermissionsBoundaryDecisionDetail = &boundaryDetail{verdict(e.Parts, policy.Boundary) == policy.Allowed}
	}
	if r.Owner != "" && r.Owner != r.Principal.Account {
		s.EvalDecisionDetails = &details{
			sourceTypes[policy.Identity]: verdict(e.Parts, policy.Identity).String(),
			sourceTypes[policy.Resource]: verdict(e.Parts, policy.Resource).String(),
		}
	}
	return s
}

// sourceTypes are the simulator's words for kinds of policy.
var sourceTypes = map[policy.Kind]string{policy.Identity: "IAM Policy", policy.Resource: "Resource Policy", policy.Boundary: "Permissions Boundary Policy"}

// verdict is what the policies of a kind say by themselves.
func verdict(parts []policy.Part, kind policy.Kind) policy.Effect {
	effect := policy.ImplicitDeny
	for _, p := range parts {
		for _, s := range p.Statements {
			switch {
			case p.Kind != kind || !s.Applies():
			case s.Deny:
				return policy.ExplicitDeny
			default:
				effect = policy.Allowed
			}
		}
	}
	return effect
}

// matched lists the statements that had a part in a decision: of each kind of policy those that deny, or else those that allow. A
// boundary's allow grants nothing, and is not listed.
func matched(parts []policy.Part) []matchedStatement {
	all := []matchedStatement{}
	for _, p := range parts {
		decided := verdict(parts, p.Kind)
		if p.Kind == policy.Boundary && decided != policy.ExplicitDeny {
			continue
		}
		for _, s := range p.Statements {
			if s.Applies() && s.Deny == (decided == policy.ExplicitDeny) {
				start, end := extent(p.Document, s.Index)
				all = append(all, matchedStatement{sourceID(p.Policy), sourceTypes[p.Kind], start, end})
			}
		}
	}
	return all
}

// sourceID names a policy as the simulator does: a managed one by its name.
func sourceID(name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name[strings.LastIndexByte(name, '/')+1:]
	}
	return name
}

// extent returns where the simulator says that a statement starts and ends. It counts from where its parser was: behind the bracket or the
// statement before it, or behind the brace of a statement that stands in no list; and behind the last brace.
func extent(d *policy.Document, statement int) (start, end position) {
	s, text := d.Statements()[statement], d.Text()
	end = position{s.EndLine, s.EndColumn + 1}
	lines := strings.SplitAfter(text, "\n")
	before := strings.Join(lines[:s.Line-1], "")
	for i, r := 0, 1; r < s.Column; r++ {
		_, size := utf8.DecodeRuneInString(lines[s.Line-1][i:])
		before += lines[s.Line-1][i : i+size]
		i += size
	}
	before = strings.TrimRight(before, " \t\r\n")
	if strings.HasSuffix(before, ":") {
		return position{s.Line, s.Column + 1}, end
	}
	before = strings.TrimRight(strings.TrimSuffix(before, ","), " \t\r\n")
	return position{strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1}, end
}

// missing lists the condition keys that policies look at and the request does not have.
func missing(r *policy.Request) []string {
	var documents []*policy.Document
	for _, p := range r.Identity {
		documents = append(documents, p.Document)
	}
	for _, p := range []*policy.Policy{r.Boundary, r.ResourcePolicy} {
		if p != nil {
			documents = append(documents, p.Document)
		}
	}
	return slices.DeleteFunc(contextKeys(documents), func(key string) bool {
		_, given := r.Context.Get(key)
		return given || policy.Implied(r, key)
	})
}
