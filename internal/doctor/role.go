package doctor

import (
	"strings"

	"aircon/policy"
)

// unlikely is a name that no secret has: what the role may do with it, it may do with any.
const unlikely = "aircon-looks-for-a-policy-without-bounds"

// readAction is the permission that a lookup needs.
const readAction = "secretsmanager:GetSecretValue"

// suffix stands for the six random characters at the end of a secret's ARN where they are not known.
const suffix = "-aBcDeF"

// session returns the principal that the environment's tasks are: a session of its execution role.
func (r *Role) session() *policy.Principal {
	arn, ok := policy.ParseARN(r.ARN)
	if !ok {
		return &policy.Principal{Kind: policy.RoleSession, ARN: r.ARN, Issuer: r.ARN, Tags: r.Tags}
	}
	return &policy.Principal{
		Kind:    policy.RoleSession,
		ARN:     "arn:" + arn.Partition + ":sts::" + arn.Account + ":assumed-role/" + arn.Name() + "/AmazonMWAA-airflow",
		Issuer:  r.ARN,
		Account: arn.Account,
		UserID:  r.ID + ":AmazonMWAA-airflow",
		Tags:    r.Tags,
	}
}

// request is the question whether the role may do something to a resource whose own policy is resource; nil means that it has none.
func (r *Role) request(action, arn string, resource *policy.Document, context ...policy.Key) *policy.Request {
	owner, _ := policy.ParseARN(arn)
	q := &policy.Request{
		Principal: r.session(), Action: action, Resource: arn, Owner: owner.Account,
		Identity: r.Policies, Boundary: r.Boundary, Context: context,
	}
	if resource != nil {
		q.ResourcePolicy = &policy.Policy{Name: arn, Document: resource}
	}
	return q
}

// mayRead asks whether the role may read a secret. Through are the condition keys that come of the way to Secrets Manager.
func (r *Role) mayRead(s *Secret, through ...policy.Key) (policy.Decision, *policy.Request) {
	secret, _ := policy.ParseARN(s.ARN)
	context := append(policy.Context(through), policy.One("secretsmanager:SecretId", s.ARN), policy.One("secretsmanager:VersionStage", "AWSCURRENT"),
		policy.One("aws:SecureTransport", "true"), policy.One("aws:RequestedRegion", secret.Region))
	for _, t := range s.Tags {
		context = append(context, policy.One("aws:ResourceTag/"+t.Key, t.Value), policy.One("secretsmanager:ResourceTag/"+t.Key, t.Value))
	}
	q := r.request(readAction, s.ARN, s.Policy, context...)
	return policy.Evaluate(q), q
}

// mayDecrypt asks whether the role may use the key of a secret through Secrets Manager.
func (r *Role) mayDecrypt(k *Key, s *Secret) (policy.Decision, *policy.Request) {
	q := r.decryption(k, s)
	q.ResourcePolicyRequired = true
	return policy.Evaluate(q), q
}

// wouldDecrypt asks whether the role's own policies let it use the key, whatever the key's.
func (r *Role) wouldDecrypt(k *Key, s *Secret) (policy.Decision, *policy.Request) {
	q := r.decryption(k, s)
	q.Owner = q.Principal.Account
	return policy.Evaluate(q), q
}

// decryption is the question with which Secrets Manager asks KMS for the text of a secret.
func (r *Role) decryption(k *Key, s *Secret) *policy.Request {
	role, _ := policy.ParseARN(r.ARN)
	return r.request("kms:Decrypt", k.ARN, k.Policy,
		policy.One("kms:ViaService", viaService(s.ARN)),
		policy.One("kms:CallerAccount", role.Account),
		policy.One("kms:EncryptionContext:SecretARN", s.ARN),
		policy.Many("kms:EncryptionContextKeys", "SecretARN", "SecretVersionId"))
}

// viaService is the name by which a KMS policy knows Secrets Manager in a secret's region.
func viaService(arn string) string {
	secret, _ := policy.ParseARN(arn)
	host := "secretsmanager." + secret.Region + ".amazonaws.com"
	if secret.Partition == "aws-cn" {
		host += ".cn"
	}
	return host
}

// reads asks whether the role may read a secret by this ARN, whatever the secret's own policy.
func (r *Role) reads(arn string) bool {
	return policy.Evaluate(r.request(readAction, arn, nil)).Allowed()
}

// statement names what decided, for people.
func statement(d policy.Decision) string {
	if d.Policy == "" {
		return ""
	}
	name := d.Policy[strings.LastIndexByte(d.Policy, '/')+1:]
	if d.Sid != "" {
		return "statement " + d.Sid + " of " + name
	}
	return "a statement of " + name
}
