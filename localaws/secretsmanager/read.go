package secretsmanager

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"aircon/localaws/op"
	"aircon/policy"
)

type getInput struct {
	ref
	VersionId    string
	VersionStage string
}

// keys: the stage that is read counts as asked for, also where it is left to AWSCURRENT.
func (in *getInput) keys(keys policy.Context) policy.Context {
	keys = optional(keys, "secretsmanager:VersionId", in.VersionId)
	if in.VersionStage == "" && in.VersionId == "" {
		return append(keys, policy.One("secretsmanager:VersionStage", current))
	}
	return optional(keys, "secretsmanager:VersionStage", in.VersionStage)
}

type getOutput struct {
	ARN           string
	Name          string
	VersionId     string
	SecretBinary  []byte `json:",omitempty"`
	SecretString  *text
	VersionStages []string  `json:",omitempty"`
	CreatedDate   time.Time // of the version

	text text // what SecretString points to
}

// set puts a value into the answer.
func (o *getOutput) set(p plain) {
	if p[0] == isText {
		o.text = text(p[1:])
		o.SecretString = &o.text
		return
	}
	o.SecretBinary = p[1:]
}

// getSecretValue needs secretsmanager:GetSecretValue, and kms:Decrypt on the secret's key.
func (sv *service) getSecretValue(c *op.Call, in *getInput) (*getOutput, error) {
	s, err := in.usable()
	if err != nil {
		return nil, err
	}
	v, err := s.choose(in.VersionId, in.VersionStage)
	if err != nil {
		return nil, err
	}
	if err := s.reachable(c); err != nil {
		return nil, err
	}
	p, err := sv.open(c, s.ARN, v.ID)
	if err != nil {
		return nil, err
	}
	sv.accessed.note(s.ARN, v.ID, c.Now)
	out := &getOutput{ARN: s.ARN, Name: s.Name, VersionId: v.ID, VersionStages: v.Labels, CreatedDate: v.Created}
	out.set(p)
	return out, nil
}

// choose finds the version that an id, a label, or both name; AWSCURRENT for neither. One without a value is not found: a rotation has not come
// to it yet (the words for its label were seen in aws-sdk-js-v3 issue 7701).
func (s *secret) choose(versionID, label string) (*version, error) {
	missing := "VersionId: " + versionID
	v := s.version(versionID)
	switch {
	case versionID != "" && v == nil:
		return nil, noValue(missing)
	case versionID != "" && label != "" && !slices.Contains(v.Labels, label):
		return nil, invalidRequest("You provided a VersionStage that is not associated to the provided VersionId.")
	case versionID == "":
		label = cmp.Or(label, current)
		v = s.labelled(label)
	}
	if label != "" {
		missing = "staging label: " + label
	}
	if v == nil || !v.valued() {
		return nil, noValue(missing)
	}
	return v, nil
}

func noValue(of string) *op.Error {
	return failure("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for "+of)
}

type batchInput struct {
	SecretIdList []string
	Filters      []filter
	MaxResults   *int
	NextToken    string
}

type batchError struct{ SecretId, ErrorCode, Message string }

type batchOutput struct {
	Errors       []batchError
	NextToken    string `json:",omitempty"`
	SecretValues []getOutput
}

// batchNeeds: secretsmanager:BatchGetSecretValue, and with filters secretsmanager:ListSecrets (API reference, BatchGetSecretValue). The secrets are
// decided on one by one.
func batchNeeds(_ *op.Call, in *batchInput) ([]op.Need, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	needs := general("BatchGetSecretValue")
	if len(in.Filters) > 0 {
		needs = append(needs, general("ListSecrets")...)
	}
	return needs, nil
}

// batchGetSecretValue needs, for each secret that it is to return, what GetSecretValue needs. What cannot be returned
// stands among the errors.
func (sv *service) batchGetSecretValue(c *op.Call, in *batchInput) (*batchOutput, error) {
	out := &batchOutput{Errors: []batchError{}, SecretValues: []getOutput{}}
	ids := in.SecretIdList
	if len(in.Filters) > 0 {
		page, next, err := sv.page(c, query{filters: in.Filters, limit: pageSize(in.MaxResults, maxBatch), token: in.NextToken})
		if err != nil {
			return nil, err
		}
		out.NextToken, ids = next, nil
		for _, s := range page {
			ids = append(ids, s.ARN)
		}
	}
	for _, id := range ids {
		one, err := sv.getOne(c, id)
		var refused *op.Error
		switch {
		case errors.As(err, &refused):
			out.Errors = append(out.Errors, batchError{id, refused.Code, refused.Message})
		case err != nil:
			return nil, err
		default:
			out.SecretValues = append(out.SecretValues, *one)
		}
	}
	return out, nil
}

// getOne is GetSecretValue within a batch.
func (sv *service) getOne(c *op.Call, secretID string) (*getOutput, error) {
	in := &getInput{ref: ref{SecretId: secretID}}
	needs, err := named[getInput]("GetSecretValue")(c, in)
	if err != nil {
		return nil, err
	}
	for _, n := range needs {
		if err := c.Authorize(n); err != nil {
			return nil, err
		}
	}
	return sv.getSecretValue(c, in)
}

// shownSecret is what DescribeSecret and ListSecrets both tell of a secret.
type shownSecret struct {
	ARN              string
	Name             string
	Description      string    `json:",omitempty"`
	KmsKeyId         string    `json:",omitempty"`
	LastChangedDate  time.Time `json:",omitzero"`
	LastAccessedDate time.Time `json:",omitzero"`
	DeletedDate      time.Time `json:",omitzero"`
	Tags             []tag     `json:",omitempty"`
	CreatedDate      time.Time
	Type             string `json:",omitempty"`
	PrimaryRegion    string `json:",omitempty"` // of a secret with replicas, and of those
	rotationOutput
}

func (s *secret) shown(region string) shownSecret {
	return shownSecret{
		ARN: s.ARN, Name: s.Name, Description: s.Description, KmsKeyId: s.KmsKeyID, LastChangedDate: s.Changed, LastAccessedDate: s.Accessed,
		DeletedDate: s.Deleted, Tags: s.Tags, CreatedDate: s.Created, Type: s.Type, PrimaryRegion: s.shownRegion(region),
		rotationOutput: s.Rotation.shown(),
	}
}

type describeOutput struct {
	shownSecret
	VersionIdsToStages map[string][]string `json:",omitempty"`
	ReplicationStatus  []replicationStatus `json:",omitempty"`
}

// describeSecret answers for secrets that are pending deletion too.
func (sv *service) describeSecret(c *op.Call, in *secretInput) (*describeOutput, error) {
	s, err := in.existing()
	if err != nil {
		return nil, err
	}
	s = sv.accessed.seen(s)
	status, err := sv.replication(c, s)
	return &describeOutput{s.shown(c.Region), s.stages(), status}, err
}

// stages maps the ids of versions to their labels; deprecated versions are left out.
func (s *secret) stages() map[string][]string {
	stages := make(map[string][]string, len(s.Versions))
	for _, v := range s.Versions {
		if len(v.Labels) > 0 {
			stages[v.ID] = v.Labels
		}
	}
	return stages
}

type listVersionsInput struct {
	ref
	IncludeDeprecated bool
	MaxResults        *int
	NextToken         string
}

func (*listVersionsInput) keys(keys policy.Context) policy.Context { return keys }

type listedVersion struct {
	CreatedDate      time.Time
	KmsKeyIds        []string  `json:",omitempty"` // none where there is no value yet
	LastAccessedDate time.Time `json:",omitzero"`
	VersionId        string
	VersionStages    []string `json:",omitempty"`
}

type listVersionsOutput struct {
	ARN       string
	Name      string
	NextToken string `json:",omitempty"`
	Versions  []listedVersion
}

// listSecretVersionIDs lists the versions, oldest first; those without labels only when asked for.
func (sv *service) listSecretVersionIDs(_ *op.Call, in *listVersionsInput) (*listVersionsOutput, error) {
	s, err := in.existing()
	if err != nil {
		return nil, err
	}
	s = sv.accessed.seen(s)
	after, err := readToken(in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &listVersionsOutput{ARN: s.ARN, Name: s.Name, Versions: []listedVersion{}}
	skip := after != ""
	for _, v := range s.Versions {
		switch {
		case skip:
			skip = v.ID != after
			continue
		case len(v.Labels) == 0 && !in.IncludeDeprecated:
			continue
		case len(out.Versions) == pageSize(in.MaxResults, maxPage):
			out.NextToken = newToken(out.Versions[len(out.Versions)-1].VersionId)
			return out, nil
		}
		listed := listedVersion{v.Created, nil, v.Accessed, v.ID, v.Labels}
		if v.valued() {
			listed.KmsKeyIds = []string{v.KeyID}
		}
		out.Versions = append(out.Versions, listed)
	}
	return out, nil
}
