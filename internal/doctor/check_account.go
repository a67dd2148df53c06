package doctor

import (
	"strings"

	"aircon/lookup"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC032", Severity: Error, Arrow: ArrowSecret, Topic: "airflow.md#secrets-in-another-account",
		Title: "the secret is in another account",
		Means: "the backend asks by name, and a name is always the own account's, so that Airflow ends with \"The conn_id isn't defined\"; only an " +
			"ARN reaches another account, and a secret under aws/secretsmanager none at all",
		Why: "secrets are kept in an account of their own, and the role's policy was written for it, but not the backend's prefix",
		Mend: "write `connections_prefix` as the beginning of an ARN, `arn:aws:secretsmanager:REGION:ACCOUNT:secret:airflow/connections`; and let the " +
			"role's policy, the secret's own policy and the policy of a customer key each allow the role to read",
	}},
	connection: checkAccount,
})

// checkAccount is row 32: the role may read a secret of this name, in an account that a name does not reach. Or it is reached by its ARN, and
// lies under the key that no other account can use.
// Source: Secrets Manager User Guide, "Access AWS Secrets Manager secrets from a different account".
func checkAccount(p *Patient) []Finding {
	if p.Reading != nil && p.Env.sealed(p.Reading) {
		f := Found("AC032", p.Reading.Secret.ARN+" is under aws/secretsmanager, which no other account can use: AWS answers InvalidRequestException",
			p.Env.unseal(p.Reading.Secret.ARN))
		f.Arrow = ArrowKey
		return one(f.At("", p.place()))
	}
	there := p.abroad()
	if there == nil {
		return nil
	}
	f := Found("AC032", "Airflow asks for "+p.name()+", and account "+p.Env.Caller.Account+" has no secret of that name; the execution role is meant to read "+
		there.Name+": "+p.Env.stateAbroad(there), p.mendAccount(there))
	if p.refused() {
		f.Arrow = ArrowPermission
	}
	if p.Trace.Outcome == lookup.Found {
		f.Severity = Info
	}
	return one(f.At("", there.Name))
}

// stateAbroad says what is known of another account's secret: what lacks of the three that let the role read it, and what could not be seen.
func (e *Environment) stateAbroad(r *Reading) string {
	if r.Secret == nil && r.Err != nil {
		return "whether it is there, and whether its own policy and its key let the role in, could not be seen: " + why(r.Err)
	}
	state := "it is there, and the role may read it by its ARN"
	if lacks := e.lacksAbroad(r); len(lacks) > 0 {
		state = "it is there, and the role may not read it yet: " + strings.Join(lacks, "; ")
	}
	if r.PolicyErr != nil {
		state += "; its own policy, which must allow it too, could not be seen: " + why(r.PolicyErr)
	}
	if r.KeyErr != nil {
		state += "; the policy of its key, which must allow kms:Decrypt to the role too, is seen in account " + accountOf(r.Name) + " alone"
	}
	return state
}

// lacksAbroad lists what certainly keeps the role from reading another account's secret by its ARN.
func (e *Environment) lacksAbroad(r *Reading) []string {
	var lacks []string
	if r.Request != nil && !r.Decision.Allowed() {
		lacks = append(lacks, r.Decision.Denial(r.Request, r.Name))
	}
	switch {
	case e.sealed(r):
		lacks = append(lacks, "it is under aws/secretsmanager, which no other account can use, and must come under a customer key")
	case r.KeyAsked != nil && !r.KeyJudge.Allowed():
		lacks = append(lacks, r.KeyJudge.Denial(r.KeyAsked, ""))
	case r.Key != nil && r.Key.State != "Enabled" && r.Key.State != "":
		lacks = append(lacks, "its key "+r.Key.ARN+" is "+r.Key.State)
	}
	return lacks
}
