package doctor

import (
	"slices"

	"aircon/internal/network"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC010", Severity: Error, Arrow: ArrowNetwork, Topic: "network.md#the-way-to-secrets-manager",
		Title: "the environment has no way to Secrets Manager",
		Means: "lookups end in a timeout, an environment that reads its settings there never becomes AVAILABLE, and no message names the network",
		Why:   "private subnets without NAT gateway or endpoint; an endpoint without private DNS; its security group, its policy or a network ACL refuses the environment",
		Mend:  "the first hop that is missing is named with the command that makes it; run doctor again for the next",
	}},
	environment: func(e *Environment) []Finding {
		return e.wayFindings("AC010", e.Around.to(network.SecretsManager.Name))
	},
})

var _ = register(check{
	kinds: []Kind{{
		ID: "AC120", Severity: Warning, Arrow: ArrowNetwork, Topic: "network.md#what-an-environment-needs",
		Title: "the environment has no way to AWS KMS",
		Means: "what Airflow encrypts with a key of yours, such as its queue, fails; reading a secret does not need it, as Secrets Manager decrypts",
		Why:   "private subnets without NAT gateway, and no endpoint for com.amazonaws.REGION.kms, or one that refuses",
		Mend:  "the first hop that is missing is named with the command that makes it",
	}},
	environment: func(e *Environment) []Finding { return e.wayFindings("AC120", e.Around.to("AWS KMS")) },
})

var _ = register(check{
	kinds: []Kind{{
		ID: "AC121", Severity: Error, Arrow: ArrowNetwork, Topic: "network.md#what-an-environment-needs",
		Title: "the environment has no way to STS",
		Means: "the backend's kwargs have a role_arn, so each lookup assumes that role first, and ends in a timeout there",
		Why:   "private subnets without NAT gateway, and no endpoint for com.amazonaws.REGION.sts, or one that refuses",
		Mend:  "the first hop that is missing is named with the command that makes it",
	}},
	environment: func(e *Environment) []Finding { return e.wayFindings("AC121", e.Around.to(network.STS.Name)) },
})

var _ = register(check{
	kinds: []Kind{{
		ID: "AC122", Severity: Warning, Arrow: ArrowNetwork, Topic: "network.md#what-an-environment-needs",
		Title: "the environment has no way to a service that MWAA needs",
		Means: "without Amazon S3 there are no DAGs, without Amazon SQS no task starts, without CloudWatch there are no logs and metrics; the environment may never become AVAILABLE",
		Why:   "private subnets without NAT gateway, and no endpoint for the service, or one that refuses",
		Mend:  "the first hop that is missing is named with the command that makes it",
	}},
	environment: func(e *Environment) []Finding {
		return e.wayFindings("AC122", e.Around.to("Amazon S3", "Amazon SQS", "CloudWatch Logs", "CloudWatch"))
	},
})

// wayFindings are the findings about closed ways to services. What the way to Secrets Manager lacks as well is said there.
func (e *Environment) wayFindings(id string, ways []network.Way) []Finding {
	var found []Finding
	secrets := shutWays(e.Around.to(network.SecretsManager.Name))
	for _, s := range shutWays(ways) {
		said := id != "AC010" && slices.ContainsFunc(secrets, func(o shut) bool { return o.same(&s.fault) })
		if s.vpcWide() || said {
			continue
		}
		found = append(found, s.finding(id))
	}
	return found
}
