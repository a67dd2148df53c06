package localaws

import (
	"encoding/json"
	"slices"

	"aircon/localaws/model"
	"aircon/localaws/op"
)

// auditStyle is how a service's calls look in CloudTrail. The zero value is that of most services.
type auditStyle struct {
	from    string   // eventSource; "" in the table means the service's name at amazonaws.com
	changes []string // operations that store nothing and are no reads either
	reads   []string // operations that are reads though they may store something
	answers []string // reads whose answer is recorded
	codes   []string // codes that are recorded by the name of their exception
}

// auditStyles are the exceptions. Sources: the services' own pages on CloudTrail (MWAA User Guide, "Viewing audit logs in AWS CloudTrail"; IAM
// User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail"), and the service models for the exceptions' names.
var auditStyles = map[string]auditStyle{
	"airflow": {changes: []string{"CreateCliToken", "CreateWebLoginToken", "InvokeRestApi"}},
	"kms":     {reads: []string{"DescribeKey"}},
	"sts":     {answers: []string{"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetSessionToken", "GetFederationToken"}},
	"iam": {codes: []string{
		"ConcurrentModification", "DeleteConflict", "EntityAlreadyExists", "EntityTemporarilyUnmodifiable", "InvalidInput", "LimitExceeded",
		"MalformedPolicyDocument", "NoSuchEntity", "PolicyEvaluation", "PolicyNotAttachable", "ServiceFailure", "UnmodifiableEntity",
	}},
	adminService: {from: "aircon.local"},
}

// styleOf is how a service's calls look.
func styleOf(service string) auditStyle {
	s := auditStyles[service]
	s.from = s.source(service)
	return s
}

func (s auditStyle) source(service string) string {
	if s.from != "" {
		return s.from
	}
	return service + ".amazonaws.com"
}

// reading reports whether CloudTrail calls an operation a read.
func (s auditStyle) reading(o *op.Operation) bool {
	if o.Write {
		return slices.Contains(s.reads, o.Name)
	}
	return !slices.Contains(s.changes, o.Name)
}

// code is the name that CloudTrail has for an error.
func (s auditStyle) code(code string) string {
	switch {
	case code == "AccessDeniedException":
		return "AccessDenied"
	case slices.Contains(s.codes, code):
		return code + "Exception"
	}
	return code
}

// appendParameters writes what the log may show of an input: what the model knows to be sensitive is left out.
func appendParameters(dst []byte, service, operation string, input any) []byte {
	if service != adminService {
		return model.AppendRedacted(dst, service, operation, input)
	}
	switch in := input.(type) {
	case *backupInput: // an identity may stand in the place of a recipient by mistake
		input = &backupInput{IncludeKey: in.IncludeKey}
	case *tokenInput: // one that was refused may be good for another environment
		input = &tokenInput{environmentInput: in.environmentInput, Kind: in.Kind}
	}
	text, err := json.Marshal(input) // nothing else in the admin API's inputs is secret
	if err != nil || string(text) == "{}" {
		return dst
	}
	return append(dst, text...)
}
