package localaws

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awsmwaa "github.com/aws/aws-sdk-go-v2/service/mwaa"
	"github.com/aws/aws-sdk-go-v2/service/mwaa/types"

	"aircon/localaws/mwaa"
)

// A role that trusts MWAA alone is assumed for an environment, for as long as was asked, and may do what the role may.
func TestExecutionRoleOfAnEnvironment(t *testing.T) {
	s := serve(t, Options{MWAA: mwaa.Options{Create: -1}})
	admin := s.administrator()
	const trust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":["airflow.amazonaws.com","airflow-env.amazonaws.com"]},"Action":"sts:AssumeRole"}}`
	role, err := admin.iam.CreateRole(t.Context(), &awsiam.CreateRoleInput{RoleName: aws.String("execution"), AssumeRolePolicyDocument: aws.String(trust)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.mwaa.CreateEnvironment(t.Context(), &awsmwaa.CreateEnvironmentInput{
		Name: aws.String("analytics"), ExecutionRoleArn: role.Role.Arn, SourceBucketArn: aws.String("arn:aws:s3:::example"), DagS3Path: aws.String("dags"),
		NetworkConfiguration: &types.NetworkConfiguration{SubnetIds: []string{"subnet-1", "subnet-2"}, SecurityGroupIds: []string{"sg-1"}},
	}); err != nil {
		t.Fatal(err)
	}
	put(t, admin, "kept", "canary")
	ask := func(name string) (int, TaskCredentials) {
		w := administer(t, s.Server, s.Administrator(), http.MethodPost, adminPath+"environments/"+name+"/credentials", `{"seconds": 120}`)
		var got TaskCredentials
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		return w.Code, got
	}
	status, keys := ask("analytics")
	ends, err := time.Parse(time.RFC3339, keys.Expiration)
	if left := time.Until(ends); err != nil || status != http.StatusOK || left > 2*time.Minute || left < time.Minute || keys.RoleARN != *role.Role.Arn {
		t.Fatalf("%d %s, good for %v", status, keys.RoleARN, left)
	}
	task := s.as(Credentials{keys.AccessKeyID, keys.SecretAccessKey}, keys.SessionToken, DefaultRegion, 1)
	if text, err := get(t, task, "kept"); err == nil {
		t.Errorf("a role without a policy reads %q", text)
	}
	if _, err := admin.iam.PutRolePolicy(t.Context(), &awsiam.PutRolePolicyInput{
		RoleName: aws.String("execution"), PolicyName: aws.String("read"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}}`),
	}); err != nil {
		t.Fatal(err)
	}
	if text, err := get(t, task, "kept"); text != "canary" || err != nil {
		t.Errorf("%q, %v", text, err)
	}

	if status, _ := ask("absent"); status != http.StatusNotFound {
		t.Errorf("no such environment: %d", status)
	}
	if _, err := admin.iam.UpdateAssumeRolePolicy(t.Context(), &awsiam.UpdateAssumeRolePolicyInput{
		RoleName: aws.String("execution"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}`),
	}); err != nil {
		t.Fatal(err)
	}
	if status, keys := ask("analytics"); status != http.StatusBadRequest || keys.SecretAccessKey != "" {
		t.Errorf("a role that no longer trusts MWAA: %d", status)
	}
}
