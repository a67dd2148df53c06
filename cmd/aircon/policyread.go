package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"aircon/internal/doctor"
	"aircon/internal/explain"
	"aircon/lookup"
	"aircon/policy"
)

// policyReader fills a question from what AWS has.
type policyReader struct {
	api interface {
		doctor.AWS
		User(ctx context.Context, name string) (*doctor.Role, error)
	}
	target doctor.Target
	q      *question
	setup  *doctor.Environment // of the target; read at the first need
}

// environment reads how the target is set up.
func (r *policyReader) environment(ctx context.Context) (*doctor.Environment, error) {
	if r.setup != nil {
		return r.setup, nil
	}
	if r.target.Name == "" {
		return nil, usageError{errors.New("there is no environment to ask: name one with --environment, or a role with --principal and a secret by its whole name")}
	}
	d := doctor.Doctor{AWS: r.api}
	setup, err := d.Setup(ctx, r.target)
	r.setup = setup
	return setup, err
}

// principal reads who calls: a role or a user with its policies, or another principal that has none here. A name alone is a role's.
func (r *policyReader) principal(ctx context.Context, name string) error {
	if name == "" {
		e, err := r.environment(ctx)
		if err != nil {
			return err
		}
		name = e.ExecutionRole()
	}
	who, isARN := policy.PrincipalOf(name, session)
	switch {
	case isARN && who.Kind == policy.User:
		return r.user(ctx, who)
	case isARN && who.Kind == policy.RoleSession:
		name = who.Issuer
	case isARN && who.Kind != policy.FederatedUser:
		r.q.request.Principal = &who
		return nil
	case strings.Contains(name, ":"):
		return usageError{fmt.Errorf("--principal %s: aircon reads the policies of roles and users; give those of a federated user by --identity and --session", name)}
	}
	role, err := r.api.Role(ctx, name)
	if err != nil {
		return err
	}
	if !isARN {
		who, _ = policy.PrincipalOf(role.ARN, session)
	}
	who.Issuer, who.UserID, who.Tags = role.ARN, role.ID+":"+who.ARN[strings.LastIndexByte(who.ARN, '/')+1:], role.Tags
	r.q.request.Principal, r.q.request.Identity, r.q.request.Boundary = &who, role.Policies, role.Boundary
	return nil
}

// user reads a user with the policies of its groups.
func (r *policyReader) user(ctx context.Context, who policy.Principal) error {
	user, err := r.api.User(ctx, who.ARN[strings.LastIndexByte(who.ARN, '/')+1:])
	if err != nil {
		return err
	}
	who.ARN, who.UserID, who.Tags = user.ARN, user.ID, user.Tags
	r.q.request.Principal, r.q.request.Identity, r.q.request.Boundary = &who, user.Policies, user.Boundary
	return nil
}

// resource finds what is called: an ARN, a secret's name, or what a conn_id stands for.
func (r *policyReader) resource(ctx context.Context, name string) error {
	q := r.q
	q.request.Resource = name
	arn, isARN := policy.ParseARN(name)
	switch {
	case isARN && arn.Service == "kms":
		return r.key(ctx, name, func(k *doctor.Key) { q.request.Resource, q.request.ResourcePolicy = k.ARN, named(k.ARN, k.Policy) })
	case isARN && arn.Service == "iam" && strings.HasPrefix(arn.Resource, "role/"):
		q.unknown = append(q.unknown, "the trust policy of "+name+": give it by --resource-policy")
		return nil
	case isARN && arn.Service != "secretsmanager":
		q.unknown = append(q.unknown, "the policy of "+name+" itself, if it has one: give it by --resource-policy")
		return nil
	case !isARN:
		found, err := r.secretName(ctx, name)
		if err != nil {
			return err
		}
		name, q.sent = found, found
	}
	return r.secret(ctx, name, isARN)
}

// secretName returns the name of the secret that a conn_id stands for in the target; what is none is a secret's name.
func (r *policyReader) secretName(ctx context.Context, id string) (string, error) {
	if s := r.target.Spec; s != nil && s.Connections.Get(id) != nil {
		return s.ConnectionsPrefix().Name(id), nil
	}
	if r.target.Name == "" || r.target.Spec != nil || strings.Contains(id, "/") {
		return id, nil
	}
	e, err := r.environment(ctx)
	if err != nil {
		return id, err
	}
	why := "it has no SecretsManagerBackend"
	if b := e.Settings.Backend; b != nil {
		names := b.Names(lookup.Connection, id, "")
		if len(names.Asked) > 0 {
			return names.Asked[0], nil
		}
		why = cmp.Or(string(names.Skip), "its lookup pattern fails")
	}
	r.q.unknown = append(r.q.unknown, fmt.Sprintf("the secret of a connection %s: %s asks for none (%s), so the name is taken as a secret's own", id, e.Name, why))
	return id, nil
}

// secret reads the policy and the key of a secret. One that does not exist is asked about by the ARN that it would have.
func (r *policyReader) secret(ctx context.Context, name string, isARN bool) error {
	q := r.q
	s, err := r.api.Secret(ctx, name)
	if err == nil && s.Deleted.IsZero() {
		s.Policy, err = r.api.SecretPolicy(ctx, s.ARN)
	}
	switch code := errorCode(err); {
	case code == "ResourceNotFoundException" || code == "AccessDeniedException":
		q.unknown = append(q.unknown, fmt.Sprintf("the policy and the key of the secret %s: %v", name, err))
		if isARN {
			return nil
		}
		caller, err := r.api.Caller(ctx)
		q.request.Resource = "arn:" + caller.Partition + ":secretsmanager:" + caller.Region + ":" + caller.Account + ":secret:" + name + explain.Suffix
		return err
	case err != nil:
		return err
	}
	q.request.Resource, q.request.ResourcePolicy = s.ARN, named(s.ARN, s.Policy)
	for _, t := range s.Tags {
		q.request.Context = append(q.request.Context, policy.One("aws:ResourceTag/"+t.Key, t.Value), policy.One("secretsmanager:ResourceTag/"+t.Key, t.Value))
	}
	if s.KMSKey == "" || !strings.EqualFold(q.request.Action, "secretsmanager:GetSecretValue") {
		return nil
	}
	return r.key(ctx, s.KMSKey, func(k *doctor.Key) {
		if !k.AWSManaged {
			q.key, q.keys = k.ARN, k.Policy
		}
	})
}

// key reads a key. One that may not be read is unknown.
func (r *policyReader) key(ctx context.Context, id string, use func(*doctor.Key)) error {
	k, err := r.api.Key(ctx, id)
	if errorCode(err) == "AccessDeniedException" {
		r.q.unknown = append(r.q.unknown, fmt.Sprintf("the policy of the key %s: %v", id, err))
		return nil
	}
	if err == nil {
		use(k)
	}
	return err
}

func named(arn string, document *policy.Document) *policy.Policy {
	if document == nil {
		return nil
	}
	return &policy.Policy{Name: arn, Document: document}
}

// errorCode is AWS's code of an error, or "".
func errorCode(err error) string {
	var coded interface{ ErrorCode() string }
	if errors.As(err, &coded) {
		return coded.ErrorCode()
	}
	return ""
}
