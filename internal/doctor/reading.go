package doctor

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"aircon"
	"aircon/internal/network"
	"aircon/policy"
)

// Reading is what happens when the execution role reads one secret.
type Reading struct {
	Name      string
	Secret    *Secret // nil: it does not exist, or nothing is known of it; Err says which
	Err       error   // of reading what is known of the secret
	PolicyErr error   // of reading the secret's own policy
	Decision  policy.Decision
	Request   *policy.Request // nil: the role could not be judged
	HangsOn   string          // condition keys that are not known here, on which alone a denial hangs: Request is nil then
	Key       *Key            // customer key; nil: none, or unreadable
	KeyErr    error           // of reading the key, or only its policy
	KeyJudge  policy.Decision
	KeyAsked  *policy.Request
	Text      aircon.Secret // as read with the caller's credentials
	TextErr   error         // why the caller could not read it
}

const notFound = "ResourceNotFoundException"

// Missing reports whether there is no secret by that name.
func (r *Reading) Missing() bool {
	return code(r.Err) == notFound || r.Secret == nil && code(r.TextErr) == notFound
}

// HiddenFromCaller reports whether it is the caller who may not read the text, which says nothing about the role.
func (r *Reading) HiddenFromCaller() bool {
	return denied(r.TextErr) && (r.Request == nil || r.Decision.Allowed())
}

// code is AWS's code of an error, or "".
func code(err error) string {
	var coded interface{ ErrorCode() string }
	if errors.As(err, &coded) {
		return coded.ErrorCode()
	}
	return ""
}

// denied reports whether AWS says that the caller may not do it.
func denied(err error) bool {
	c := code(err)
	return c == "AccessDeniedException" || c == "AccessDenied" || c == "UnauthorizedOperation" // EC2's
}

// lacking is the IAM action that the caller lacks, as far as an error says so, or "".
func lacking(err error) string {
	var named interface{ Action() string }
	if denied(err) && errors.As(err, &named) {
		return named.Action()
	}
	return ""
}

// why words an error for what is unchecked because of it: the missing permission first.
func why(err error) string {
	if action := lacking(err); action != "" {
		return "the caller lacks " + action + ": " + err.Error()
	}
	return err.Error()
}

// look reads one secret, and what the execution role may do with it.
func (a *asRole) look(ctx context.Context, name string) *Reading {
	ctx, cancel := context.WithTimeout(ctx, a.limit)
	defer cancel()
	r := &Reading{Name: name}
	value, err := a.value(ctx, name)
	r.Text, r.TextErr = value.Text, err
	a.describe(ctx, r, value.ARN)
	if r.Secret != nil && r.Secret.Deleted.IsZero() { // a deleted one's policy cannot be asked for, and nobody can read it anyway
		r.Secret.Policy, r.PolicyErr = a.aws.SecretPolicy(ctx, r.Secret.ARN)
	} else if r.Err != nil && !r.Missing() {
		r.PolicyErr = r.Err
	}
	a.judge(ctx, r)
	return r
}

// describe takes from the list what is known of a secret. The list may lag behind, so that whatever in it would be a fault, or does not
// fit the text that was read, is asked for anew.
func (a *asRole) describe(ctx context.Context, r *Reading, arn string) {
	s := a.listed[r.Name]
	if s != nil && s.Deleted.IsZero() && s.Current && !s.pending() && (r.TextErr == nil && arn == s.ARN || denied(r.TextErr)) {
		copied := *s
		r.Secret = &copied
		return
	}
	if r.Secret, r.Err = a.aws.Secret(ctx, r.Name); r.Secret == nil && arn != "" {
		r.Secret = &Secret{Name: r.Name, ARN: arn, Current: true}
	}
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
	decision, request := role.mayRead(judged, a.env.Around.through()...)
	if !decision.Allowed() {
		r.HangsOn = hangsOn(request, settled(a.env.Around.to(network.SecretsManager.Name)))
	}
	if r.HangsOn != "" {
		// what it is inside the environment cannot be told from here
	} else if r.PolicyErr == nil || decision.Effect == policy.ExplicitDeny { // without the secret's policy only a deny is certain
		r.Decision, r.Request = decision, request
	}
	if r.Secret == nil || !customerKey(r.Secret.KMSKey) {
		return
	}
	a.judgeKey(ctx, r)
	if r.KeyAsked == nil || r.KeyJudge.Allowed() || a.listed[r.Name] == nil {
		return
	}
	if now, err := a.aws.Secret(ctx, r.Name); err == nil && now.KMSKey != r.Secret.KMSKey { // the list lagged behind
		r.Secret.KMSKey, r.Key, r.KeyAsked = now.KMSKey, nil, nil
		if customerKey(now.KMSKey) {
			a.judgeKey(ctx, r)
		}
	}
}

// judgeKey decides what the role may do with the secret's customer key.
func (a *asRole) judgeKey(ctx context.Context, r *Reading) {
	id := r.Secret.KMSKey
	if a.env.foreign(r.Secret.ARN) { // an id or alias would be looked for in the own account
		id = keyARN(r.Secret)
	}
	r.Key, r.KeyErr = a.key(ctx, id)
	switch {
	case r.KeyErr == nil && !r.Key.AWSManaged:
		r.KeyJudge, r.KeyAsked = a.env.Role.mayDecrypt(r.Key, r.Secret)
	case r.KeyErr != nil && a.env.foreign(id) && strings.Contains(id, ":key/"): // both accounts must allow it, so that one's no is certain
		key := cmp.Or(r.Key, &Key{ARN: id})
		if d, q := a.env.Role.wouldDecrypt(key, r.Secret); !d.Allowed() {
			r.Key, r.KeyJudge, r.KeyAsked = key, d, q
		}
	}
}
