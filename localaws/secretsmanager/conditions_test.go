package secretsmanager_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"aircon/localaws/internal/calltest"
	"aircon/localaws/op"
	"aircon/policy"
)

// sentence is one way to say the same condition: an operator, and a value that fits or does not.
type sentence struct{ operator, fits, other string }

// TestConditionKeys: each condition key of the service that an action takes (service authorization reference) decides on a call as its value says, and a
// call that has none of it is denied.
func TestConditionKeys(t *testing.T) {
	text := func(v string) sentence { return sentence{"StringEquals", v, v + "x"} }
	truth := func(v, other string) sentence { return sentence{"Bool", v, other} }
	arn := func(v string) sentence { return sentence{"ArnLike", v, v + "x"} }
	tests := []struct {
		action string
		input  object
		key    string
		sentence
		without object // members to take away for a call without the key; nil where each call has it
	}{
		{"CreateSecret", nil, "secretsmanager:Name", text("new"), nil},
		{"CreateSecret", object{"Description": "d"}, "secretsmanager:Description", text("d"), object{"Description": nil}},
		{"CreateSecret", object{"KmsKeyId": "KEY"}, "secretsmanager:KmsKeyId", text("KEY"), object{"KmsKeyId": nil}},
		{"CreateSecret", object{"KmsKeyId": "KEY"}, "secretsmanager:KmsKeyArn", arn("KEY"), object{"KmsKeyId": nil}},
		{"CreateSecret", object{"Tags": []object{{"Key": "a", "Value": "b"}}}, "aws:RequestTag/a", text("b"), object{"Tags": nil}},
		{"CreateSecret", object{"Tags": []object{{"Key": "a", "Value": "b"}}}, "aws:ResourceTag/a", text("b"), object{"Tags": nil}},
		{"CreateSecret", object{"Tags": []object{{"Key": "a", "Value": "b"}}}, "secretsmanager:ResourceTag/a", text("b"), object{"Tags": nil}},
		{"CreateSecret", object{"Tags": []object{{"Key": "a", "Value": "b"}}}, "aws:TagKeys", sentence{"ForAnyValue:StringEquals", "a", "b"}, object{"Tags": nil}},
		{"CreateSecret", object{"AddReplicaRegions": regions("us-east-1")}, "secretsmanager:AddReplicaRegions", sentence{"ForAnyValue:StringEquals", "us-east-1", "us-east-2"}, object{"AddReplicaRegions": nil}},
		{"CreateSecret", object{"ForceOverwriteReplicaSecret": true}, "secretsmanager:ForceOverwriteReplicaSecret", truth("true", "false"), object{"ForceOverwriteReplicaSecret": nil}},
		{"CreateSecret", object{"Type": "partner"}, "secretsmanager:Type", text("partner"), object{"Type": nil}},
		{"GetSecretValue", nil, "secretsmanager:SecretId", arn("ARN"), nil},
		{"GetSecretValue", nil, "secretsmanager:VersionStage", text("AWSCURRENT"), object{"VersionId": id(1)}},
		{"GetSecretValue", object{"VersionId": id(1)}, "secretsmanager:VersionId", text(id(1)), object{"VersionId": nil}},
		{"GetSecretValue", nil, "secretsmanager:ResourceTag/team", text("data"), object{"SecretId": "bare"}},
		{"GetSecretValue", nil, "aws:ResourceTag/team", text("data"), object{"SecretId": "bare"}},
		{"GetSecretValue", nil, "secretsmanager:SecretPrimaryRegion", text("eu-west-1"), nil},
		{"GetSecretValue", nil, "secretsmanager:resource/AllowRotationLambdaArn", arn(lambda), object{"SecretId": "bare"}},
		{"GetSecretValue", nil, "secretsmanager:resource/Type", text("partner"), object{"SecretId": "bare"}},
		{"DeleteSecret", object{"RecoveryWindowInDays": 8}, "secretsmanager:RecoveryWindowInDays", sentence{"NumericEquals", "8", "9"}, object{"RecoveryWindowInDays": nil}},
		{"DeleteSecret", object{"ForceDeleteWithoutRecovery": true}, "secretsmanager:ForceDeleteWithoutRecovery", truth("true", "false"), object{"ForceDeleteWithoutRecovery": nil}},
		{"PutResourcePolicy", object{"BlockPublicPolicy": true}, "secretsmanager:BlockPublicPolicy", truth("true", "false"), object{"BlockPublicPolicy": nil}},
		{"ReplicateSecretToRegions", nil, "secretsmanager:AddReplicaRegions", sentence{"ForAnyValue:StringEquals", "us-east-1", "us-east-2"}, nil},
		{"ReplicateSecretToRegions", object{"ForceOverwriteReplicaSecret": false}, "secretsmanager:ForceOverwriteReplicaSecret", truth("false", "true"), object{"ForceOverwriteReplicaSecret": nil}},
		{"RotateSecret", object{"RotationLambdaARN": lambda}, "secretsmanager:RotationLambdaARN", arn(lambda), object{"RotationLambdaARN": nil}},
		{"RotateSecret", nil, "secretsmanager:ModifyRotationRules", truth("false", "true"), nil},
		{"RotateSecret", object{"RotationRules": object{"AutomaticallyAfterDays": 1}}, "secretsmanager:ModifyRotationRules", truth("true", "false"), nil},
		{"RotateSecret", nil, "secretsmanager:RotateImmediately", truth("true", "false"), nil},
		{"RotateSecret", object{"RotateImmediately": false}, "secretsmanager:RotateImmediately", truth("false", "true"), nil},
		{
			"RotateSecret",
			object{"ExternalSecretRotationRoleArn": "arn:aws:iam::111122223333:role/r"},
			"secretsmanager:ExternalSecretRotationRoleArn",
			arn("arn:aws:iam::111122223333:role/r"),
			object{"ExternalSecretRotationRoleArn": nil},
		},
		{"TagResource", nil, "aws:RequestTag/a", text("b"), nil},
		{"TagResource", nil, "aws:TagKeys", sentence{"ForAllValues:StringEquals", "a", "b"}, nil},
		{"UntagResource", nil, "aws:TagKeys", sentence{"ForAllValues:StringEquals", "team", "b"}, nil},
		{"UpdateSecret", object{"Description": "e"}, "secretsmanager:Description", text("e"), object{"Description": nil}},
		{"UpdateSecret", object{"KmsKeyId": "KEY"}, "secretsmanager:KmsKeyId", text("KEY"), object{"KmsKeyId": nil}},
		{"UpdateSecret", object{"KmsKeyId": "KEY"}, "secretsmanager:KmsKeyArn", arn("KEY"), object{"KmsKeyId": nil}},
		{"UpdateSecret", object{"Type": "partner"}, "secretsmanager:Type", text("partner"), object{"Type": nil}},
		{"UpdateSecretVersionStage", nil, "secretsmanager:VersionStage", text("blue"), nil},
	}
	// What the reference gives to every action on a secret.
	for _, action := range []string{
		"CancelRotateSecret", "DeleteResourcePolicy", "DeleteSecret", "DescribeSecret", "GetResourcePolicy", "ListResourcePolicies", "ListSecretVersionIds",
		"PutResourcePolicy", "PutSecretValue", "RemoveRegionsFromReplication", "ReplicateSecretToRegions", "RestoreSecret", "RotateSecret", "StopReplicationToReplica",
		"TagResource", "UntagResource", "UpdateSecret", "UpdateSecretVersionStage", "ValidateResourcePolicy",
	} {
		for key, s := range map[string]sentence{
			"secretsmanager:SecretId": arn("ARN"), "secretsmanager:SecretPrimaryRegion": text("eu-west-1"), "secretsmanager:ResourceTag/team": text("data"),
			"aws:ResourceTag/team": text("data"), "secretsmanager:resource/AllowRotationLambdaArn": arn(lambda), "secretsmanager:resource/Type": text("partner"),
		} {
			tests = append(tests, tests[0])
			last := &tests[len(tests)-1]
			last.action, last.key, last.sentence = action, key, s
			if !strings.HasPrefix(key, "secretsmanager:Secret") {
				last.without = object{"SecretId": "bare"}
			}
		}
	}
	for _, tt := range tests {
		t.Run(tt.action+" "+tt.key, func(t *testing.T) {
			a, words := conditioned(t)
			fits := call(a, words, tt.action, tt.input, nil)
			condition := func(value string) *policy.Document {
				return parsePolicy(t, object{
					"Effect": "Allow", "Action": "secretsmanager:" + tt.action, "Resource": "*",
					"Condition": object{tt.operator: object{tt.key: words.Replace(value)}},
				})
			}
			if !decides(fits, condition(tt.fits)) || decides(fits, condition(tt.other)) {
				t.Errorf("%s %s decides wrongly over %v", tt.operator, tt.key, fits.Context)
			}
			if tt.without == nil {
				return
			}
			if n := call(a, words, tt.action, tt.input, tt.without); decides(n, condition(tt.fits)) {
				t.Errorf("a call without %s is allowed: %v", tt.key, n.Context)
			}
		})
	}
}

// conditioned has the secret s with all that a condition can look at, the secret bare with nothing, and the words that tests use for what is known
// only now.
func conditioned(t *testing.T) (*calltest.AWS, *strings.Replacer) {
	t.Helper()
	r := newRotatingEmpty(t)
	key := r.OK("kms.CreateKey", object{})["KeyMetadata"].(object)["Arn"].(string)
	made := r.OK("secretsmanager.CreateSecret", object{
		"Name": "s", "SecretString": "v", "ClientRequestToken": id(1), "Tags": []object{{"Key": "team", "Value": "data"}}, "Type": "partner",
	})
	create(r.AWS, "bare", "v", 1)
	r.OK("secretsmanager.RotateSecret", object{"SecretId": "s", "RotationLambdaARN": lambda, "ClientRequestToken": id(5)})
	r.RunDue()
	return r.AWS, strings.NewReplacer("KEY", key, "ARN", made["ARN"].(string))
}

// call makes a call that is refused once its first need is known, and returns that need.
func call(a *calltest.AWS, words *strings.Replacer, action string, more, without object) op.Need {
	a.T.Helper()
	in := object{"SecretId": "s"}
	for _, members := range []object{required[action], more, without} {
		for name, value := range members {
			if text, ok := value.(string); ok {
				value = words.Replace(text)
			}
			if in[name] = value; value == nil {
				delete(in, name)
			}
		}
	}
	a.Decide = denyAll
	a.Fails("AccessDeniedException: no secretsmanager:"+action, "secretsmanager."+action, in)
	return a.Needs[0]
}

// required are the members that a call needs besides SecretId.
var required = map[string]object{
	"CreateSecret":                 {"SecretId": nil, "Name": "new", "ClientRequestToken": id(2)},
	"PutResourcePolicy":            {"ResourcePolicy": "{}"},
	"PutSecretValue":               {"SecretString": "v", "ClientRequestToken": id(2)},
	"RemoveRegionsFromReplication": {"RemoveReplicaRegions": []string{"us-east-1"}},
	"ReplicateSecretToRegions":     {"AddReplicaRegions": []object{{"Region": "us-east-1"}}},
	"RotateSecret":                 {"ClientRequestToken": id(2)},
	"TagResource":                  {"Tags": []object{{"Key": "a", "Value": "b"}}},
	"UntagResource":                {"TagKeys": []string{"team"}},
	"UpdateSecretVersionStage":     {"VersionStage": "blue", "MoveToVersionId": id(1)},
	"ValidateResourcePolicy":       {"ResourcePolicy": "{}"},
}

func parsePolicy(t *testing.T, statement object) *policy.Document {
	t.Helper()
	text, err := json.Marshal(object{"Version": "2012-10-17", "Statement": []object{statement}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := policy.Parse(text)
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", text, err))
	}
	return d
}

// decides reports whether an identity policy allows a need.
func decides(n op.Need, d *policy.Document) bool {
	who := policy.Principal{Kind: policy.User, ARN: "arn:aws:iam::" + calltest.Account + ":user/alice", Account: calltest.Account}
	r := policy.Request{
		Principal: &who, Action: n.Action, Resource: n.Resource, Owner: n.Owner, Context: n.Context, Identity: []policy.Policy{{Name: "p", Document: d}},
	}
	return policy.Evaluate(&r).Allowed()
}
