package doctor

import (
	"cmp"
	"regexp"
	"strings"

	"aircon/policy"
)

var _ = register(check{kinds: []Kind{{
	ID: "AC161", Severity: Error, Arrow: ArrowPermission, Topic: "airflow.md",
	Title: "a resource of the policy is of another partition, region or account",
	Means: "the ARN matches nothing that the environment asks for, and the answer is AccessDenied",
	Why:   "the policy was copied from another region, account or partition (aws, aws-cn, aws-us-gov)",
	Mend:  "write the environment's own partition, region and account",
}}})

var (
	regionForm  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]+$`)
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
)

// places finds resources of secrets and keys whose partition, region and account cannot be.
func (d *policyDocument) places() []Finding {
	var all []Finding
	for _, s := range d.identity() {
		for _, e := range s.Resources {
			arn, ok := policy.ParseARN(e.Text)
			if !ok || arn.Service != "secretsmanager" && arn.Service != "kms" {
				continue
			}
			if seen, right := d.misplaced(arn); seen != "" {
				f := Found("AC161", seen, Mend{Text: "write the ARN of the secret or key as AWS shows it"}).At("", d.element(e))
				if right != arn {
					f.Mend = d.write(e, "arn:"+right.Partition+":"+right.Service+":"+right.Region+":"+right.Account+":"+right.Resource)
				}
				all = append(all, f)
			}
		}
	}
	return all
}

// misplaced says what is wrong with where an ARN points, and the ARN as it should be where that is known.
func (d *policyDocument) misplaced(arn policy.ARN) (seen string, right policy.ARN) {
	fixed := func(text string) bool { return !strings.ContainsAny(text, "*?$") }
	right = arn
	switch {
	case fixed(arn.Region) && !regionForm.MatchString(arn.Region):
		seen = arn.Region + " is no region"
		right.Region = cmp.Or(d.needs.Region, arn.Region)
	case fixed(arn.Account) && !accountForm.MatchString(arn.Account):
		seen = arn.Account + " is no account: twelve digits are"
		right.Account = cmp.Or(d.needs.Account, arn.Account)
	case fixed(arn.Region) && fixed(arn.Partition) && arn.Partition != partitionOf(arn.Region):
		seen = "the region " + arn.Region + " is in the partition " + partitionOf(arn.Region) + ", not in " + arn.Partition
		right.Partition = partitionOf(arn.Region)
	case fixed(arn.Region) && d.needs.Region != "" && arn.Region != d.needs.Region:
		seen = "the environment is in " + d.needs.Region + ", and asks there"
		right.Region, right.Partition = d.needs.Region, partitionOf(d.needs.Region)
	case fixed(arn.Account) && d.needs.Account != "" && arn.Account != d.needs.Account && arn.Service == "secretsmanager":
		seen = "the secrets are asked for in account " + d.needs.Account
		right.Account = d.needs.Account
	}
	return seen, right
}

// partitionOf is the partition that a region is in, by its name's beginning (botocore's data/partitions.json).
func partitionOf(region string) string {
	for _, p := range [][2]string{
		{"cn-", "aws-cn"},
		{"us-gov-", "aws-us-gov"},
		{"us-iso-", "aws-iso"},
		{"us-isob-", "aws-iso-b"},
		{"eu-isoe-", "aws-iso-e"},
		{"us-isof-", "aws-iso-f"},
		{"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p[0]) {
			return p[1]
		}
	}
	return "aws"
}
