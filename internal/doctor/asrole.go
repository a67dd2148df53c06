package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"aircon"
	"aircon/lookup"
	"aircon/policy"
)

// Reading is what happens when the execution role reads one secret.
type Reading struct {
	Name     string
	Secret   *Secret // nil: it does not exist, or could not be described; SecretErr says which
	Err      error   // of reading what is known of the secret
	Decision policy.Decision
	Request  *policy.Request // nil: the role could not be judged
	Key      *Key            // customer key; nil: none, or unreadable
	KeyErr   error
	KeyJudge policy.Decision
	KeyAsked *policy.Request
	Text     aircon.Secret // as read with the caller's credentials
	TextErr  error         // why the caller could not read it
}

// Missing reports whether there is no secret by that name.
func (r *Reading) Missing() bool { return code(r.Err) == "ResourceNotFoundException" }

// HiddenFromCaller reports whether it is the caller who may not read the text, which says nothing about the role.
func (r *Reading) HiddenFromCaller() bool {
	return code(r.TextErr) == "AccessDeniedException" && (r.Request == nil || r.Decision.Allowed())
}

// code is AWS's code of an error, or "".
func code(err error) string {
	var coded interface{ ErrorCode() string }
	if errors.As(err, &coded) {
		return coded.ErrorCode()
	}
	return ""
}

// asRole answers GetSecretValue as Secrets Manager answers the execution role: package policy decides on the
// role's policies; the text comes by the caller's own credentials. Nobody needs to be able to assume the role.
type asRole struct {
	aws  AWS
	env  *Environment
	seen map[string]*Reading
}

// refusal is an error of Secrets Manager's, in the form that package lookup sees through.
type refusal struct{ code, message string }

func (r *refusal) Error() string        { return r.code + ": " + r.message }
func (r *refusal) ErrorCode() string    { return r.code }
func (r *refusal) ErrorMessage() string { return r.message }

// GetSecretValue reads a secret as the execution role would. The caller needs secretsmanager:GetSecretValue on it, and
// secretsmanager:DescribeSecret.
func (a *asRole) GetSecretValue(ctx context.Context, name string) (lookup.SecretValue, error) {
	r := a.read(ctx, name)
	switch {
	case r.Request != nil && !r.Decision.Allowed():
		return lookup.SecretValue{}, &refusal{"AccessDeniedException", r.Decision.Denial(r.Request, name)}
	case r.Missing():
		return lookup.SecretValue{}, &refusal{"ResourceNotFoundException", "Secrets Manager can't find the specified secret."}
	case r.KeyAsked != nil && !r.KeyJudge.Allowed():
		return lookup.SecretValue{}, &refusal{"AccessDeniedException", "Access to KMS is not allowed"}
	case r.TextErr != nil:
		return lookup.SecretValue{}, r.TextErr
	}
	return lookup.SecretValue{Text: r.Text, ARN: r.Secret.ARN}, nil
}

// read looks at one secret, once.
func (a *asRole) read(ctx context.Context, name string) *Reading {
	if r, ok := a.seen[name]; ok {
		return r
	}
	r := &Reading{Name: name}
	a.seen[name] = r
	r.Secret, r.Err = a.aws.Secret(ctx, name)
	a.judge(ctx, r)
	if r.Missing() {
		return r
	}
	value, err := a.aws.GetSecretValue(ctx, name)
	r.Text, r.TextErr = value.Text, err
	if r.Secret == nil {
		r.Secret = &Secret{Name: name, ARN: value.ARN, Current: err == nil}
	}
	return r
}

// judge decides what the role may do. For a secret that does not exist, AWS decides on an ARN made of the name.
func (a *asRole) judge(ctx context.Context, r *Reading) {
	role := a.env.Role
	if role == nil {
		return
	}
	judged := r.Secret
	if judged == nil {
		judged = &Secret{Name: r.Name, ARN: a.env.secretARN(r.Name) + suffix}
	}
	r.Decision, r.Request = role.mayRead(judged)
	if r.Secret == nil || !customerKey(r.Secret.KMSKey) {
		return
	}
	if r.Key, r.KeyErr = a.aws.Key(ctx, r.Secret.KMSKey); r.Key == nil || r.Key.AWSManaged {
		return
	}
	r.KeyJudge, r.KeyAsked = role.mayDecrypt(r.Key, r.Secret)
}

// customerKey reports whether a secret's KMS key is not the account's own for Secrets Manager.
func customerKey(id string) bool {
	return id != "" && !strings.HasSuffix(id, "alias/aws/secretsmanager")
}

// secretARN is the ARN that a policy for a secret by this name begins with; six random characters come after it.
func (e *Environment) secretARN(name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return fmt.Sprintf("arn:%s:secretsmanager:%s:%s:secret:%s", e.Caller.Partition, e.Caller.Region, e.Caller.Account, name)
}
