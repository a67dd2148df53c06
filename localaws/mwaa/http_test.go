package mwaa_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/mwaa"
	"github.com/aws/aws-sdk-go-v2/service/mwaa/document"
	"github.com/aws/aws-sdk-go-v2/service/mwaa/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"

	"aircon/aircontest"
	"aircon/localaws"
)

const trustPolicy = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
	"Principal": {"Service": ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]}, "Action": "sts:AssumeRole"}}`

// account is a local AWS behind HTTP, its clock, and an execution role in it.
type account struct {
	endpoint string
	clock    *aircontest.Clock
	admin    aws.CredentialsProvider
	role     string
}

func newAccount(t *testing.T) *account {
	t.Helper()
	a := &account{clock: aircontest.NewClock(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))}
	server, err := localaws.New(localaws.Options{Region: "eu-west-1", Clock: a.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(server)
	t.Cleanup(func() {
		ts.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	a.endpoint = ts.URL
	a.admin = credentials.NewStaticCredentialsProvider(server.Administrator().AccessKeyID, server.Administrator().SecretAccessKey, "")
	role, err := a.iam().CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("execution"), AssumeRolePolicyDocument: aws.String(trustPolicy)})
	if err != nil {
		t.Fatal(err)
	}
	a.role = aws.ToString(role.Role.Arn)
	return a
}

func (a *account) iam() *iam.Client {
	return iam.New(iam.Options{BaseEndpoint: &a.endpoint, Region: "us-east-1", Credentials: a.admin, RetryMaxAttempts: 1})
}

// client is the real SDK. It puts api. or env. before the host, which for a local endpoint a middleware takes away.
func (a *account) client(keys aws.CredentialsProvider) *mwaa.Client {
	return mwaa.New(mwaa.Options{
		BaseEndpoint: &a.endpoint, Region: "eu-west-1", Credentials: keys, RetryMaxAttempts: 1,
		APIOptions: []func(*middleware.Stack) error{func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("HostPrefix", func(
				ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
			) (middleware.InitializeOutput, middleware.Metadata, error) {
				return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
			}), middleware.Before)
		}},
	})
}

func (a *account) create(name string) *mwaa.CreateEnvironmentInput {
	return &mwaa.CreateEnvironmentInput{
		Name: &name, ExecutionRoleArn: &a.role, SourceBucketArn: aws.String("arn:aws:s3:::example-dags"), DagS3Path: aws.String("dags"),
		AirflowVersion: aws.String("2.10.3"), AirflowConfigurationOptions: map[string]string{"core.parallelism": "40"},
		Tags:                 map[string]string{"team": "data"},
		NetworkConfiguration: &types.NetworkConfiguration{SubnetIds: []string{"subnet-1", "subnet-2"}, SecurityGroupIds: []string{"sg-1"}},
	}
}

func TestRealSDK(t *testing.T) {
	a, ctx := newAccount(t), t.Context()
	client := a.client(a.admin)
	created, err := client.CreateEnvironment(ctx, a.create("analytics"))
	if err != nil {
		t.Fatal(err)
	}
	get := func() *types.Environment {
		t.Helper()
		out, err := client.GetEnvironment(ctx, &mwaa.GetEnvironmentInput{Name: aws.String("analytics")})
		if err != nil {
			t.Fatal(err)
		}
		return out.Environment
	}
	if e := get(); e.Status != types.EnvironmentStatusCreating || !e.CreatedAt.Equal(a.clock.Now()) || aws.ToString(e.Arn) != aws.ToString(created.Arn) {
		t.Errorf("%s, created %v", e.Status, e.CreatedAt)
	}
	a.clock.Advance(time.Minute)
	if _, err = client.UpdateEnvironment(ctx, &mwaa.UpdateEnvironmentInput{
		Name: aws.String("analytics"), AirflowConfigurationOptions: map[string]string{"secrets.use_cache": "True"},
		WorkerReplacementStrategy: types.WorkerReplacementStrategyGraceful,
	}); err != nil {
		t.Fatal(err)
	}
	if e := get(); e.Status != types.EnvironmentStatusUpdating || e.LastUpdate.Status != types.UpdateStatusPending {
		t.Errorf("%s, %+v", e.Status, e.LastUpdate)
	}
	a.clock.Advance(time.Minute)
	e := get()
	if diff := cmp.Diff(map[string]string{"secrets.use_cache": "True"}, e.AirflowConfigurationOptions); diff != "" || e.Status != types.EnvironmentStatusAvailable {
		t.Errorf("%s, options (-want +got):\n%s", e.Status, diff)
	}
	if _, err = client.TagResource(ctx, &mwaa.TagResourceInput{ResourceArn: e.Arn, Tags: map[string]string{"stage": "test"}}); err != nil {
		t.Fatal(err)
	}
	if _, err = client.UntagResource(ctx, &mwaa.UntagResourceInput{ResourceArn: e.Arn, TagKeys: []string{"team", "none"}}); err != nil {
		t.Fatal(err)
	}
	tags, err := client.ListTagsForResource(ctx, &mwaa.ListTagsForResourceInput{ResourceArn: e.Arn})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"stage": "test"}, tags.Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	web, err := client.CreateWebLoginToken(ctx, &mwaa.CreateWebLoginTokenInput{Name: aws.String("analytics")})
	if err != nil || aws.ToString(web.WebToken) == "" || aws.ToString(web.WebServerHostname) != aws.ToString(e.WebserverUrl) {
		t.Errorf("%+v, %v", web, err)
	}
	if _, err = client.CreateCliToken(ctx, &mwaa.CreateCliTokenInput{Name: aws.String("analytics")}); err != nil {
		t.Error(err)
	}
	_, err = client.InvokeRestApi(ctx, &mwaa.InvokeRestApiInput{
		Name: aws.String("analytics"), Path: aws.String("/dags"), Method: types.RestApiMethodGet, QueryParameters: document.NewLazyDocument(map[string]int{"limit": 1}),
	})
	unreachable, said := new(types.RestApiServerException), struct{ Title string }{}
	if !errors.As(err, &unreachable) || aws.ToInt32(unreachable.RestApiStatusCode) != 503 {
		t.Fatalf("the web server that is not there: %v", err)
	}
	if err := unreachable.RestApiResponse.UnmarshalSmithyDocument(&said); err != nil || said.Title != "Service Unavailable" {
		t.Errorf("it answers %+v (%v)", said, err)
	}
	if _, err = client.PublishMetrics(ctx, &mwaa.PublishMetricsInput{ //nolint:staticcheck // the operation is the service's own
		EnvironmentName: aws.String("analytics"), MetricData: []types.MetricDatum{{MetricName: aws.String("m"), Timestamp: aws.Time(a.clock.Now())}}, //nolint:staticcheck // as above
	}); err != nil {
		t.Error(err)
	}
	if _, err = client.DeleteEnvironment(ctx, &mwaa.DeleteEnvironmentInput{Name: aws.String("analytics")}); err != nil {
		t.Error(err)
	}
	a.clock.Advance(time.Minute)
	_, err = client.GetEnvironment(ctx, &mwaa.GetEnvironmentInput{Name: aws.String("analytics")})
	if missing := new(types.ResourceNotFoundException); !errors.As(err, &missing) {
		t.Errorf("gone: %v", err)
	}
}

func TestRealSDKPages(t *testing.T) {
	a, ctx := newAccount(t), t.Context()
	client := a.client(a.admin)
	want := []string{"a", "b", "c", "d", "e"}
	for _, name := range want {
		if _, err := client.CreateEnvironment(ctx, a.create(name)); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	pages := mwaa.NewListEnvironmentsPaginator(client, &mwaa.ListEnvironmentsInput{MaxResults: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page.Environments...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A user who may create environments but not pass the role is told so in AWS's words.
func TestRealSDKDenied(t *testing.T) {
	a, ctx := newAccount(t), t.Context()
	name := aws.String("dev")
	if _, err := a.iam().CreateUser(ctx, &iam.CreateUserInput{UserName: name}); err != nil {
		t.Fatal(err)
	}
	allow := func(statements string) {
		t.Helper()
		if _, err := a.iam().PutUserPolicy(ctx, &iam.PutUserPolicyInput{
			UserName: name, PolicyName: aws.String("airflow"), PolicyDocument: aws.String(`{"Version": "2012-10-17", "Statement": [` + statements + `]}`),
		}); err != nil {
			t.Fatal(err)
		}
	}
	key, err := a.iam().CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name})
	if err != nil {
		t.Fatal(err)
	}
	client := a.client(credentials.NewStaticCredentialsProvider(aws.ToString(key.AccessKey.AccessKeyId), aws.ToString(key.AccessKey.SecretAccessKey), ""))
	refused := func(words string) {
		t.Helper()
		_, err := client.CreateEnvironment(ctx, a.create("analytics"))
		var answer smithy.APIError
		if !errors.As(err, &answer) || answer.ErrorCode() != "AccessDeniedException" || !strings.Contains(answer.ErrorMessage(), words) {
			t.Errorf("got %v, want …%s…", err, words)
		}
	}
	const airflow = `{"Effect": "Allow", "Action": "airflow:*", "Resource": "arn:aws:airflow:eu-west-1:123456789012:environment/analytics"}`
	pass := func(service string) string {
		return `, {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "` + a.role + `", "Condition": {"StringEquals": {"iam:PassedToService": "` + service + `"}}}`
	}
	allow(`{"Effect": "Allow", "Action": "airflow:CreateEnvironment", "Resource": "*"}`)
	refused("is not authorized to perform: airflow:TagResource on resource: arn:aws:airflow:eu-west-1:123456789012:environment/analytics")
	allow(airflow)
	refused("User: arn:aws:iam::123456789012:user/dev is not authorized to perform: iam:PassRole on resource: " + a.role)
	allow(airflow + pass("lambda.amazonaws.com"))
	refused("iam:PassRole")
	allow(airflow + pass("airflow.amazonaws.com"))
	const linked = "arn:aws:iam::123456789012:role/aws-service-role/airflow.amazonaws.com/AWSServiceRoleForAmazonMWAA"
	role := &iam.GetRoleInput{RoleName: aws.String("AWSServiceRoleForAmazonMWAA")}
	refused("is not authorized to perform: iam:CreateServiceLinkedRole on resource: " + linked)
	if _, err := a.iam().GetRole(ctx, role); err == nil {
		t.Error("a refused call has made the service-linked role")
	}
	allow(airflow + pass("airflow.amazonaws.com") + `, {"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": "` + linked + `",
		"Condition": {"StringEquals": {"iam:AWSServiceName": "airflow.amazonaws.com"}}}`)
	if _, err := client.CreateEnvironment(ctx, a.create("analytics")); err != nil {
		t.Error(err)
	}
	if got, err := a.iam().GetRole(ctx, role); err != nil || *got.Role.Arn != linked {
		t.Errorf("the service-linked role: %+v, %v", got, err)
	}
	allow(strings.ReplaceAll(airflow, "analytics", "other") + pass("airflow.amazonaws.com"))
	if _, err := client.CreateEnvironment(ctx, a.create("other")); err != nil {
		t.Errorf("an account that has the role needs no permission to make it: %v", err)
	}
}
