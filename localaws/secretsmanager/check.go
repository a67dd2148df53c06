package secretsmanager

import (
	"strconv"
	"strings"

	"aircon/localaws/constraint"
	"aircon/localaws/op"
)

// This file holds what the service asks of inputs beyond its model, one function for each thing that is asked. The members that it words
// itself are those of Service's Own.

// Limits of the service (user guide, "Quotas"; API reference).
const (
	maxName       = 512
	maxID         = 2048
	maxValue      = 65_536 // bytes
	maxTags       = 50
	maxPage       = 100
	maxBatch      = 20
	minWindow     = 7 // days
	defaultWindow = 30
)

// checkName asks for a name of the right characters.
func checkName(name string) error {
	var e constraint.Errors
	e.Length("name", name, 0, maxName)
	if err := e.Err(); err != nil {
		return err
	}
	return checkCharacters(name)
}

// checkID asks for a SecretId of the right characters. An ARN has the colon too.
func checkID(id string) error {
	var e constraint.Errors
	e.Length("secretId", id, 0, maxID)
	if err := e.Err(); err != nil {
		return err
	}
	if strings.HasPrefix(id, "arn:") {
		id = strings.ReplaceAll(id, ":", "")
	}
	return checkCharacters(id)
}

// checkCharacters takes an exclamation mark too: AWS names it in the error, and uses it for secrets of its own services.
func checkCharacters(name string) error {
	valid := name != ""
	for i := range len(name) {
		b := name[i]
		valid = valid && ('a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || strings.IndexByte("-/_+=.@!", b) >= 0)
	}
	if !valid {
		return failure("ValidationException",
			"Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
	}
	return nil
}

func noToken() *op.Error {
	return invalidRequest("You must provide a ClientRequestToken value. We recommend a UUID-type value.")
}

// checkToken asks for a client request token, which becomes the version's id.
func checkToken(token string, required bool) error {
	switch {
	case token == "" && required:
		return noToken()
	case token != "" && (len(token) < 32 || len(token) > 64):
		return invalidParameter("ClientRequestToken must be 32-64 characters long.")
	}
	return nil
}

// checkValue asks for text or bytes, not both, of at most 65,536 bytes: the model counts characters.
func checkValue(s *text, binary []byte) error {
	var e constraint.Errors
	if s != nil {
		e.Size("secretString", len(*s), 0, maxValue)
	}
	if s != nil && len(binary) > 0 {
		return invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.")
	}
	return e.Err()
}

func checkTags(tags []tag) error {
	if len(tags) > maxTags {
		return failure("LimitExceededException", "You can't have more than 50 tags on a secret.")
	}
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		switch {
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return invalidParameter("Tag keys that begin with aws: are reserved for AWS.")
		case seen[t.Key]:
			return invalidParameter("The tag key " + t.Key + " stands more than once in the request.")
		}
		seen[t.Key] = true
	}
	return nil
}

// checkFirst returns the first error of its arguments.
func checkFirst(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (in *createInput) check() error {
	return checkFirst(checkName(in.Name), checkToken(in.ClientRequestToken, true), checkValue(in.SecretString, in.SecretBinary),
		checkTags(in.Tags))
}

func (*getInput) check() error { return nil }

func (in *putInput) check() error {
	return checkFirst(checkToken(in.ClientRequestToken, true), checkValue(in.SecretString, in.SecretBinary))
}

func (in *updateInput) check() error {
	return checkFirst(checkToken(in.ClientRequestToken, false), checkValue(in.SecretString, in.SecretBinary))
}

func (*stageInput) check() error { return nil }

func (in *deleteInput) check() error {
	if in.RecoveryWindowInDays == nil {
		return nil
	}
	if in.ForceDeleteWithoutRecovery != nil && *in.ForceDeleteWithoutRecovery {
		return invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
	}
	if n := *in.RecoveryWindowInDays; n < minWindow || n > defaultWindow {
		return invalidParameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
	}
	return nil
}

func (in *tagInput) check() error { return checkTags(in.Tags) }

func (*untagInput) check() error { return nil }

func (*listVersionsInput) check() error { return nil }

func (*putPolicyInput) check() error { return nil }

func (in *validateInput) check() error {
	if in.SecretId == "" {
		return nil
	}
	return checkID(in.SecretId)
}

func checkFilters(filters []filter) error {
	for _, f := range filters {
		if len(f.Values) == 0 {
			return invalidParameter("Invalid filter values for key: " + f.Key)
		}
	}
	return nil
}

func (in *listInput) check() error { return checkFilters(in.Filters) }

func (in *batchInput) check() error {
	switch {
	case len(in.SecretIdList) > 0 && len(in.Filters) > 0:
		return invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.")
	case len(in.SecretIdList) == 0 && len(in.Filters) == 0:
		return invalidParameter("Either 'SecretIdList' or 'Filters' must be provided.")
	case in.MaxResults != nil && len(in.Filters) == 0:
		return invalidParameter("'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.")
	}
	return checkFilters(in.Filters)
}

func itoa(n int) string { return strconv.Itoa(n) }
