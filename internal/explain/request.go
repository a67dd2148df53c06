package explain

import (
	"strings"

	"aircon/policy"
)

// Suffix stands for the six random characters at the end of a secret's ARN where they are not known.
const Suffix = "-aBcDeF"

// Complete adds to a request what its action and resource imply: the owner, the condition keys that the service gives, and whether the
// resource's own policy must allow it, as that of a key and of a role must. Keys that the request has already stay.
func Complete(r *policy.Request) {
	arn, _ := policy.ParseARN(r.Resource)
	if r.Owner == "" {
		r.Owner = arn.Account
	}
	service, name, _ := strings.Cut(strings.ToLower(r.Action), ":")
	switch {
	case service == "secretsmanager" && arn.Service == service:
		give(r, policy.One("secretsmanager:SecretId", r.Resource))
		if name == "getsecretvalue" {
			give(r, policy.One("secretsmanager:VersionStage", "AWSCURRENT"))
		}
	case service == "kms" && arn.Service == service:
		r.ResourcePolicyRequired = true
		if r.Principal != nil {
			give(r, policy.One("kms:CallerAccount", r.Principal.Account))
		}
	case service == "sts" && strings.HasPrefix(name, "assumerole"):
		r.ResourcePolicyRequired, r.TrustPolicy = true, true
	}
	give(r, policy.One("aws:SecureTransport", "true"))
	if arn.Region != "" {
		give(r, policy.One("aws:RequestedRegion", arn.Region))
	}
}

func give(r *policy.Request, k policy.Key) {
	if _, ok := r.Context.Get(k.Name); !ok {
		r.Context = append(r.Context, k)
	}
}

// Decrypt is the request that Secrets Manager makes of KMS on the caller's behalf when a secret under a customer key is read.
func Decrypt(read *policy.Request, key string, keyPolicy *policy.Document) *policy.Request {
	secret, _ := policy.ParseARN(read.Resource)
	r := *read
	r.Action, r.Resource, r.Owner, r.Context, r.ResourcePolicy = "kms:Decrypt", key, "", nil, nil
	if keyPolicy != nil {
		r.ResourcePolicy = &policy.Policy{Name: key, Document: keyPolicy}
	}
	via := "secretsmanager." + secret.Region + ".amazonaws.com"
	if secret.Partition == "aws-cn" {
		via += ".cn"
	}
	give(&r, policy.One("kms:ViaService", via))
	give(&r, policy.One("kms:EncryptionContext:SecretARN", read.Resource))
	give(&r, policy.Many("kms:EncryptionContextKeys", "SecretARN", "SecretVersionId"))
	Complete(&r)
	return &r
}
