// Package sts is local AWS's Security Token Service: who am I, roles to assume, and sessions of users.
//
// Nothing of a session is stored. All of it, the secret access key included, is sealed with the store's root key into its
// token: credentials outlive a restart, and expire when their time has come. [Service] issues them, [Open] reads them.
package sts

import (
	"time"

	"aircon/localaws/op"
	"aircon/policy"
)

// Service returns the operations. Roles and managed policies are found in the directory.
func Service(directory op.Directory) op.Service {
	s := service{directory}
	whoami := op.Read("GetCallerIdentity", nil, s.getCallerIdentity)
	whoami.Open = true
	session := op.Read("GetSessionToken", nil, s.getSessionToken)
	session.Open = true
	return op.Service{
		Name:       "sts",
		Protocol:   op.Query,
		APIVersion: "2011-06-15",
		Namespace:  "https://sts.amazonaws.com/doc/2011-06-15/",
		Window:     15 * time.Minute,
		Operations: []op.Operation{whoami, session, op.Read("AssumeRole", s.assumeRoleNeeds, s.assumeRole)},
	}
}

type service struct{ directory op.Directory }

// Credentials are temporary ones, as answers carry them.
type Credentials struct {
	AccessKeyID     string    `json:"AccessKeyId"`
	SecretAccessKey string    `json:"SecretAccessKey"`
	SessionToken    string    `json:"SessionToken"`
	Expiration      time.Time `json:"Expiration"`
}

// GetCallerIdentityInput has no members.
type GetCallerIdentityInput struct{}

// GetCallerIdentityOutput says who signed the request.
type GetCallerIdentityOutput struct {
	Arn     string `json:"Arn"`
	UserID  string `json:"UserId"`
	Account string `json:"Account"`
}

func (s service) getCallerIdentity(c *op.Call, _ *GetCallerIdentityInput) (*GetCallerIdentityOutput, error) {
	return &GetCallerIdentityOutput{Arn: c.Principal.ARN, UserID: c.Principal.UserID, Account: c.Principal.Account}, nil
}

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

// Durations of a user's session, in seconds.
const (
	minDuration        = 900
	defaultUserSession = 43_200
	maxUserSession     = 129_600
)

func (s service) getSessionToken(c *op.Call, in *GetSessionTokenInput) (*GetSessionTokenOutput, error) {
	var v validation
	v.between("durationSeconds", in.DurationSeconds, minDuration, maxUserSession)
	if err := v.err(); err != nil {
		return nil, err
	}
	if c.Identity.Session != nil {
		return nil, accessDenied("Cannot call GetSessionToken with session credentials")
	}
	if in.SerialNumber != nil || in.TokenCode != nil {
		return nil, errMFA
	}
	duration := defaultUserSession
	if in.DurationSeconds != nil {
		duration = *in.DurationSeconds
	}
	credentials, err := issue(c, &op.Session{Principal: c.Principal}, time.Duration(duration)*time.Second)
	return &GetSessionTokenOutput{credentials}, err
}

// errMFA refuses a code of a device: local AWS has no devices.
var errMFA = accessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")

func accessDenied(message string) *op.Error {
	return &op.Error{Code: "AccessDenied", Message: message, Status: 403}
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
