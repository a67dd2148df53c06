package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"aircon/policy"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC180", Severity: Warning, Arrow: ArrowPermission, Topic: "real-aws.md#what-aircon-itself-may-do",
		Title: "IAM's own simulator decides otherwise",
		Means: "aircon's evaluation of the execution role's policies and IAM's do not agree, so that the verdict on this permission may be wrong",
		Why: "a service control policy of the organization, which aircon does not see, bounds the role; a policy was changed meanwhile; " +
			"or one of both reads a condition in another way. IAM simulates no resource policies for roles, so that those are left out on both sides",
		Mend: "look at the statement that the finding names; `aircon get CONN_ID --as-role` asks Secrets Manager itself, as the execution role",
	}},
	connection: checkOpinion,
})

// opinionContext is what both are told of a request. The simulator takes one context for all resources, so that what differs from secret to
// secret is left out on both sides.
var opinionContext = policy.Context{policy.One("secretsmanager:VersionStage", "AWSCURRENT")}

// askIAM asks for a second opinion on whether the role may read secrets.
func (a *asRole) askIAM(ctx context.Context, arns []string) error {
	a.opinions = map[string]Simulation{}
	for some := range slices.Chunk(arns, simulated) {
		opinions, err := a.aws.Simulate(ctx, a.env.Role.ARN, readAction, some, opinionContext)
		if err != nil {
			return err
		}
		for arn, opinion := range opinions {
			a.opinions[arn] = opinion
		}
	}
	return nil
}

// judgedBy says who decides on what the role may do.
func (a *asRole) judgedBy() string {
	switch {
	case a.env.Role == nil:
		return "whose policies could not be read"
	case len(a.opinions) == 0:
		return "by its policies as evaluated here"
	}
	return "by its policies as evaluated here, with IAM's simulator as a second opinion"
}

// simulated is how many resources IAM is asked about at once.
const simulated = 500

// checkOpinion compares aircon's own evaluation of identity policies and boundary with IAM's.
func checkOpinion(p *Patient) []Finding {
	if p.Reading == nil || p.Reading.Secret == nil || p.Env.Role == nil {
		return nil
	}
	arn := p.Reading.Secret.ARN
	opinion, asked := p.Env.role.opinions[arn]
	own := policy.Evaluate(p.Env.Role.request(readAction, arn, nil, opinionContext...))
	if !asked || opinion.Decision == own.Effect.String() {
		return nil
	}
	seen := fmt.Sprintf("%s on %s: IAM's simulator says %s%s, aircon says %s%s", readAction, arn, opinion.Decision, opinion.because(), own.Effect, because(own))
	return one(Found("AC180", seen, Mend{Text: "ask Secrets Manager itself, as the execution role", Command: []string{"aircon", "get", p.ID, "--as-role"}}).At("", p.Env.Role.ARN))
}

// because names what decided, where the simulator says so.
func (s Simulation) because() string {
	switch {
	case s.DeniedByOrganization:
		return " (a service control policy of the organization does not allow it)"
	case s.DeniedByBoundary:
		return " (the permissions boundary does not allow it)"
	case len(s.Policies) > 0:
		return " (by " + strings.Join(s.Policies, ", ") + ")"
	}
	return ""
}

func because(d policy.Decision) string {
	if text := statement(d); text != "" {
		return " (by " + text + ")"
	}
	return ""
}
