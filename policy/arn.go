package policy

import "strings"

// ARN is an Amazon Resource Name, taken apart: arn:partition:service:region:account:resource. Region and account are "" for resources
// that have none (IAM's region, S3's both).
type ARN struct {
	Partition string // aws, aws-cn, aws-us-gov, …
	Service   string
	Region    string
	Account   string // twelve digits, or "aws" for a policy that AWS manages
	Resource  string // all behind the fifth colon, colons included
}

// ParseARN takes an ARN apart. It reports false, and returns the zero value, where the text has not all six parts.
func ParseARN(text string) (ARN, bool) {
	var parts [5]string
	rest := text
	for i := range parts {
		var more bool
		if parts[i], rest, more = strings.Cut(rest, ":"); !more {
			return ARN{}, false
		}
	}
	if parts[0] != "arn" {
		return ARN{}, false
	}
	return ARN{parts[1], parts[2], parts[3], parts[4], rest}, true
}

// Name returns what follows the resource's last slash: of roles, users and policies the name without its path.
func (a ARN) Name() string { return a.Resource[strings.LastIndexByte(a.Resource, '/')+1:] }
