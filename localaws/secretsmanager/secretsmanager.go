// Package secretsmanager is local AWS's Secrets Manager: secrets with versions and staging labels, tags, resource
// policies, filters, deletion with a recovery window, rotation and replicas.
//
// [Service] returns the table for the frame. What happens to staging labels is in labels.go, and to schedules in schedule.go and cron.go, pure; how
// values lie on disk is in value.go; what a caller must be allowed to do is in needs.go; what an input must look like is
// in check.go. A rotation is begun in rotation.go and goes on in rotate.go, without a request; its function is a [Rotator].
//
// Sources: the Secrets Manager API reference and user guide, answers recorded against the live service, and for the
// condition keys the service authorization reference.
package secretsmanager

import (
	"log/slog"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// Keys is what Secrets Manager needs of KMS. Both methods act on behalf of the caller, with kms:ViaService for the
// named service, and answer KMS's own errors. Encryption contexts are in the order of their keys.
type Keys interface {
	// GenerateDataKey makes a data key of 32 bytes under the KMS key that id names, or under the service's AWS-managed
	// key for "". It needs kms:GenerateDataKey.
	GenerateDataKey(c *op.Call, service, id string, context []policy.Tag) (plain, sealed []byte, err error)
	// Decrypt opens a sealed data key. It needs kms:Decrypt.
	Decrypt(c *op.Call, service string, sealed []byte, context []policy.Tag) ([]byte, error)
	// Allow answers the error that Decrypt would answer, but for a damaged data key, which it does not open.
	Allow(c *op.Call, service string, sealed []byte, context []policy.Tag) error
	// AllowGenerate answers the error that GenerateDataKey would answer, and makes no data key. Under names the key and its material that it would
	// be sealed under.
	AllowGenerate(c *op.Call, service, id string, context []policy.Tag) (under string, err error)
}

// Principals is what Secrets Manager asks of IAM before it takes a resource policy.
type Principals interface {
	// PrincipalExists reports whether the user or role that a principal names does.
	PrincipalExists(c *op.Call, p policy.PrincipalElement) (bool, error)
}

// Options change how the service behaves. The zero value is AWS's behaviour without its delays.
type Options struct {
	// ListLag is how long a new secret stays out of ListSecrets and of BatchGetSecretValue's filters, as on AWS, where
	// lists follow within minutes. 0 lists it at once.
	ListLag time.Duration

	// Rotators are the rotation functions that there are, by ARN. Secrets Manager cannot invoke any other.
	Rotators map[string]Rotator

	// Log hears of rotations that fail; nil discards that.
	Log *slog.Logger
}

// Service returns the table of operations.
func Service(keys Keys, principals Principals, o Options) op.Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &service{keys: keys, principals: principals, options: o, accessed: new(accessLog), opened: new(keyCache), again: new(nudges)}
	return op.Service{
		Name:     serviceName,
		Protocol: op.JSON11,
		Target:   serviceName,
		Message:  "Message",
		Window:   5 * time.Minute,
		Own:      []string{"ClientRequestToken", "Name", "SecretId"},
		Forget:   s.accessed.clear,
		Tables:   []store.Schema{secrets.Schema(), values.Schema(), purges.Schema(), turns.Schema(), sealedKeys.Schema()},
		Work:     &op.Work{Due: s.due, Do: s.work},
		Operations: []op.Operation{
			op.Read("BatchGetSecretValue", batchNeeds, s.batchGetSecretValue),
			op.Write("CancelRotateSecret", named[secretInput]("CancelRotateSecret"), s.cancelRotateSecret),
			op.Write("CreateSecret", createNeeds, s.createSecret),
			op.Write("DeleteResourcePolicy", named[secretInput]("DeleteResourcePolicy"), s.deleteResourcePolicy),
			op.Write("DeleteSecret", named[deleteInput]("DeleteSecret"), s.deleteSecret),
			op.Read("DescribeSecret", named[secretInput]("DescribeSecret"), s.describeSecret),
			op.Read("GetRandomPassword", passwordNeeds, getRandomPassword),
			op.Read("GetResourcePolicy", named[secretInput]("GetResourcePolicy"), s.getResourcePolicy),
			op.Read("GetSecretValue", named[getInput]("GetSecretValue"), s.getSecretValue),
			op.Read("ListResourcePolicies", named[listPoliciesInput]("ListResourcePolicies"), s.listResourcePolicies),
			op.Read("ListSecretVersionIds", named[listVersionsInput]("ListSecretVersionIds"), s.listSecretVersionIDs),
			op.Read("ListSecrets", listNeeds, s.listSecrets),
			op.Write("PutResourcePolicy", named[putPolicyInput]("PutResourcePolicy"), s.putResourcePolicy),
			op.Write("PutSecretValue", named[putInput]("PutSecretValue"), s.putSecretValue),
			op.Write("RemoveRegionsFromReplication", named[unreplicateInput]("RemoveRegionsFromReplication"), s.removeRegionsFromReplication),
			op.Write("ReplicateSecretToRegions", named[replicateInput]("ReplicateSecretToRegions"), s.replicateSecretToRegions),
			op.Write("RestoreSecret", named[secretInput]("RestoreSecret"), s.restoreSecret),
			op.Write("RotateSecret", named[rotateInput]("RotateSecret"), s.rotateSecret),
			op.Write("StopReplicationToReplica", named[secretInput]("StopReplicationToReplica"), s.stopReplicationToReplica),
			op.Write("TagResource", named[tagInput]("TagResource"), s.tagResource),
			op.Write("UntagResource", named[untagInput]("UntagResource"), s.untagResource),
			op.Write("UpdateSecret", named[updateInput]("UpdateSecret"), s.updateSecret),
			op.Write("UpdateSecretVersionStage", named[stageInput]("UpdateSecretVersionStage"), s.updateSecretVersionStage),
			op.Read("ValidateResourcePolicy", validateNeeds, s.validateResourcePolicy),
		},
	}
}

const serviceName = "secretsmanager"

type service struct {
	principals Principals
	keys       Keys
	options    Options
	accessed   *accessLog
	opened     *keyCache
	again      *nudges
	sealing    dataKeys
}
