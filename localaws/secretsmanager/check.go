package secretsmanager

import (
	"strconv"
	"strings"

	"aircon/localaws/constraint"
	"aircon/localaws/op"
)

// This file holds what the model and the service ask of inputs, one function for each thing that is asked.

// Limits of the service (user guide, "Quotas"; API reference).
const (
	maxName        = 512
	maxID          = 2048
	maxValue       = 65_536 // bytes
	maxDescription = 2048
	maxTags        = 50
	maxPolicy      = 20_480
	maxPage        = 100
	maxBatch       = 20
	maxFilters     = 10
	minWindow      = 7 // days
	defaultWindow  = 30
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

// checkValue asks for text or bytes, not both, of at most 65,536 bytes.
func checkValue(s *text, binary []byte) error {
	var e constraint.Errors
	if s != nil {
		e.Size("secretString", len(*s), 0, maxValue)
	}
	e.Size("secretBinary", len(binary), 0, maxValue)
	if s != nil && len(binary) > 0 {
		return invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.")
	}
	return e.Err()
}

func checkDescription(description string) error {
	var e constraint.Errors
	e.Length("description", description, 0, maxDescription)
	return e.Err()
}

func checkTags(tags []tag) error {
	var e constraint.Errors
	for i, t := range tags {
		e.Length("tags."+strconv.Itoa(i+1)+".member.key", t.Key, 1, 128)
		e.Length("tags."+strconv.Itoa(i+1)+".member.value", t.Value, 0, 256)
	}
	if err := e.Err(); err != nil {
		return err
	}
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

func checkLabels(labels []string) error {
	var e constraint.Errors
	e.Size("versionStages", len(labels), 0, maxLabels)
	for i, label := range labels {
		e.Length("versionStages."+strconv.Itoa(i+1)+".member", label, 1, 256)
	}
	return e.Err()
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
	if len(in.AddReplicaRegions) > 0 {
		return invalidParameter("AddReplicaRegions is not served here: secrets have no replicas.")
	}
	return checkFirst(checkName(in.Name), checkToken(in.ClientRequestToken, true), checkValue(in.SecretString, in.SecretBinary),
		checkDescription(in.Description), checkTags(in.Tags))
}

func (in *getInput) check() error {
	var e constraint.Errors
	if in.VersionId != "" {
		e.Length("versionId", in.VersionId, 32, 64)
	}
	e.Length("versionStage", in.VersionStage, 0, 256)
	return e.Err()
}

func (in *putInput) check() error {
	return checkFirst(checkToken(in.ClientRequestToken, true), checkValue(in.SecretString, in.SecretBinary), checkLabels(in.VersionStages))
}

func (in *updateInput) check() error {
	description := ""
	if in.Description != nil {
		description = *in.Description
	}
	return checkFirst(checkToken(in.ClientRequestToken, false), checkValue(in.SecretString, in.SecretBinary), checkDescription(description))
}

func (in *stageInput) check() error {
	var e constraint.Errors
	e.Length("versionStage", in.VersionStage, 1, 256)
	for _, m := range []struct{ name, id string }{{"removeFromVersionId", in.RemoveFromVersionId}, {"moveToVersionId", in.MoveToVersionId}} {
		if m.id != "" {
			e.Length(m.name, m.id, 32, 64)
		}
	}
	return e.Err()
}

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

func (in *untagInput) check() error {
	var e constraint.Errors
	for i, key := range in.TagKeys {
		e.Length("tagKeys."+strconv.Itoa(i+1)+".member", key, 1, 128)
	}
	return e.Err()
}

func (in *listVersionsInput) check() error { return checkPage(in.MaxResults, maxPage) }

func (in *putPolicyInput) check() error { return checkPolicy(in.ResourcePolicy) }

func (in *validateInput) check() error {
	if in.SecretId != "" {
		if err := checkID(in.SecretId); err != nil {
			return err
		}
	}
	return checkPolicy(in.ResourcePolicy)
}

func checkPolicy(text string) error {
	var e constraint.Errors
	e.Length("resourcePolicy", text, 1, maxPolicy)
	return e.Err()
}

func checkPage(asked *int, most int) error {
	var e constraint.Errors
	if asked != nil {
		e.Range("maxResults", *asked, 1, most)
	}
	return e.Err()
}

func checkFilters(filters []filter) error {
	var e constraint.Errors
	e.Size("filters", len(filters), 0, maxFilters)
	for i, f := range filters {
		at := "filters." + strconv.Itoa(i+1) + ".member."
		if e.OneOf(at+"key", f.Key, filterKeys...); len(f.Values) == 0 {
			return invalidParameter("Invalid filter values for key: " + f.Key)
		}
		e.Size(at+"values", len(f.Values), 1, maxFilters)
		for j, v := range f.Values {
			e.Length(at+"values."+strconv.Itoa(j+1)+".member", v, 1, maxName)
		}
	}
	return e.Err()
}

func (in *listInput) check() error {
	var e constraint.Errors
	if in.SortOrder != "" {
		e.OneOf("sortOrder", in.SortOrder, "asc", "desc")
	}
	if in.SortBy != "" {
		e.OneOf("sortBy", in.SortBy, "created-date", "last-accessed-date", "last-changed-date", "name")
	}
	return checkFirst(e.Err(), checkPage(in.MaxResults, maxPage), checkFilters(in.Filters))
}

func (in *batchInput) check() error {
	switch {
	case len(in.SecretIdList) > 0 && len(in.Filters) > 0:
		return invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.")
	case len(in.SecretIdList) == 0 && len(in.Filters) == 0:
		return invalidParameter("Either 'SecretIdList' or 'Filters' must be provided.")
	case in.MaxResults != nil && len(in.Filters) == 0:
		return invalidParameter("'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.")
	}
	var e constraint.Errors
	if len(in.SecretIdList) > 0 {
		e.Size("secretIdList", len(in.SecretIdList), 1, maxBatch)
	}
	return checkFirst(e.Err(), checkPage(in.MaxResults, maxBatch), checkFilters(in.Filters))
}

func (in *passwordInput) check() error {
	var e constraint.Errors
	if in.PasswordLength != nil {
		e.Range("passwordLength", *in.PasswordLength, 1, 4096)
	}
	e.Length("excludeCharacters", in.ExcludeCharacters, 0, 4096)
	return e.Err()
}

func itoa(n int) string { return strconv.Itoa(n) }
