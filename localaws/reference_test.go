package localaws

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"aircon/internal/awswire"
	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
	"aircon/policy/reference"
)

// asker runs operations without the wire, allows everything, and keeps what they asked for.
type asker struct {
	*Server
	t     *testing.T
	asked []op.Need
}

var errUndone = errors.New("nothing of this stays")

// run runs an operation's needs and the operation itself. Unless it stays, nothing of it does, and its own errors do not matter.
func (a *asker) run(svc *service, o *op.Operation, members map[string]any, stays bool) any {
	a.t.Helper()
	in := o.Input()
	own := map[string]any{}
	for _, name := range memberNames(reflect.TypeOf(in).Elem()) {
		if value, ok := members[name]; ok {
			own[name] = value
		}
	}
	body, err := json.Marshal(own)
	decode := awswire.DecodeJSON
	if svc.Protocol == op.RESTJSON {
		decode = json.Unmarshal // which leaves no member to the path
	}
	if err == nil {
		err = decode(body, in)
	}
	if err != nil {
		a.t.Fatalf("%s %s: %v", o.Name, body, err)
	}
	var out any
	err = a.store.Update(func(tx store.Tx) error {
		a.asked = nil
		defer func() {
			if p := recover(); p != nil {
				a.t.Errorf("%s %s panics: %v", svc.Name, o.Name, p)
			}
		}()
		c := &op.Call{
			Tx: tx, Sealer: a.store.Sealer(), Partition: partition, Account: DefaultAccount, Region: "eu-west-1", Principal: user("administrator"),
			Now: a.options.Clock(), Wall: a.options.Wall(), RequestID: "1",
			Authorizer: func(_ *op.Call, n *op.Need) error { a.asked = append(a.asked, *n); return nil },
		}
		if o.Needs != nil {
			needs, err := o.Needs(c, in)
			if err != nil {
				a.t.Errorf("%s:%s asks for nothing, as %v", svc.Name, o.Name, err)
				return errUndone
			}
			a.asked = append(a.asked, needs...)
		}
		if out, err = o.Do(c, in); stays {
			return err
		}
		return errUndone
	})
	if err != nil && (stays || !errors.Is(err, errUndone)) {
		a.t.Fatalf("%s:%s %s: %v", svc.Name, o.Name, body, err)
	}
	return out
}

func memberNames(t reflect.Type) (all []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			all = append(all, memberNames(f.Type)...)
		case f.IsExported() && name == "":
			all = append(all, f.Name)
		case f.IsExported():
			all = append(all, name)
		}
	}
	return all
}

type inputs = map[string]any

// make runs an operation that stays, and returns its answer.
func (a *asker) make(name string, members inputs) map[string]any {
	a.t.Helper()
	prefix, operation, _ := strings.Cut(name, ":")
	svc := a.byName[prefix]
	text, err := awswire.AppendJSON(nil, a.run(svc, svc.operations[operation], members, true))
	var answer map[string]any
	if err == nil {
		err = json.Unmarshal(text, &answer)
	}
	if err != nil {
		a.t.Fatal(err)
	}
	return answer
}

const (
	anyDocument = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`
	mwaaTrust   = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":["airflow.amazonaws.com","airflow-env.amazonaws.com"],"AWS":"123456789012"},"Action":"sts:*"}}`
	openPolicy  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"*","Resource":"*"}}`
)

// furnish makes one of each thing, and returns the members that inputs of each service may have.
func (a *asker) furnish() map[string]inputs {
	arn := "arn:aws:iam::123456789012:"
	tags, pairs := []policy.Tag{{Key: "team", Value: "data"}}, inputs{"team": "data"}
	iam := inputs{
		"UserName": "etl", "RoleName": "worker", "GroupName": "team", "InstanceProfileName": "machine", "PolicyName": "narrow", "PolicyDocument": anyDocument,
		"AssumeRolePolicyDocument": mwaaTrust, "PolicySourceArn": arn + "user/etl", "PolicyInputList": []string{anyDocument}, "ActionNames": []string{"s3:GetObject"},
		"VersionId": "v1", "Tags": tags, "TagKeys": []string{"team"}, "AWSServiceName": "airflow.amazonaws.com", "AccountAlias": "data", "Status": "Inactive",
		"DeletionTaskId": "task/aws-service-role/airflow.amazonaws.com/AWSServiceRoleForAmazonMWAA/1", "PolicyArn": arn + "policy/narrow", "PermissionsBoundary": arn + "policy/narrow",
	}
	a.make("iam:CreatePolicy", iam)
	for _, name := range []string{"CreateUser", "CreateRole", "CreateGroup", "CreateInstanceProfile"} {
		a.make("iam:"+name, iam)
	}
	key := a.make("iam:CreateAccessKey", iam)["AccessKey"].(inputs)
	iam["AccessKeyId"] = key["AccessKeyId"]
	kms := inputs{"Tags": []inputs{{"TagKey": "team", "TagValue": "data"}}, "TagKeys": []string{"team"}, "Policy": openPolicy, "PolicyName": "default", "AliasName": "alias/data"}
	kms["KeyId"] = a.make("kms:CreateKey", kms)["KeyMetadata"].(inputs)["Arn"]
	for _, name := range []string{"TargetKeyId", "SourceKeyId", "DestinationKeyId"} {
		kms[name] = kms["KeyId"]
	}
	a.make("kms:CreateAlias", kms)
	more := inputs{"Plaintext": []byte("x"), "Message": []byte("x"), "EncryptionContext": pairs, "SourceEncryptionContext": pairs, "KeySpec": "AES_256", "KeyPairSpec": "RSA_2048", "NumberOfBytes": 32}
	maps.Copy(kms, more)
	kms["CiphertextBlob"] = a.make("kms:Encrypt", kms)["CiphertextBlob"]
	kms["GranteePrincipal"], kms["RetiringPrincipal"], kms["Operations"] = arn+"role/worker", arn+"role/worker", []string{"Decrypt"}
	delete(kms, "NumberOfBytes")
	kms["GrantId"] = a.make("kms:CreateGrant", kms)["GrantId"]
	secrets := inputs{
		"Name": "airflow/db", "SecretString": "x", "ClientRequestToken": "00000000-0000-4000-8000-000000000001", "KmsKeyId": kms["KeyId"], "Tags": tags, "TagKeys": []string{"team"}, "Description": "d", "ResourcePolicy": openPolicy,
		"BlockPublicPolicy": true, "VersionStage": "AWSCURRENT", "RecoveryWindowInDays": 7, "RotationRules": inputs{"AutomaticallyAfterDays": 7},
		"RotationLambdaARN": "arn:aws:lambda:eu-west-1:123456789012:function:rotate", "AddReplicaRegions": []inputs{{"Region": "eu-central-1"}}, "RemoveReplicaRegions": []string{"eu-central-1"},
	}
	secrets["SecretId"] = a.make("secretsmanager:CreateSecret", secrets)["ARN"]
	secrets["SecretIdList"] = []any{secrets["SecretId"]}
	environment := inputs{
		"Name": "analytics", "ExecutionRoleArn": arn + "role/worker", "DagS3Path": "dags", "SourceBucketArn": "arn:aws:s3:::bucket", "Tags": pairs, "TagKeys": []string{"team"},
		"NetworkConfiguration": inputs{"SubnetIds": []string{"subnet-1", "subnet-2"}, "SecurityGroupIds": []string{"sg-1"}}, "EnvironmentName": "analytics", "Path": "/dags", "Method": "GET",
	}
	environment["ResourceArn"] = a.make("airflow:CreateEnvironment", environment)["Arn"]
	return map[string]inputs{
		"iam": iam, "kms": kms, "secretsmanager": secrets, "airflow": environment,
		"sts": {"RoleArn": arn + "role/worker", "RoleSessionName": "task", "Tags": tags, "ExternalId": "12345", "SourceIdentity": "ada", "AccessKeyId": iam["AccessKeyId"], "Name": "etl", "Policy": anyDocument, "EncodedMessage": "x"},
	}
}

// oddities are members that mean something else to one operation than to its service's others.
var oddities = map[string]inputs{
	"kms:CreateKey": {"KeySpec": "SYMMETRIC_DEFAULT"},
}

// TestNeedsAreOfTheReference runs each operation, and expects that it asks for actions that AWS's Service Authorization Reference lists, on
// resources of a type that it lists for them, with condition keys that it lists.
func TestNeedsAreOfTheReference(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := &asker{Server: s, t: t}
	members := a.furnish()
	operations, needs := 0, 0
	for _, svc := range s.services {
		if reference.Of(svc.Name) == nil {
			continue // aircon's own
		}
		for i := range svc.Operations {
			o := &svc.Operations[i]
			if o.Open {
				continue
			}
			operations++
			own := maps.Clone(members[svc.Name])
			maps.Copy(own, oddities[svc.Name+":"+o.Name])
			a.run(svc, o, own, false)
			for _, n := range a.asked {
				needs++
				for _, fault := range strangeness(n) {
					if what := svc.Name + ":" + o.Name + " " + fault; !isUnlisted(what) {
						t.Error(what)
					}
				}
			}
			if len(a.asked) == 0 {
				t.Errorf("%s:%s asks for nothing", svc.Name, o.Name)
			}
		}
	}
	t.Logf("%d operations asked for %d permissions", operations, needs)
}

// strangeness tells what of a need the reference does not have.
func strangeness(n op.Need) (all []string) {
	action := reference.Lookup(n.Action)
	service, _, _ := strings.Cut(n.Action, ":")
	switch {
	case action == nil && reference.Of(service) == nil:
		return nil // lambda:InvokeFunction
	case action == nil:
		return []string{"asks for " + n.Action + ", which is no action"}
	case !action.Takes(n.Resource):
		all = append(all, "asks for "+n.Action+" on "+n.Resource+", which it does not take")
	}
	for _, k := range n.Context {
		if !action.Has(k.Name) {
			all = append(all, "asks for "+n.Action+" with the condition key "+k.Name+", which it does not have")
		}
	}
	return all
}

// unlisted is what the reference lacks, or has otherwise than AWS is known to decide. A star stands for anything.
var unlisted = []struct{ what, why string }{
	{"iam:List* asks for iam:List* on arn:aws:iam::123456789012:*/, which it does not take", "IAM's own denials name the path that a listing is limited to"},
	{"sts:* asks for sts:TagSession with the condition key *", "STS decides all that an AssumeRole stands for in one context"},
	{"sts:* asks for sts:SetSourceIdentity with the condition key *", "STS decides all that an AssumeRole stands for in one context"},
	{"sts:GetFederationToken asks for sts:TagSession on arn:aws:sts::123456789012:federated-user/*, which it does not take", "the session that is tagged is the federated user's"},
	{"* asks for *:TagResource with the condition key *", "tags of what is being made are decided in the context of the making"},
	{"secretsmanager:CreateSecret asks for secretsmanager:ReplicateSecretToRegions with the condition key *", "replicas of what is being made are decided in the context of the making"},
	{"kms:* asks for kms:TagResource on \\*, which it does not take", "a key that is being made has no ARN yet (KMS Developer Guide, \"Controlling access to tags\")"},
	{"kms:* asks for kms:* with the condition key kms:CallerAccount, *", "KMS gives it a value in every request (KMS Developer Guide, \"kms:CallerAccount\")"},
	{"secretsmanager:ListResourcePolicies asks for secretsmanager:ListResourcePolicies, which is no action", "it is younger than the reference"},
}

// isUnlisted reports whether a strangeness is one that is known.
func isUnlisted(what string) bool {
	return slices.ContainsFunc(unlisted, func(u struct{ what, why string }) bool {
		form := strings.ReplaceAll(regexp.QuoteMeta(u.what), `\\\*`, `\x00`)
		form = strings.ReplaceAll(strings.ReplaceAll(form, `\*`, ".*"), `\x00`, `\*`)
		return regexp.MustCompile("^" + form + "$").MatchString(what)
	})
}
