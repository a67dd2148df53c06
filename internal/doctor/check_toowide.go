package doctor

import (
	"strings"

	"aircon/policy"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC052", Severity: Warning, Arrow: ArrowPermission, Topic: "real-aws.md",
		Title: "the execution role can read every secret of the account",
		Means: "a guide's shortcut: any DAG can then read all secrets of the account, whoever they belong to",
		Why:   "the managed policy SecretsManagerReadWrite, or `Resource: *`, was attached to make it work",
		Mend:  "detach the wide policy once the least one is attached: `aircon apply` attaches it",
	}},
	environment: checkTooWide,
})

// checkTooWide is row 52: the guide's shortcut, or any policy as wide.
func checkTooWide(e *Environment) []Finding {
	if e.Role == nil {
		return nil
	}
	q := e.Role.request("secretsmanager:GetSecretValue", e.secretARN(unlikely)+suffix, nil)
	decision := policy.Evaluate(q)
	if !decision.Allowed() {
		return nil
	}
	mend := Mend{Text: "replace " + decision.Policy + " by what  aircon plan --print-policy  prints"}
	if managed := strings.Contains(decision.Policy, ":policy/"); managed {
		mend.Command = []string{"aws", "iam", "detach-role-policy", "--role-name", e.roleName(), "--policy-arn", decision.Policy}
		mend.Text = "have the least policy attached first (aircon apply), then detach this one"
	}
	return one(Found("AC052", statement(decision)+" allows secretsmanager:GetSecretValue on any secret", mend).At("", e.Role.ARN))
}
