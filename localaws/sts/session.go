package sts

import (
	"time"

	"aircon/localaws/op"
	"aircon/policy"
)

// defaultUserSession is how long a session lasts that a user or federated user does not limit, in seconds.
const defaultUserSession = 43_200

// GetSessionTokenInput asks for a session of a user.
type GetSessionTokenInput struct {
	DurationSeconds *int    `json:"DurationSeconds"`
	SerialNumber    *string `json:"SerialNumber"`
	TokenCode       *string `json:"TokenCode"`
}

// GetSessionTokenOutput holds the session's credentials.
type GetSessionTokenOutput struct {
	Credentials Credentials `json:"Credentials"`
}

// getSessionToken needs no permission, but a user's own keys.
func (s service) getSessionToken(c *op.Call, in *GetSessionTokenInput) (*GetSessionTokenOutput, error) {
	if c.Identity.Session != nil {
		return nil, sessionDenied("GetSessionToken")
	}
	if in.SerialNumber != nil || in.TokenCode != nil {
		return nil, errMFA
	}
	credentials, err := issue(c, &op.Session{Principal: c.Principal}, seconds(in.DurationSeconds, defaultUserSession))
	return &GetSessionTokenOutput{credentials}, err
}

func seconds(n *int, otherwise int) time.Duration {
	if n != nil {
		otherwise = *n
	}
	return time.Duration(otherwise) * time.Second
}

// errMFA refuses a code of a device: local AWS has no devices.
var errMFA = accessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")

// GetFederationTokenInput asks for a session of somebody whom a user vouches for.
type GetFederationTokenInput struct {
	Name            *string      `json:"Name"`
	Policy          *string      `json:"Policy"`
	PolicyArns      []PolicyARN  `json:"PolicyArns"`
	DurationSeconds *int         `json:"DurationSeconds"`
	Tags            []policy.Tag `json:"Tags"`
}

// FederatedUser names a session.
type FederatedUser struct {
	FederatedUserID string `json:"FederatedUserId"`
	Arn             string `json:"Arn"`
}

// GetFederationTokenOutput holds the session's credentials and its name.
type GetFederationTokenOutput struct {
	Credentials      Credentials   `json:"Credentials"`
	FederatedUser    FederatedUser `json:"FederatedUser"`
	PackedPolicySize *int          `json:"PackedPolicySize"`
}

func (in *GetFederationTokenInput) principal(c *op.Call) policy.Principal {
	return policy.Principal{
		Kind:    policy.FederatedUser,
		ARN:     "arn:" + c.Partition + ":sts::" + c.Account + ":federated-user/" + *in.Name,
		Issuer:  c.Principal.ARN,
		Account: c.Account,
		UserID:  c.Account + ":" + *in.Name,

		IssuerID: c.Principal.UserID,
	}
}

// federationNeeds asks for sts:GetFederationToken on the federated user, and for sts:TagSession where the session has tags.
func (s service) federationNeeds(c *op.Call, in *GetFederationTokenInput) ([]op.Need, error) {
	if c.Identity.Session != nil {
		return nil, sessionDenied("GetFederationToken")
	}
	if err := uniqueTags(in.Tags); err != nil {
		return nil, err
	}
	need := op.Need{Action: "sts:GetFederationToken", Resource: in.principal(c).ARN, Context: requestTags(in.Tags)}
	needs := []op.Need{need}
	if len(in.Tags) > 0 {
		need.Action = "sts:TagSession"
		needs = append(needs, need)
	}
	return needs, nil
}

// getFederationToken needs sts:GetFederationToken, and sts:TagSession where the session has tags. Without policies the session may do what
// policies of resources allow it, and nothing else.
func (s service) getFederationToken(c *op.Call, in *GetFederationTokenInput) (*GetFederationTokenOutput, error) {
	session := &op.Session{Principal: in.principal(c), Tags: in.Tags}
	if err := s.bound(c, in.Policy, in.PolicyArns, c.Account, session); err != nil {
		return nil, err
	}
	packed, err := pack(session)
	if err != nil {
		return nil, err
	}
	credentials, err := issue(c, session, seconds(in.DurationSeconds, defaultUserSession))
	return &GetFederationTokenOutput{credentials, FederatedUser{session.Principal.UserID, session.Principal.ARN}, packed}, err
}
