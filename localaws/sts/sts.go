// Package sts is local AWS's Security Token Service: who am I, roles to assume, sessions of users and of federated users, and whose an
// access key is. Web identity and SAML are not served: their operations are unknown to it.
//
// Nothing of a session is stored. All of it, the secret access key included, is sealed with the store's root key into its
// token: credentials outlive a restart, and expire when their time has come. [Service] issues them, [Open] reads them.
//
// Sources: the STS API reference, the IAM User Guide ("Compare AWS STS credentials", "Pass session tags in AWS STS", "Monitor and control
// actions taken with assumed roles"), answers recorded from the live service, and for condition keys the service authorization reference.
package sts

import (
	"time"

	"aircon/localaws/accesskey"
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
		Operations: []op.Operation{
			whoami, session,
			op.Read("AssumeRole", s.assumeRoleNeeds, s.assumeRole),
			op.Read("GetFederationToken", s.federationNeeds, s.getFederationToken),
			op.Read("GetAccessKeyInfo", onNothing[GetAccessKeyInfoInput]("GetAccessKeyInfo"), s.getAccessKeyInfo),
			op.Read("DecodeAuthorizationMessage", onNothing[DecodeAuthorizationMessageInput]("DecodeAuthorizationMessage"), s.decodeAuthorizationMessage),
		},
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

// getCallerIdentity needs no permission.
func (s service) getCallerIdentity(c *op.Call, _ *GetCallerIdentityInput) (*GetCallerIdentityOutput, error) {
	return &GetCallerIdentityOutput{Arn: c.Principal.ARN, UserID: c.Principal.UserID, Account: c.Principal.Account}, nil
}

// onNothing asks for an action that has no resource. Sessions that may not call it are refused before.
func onNothing[In any](action string) func(*op.Call, *In) ([]op.Need, error) {
	return func(c *op.Call, _ *In) ([]op.Need, error) {
		if limited(c) {
			return nil, sessionDenied(action)
		}
		return []op.Need{{Action: "sts:" + action, Resource: "*", Sent: "*"}}, nil
	}
}

// limited reports whether the caller's session, of a user or of a federated user, may call nothing here but AssumeRole (a user's) and
// GetCallerIdentity ("Compare AWS STS credentials").
func limited(c *op.Call) bool {
	return c.Identity.Session != nil && (c.Principal.Kind == policy.User || c.Principal.Kind == policy.FederatedUser)
}

// sessionDenied refuses a session in the words that the live service has for GetSessionToken.
func sessionDenied(action string) *op.Error {
	return accessDenied("Cannot call " + action + " with session credentials")
}

// GetAccessKeyInfoInput names an access key.
type GetAccessKeyInfoInput struct {
	AccessKeyID *string `json:"AccessKeyId"`
}

// GetAccessKeyInfoOutput says whose it is.
type GetAccessKeyInfoOutput struct {
	Account string `json:"Account"`
}

// getAccessKeyInfo needs sts:GetAccessKeyInfo. The account stands in the id: whether there is such a key is not asked.
func (s service) getAccessKeyInfo(_ *op.Call, in *GetAccessKeyInfoInput) (*GetAccessKeyInfoOutput, error) {
	account, ok := accesskey.Account(*in.AccessKeyID)
	if !ok {
		return nil, invalid("Invalid Access Key ID provided: " + *in.AccessKeyID)
	}
	return &GetAccessKeyInfoOutput{account}, nil
}

// DecodeAuthorizationMessageInput holds an encoded message.
type DecodeAuthorizationMessageInput struct{ EncodedMessage *string }

// DecodeAuthorizationMessageOutput holds what it says, JSON.
type DecodeAuthorizationMessageOutput struct{ DecodedMessage string }

// decodeAuthorizationMessage needs sts:DecodeAuthorizationMessage. None of the services here encodes the reason of a denial, so no message
// is one of theirs.
func (s service) decodeAuthorizationMessage(*op.Call, *DecodeAuthorizationMessageInput) (*DecodeAuthorizationMessageOutput, error) {
	return nil, &op.Error{Code: "InvalidAuthorizationMessageException", Message: "Message is not valid"}
}

// Not confirmed by recorded answers, AWS's documents or its users' reports are the texts for an access key id that holds no account, for a
// message that is none, and for operations other than GetSessionToken and GetFederationToken that a session may not call.

func accessDenied(message string) *op.Error {
	return &op.Error{Code: "AccessDenied", Message: message, Status: 403}
}

func invalid(message string) *op.Error { return &op.Error{Code: "ValidationError", Message: message} }
