package kms

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"aircon/localaws/constraint"
	"aircon/policy"
)

// This file holds what the model and the service ask of inputs, one function for each thing that is asked.

// Limits of the service.
const (
	maxTags      = 50
	maxPlaintext = 4096   // bytes
	maxBlob      = 6144   // bytes
	maxPolicy    = 32_768 // bytes
)

var (
	aliasName = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]+$`)
	tagKeyMax = 128
	tagMax    = 256
)

func (in *createKeyInput) check() error {
	if err := checkDescription(in.Description); err != nil {
		return err
	}
	switch {
	case in.Origin != "" && in.Origin != keyOrigin:
		return unserved("Origin", in.Origin)
	case in.MultiRegion:
		return failure("UnsupportedOperationException", "Multi-Region keys are not served here.")
	}
	if err := checkUsage(in.spec(), in.usage()); err != nil {
		return err
	}
	return checkTags(in.Tags)
}

func (in *scheduleInput) check() error {
	var e constraint.Errors
	if in.PendingWindowInDays != nil {
		e.Range("pendingWindowInDays", *in.PendingWindowInDays, 7, 30)
	}
	return e.Err()
}

func checkDescription(text string) error {
	var e constraint.Errors
	e.Length("description", text, 0, 8192)
	return e.Err()
}

func checkTags(tags []tag) error {
	var e constraint.Errors
	for i, t := range tags {
		e.Length("tags."+strconv.Itoa(i+1)+".member.tagKey", t.TagKey, 1, tagKeyMax)
		e.Length("tags."+strconv.Itoa(i+1)+".member.tagValue", t.TagValue, 0, tagMax)
	}
	if err := e.Err(); err != nil {
		return err
	}
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
	var e constraint.Errors
	e.Length("aliasName", name, 1, 256)
	if err := e.Err(); err != nil {
		return err
	}
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

// readPolicy parses a key policy.
func readPolicy(text string) (document, error) {
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
	return d, err
}

// checkPage reads a Limit.
func checkPage(limit *int, standard int) (int, error) {
	if limit == nil {
		return standard, nil
	}
	var e constraint.Errors
	e.Range("limit", *limit, 1, 1000)
	return *limit, e.Err()
}

func (in *dataKeyInput) check() error {
	var e constraint.Errors
	if in.KeySpec != "" {
		e.OneOf("keySpec", in.KeySpec, "AES_256", "AES_128")
	}
	if in.NumberOfBytes != nil {
		e.Range("numberOfBytes", *in.NumberOfBytes, 1, 1024)
	}
	if (in.KeySpec == "") == (in.NumberOfBytes == nil) {
		return failure("ValidationException", "Please specify either number of bytes or key spec.")
	}
	return e.Err()
}

func (in *generateRandomInput) check() error {
	var e constraint.Errors
	if in.NumberOfBytes == nil {
		return failure("ValidationException", "NumberOfBytes is required.")
	}
	e.Range("numberOfBytes", *in.NumberOfBytes, 1, 1024)
	return e.Err()
}
