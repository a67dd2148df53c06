package secretsmanager

import (
	"cmp"
	"slices"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

type createInput struct {
	Name                        string
	ClientRequestToken          string
	Description                 string
	KmsKeyId                    string
	SecretBinary                []byte
	SecretString                *text
	Tags                        []tag
	Type                        string
	AddReplicaRegions           []replicaRegion
	ForceOverwriteReplicaSecret *bool
	CrossAccountPrimaryARN      string
}

// secretOutput is what operations answer that change a secret.
type secretOutput struct {
	ARN           string
	Name          string
	VersionId     string   `json:",omitempty"`
	VersionStages []string `json:",omitempty"`

	ReplicationStatus []replicationStatus `json:",omitempty"` // CreateSecret
}

// createNeeds: secretsmanager:CreateSecret, secretsmanager:TagResource where tags are given, and secretsmanager:ReplicateSecretToRegions where
// replicas are.
func createNeeds(c *op.Call, in *createInput) ([]op.Need, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	keys := tagKeys(policy.Context{policy.One("secretsmanager:Name", in.Name)}, in.Tags)
	for _, t := range in.Tags { // a secret is made with the tags of the request
		keys = append(keys, policy.One("aws:ResourceTag/"+t.Key, t.Value), policy.One("secretsmanager:ResourceTag/"+t.Key, t.Value))
	}
	keys = kmsKeys(optional(keys, "secretsmanager:Description", in.Description), in.KmsKeyId)
	keys = replicaKeys(optional(keys, "secretsmanager:Type", in.Type), in.AddReplicaRegions, in.ForceOverwriteReplicaSecret)
	needs := []op.Need{{Action: "secretsmanager:CreateSecret", Resource: arnOf(c, c.Account, in.Name), Sent: in.Name, Context: keys}}
	if len(in.Tags) > 0 {
		needs = append(needs, needs[0])
		needs[len(needs)-1].Action = "secretsmanager:TagResource"
	}
	if len(in.AddReplicaRegions) > 0 {
		needs = append(needs, needs[0])
		needs[len(needs)-1].Action = "secretsmanager:ReplicateSecretToRegions"
	}
	return needs, nil
}

// createSecret needs kms:GenerateDataKey and kms:Decrypt on the key as well.
func (sv *service) createSecret(c *op.Call, in *createInput) (*secretOutput, error) {
	if err := sv.purgeDue(c); err != nil {
		return nil, err
	}
	p := newPlain(in.SecretString, in.SecretBinary)
	old, err := secrets.Get(c.Tx, store.Key(c.Account, c.Region, in.Name))
	if err != nil {
		return nil, err
	}
	if old != nil {
		return sv.createAgain(c, old, in, p)
	}
	s := &secret{
		ARN: arnOf(c, c.Account, in.Name) + newSuffix(), Name: in.Name, Account: c.Account, Description: in.Description,
		KmsKeyID: in.KmsKeyId, Created: c.Now, Tags: slices.Clone(in.Tags), Type: in.Type,
	}
	if p == nil {
		if err := sv.checkKey(c, s); err != nil {
			return nil, err
		}
	} else if err := sv.addVersion(c, s, in.ClientRequestToken, p, current); err != nil {
		return nil, err
	}
	s.Changed = c.Now
	out := &secretOutput{ARN: s.ARN, Name: s.Name}
	if p != nil {
		out.VersionId = in.ClientRequestToken
	}
	if err := sv.addReplicas(c, s, in.AddReplicaRegions, in.ForceOverwriteReplicaSecret != nil && *in.ForceOverwriteReplicaSecret); err != nil {
		return nil, err
	}
	if out.ReplicationStatus, err = sv.replication(c, s, in.AddReplicaRegions...); err != nil {
		return nil, err
	}
	return out, secrets.Put(c.Tx, s.row(c), s)
}

// createAgain answers a creation whose name is taken: the same request sent twice is answered as it was the first time.
func (sv *service) createAgain(c *op.Call, old *secret, in *createInput, p plain) (*secretOutput, error) {
	if old.pending() {
		return nil, invalidRequest("You can't create this secret because a secret with this name is already scheduled for deletion.")
	}
	if v := old.version(in.ClientRequestToken); p == nil || v == nil || !v.valued() {
		return nil, failure("ResourceExistsException", "The operation failed because the secret "+in.Name+" already exists.")
	}
	if err := sv.repeated(c, old, in.ClientRequestToken, p); err != nil {
		return nil, err
	}
	return &secretOutput{ARN: old.ARN, Name: old.Name, VersionId: in.ClientRequestToken}, nil
}

// repeated says whether a request that names an existing version is the one that made it.
func (sv *service) repeated(c *op.Call, s *secret, token string, p plain) error {
	same, err := sv.same(c, s.ARN, token, p)
	if err == nil && !same {
		err = failure("ResourceExistsException", "You can't use ClientRequestToken "+token+
			" because that value is already in use for a version of secret "+s.ARN+".")
	}
	return err
}

// addVersion stores a version's value and puts labels on it, in s, which is the caller's own copy. A value that becomes current at once ends a
// rotation: AWSPENDING goes from all other versions (terraform-provider-aws clears a failed rotation so in its acceptance tests).
func (sv *service) addVersion(c *op.Call, s *secret, token string, p plain, labels ...string) error {
	if s.version(token) == nil {
		s.Versions = append(s.Versions, version{ID: token, Created: c.Now})
	}
	if err := sv.setValue(c, s, token, p); err != nil {
		return err
	}
	attach(s.Versions, token, labels...)
	if slices.Contains(labels, current) {
		for i := range s.Versions {
			v := &s.Versions[i]
			if v.ID == token || !slices.Contains(v.Labels, staged) {
				continue
			}
			if v.Labels = without(v.Labels, staged); !slices.Contains(v.Labels, current) {
				rotationEntry(c, s, "Abandoned", v.ID, false, "")
			}
		}
		if err := s.Rotation.changed(token, c.Now); err != nil {
			return err
		}
	}
	kept, dropped := age(s.Versions, c.Now)
	s.Versions = kept
	return sv.drop(c, s.ARN, dropped)
}

// setValue stores the value of a version that s has.
func (sv *service) setValue(c *op.Call, s *secret, versionID string, p plain) error {
	if err := sv.seal(c, s, versionID, p); err != nil {
		return err
	}
	s.version(versionID).KeyID = s.shownKey()
	return nil
}

// drop deletes the values of versions.
func (sv *service) drop(c *op.Call, arn string, versions []version) error {
	for _, v := range versions {
		if err := values.Delete(c.Tx, store.Key(arn, v.ID)); err != nil {
			return err
		}
	}
	sv.accessed.forget(arn, versions)
	return nil
}

// shownKey is how lists of versions call the secret's key.
func (s *secret) shownKey() string {
	if s.KmsKeyID == "" {
		return defaultKey
	}
	return s.KmsKeyID
}

type putInput struct {
	ref
	ClientRequestToken string
	SecretBinary       []byte
	SecretString       *text
	VersionStages      []string
	RotationToken      text // nothing here runs as a role that it would have to prove
}

func (*putInput) keys(keys policy.Context) policy.Context { return keys }

// putSecretValue needs secretsmanager:PutSecretValue, and kms:GenerateDataKey on the key (kms:Decrypt to recognise a
// repeated request).
func (sv *service) putSecretValue(c *op.Call, in *putInput) (*secretOutput, error) {
	s, err := in.writable()
	if err != nil {
		return nil, err
	}
	p := newPlain(in.SecretString, in.SecretBinary)
	if p == nil {
		return nil, invalidRequest("You must provide either SecretString or SecretBinary.")
	}
	if v := s.version(in.ClientRequestToken); v != nil && v.valued() {
		return s.answer(v.ID), sv.repeated(c, s, v.ID, p)
	}
	labels := in.VersionStages
	if len(labels) == 0 {
		labels = []string{current}
	}
	if len(s.Versions) == 0 {
		labels = with(labels, current)
	}
	s, err = sv.change(c, s, func(s *secret) error { return sv.addVersion(c, s, in.ClientRequestToken, p, labels...) })
	if err != nil {
		return nil, err
	}
	return s.answer(in.ClientRequestToken), nil
}

// answer names a version with its labels.
func (s *secret) answer(versionID string) *secretOutput {
	out := &secretOutput{ARN: s.ARN, Name: s.Name, VersionId: versionID}
	if v := s.version(versionID); v != nil {
		out.VersionStages = v.Labels
	}
	return out
}

type updateInput struct {
	ref
	ClientRequestToken string
	Description        *string
	KmsKeyId           *string
	SecretBinary       []byte
	SecretString       *text
	Type               string
}

func (in *updateInput) keys(keys policy.Context) policy.Context {
	keys = optional(keys, "secretsmanager:Type", in.Type)
	if in.Description != nil {
		keys = optional(keys, "secretsmanager:Description", *in.Description)
	}
	if in.KmsKeyId != nil {
		keys = kmsKeys(keys, *in.KmsKeyId)
	}
	return keys
}

// updateSecret needs secretsmanager:UpdateSecret, and kms:GenerateDataKey and kms:Decrypt on the key where it stores a
// value or changes the key.
func (sv *service) updateSecret(c *op.Call, in *updateInput) (*secretOutput, error) {
	old, err := in.usable()
	if err != nil {
		return nil, err
	}
	p := newPlain(in.SecretString, in.SecretBinary)
	if old.Primary != "" && in.KmsKeyId != nil && in.Description == nil && p == nil {
		err = sv.changeReplicaKey(c, old, *in.KmsKeyId)
		return &secretOutput{ARN: old.ARN, Name: old.Name}, err
	}
	if err := old.primaryOnly(); err != nil {
		return nil, err
	}
	out := &secretOutput{ARN: old.ARN, Name: old.Name}
	if p != nil {
		if in.ClientRequestToken == "" {
			return nil, noToken()
		}
		out.VersionId = in.ClientRequestToken
		if v := old.version(in.ClientRequestToken); v != nil && v.valued() {
			return out, sv.repeated(c, old, in.ClientRequestToken, p)
		}
	}
	_, err = sv.change(c, old, func(s *secret) error {
		if in.Description != nil {
			s.Description = *in.Description
		}
		s.Type = cmp.Or(in.Type, s.Type)
		if in.KmsKeyId != nil {
			if err := sv.rekey(c, s, *in.KmsKeyId); err != nil {
				return err
			}
		}
		if p == nil {
			return nil
		}
		return sv.addVersion(c, s, in.ClientRequestToken, p, current)
	})
	return out, err
}

// rekey puts the versions with a label of Secrets Manager's own under a new key of the secret; others stay under theirs.
func (sv *service) rekey(c *op.Call, s *secret, id string) error {
	if id == s.KmsKeyID {
		return nil
	}
	s.KmsKeyID = id
	if err := sv.checkKey(c, s); err != nil {
		return err
	}
	for i := range s.Versions {
		v := &s.Versions[i]
		if len(without(v.Labels, current, previous, staged)) == len(v.Labels) || !v.valued() {
			continue
		}
		p, err := sv.open(c, s.ARN, v.ID)
		if err != nil {
			return err
		}
		if err := sv.seal(c, s, v.ID, p); err != nil {
			return err
		}
		v.KeyID = s.shownKey()
	}
	return nil
}
