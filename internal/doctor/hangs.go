package doctor

import (
	"cmp"
	"slices"
	"strings"

	"aircon/policy"
)

// notKnown are condition keys that a request of the environment's tasks has, and that cannot be told from here: the address behind which
// its subnets leave, the organization of its account, and the hour. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
var notKnown = []string{
	"aws:SourceIp", "aws:VpcSourceIp", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:ResourceOrgID", "aws:ResourceOrgPaths",
	"aws:CurrentTime", "aws:EpochTime", "aws:UserAgent",
}

// ofTheWay are the keys that come of the way to Secrets Manager, which is known where EC2 may be asked.
var ofTheWay = []string{"aws:SourceVpce", "aws:SourceVpc"}

// hangsOn says on which keys that are not known here a denial hangs alone, such as "aws:SourceVpce, which must be vpce-1", and "" where
// more than such keys stand against the request. WayKnown says whether the way to the service is.
func hangsOn(q *policy.Request, wayKnown bool) string {
	var all []string
	for _, c := range policy.Changes(q) {
		is := func(key string) bool { return strings.EqualFold(key, c.Key.Name) }
		if c.Edit != policy.ProvideContext || !slices.ContainsFunc(notKnown, is) && (wayKnown || !slices.ContainsFunc(ofTheWay, is)) {
			return ""
		}
		what := c.Key.Name + ", which must not be there"
		if !c.Absent {
			what = c.Key.Name + ", which must be such as " + cmp.Or(c.Key.Value, strings.Join(c.Key.List, ", "))
		}
		all = append(all, what)
	}
	return strings.Join(all, "; and on ")
}
