package mwaa

import (
	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// servicePrincipal is what assumes an execution role: the tasks of an environment run as it. The user guide has
// airflow.amazonaws.com in the trust policy too, which the service itself does not ask for.
const servicePrincipal = "airflow-env.amazonaws.com"

// assumable returns nil if the execution role exists, belongs to the caller's account, and lets the service assume it for this environment.
func (s *service) assumable(c *op.Call, name, roleARN string) error {
	return assumable(c, s.roles.TrustPolicy, name, roleARN)
}

// TrustPolicy returns a role's trust policy, and nil where there is no such role.
type TrustPolicy func(tx store.Tx, roleARN string) (*policy.Document, error)

// ExecutionRole returns the ARN of the role that the tasks of an environment run as, if the role still lets the service assume it.
func ExecutionRole(c *op.Call, trust TrustPolicy, name string) (string, error) {
	r, err := find(c, name)
	if err != nil {
		return "", err
	}
	role := r.Settled.Environment.ExecutionRoleArn
	if r.Next != nil {
		role = r.Next.Environment.ExecutionRoleArn // whose Airflow is coming up
	}
	return role, assumable(c, trust, name, role)
}

func assumable(c *op.Call, trustOf TrustPolicy, name, roleARN string) error {
	role, _ := policy.ParseARN(roleARN)
	if role.Account != c.Account {
		return otherAccount()
	}
	trust, err := trustOf(c.Tx, roleARN)
	if err != nil {
		return err
	}
	if trust == nil {
		return badRole(roleARN)
	}
	decision := policy.Evaluate(&policy.Request{
		Principal: &policy.Principal{Kind: policy.Service, ARN: servicePrincipal},
		Action:    "sts:AssumeRole",
		Resource:  roleARN,
		Owner:     role.Account,
		Context: policy.Context{
			policy.One("aws:SourceAccount", c.Account), policy.One("aws:SourceArn", arn(c, name)), policy.One("aws:PrincipalIsAWSService", "true"),
		},
		ResourcePolicy:         &policy.Policy{Name: roleARN, Document: trust},
		ResourcePolicyRequired: true,
		TrustPolicy:            true,
	})
	if !decision.Allowed() {
		return badRole(roleARN)
	}
	return nil
}
