package sts

import (
	"slices"
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

// Durations of role sessions.
const (
	defaultRoleSession = 3600 // seconds
	chainedRoleSession = time.Hour
)

// assumeRoleNeeds asks for sts:AssumeRole on the role, and for sts:TagSession and sts:SetSourceIdentity where the
// session carries such, inherited or not. A role that does not exist trusts nobody.
func (s service) assumeRoleNeeds(c *op.Call, in *AssumeRoleInput) ([]op.Need, error) {
	if err := in.validate(); err != nil {
		return nil, err
	}
	switch c.Principal.Kind {
	case policy.AccountRoot:
		return nil, accessDenied("Roles may not be assumed by root accounts.")
	case policy.FederatedUser:
		return nil, sessionDenied("AssumeRole")
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
	if in.source(c) != nil {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	needs := make([]op.Need, 0, len(actions))
	for _, action := range actions {
		need.Action = action
		needs = append(needs, need)
	}
	return needs, nil
}

// validate checks what the model does not say.
func (in *AssumeRoleInput) validate() error {
	if arn, ok := policy.ParseARN(*in.RoleArn); !ok || arn.Partition == "" || arn.Service == "" || arn.Resource == "" {
		return invalid(*in.RoleArn + " is invalid")
	}
	if err := uniqueTags(in.Tags); err != nil {
		return err
	}
	asked := names(in.Tags)
	for _, key := range in.TransitiveTagKeys {
		if !hasKey(asked, key) {
			return badTags("The specified transitive tag key must be included in the requested tags.")
		}
	}
	return nil
}

// source returns the source identity that the session will have: the one of the caller's session stays, whatever is asked.
func (in *AssumeRoleInput) source(c *op.Call) *string {
	if s := c.Identity.Session; s != nil && s.SourceIdentity != "" {
		return &s.SourceIdentity
	}
	return in.SourceIdentity
}

// context returns the condition keys of sts:AssumeRole that the request and the role imply.
func (in *AssumeRoleInput) context(c *op.Call, role op.Role) policy.Context {
	keys := policy.Context{policy.One("sts:RoleSessionName", *in.RoleSessionName)}
	if in.ExternalID != nil {
		keys = append(keys, policy.One("sts:ExternalId", *in.ExternalID))
	}
	if source := in.source(c); source != nil {
		keys = append(keys, policy.One("sts:SourceIdentity", *source))
	}
	passed := inherited(c)
	if transitive := slices.Concat(in.TransitiveTagKeys, names(passed)); len(transitive) > 0 {
		keys = append(keys, policy.Many("sts:TransitiveTagKeys", transitive...))
	}
	keys = append(keys, requestTags(slices.Concat(passed, in.Tags))...)
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
		return nil, in.denied(c, "sts:AssumeRole")
	}
	if in.SerialNumber != nil || in.TokenCode != nil {
		return nil, errMFA
	}
	duration, err := in.duration(c, role)
	if err != nil {
		return nil, err
	}
	session := &op.Session{Principal: roleSession(c, role, *in.RoleSessionName)}
	if err := s.bound(c, in.Policy, in.PolicyArns, role.Account, session); err != nil {
		return nil, err
	}
	if err := in.carry(c, session); err != nil {
		return nil, err
	}
	packed, err := pack(session)
	if err != nil {
		return nil, err
	}
	credentials, err := issue(c, session, duration)
	if err != nil {
		return nil, err
	}
	return &AssumeRoleOutput{
		credentials, AssumedRoleUser{AssumedRoleID: session.Principal.UserID, Arn: session.Principal.ARN}, packed, in.source(c),
	}, nil
}

// ForService makes credentials of a role for a service of AWS that assumes it, such as MWAA an environment's execution role. Whether the role's
// trust policy lets the service is for the service to decide.
func ForService(c *op.Call, role op.Role, sessionName string, duration time.Duration) (Credentials, error) {
	return issue(c, &op.Session{Principal: roleSession(c, role, sessionName)}, duration)
}

// denied is the refusal of what a role does not trust the caller with, in the words of AWS.
func (in *AssumeRoleInput) denied(c *op.Call, action string) *op.Error {
	return accessDenied("User: " + c.Principal.ARN + " is not authorized to perform: " + action + " on resource: " + *in.RoleArn)
}

// roleSession makes the principal of a session.
func roleSession(c *op.Call, role op.Role, name string) policy.Principal {
	return policy.Principal{
		Kind:    policy.RoleSession,
		ARN:     "arn:" + c.Partition + ":sts::" + role.Account + ":assumed-role/" + role.Name + "/" + name,
		Issuer:  role.ARN,
		Account: role.Account,
		UserID:  role.ID + ":" + name,
	}
}

// duration returns how long the session may last: an hour where a role's session assumes another.
func (in *AssumeRoleInput) duration(c *op.Call, role op.Role) (time.Duration, error) {
	d := seconds(in.DurationSeconds, defaultRoleSession)
	if c.Principal.Kind == policy.RoleSession && d > chainedRoleSession {
		return 0, invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	if role.MaxSession > 0 && d > role.MaxSession {
		return 0, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return d, nil
}

// carry gives the session its tags and its source identity, with what it inherits from the caller's own session.
func (in *AssumeRoleInput) carry(c *op.Call, session *op.Session) error {
	passed := inherited(c)
	for _, tag := range in.Tags {
		if hasKey(names(passed), tag.Key) {
			return badTags("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
	}
	session.Tags = slices.Concat(passed, in.Tags)
	session.Transitive = slices.Concat(in.TransitiveTagKeys, names(passed))
	if source := in.source(c); source != nil {
		session.SourceIdentity = *source
		if in.SourceIdentity != nil && *in.SourceIdentity != *source {
			return in.denied(c, "sts:SetSourceIdentity")
		}
	}
	return nil
}
