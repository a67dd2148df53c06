package kms

import (
	"cmp"
	"errors"
	"regexp"
	"strings"

	"aircon/localaws/constraint"
	"aircon/localaws/op"
	"aircon/policy"
)

// This file holds what the service asks of inputs beyond its model, one function for each thing that is asked.

// Limits of the service.
const (
	maxTags   = 50
	maxPolicy = 32_768 // bytes
)

var aliasName = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]+$`)

func (in *createKeyInput) check() error {
	switch {
	case in.CustomKeyStoreId != "":
		return noKeyStore(in.CustomKeyStoreId)
	case in.Origin != "" && in.Origin != keyOrigin:
		return unserved("Origin", in.Origin)
	case in.KeySpec != "" && in.CustomerMasterKeySpec != "" && in.KeySpec != in.CustomerMasterKeySpec:
		return twoSpecs()
	}
	if err := checkUsage(in.spec(), in.usage()); err != nil {
		return err
	}
	return checkTags(in.Tags)
}

// check asks for 7 to 30 days: the model takes 1 to 365.
func (in *scheduleInput) check() error {
	var e constraint.Errors
	if in.PendingWindowInDays != nil {
		e.Range("pendingWindowInDays", *in.PendingWindowInDays, 7, 30)
	}
	return e.Err()
}

func checkTags(tags []tag) error {
	if len(tags) > maxTags {
		return failure("TagException", "Too many tags")
	}
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		switch {
		case seen[t.TagKey]:
			return failure("TagException", "Duplicate tag keys")
		case strings.HasPrefix(strings.ToLower(t.TagKey), "aws:"):
			return failure("TagException", "Tags beginning with aws: are reserved")
		}
		seen[t.TagKey] = true
	}
	return nil
}

func checkAlias(name string) error {
	switch {
	case !strings.HasPrefix(name, "alias/"):
		return failure("ValidationException", "Invalid identifier")
	case strings.HasPrefix(name, "alias/aws/"):
		return failure("NotAuthorizedException", "")
	case !aliasName.MatchString(name):
		return failure("InvalidAliasNameException", "")
	}
	return nil
}

func checkPolicyName(name string) error {
	if name != "" && name != "default" {
		return failure("NotFoundException", "No such policy exists")
	}
	return nil
}

// readPolicy parses a key policy, whose users and roles must exist.
func (ks *Keys) readPolicy(c *op.Call, text string) (document, error) {
	if len(text) > maxPolicy {
		return document{}, policyTooLarge()
	}
	d, err := parse(text)
	if err == nil {
		err = d.Check(policy.Resource)
	}
	var fault *policy.Error
	if errors.As(err, &fault) {
		return document{}, failure("MalformedPolicyDocumentException", fault.Message)
	}
	if err != nil {
		return document{}, err
	}
	for _, s := range d.Statements() {
		for _, p := range s.Principals {
			if known, err := ks.principals.PrincipalExists(c, p); err != nil || !known {
				return document{}, cmp.Or(err, error(invalidPrincipals()))
			}
		}
	}
	return d, nil
}

// existing refuses a grant for a user or role that does not exist.
func (ks *Keys) existing(c *op.Call, arns ...string) error {
	for _, arn := range arns {
		p := policy.PrincipalElement{Element: policy.Element{Text: arn}, Class: "AWS"}
		if known, err := ks.principals.PrincipalExists(c, p); err != nil || !known {
			return cmp.Or(err, error(badPrincipal(arn)))
		}
	}
	return nil
}

// pageSize reads a Limit.
func pageSize(limit *int, standard int) int {
	if limit == nil {
		return standard
	}
	return *limit
}

func (in *dataKeyInput) check() error {
	if (in.KeySpec == "") == (in.NumberOfBytes == nil) {
		return failure("ValidationException", "Please specify either number of bytes or key spec.")
	}
	return nil
}

func (in *generateRandomInput) check() error {
	if in.NumberOfBytes == nil {
		return failure("ValidationException", "NumberOfBytes is required.")
	}
	return nil
}
