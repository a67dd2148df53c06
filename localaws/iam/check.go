package iam

import (
	"strings"

	"aircon/policy"
)

// maxTags is how many tags a principal or a policy can have.
const maxTags = 50

// What IAM says itself of a member that does not match its pattern (cfn-lint's issue 996 and qontract-reconcile's 2640 quote the first;
// spinifex and versitygw have compared the others with IAM).
const (
	badName   = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
	badPath   = "It must begin and end with / and contain only alphanumeric characters and/or / characters."
	badPrefix = "It must begin with the / character and contain only alphanumeric characters and/or / characters."
	badKeyID  = "It must contain only alphanumeric characters."
)

// sentences has them by member.
var sentences = map[string]string{
	"UserName": badName, "NewUserName": badName, "RoleName": badName, "GroupName": badName, "NewGroupName": badName, "PolicyName": badName,
	"InstanceProfileName": badName, "Path": badPath, "NewPath": badPath, "PathPrefix": badPrefix, "AccessKeyId": badKeyID,
}

// uniqueTags refuses keys that differ in case only.
func uniqueTags(tags []policy.Tag) error {
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		key := strings.ToLower(t.Key)
		if seen[key] {
			return invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		seen[key] = true
	}
	return nil
}
