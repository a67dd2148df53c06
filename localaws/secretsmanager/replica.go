package secretsmanager

import (
	"errors"
	"slices"
	"strings"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// replica is what a primary knows of its replica in a region. The replica itself is a row like any secret, whose Primary names the primary's region.
type replica struct {
	Region   string
	KmsKeyID string `json:",omitempty"` // as it was given
	Made     bool   `json:",omitempty"` // whether there is a replica
	Failed   string `json:",omitempty"` // why there is none, or it is behind; "" where it is in sync
}

// primaryRegion is the region of the secret's primary, which is its own where it has none.
func (s *secret) primaryRegion(own string) string {
	if s.Primary != "" {
		return s.Primary
	}
	return own
}

// shownRegion is the region of the primary, which is told only where there are replicas.
func (s *secret) shownRegion(own string) string {
	if s.Primary == "" && len(s.Replicas) == 0 {
		return ""
	}
	return s.primaryRegion(own)
}

// replicaRegion is how inputs name replicas.
type replicaRegion struct{ Region, KmsKeyId string }

// replicaKeys are the condition keys of a request that adds replicas.
func replicaKeys(keys policy.Context, added []replicaRegion, force *bool) policy.Context {
	if len(added) > 0 {
		names := make([]string, len(added))
		for i, r := range added {
			names[i] = r.Region
		}
		keys = append(keys, policy.Many("secretsmanager:AddReplicaRegions", names...))
	}
	return truth(keys, "secretsmanager:ForceOverwriteReplicaSecret", force)
}

type replicationStatus struct {
	Region           string
	KmsKeyId         string    `json:",omitempty"`
	Status           string    // InProgress, InSync or Failed
	StatusMessage    string    `json:",omitempty"`
	LastAccessedDate time.Time `json:",omitzero"`
}

// replication is the status of each replica. Here they are in sync as the call ends; the call that adds one answers InProgress, as AWS does, which copies
// later.
func (sv *service) replication(c *op.Call, s *secret, begun ...replicaRegion) ([]replicationStatus, error) {
	var out []replicationStatus
	for _, r := range s.Replicas {
		status := replicationStatus{Region: r.Region, KmsKeyId: r.KmsKeyID, Status: "InSync"}
		switch {
		case slices.ContainsFunc(begun, func(b replicaRegion) bool { return b.Region == r.Region }):
			status.Status = "InProgress"
		case r.Failed != "":
			status.Status, status.StatusMessage = "Failed", r.Failed
		default:
			copied, err := secrets.Get(c.Tx, store.Key(s.Account, r.Region, s.Name))
			if err != nil {
				return nil, err
			}
			if copied != nil {
				status.LastAccessedDate = sv.accessed.seen(copied).Accessed
			}
		}
		out = append(out, status)
	}
	return out, nil
}

// addReplicas makes replicas on the caller's behalf, in s, which is the caller's own copy. The refusals' words are not confirmed.
func (sv *service) addReplicas(c *op.Call, s *secret, added []replicaRegion, force bool) error {
	for i, a := range added {
		at := slices.IndexFunc(s.Replicas, func(r replica) bool { return r.Region == a.Region })
		switch {
		case a.Region == c.Region:
			return invalidParameter("Invalid replica region " + a.Region + ": it is the region of the primary secret.")
		case slices.ContainsFunc(added[:i], func(b replicaRegion) bool { return b.Region == a.Region }):
			return invalidParameter("Invalid replica region " + a.Region + ": it stands more than once in the request.")
		case at >= 0 && s.Replicas[at].Failed == "":
			return invalidParameter("Invalid replica region " + a.Region + ": the secret is replicated to it already.")
		}
		r := replica{Region: a.Region, KmsKeyID: a.KmsKeyId}
		if at >= 0 {
			r.Made = s.Replicas[at].Made
			s.Replicas = slices.Delete(s.Replicas, at, at+1)
		}
		there := *c
		there.Region = a.Region
		if err := sv.copyTo(c, &there, s, &r, force); err != nil {
			return err
		}
		s.Replicas = append(s.Replicas, r)
	}
	slices.SortFunc(s.Replicas, func(a, b replica) int { return strings.Compare(a.Region, b.Region) })
	return nil
}

// mirror brings the replicas up to what s is, by the service itself: whoever writes to a primary needs nothing of the replicas' keys.
func (sv *service) mirror(c *op.Call, s *secret) error {
	for i := range s.Replicas {
		if r := &s.Replicas[i]; r.Made {
			if err := sv.copyTo(asService(c, c.Region), asService(c, r.Region), s, r, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// copyTo makes or updates the replica of s in the region of there. What keeps it from being made stands in r afterwards.
func (sv *service) copyTo(c, there *op.Call, s *secret, r *replica, force bool) error {
	r.Failed = ""
	old, err := sv.room(c, there, s, r, force)
	if err != nil || r.Failed != "" {
		return err
	}
	copied := &secret{
		ARN: s.arnIn(there.Region), Name: s.Name, Account: s.Account, Description: s.Description, KmsKeyID: r.KmsKeyID, Type: s.Type,
		Created: c.Now, Changed: c.Now, Tags: s.Tags, Policy: s.Policy, Primary: c.Region,
	}
	had := new(secret)
	if old != nil {
		had = sv.accessed.seen(old)
		copied.Created, copied.Accessed = had.Created, had.Accessed
	}
	for _, v := range s.Versions {
		err := sv.copyVersion(c, there, s, copied, v, had.version(v.ID))
		var refused *op.Error
		if errors.As(err, &refused) {
			r.Failed = "Replication failed: " + refused.Message
			return sv.drop(there, copied.ARN, copied.versionsBeside(had))
		}
		if err != nil {
			return err
		}
	}
	if err := sv.drop(there, copied.ARN, had.versionsBeside(copied)); err != nil {
		return err
	}
	r.Made = true
	return secrets.Put(there.Tx, copied.row(there), copied)
}

// versionsBeside are the versions of s that another secret has not.
func (s *secret) versionsBeside(other *secret) []version {
	return slices.DeleteFunc(slices.Clone(s.Versions), func(v version) bool { return other.version(v.ID) != nil })
}

// room returns the replica that is there to be updated, if any. Another secret of that name gives way only where that is forced.
func (sv *service) room(c, there *op.Call, s *secret, r *replica, force bool) (*secret, error) {
	old, err := secrets.Get(there.Tx, store.Key(s.Account, there.Region, s.Name))
	switch {
	case err != nil || old == nil:
		return nil, err
	case old.Primary == c.Region && old.ARN == s.arnIn(there.Region):
		return old, nil
	case !old.gone(c.Now) && (!force || old.Primary != "" || len(old.Replicas) > 0):
		r.Failed = "Replication failed: Secret name " + s.Name + " already exists in region " + there.Region + "."
		return nil, nil
	}
	return nil, sv.remove(there, old)
}

// copyVersion adds a version to a replica, with its value where the replica lacks it.
func (sv *service) copyVersion(c, there *op.Call, s, copied *secret, v version, had *version) error {
	copied.Versions = append(copied.Versions, v)
	added := &copied.Versions[len(copied.Versions)-1]
	added.Accessed, added.KeyID = time.Time{}, ""
	if had != nil {
		added.Accessed, added.KeyID = had.Accessed, had.KeyID
	}
	if !v.valued() || added.valued() {
		return nil
	}
	p, err := sv.open(c, s.ARN, v.ID)
	if err != nil {
		return err
	}
	return sv.setValue(there, copied, v.ID, p)
}

// region is the region in the secret's ARN.
func (s *secret) region() string { return strings.SplitN(s.ARN, ":", 5)[3] }

// arnIn is the ARN of the secret's replica in a region: the same but for the region.
func (s *secret) arnIn(region string) string {
	parts := strings.SplitN(s.ARN, ":", 5)
	parts[3] = region
	return strings.Join(parts, ":")
}

type replicateInput struct {
	ref
	AddReplicaRegions           []replicaRegion
	ForceOverwriteReplicaSecret *bool
}

func (*replicateInput) check() error { return nil }

func (in *replicateInput) keys(keys policy.Context) policy.Context {
	return replicaKeys(keys, in.AddReplicaRegions, in.ForceOverwriteReplicaSecret)
}

type replicateOutput struct {
	ARN               string
	ReplicationStatus []replicationStatus
}

// replicateSecretToRegions needs secretsmanager:ReplicateSecretToRegions, kms:Decrypt on the secret's key, and kms:GenerateDataKey on the replicas'. A replica that
// cannot be made is no refusal: its status says why.
func (sv *service) replicateSecretToRegions(c *op.Call, in *replicateInput) (*replicateOutput, error) {
	old, err := in.writable()
	if err != nil {
		return nil, err
	}
	s, err := sv.change(c, old, func(s *secret) error {
		return sv.addReplicas(c, s, in.AddReplicaRegions, in.ForceOverwriteReplicaSecret != nil && *in.ForceOverwriteReplicaSecret)
	})
	if err != nil {
		return nil, err
	}
	status, err := sv.replication(c, s, in.AddReplicaRegions...)
	return &replicateOutput{s.ARN, status}, err
}

type unreplicateInput struct {
	ref
	RemoveReplicaRegions []string
}

func (*unreplicateInput) check() error { return nil }

func (*unreplicateInput) keys(keys policy.Context) policy.Context { return keys }

// removeRegionsFromReplication deletes replicas. It needs secretsmanager:RemoveRegionsFromReplication. The refusal's words are not confirmed.
func (sv *service) removeRegionsFromReplication(c *op.Call, in *unreplicateInput) (*replicateOutput, error) {
	old, err := in.writable()
	if err != nil {
		return nil, err
	}
	s, err := sv.change(c, old, func(s *secret) error {
		for _, region := range in.RemoveReplicaRegions {
			at := slices.IndexFunc(s.Replicas, func(r replica) bool { return r.Region == region })
			if at < 0 {
				return invalidParameter("The secret is not replicated to region " + region + ".")
			}
			if err := sv.removeReplica(c, s, s.Replicas[at]); err != nil {
				return err
			}
			s.Replicas = slices.Delete(s.Replicas, at, at+1)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	status, err := sv.replication(c, s)
	return &replicateOutput{s.ARN, status}, err
}

func (sv *service) removeReplica(c *op.Call, s *secret, r replica) error {
	there := asService(c, r.Region)
	copied, err := secrets.Get(there.Tx, store.Key(s.Account, r.Region, s.Name))
	if err != nil || copied == nil || copied.ARN != s.arnIn(r.Region) || copied.Primary != c.Region {
		return err
	}
	return sv.remove(there, copied)
}

type stopOutput struct{ ARN string }

// stopReplicationToReplica makes a replica a secret of its own. It is called in the replica's region and needs secretsmanager:StopReplicationToReplica. The refusal's
// words are not confirmed.
func (sv *service) stopReplicationToReplica(c *op.Call, in *secretInput) (*stopOutput, error) {
	old, err := in.usable()
	if err != nil {
		return nil, err
	}
	if old.Primary == "" {
		return nil, invalidRequest("Operation only permitted on a replica secret. Call must be made in the replica secret's region.")
	}
	if err := sv.forgetReplica(asService(c, old.Primary), old, c.Region); err != nil {
		return nil, err
	}
	_, err = sv.change(c, old, func(s *secret) error {
		s.Primary = ""
		return nil
	})
	return &stopOutput{old.ARN}, err
}

// forgetReplica strikes a replica's region off its primary, which is in the region of c.
func (sv *service) forgetReplica(c *op.Call, copied *secret, region string) error {
	primary, err := secrets.Get(c.Tx, store.Key(copied.Account, c.Region, copied.Name))
	if err != nil || primary == nil {
		return err
	}
	_, err = sv.update(c, primary, func(s *secret) error {
		s.Replicas = slices.DeleteFunc(s.Replicas, func(r replica) bool { return r.Region == region })
		return nil
	})
	return err
}

// changeReplicaKey is the one change that a replica takes (user guide, "Promote a replica secret": it can't be updated independently from its
// primary secret, except for its encryption key). The primary remembers the key.
func (sv *service) changeReplicaKey(c *op.Call, old *secret, id string) error {
	_, err := sv.change(c, old, func(s *secret) error { return sv.rekey(c, s, id) })
	if err != nil {
		return err
	}
	there := asService(c, old.Primary)
	primary, err := secrets.Get(there.Tx, store.Key(old.Account, there.Region, old.Name))
	if err != nil || primary == nil {
		return err
	}
	_, err = sv.update(there, primary, func(s *secret) error {
		for i := range s.Replicas {
			if s.Replicas[i].Region == c.Region {
				s.Replicas[i].KmsKeyID = id
			}
		}
		return nil
	})
	return err
}

// undeletable is why a primary cannot be deleted (words seen in cloud-nuke issue 435 and aws-nuke issue 1127).
func (s *secret) undeletable() error {
	var regions []string
	for _, r := range s.Replicas {
		if r.Made {
			regions = append(regions, r.Region)
		}
	}
	if len(regions) == 0 {
		return nil
	}
	return invalidParameter("You can't delete secret " + s.ARN + " that still has replica regions [" + strings.Join(regions, ", ") + "].")
}
