package secretsmanager

import (
	"strconv"
	"strings"

	"aircon/localaws/op"
	"aircon/policy"
)

// ref is the part of an input that names a secret. The needs find the secret and leave it there for the operation,
// which runs right after them in the same transaction.
type ref struct {
	SecretId string
	found    *secret // nil where there is no such secret
}

func (r *ref) target() *ref { return r }

// existing returns the secret that was found, pending deletion or not.
func (r *ref) existing() (*secret, error) {
	if r.found == nil {
		return nil, notFound()
	}
	return r.found, nil
}

// usable returns the secret that was found, unless it is pending deletion.
func (r *ref) usable() (*secret, error) {
	s, err := r.existing()
	if err == nil && s.pending() {
		return nil, markedForDeletion()
	}
	return s, err
}

// writable returns the secret that was found, if it can be changed here: a replica changes with its primary only (words seen in cloud-nuke issue
// 435 and terraform-aws-secrets-manager issue 188).
func (r *ref) writable() (*secret, error) {
	s, err := r.usable()
	if err != nil {
		return nil, err
	}
	return s, s.primaryOnly()
}

func (s *secret) primaryOnly() error {
	if s.Primary != "" {
		return invalidParameter("Operation not permitted on a replica secret. Call must be made in primary secret's region.")
	}
	return nil
}

// secretInput is the input of operations that take a secret and nothing else.
type secretInput struct{ ref }

func (*secretInput) check() error { return nil }

func (*secretInput) keys(keys policy.Context) policy.Context { return keys }

// referring is an input that names a secret.
type referring interface {
	target() *ref
	check() error                       // what the model and the service ask of the rest of the input
	keys(policy.Context) policy.Context // adds the condition keys that the rest of the input stands for
}

// named returns the needs of an operation on the one secret that its input names.
func named[In any, P interface {
	*In
	referring
}](action string) func(*op.Call, *In) ([]op.Need, error) {
	action = serviceName + ":" + action
	return func(c *op.Call, in *In) ([]op.Need, error) {
		r := P(in).target()
		if err := checkID(r.SecretId); err != nil {
			return nil, err
		}
		if err := P(in).check(); err != nil {
			return nil, err
		}
		var err error
		if r.found, err = find(c, r.SecretId); err != nil {
			return nil, err
		}
		n := need(c, action, r)
		n.Context = P(in).keys(n.Context)
		return []op.Need{n}, nil
	}
}

// need is what an action on a secret asks for. A secret that does not exist is decided on by its ARN without the suffix:
// who may not read it does not learn whether it exists.
func need(c *op.Call, action string, r *ref) op.Need {
	n := op.Need{Action: action, Sent: r.SecretId}
	s := r.found
	if s == nil {
		parsed := parse(c, r.SecretId)
		n.Owner = parsed.account
		if n.Resource = parsed.name; !parsed.foreign {
			n.Resource = arnOf(c, parsed.account, parsed.name)
		}
		if parsed.arn != "" {
			n.Resource = parsed.arn
		}
		n.Context = policy.Context{policy.One("secretsmanager:SecretId", n.Resource)}
		return n
	}
	n.Resource, n.Owner, n.Policy = s.ARN, s.Account, s.Policy.Document
	keys := c.Keys(6 + 2*len(s.Tags))
	keys = append(keys, policy.One("secretsmanager:SecretId", s.ARN), policy.One("secretsmanager:SecretPrimaryRegion", s.primaryRegion(c.Region)))
	if s.Rotation != nil {
		keys = append(keys, policy.One("secretsmanager:resource/AllowRotationLambdaArn", s.Rotation.LambdaARN))
	}
	keys = optional(keys, "secretsmanager:resource/Type", s.Type)
	for _, t := range s.Tags {
		keys = append(keys, policy.One("aws:ResourceTag/"+t.Key, t.Value), policy.One("secretsmanager:ResourceTag/"+t.Key, t.Value))
	}
	n.Context = keys
	return n
}

// general is a need without a resource.
func general(action string) []op.Need {
	return []op.Need{{Action: serviceName + ":" + action, Resource: "*"}}
}

// tagKeys are the condition keys of a request that sets tags.
func tagKeys(keys policy.Context, tags []tag) policy.Context {
	if len(tags) == 0 {
		return keys
	}
	names := make([]string, 0, len(tags))
	for _, t := range tags {
		keys = append(keys, policy.One("aws:RequestTag/"+t.Key, t.Value))
		names = append(names, t.Key)
	}
	return append(keys, policy.Many("aws:TagKeys", names...))
}

// optional adds a condition key where the input has its member.
func optional(keys policy.Context, name, value string) policy.Context {
	if value == "" {
		return keys
	}
	return append(keys, policy.One(name, value))
}

// kmsKeys are the condition keys of a request that sets a KMS key.
func kmsKeys(keys policy.Context, id string) policy.Context {
	keys = optional(keys, "secretsmanager:KmsKeyId", id)
	if !strings.HasPrefix(id, "arn:") {
		return keys
	}
	return optional(keys, "secretsmanager:KmsKeyArn", id)
}

func truth(keys policy.Context, name string, value *bool) policy.Context {
	if value == nil {
		return keys
	}
	return append(keys, policy.One(name, strconv.FormatBool(*value)))
}
