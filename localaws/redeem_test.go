package localaws

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awsmwaa "github.com/aws/aws-sdk-go-v2/service/mwaa"
	"github.com/aws/aws-sdk-go-v2/service/mwaa/types"

	"aircon/localaws/mwaa"
)

// A web server redeems a token once, as the administrator, and learns who made it and which role of Airflow it gives.
func TestTokensAreRedeemed(t *testing.T) {
	s := serve(t, Options{MWAA: mwaa.Options{Create: -1}})
	admin := s.administrator()
	const trust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"airflow-env.amazonaws.com"},"Action":"sts:AssumeRole"}}`
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
	made, err := admin.mwaa.CreateWebLoginToken(t.Context(), &awsmwaa.CreateWebLoginTokenInput{Name: aws.String("analytics")})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		environment, kind string
		status            int
		answer            string
	}{
		{"absent", "web", http.StatusNotFound, "absent"},
		{"analytics", "cli", http.StatusForbidden, "invalid"},
		{"analytics", "web", http.StatusOK, `"role":"Admin"`},
		{"analytics", "web", http.StatusForbidden, "used before"},
	} {
		in := fmt.Sprintf(`{"kind": %q, "token": %q}`, test.kind, aws.ToString(made.WebToken))
		w := administer(t, s.Server, s.Administrator(), http.MethodPost, adminPath+"environments/"+test.environment+"/token", in)
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.answer) {
			t.Errorf("%+v: %d %s", test, w.Code, w.Body)
		}
	}
}
