package sts

import (
	"slices"
	"strings"
	"time"

	"aircon/localaws/op"
	"aircon/policy"
)

// AssumeRoleInput asks for a session of a role.
type AssumeRoleInput struct {
	RoleArn           *string      `json:"RoleArn"`
	RoleSessionName   *string      `json:"RoleSessionName"`
	PolicyArns        []PolicyARN  `json:"PolicyArns"`
	Policy            *string      `json:"Policy"`
	DurationSeconds   *int         `json:"DurationSeconds"`
	Tags              []policy.Tag `json:"Tags"`
	TransitiveTagKeys []string     `json:"TransitiveTagKeys"`
	ExternalID        *string      `json:"ExternalId"`
	SerialNumber      *string      `json:"SerialNumber"`
	TokenCode         *string      `json:"TokenCode"`
	SourceIdentity    *string      `json:"SourceIdentity"`
}

// PolicyARN names a managed policy.
type PolicyARN struct {
	ARN *string `json:"arn"`
}

// AssumeRoleOutput holds the session's credentials and its names.
type AssumeRoleOutput struct {
	Credentials      Credentials     `json:"Credentials"`
	AssumedRoleUser  AssumedRoleUser `json:"AssumedRoleUser"`
	PackedPolicySize *int            `json:"PackedPolicySize"`
	SourceIdentity   *string         `json:"SourceIdentity"`
}

// AssumedRoleUser names a session.
type AssumedRoleUser struct {
	AssumedRoleID string `json:"AssumedRoleId"`
	Arn           string `json:"Arn"`
}

// Limits of role sessions.
const (
	defaultRoleSession = 3600 // seconds
	maxRoleSession     = 43_200
	chainedRoleSession = 3600
	maxTags            = 50
	maxPolicyARNs      = 10
)

// assumeRoleNeeds asks for sts:AssumeRole on the role, and for sts:TagSession and sts:SetSourceIdentity where the
// session carries such. A role that does not exist trusts nobody.
func (s service) assumeRoleNeeds(c *op.Call, in *AssumeRoleInput) ([]op.Need, error) {
	if err := in.validate(); err != nil {
		return nil, err
	}
	if c.Principal.Kind == policy.AccountRoot {
		return nil, accessDenied("Roles may not be assumed by root accounts.")
	}
	role, _, err := s.directory.Role(c.Tx, *in.RoleArn)
	if err != nil {
		return nil, err
	}
	roleARN, _ := policy.ParseARN(*in.RoleArn)
	need := op.Need{
		Resource: *in.RoleArn, Policy: role.Trust, Owner: roleARN.Account,
		Context: in.context(c, role), PolicyDecides: true,
	}
	actions := []string{"sts:AssumeRole"}
	if len(in.Tags) > 0 || len(inherited(c)) > 0 {
		actions = append(actions, "sts:TagSession")
	}
	if in.SourceIdentity != nil {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	needs := make([]op.Need, 0, len(actions))
	for _, action := range actions {
		need.Action = action
		needs = append(needs, need)
	}
	return needs, nil
}

// validate checks the input against the model, and then what the model does not say.
func (in *AssumeRoleInput) validate() error {
	var v validation
	v.text("roleArn", in.RoleArn, true, arnShape)
	v.text("roleSessionName", in.RoleSessionName, true, sessionNameShape)
	v.text("policy", in.Policy, false, policyShape)
	v.text("externalId", in.ExternalID, false, externalIDShape)
	v.text("sourceIdentity", in.SourceIdentity, false, sourceIdentityShape)
	v.between("durationSeconds", in.DurationSeconds, minDuration, maxRoleSession)
	v.atMost("policyArns", len(in.PolicyArns), maxPolicyARNs)
	v.atMost("tags", len(in.Tags), maxTags)
	v.atMost("transitiveTagKeys", len(in.TransitiveTagKeys), maxTags)
	for _, tag := range in.Tags {
		v.text("tags", &tag.Key, true, tagKeyShape)
		v.text("tags", &tag.Value, true, tagValueShape)
	}
	for _, p := range in.PolicyArns {
		v.text("policyArns", p.ARN, false, arnShape)
	}
	if err := v.err(); err != nil {
		return err
	}
	if arn, ok := policy.ParseARN(*in.RoleArn); !ok || arn.Partition == "" || arn.Service == "" || arn.Resource == "" {
		return invalid(*in.RoleArn + " is invalid")
	}
	return in.validateTags()
}

func (in *AssumeRoleInput) validateTags() error {
	keys := map[string]bool{}
	for _, tag := range in.Tags {
		key := strings.ToLower(tag.Key)
		if keys[key] {
			return badTags("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		keys[key] = true
	}
	for _, key := range in.TransitiveTagKeys {
		if !keys[strings.ToLower(key)] {
			return badTags("The specified transitive tag key must be included in the requested tags.")
		}
	}
	return nil
}

func badTags(message string) *op.Error {
	return &op.Error{Code: "InvalidParameterValue", Message: message}
}

// context returns the condition keys of sts:AssumeRole that the request and the role imply.
func (in *AssumeRoleInput) context(c *op.Call, role op.Role) policy.Context {
	keys := policy.Context{policy.One("sts:RoleSessionName", *in.RoleSessionName)}
	if in.ExternalID != nil {
		keys = append(keys, policy.One("sts:ExternalId", *in.ExternalID))
	}
	if in.SourceIdentity != nil {
		keys = append(keys, policy.One("sts:SourceIdentity", *in.SourceIdentity))
	}
	if len(in.TransitiveTagKeys) > 0 {
		keys = append(keys, policy.Many("sts:TransitiveTagKeys", in.TransitiveTagKeys...))
	}
	if tags := merge(inherited(c), in.Tags); len(tags) > 0 {
		names := make([]string, 0, len(tags))
		for _, tag := range tags {
			names = append(names, tag.Key)
			keys = append(keys, policy.One("aws:RequestTag/"+tag.Key, tag.Value))
		}
		keys = append(keys, policy.Many("aws:TagKeys", names...))
	}
	for _, tag := range role.Tags {
		keys = append(keys, policy.One("aws:ResourceTag/"+tag.Key, tag.Value), policy.One("iam:ResourceTag/"+tag.Key, tag.Value))
	}
	return keys
}

func (s service) assumeRole(c *op.Call, in *AssumeRoleInput) (*AssumeRoleOutput, error) {
	role, ok, err := s.directory.Role(c.Tx, *in.RoleArn)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, accessDenied("User: " + c.Principal.ARN + " is not authorized to perform: sts:AssumeRole on resource: " + *in.RoleArn)
	}
	if in.SerialNumber != nil || in.TokenCode != nil {
		return nil, errMFA
	}
	duration, err := in.duration(c, role)
	if err != nil {
		return nil, err
	}
	session := &op.Session{Principal: roleSession(c, role, *in.RoleSessionName)}
	if err := s.bound(c, in, role, session); err != nil {
		return nil, err
	}
	if err := in.carry(c, session); err != nil {
		return nil, err
	}
	credentials, err := issue(c, session, duration)
	if err != nil {
		return nil, err
	}
	return in.output(session, credentials), nil
}

// duration returns how long the session may last: an hour where a role's session assumes another.
func (in *AssumeRoleInput) duration(c *op.Call, role op.Role) (time.Duration, error) {
	seconds := defaultRoleSession
	if in.DurationSeconds != nil {
		seconds = *in.DurationSeconds
	}
	d := time.Duration(seconds) * time.Second
	if c.Principal.Kind == policy.RoleSession && seconds > chainedRoleSession {
		return 0, invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	if role.MaxSession > 0 && d > role.MaxSession {
		return 0, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return d, nil
}

// bound gives the session the policies that it was asked to have.
func (s service) bound(c *op.Call, in *AssumeRoleInput, role op.Role, session *op.Session) error {
	if in.Policy != nil {
		document, err := policy.Parse([]byte(*in.Policy))
		if err != nil {
			return &op.Error{Code: "MalformedPolicyDocument", Message: err.Error()}
		}
		session.Policy = document
	}
	for _, p := range in.PolicyArns {
		if p.ARN == nil {
			continue
		}
		managed, err := s.directory.ManagedPolicy(c.Tx, *p.ARN)
		if err != nil {
			return err
		}
		if arn, _ := policy.ParseARN(*p.ARN); managed == nil || arn.Account != "aws" && arn.Account != role.Account {
			return invalid(*p.ARN + " is invalid")
		}
		session.PolicyARNs = append(session.PolicyARNs, *p.ARN)
	}
	return nil
}

// carry gives the session its tags and its source identity, with what it inherits from the caller's own session.
func (in *AssumeRoleInput) carry(c *op.Call, session *op.Session) error {
	passed := inherited(c)
	for _, tag := range in.Tags {
		if slices.ContainsFunc(passed, func(t policy.Tag) bool { return strings.EqualFold(t.Key, tag.Key) }) {
			return badTags("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
	}
	session.Tags = merge(passed, in.Tags)
	session.Transitive = slices.Clone(in.TransitiveTagKeys)
	for _, tag := range passed {
		session.Transitive = append(session.Transitive, tag.Key)
	}
	if caller := c.Identity.Session; caller != nil && caller.SourceIdentity != "" {
		if in.SourceIdentity != nil && *in.SourceIdentity != caller.SourceIdentity {
			return accessDenied("User: " + c.Principal.ARN + " is not authorized to perform: sts:SetSourceIdentity on resource: " + *in.RoleArn)
		}
		session.SourceIdentity = caller.SourceIdentity
	} else if in.SourceIdentity != nil {
		session.SourceIdentity = *in.SourceIdentity
	}
	return nil
}

// inherited returns the transitive tags of the caller's session.
func inherited(c *op.Call) []policy.Tag {
	s := c.Identity.Session
	if s == nil {
		return nil
	}
	var tags []policy.Tag
	for _, tag := range s.Tags {
		if slices.ContainsFunc(s.Transitive, func(key string) bool { return strings.EqualFold(key, tag.Key) }) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// merge joins two lists of tags that share no key.
func merge(a, b []policy.Tag) []policy.Tag { return append(slices.Clone(a), b...) }

// maxPacked is what AWS packs policies and tags into, roughly, in bytes: the answer says how much of it is used.
const maxPacked = 2048

func (in *AssumeRoleInput) output(session *op.Session, credentials Credentials) *AssumeRoleOutput {
	out := &AssumeRoleOutput{
		Credentials:     credentials,
		AssumedRoleUser: AssumedRoleUser{AssumedRoleID: session.Principal.UserID, Arn: session.Principal.ARN},
	}
	if session.SourceIdentity != "" {
		out.SourceIdentity = &session.SourceIdentity
	}
	used := 0
	if session.Policy != nil {
		used = policy.Size(session.Policy.Text())
	}
	for _, arn := range session.PolicyARNs {
		used += len(arn)
	}
	for _, tag := range session.Tags {
		used += len(tag.Key) + len(tag.Value)
	}
	if used > 0 {
		percent := max(1, used*100/maxPacked)
		out.PackedPolicySize = &percent
	}
	return out
}
