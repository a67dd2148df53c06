package mwaa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aircon/internal/awswire"
	"aircon/internal/store"
	"aircon/localaws/internal/calltest"
	"aircon/localaws/op"
	"aircon/mwaa"
	"aircon/policy"
)

const (
	account = "123456789012"
	role    = "arn:aws:iam::123456789012:role/service-role/analytics-execution"
	envARN  = "arn:aws:airflow:eu-west-1:123456789012:environment/analytics"
)

// trust is IAM as this service sees it.
type trust map[string]string

func (r trust) TrustPolicy(_ store.Tx, arn string) (*policy.Document, error) {
	text, ok := r[arn]
	if !ok {
		return nil, nil
	}
	return policy.Parse([]byte(text))
}

const linkedRole = "arn:aws:iam::123456789012:role/aws-service-role/airflow.amazonaws.com/AWSServiceRoleForAmazonMWAA"

func (r trust) LinkedNeeds(*op.Call) (needs []op.Need, err error) {
	if r[linkedRole] == "" {
		needs = []op.Need{{Action: "iam:CreateServiceLinkedRole", Resource: linkedRole}}
	}
	return needs, nil
}

func (r trust) MakeLinked(*op.Call) error {
	r[linkedRole] = trusting("airflow.amazonaws.com")
	return nil
}

func trusting(service string) string {
	return `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "` + service + `"}, "Action": "sts:AssumeRole"}}`
}

// local is the service on a store in memory, with a clock that the test moves.
type local struct {
	t       *testing.T
	service op.Service
	store   store.Store
	roles   trust
	now     time.Time
	asked   []op.Need                // what the last call needed
	refuse  func(need op.Need) error // nil allows everything
}

func start(t *testing.T, options Options) *local {
	roles := trust{role: trusting(servicePrincipal)}
	s := Service(roles, options)
	return &local{t: t, service: s, store: store.Memory(s.Tables...), roles: roles, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
}

// do runs an operation as the frame does: its needs, then its function, in one transaction.
func (l *local) do(name string, in any) (out any, err error) {
	l.t.Helper()
	i := slices.IndexFunc(l.service.Operations, func(o op.Operation) bool { return o.Name == name })
	if i < 0 {
		l.t.Fatalf("no operation %s", name)
	}
	operation := l.service.Operations[i]
	l.asked = nil
	if err := calltest.Check(&l.service, &operation, in, nil); err != nil {
		return nil, err
	}
	transaction := func(tx store.Tx) error {
		c := &op.Call{
			Tx: tx, Sealer: l.store.Sealer(), Partition: "aws", Account: account, Region: "eu-west-1", Now: l.now,
			Principal:  policy.Principal{Kind: policy.RoleSession, ARN: "arn:aws:sts::123456789012:assumed-role/Dev/jo", Account: account},
			Authorizer: func(_ *op.Call, n *op.Need) error { l.asked = append(l.asked, *n); return l.allow(*n) },
		}
		var needs []op.Need
		if operation.Needs != nil {
			if needs, err = operation.Needs(c, in); err != nil {
				return err
			}
		}
		for _, need := range needs {
			if err := c.Authorize(need); err != nil {
				return err
			}
		}
		out, err = operation.Do(c, in)
		return err
	}
	if operation.Write {
		err = l.store.Update(transaction)
	} else {
		err = l.store.View(transaction)
	}
	if err == nil && operation.Then != nil {
		return operation.Then(context.Background(), out)
	}
	return out, err
}

func (l *local) allow(n op.Need) error {
	if l.refuse == nil {
		return nil
	}
	return l.refuse(n)
}

func (l *local) must(name string, in any) any {
	l.t.Helper()
	out, err := l.do(name, in)
	if err != nil {
		l.t.Fatalf("%s: %v", name, err)
	}
	return out
}

// fails wants AWS's error: its code, and a message that holds the words.
func (l *local) fails(name string, in any, code, words string) {
	l.t.Helper()
	_, err := l.do(name, in)
	refused := new(op.Error)
	if !errors.As(err, &refused) || refused.Code != code || !strings.Contains(refused.Message, words) {
		l.t.Errorf("%s: got %v, want %s: …%s…", name, err, code, words)
	}
}

func (l *local) get(name string) *environment {
	l.t.Helper()
	return l.must("GetEnvironment", &getInput{name}).(*getOutput).Environment
}

func newEnvironment(name string, change func(*createInput)) *createInput {
	in := &createInput{settings: settings{
		Name: name, ExecutionRoleArn: role, SourceBucketArn: "arn:aws:s3:::example-dags", DagS3Path: "dags", AirflowVersion: "2.10.3",
		NetworkConfiguration: &network{[]string{"subnet-1", "subnet-2"}, []string{"sg-1"}},
	}}
	if change != nil {
		change(in)
	}
	return in
}

func ptr[T any](v T) *T { return &v }

// What AWS makes up when it is not told.
func TestDefaults(t *testing.T) {
	l := start(t, Options{Create: -1})
	l.must("CreateEnvironment", newEnvironment("analytics", func(in *createInput) { in.AirflowVersion = "" }))
	l.must("CreateEnvironment", newEnvironment("tiny", func(in *createInput) { in.EnvironmentClass = micro }))
	e := l.get("analytics")
	got := []any{
		e.Status, e.AirflowVersion, e.EnvironmentClass, e.MaxWorkers, e.MinWorkers, e.Schedulers, e.MinWebservers, e.MaxWebservers, e.WebserverAccessMode,
		e.EndpointManagement, e.ServiceRoleArn, *e.LoggingConfiguration.TaskLogs.Enabled, *e.LoggingConfiguration.WorkerLogs.Enabled,
		e.LoggingConfiguration.TaskLogs.CloudWatchLogGroupArn, e.LoggingConfiguration.WorkerLogs.CloudWatchLogGroupArn,
	}
	want := []any{
		mwaa.Available, "3.3.1", "mw1.small", 10, 1, 2, 2, 2, "PRIVATE_ONLY", "SERVICE",
		"arn:aws:iam::123456789012:role/aws-service-role/airflow.amazonaws.com/AWSServiceRoleForAmazonMWAA", true, false,
		"arn:aws:logs:eu-west-1:123456789012:log-group:airflow-analytics-Task", "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("(-want +got):\n" + diff)
	}
	if e := l.get("tiny"); e.Schedulers != 1 || e.MaxWorkers != 1 || e.MaxWebservers != 1 {
		t.Errorf("the smallest class runs everything once: %+v", e)
	}
	if err := awswire.Check(getOutput{}); err != nil {
		t.Error(err)
	}
}

func TestUpdateReplacesWhatWasSentAlone(t *testing.T) {
	l := start(t, Options{Create: -1, Update: -1})
	l.must("CreateEnvironment", newEnvironment("analytics", nil))
	before := *l.get("analytics")
	l.must("UpdateEnvironment", &updateInput{settings: settings{
		Name: "analytics", DagS3Path: "other", MinWorkers: ptr(2), RequirementsS3Path: "requirements.txt", RequirementsS3ObjectVersion: "v1",
		NetworkConfiguration: &network{SecurityGroupIds: []string{"sg-2"}},
		LoggingConfiguration: &logging{WorkerLogs: &moduleLogging{Enabled: ptr(true), LogLevel: "ERROR"}},
	}})
	after := *l.get("analytics")
	var changed []string
	a, b := reflect.ValueOf(before), reflect.ValueOf(after)
	for i := range a.NumField() {
		if !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			changed = append(changed, a.Type().Field(i).Name)
		}
	}
	want := []string{"DagS3Path", "RequirementsS3Path", "RequirementsS3ObjectVersion", "MinWorkers", "NetworkConfiguration", "LoggingConfiguration", "LastUpdate"}
	if diff := cmp.Diff(want, changed); diff != "" {
		t.Error("changed members (-want +got):\n" + diff)
	}
	if diff := cmp.Diff(network{[]string{"subnet-1", "subnet-2"}, []string{"sg-2"}}, after.NetworkConfiguration); diff != "" {
		t.Error(diff)
	}
	if logs := after.LoggingConfiguration; logs.WorkerLogs.LogLevel != "ERROR" || logs.WorkerLogs.CloudWatchLogGroupArn == "" || !*logs.TaskLogs.Enabled {
		t.Errorf("%+v", logs)
	}
	if after.LastUpdate.WorkerReplacementStrategy != mwaa.Forced {
		t.Errorf("the service's own default is FORCED: %+v", after.LastUpdate)
	}
}

func TestExecutionRole(t *testing.T) {
	l := start(t, Options{Create: -1})
	const other = "arn:aws:iam::123456789012:role/other"
	refused := func(name string) {
		t.Helper()
		l.fails("CreateEnvironment", newEnvironment("e", func(in *createInput) { in.ExecutionRoleArn = name }), "ValidationException",
			"Failed to assume role "+name+". This could be due to the role's trust policy. Please ensure your role is assumable by 'airflow-env.amazonaws.com' Service Principal and try again.")
	}
	refused(other)
	l.roles[other] = trusting("airflow.amazonaws.com")
	refused(other)
	l.roles[other] = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]},
		"Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}, "ArnLike": {"aws:SourceArn": "arn:aws:airflow:eu-west-1:123456789012:environment/e"}}}}`
	l.must("CreateEnvironment", newEnvironment("e", func(in *createInput) { in.ExecutionRoleArn = other }))
	l.fails("CreateEnvironment", newEnvironment("f", func(in *createInput) { in.ExecutionRoleArn = other }), "ValidationException", "Failed to assume role")
	l.fails("UpdateEnvironment", &updateInput{settings: settings{Name: "e", ExecutionRoleArn: other + "x"}}, "ValidationException", "Failed to assume role")
	l.fails("CreateEnvironment", newEnvironment("g", func(in *createInput) { in.ExecutionRoleArn = strings.Replace(role, account, "210987654321", 1) }),
		"AccessDeniedException", "Cross-account pass role is not allowed.")
}

func TestNeeds(t *testing.T) {
	l := start(t, Options{Create: -1, Update: -1})
	l.must("CreateEnvironment", newEnvironment("analytics", func(in *createInput) { in.Tags = map[string]string{"team": "data"} }))
	asked := func() string {
		var lines []string
		for _, n := range l.asked {
			line := n.Action + " " + n.Resource
			for _, k := range n.Context {
				if k.Multiple {
					line += fmt.Sprintf(" %s=%v", k.Name, k.List)
				} else {
					line += fmt.Sprintf(" %s=%s", k.Name, k.Value)
				}
			}
			lines = append(lines, line)
		}
		return strings.Join(lines, "\n")
	}
	const tagged = " aws:RequestTag/team=data aws:TagKeys=[team]"
	pass := "iam:PassRole " + role + " iam:PassedToService=airflow.amazonaws.com iam:AssociatedResourceArn=" + envARN
	if want := "airflow:CreateEnvironment " + envARN + tagged + "\nairflow:TagResource " + envARN + tagged + "\n" + pass; asked() != want+"\niam:CreateServiceLinkedRole "+linkedRole {
		t.Errorf("got\n%s\nwant\n%s", asked(), want)
	}
	has := " aws:ResourceTag/team=data"
	for _, test := range []struct {
		operation string
		in        any
		want      string
	}{
		{"GetEnvironment", &getInput{"analytics"}, "airflow:GetEnvironment " + envARN + has},
		{"ListEnvironments", &listInput{}, "airflow:ListEnvironments *"},
		{"UpdateEnvironment", &updateInput{settings: settings{Name: "analytics"}}, "airflow:UpdateEnvironment " + envARN + has},
		{"UpdateEnvironment", &updateInput{settings: settings{Name: "analytics", ExecutionRoleArn: role}}, "airflow:UpdateEnvironment " + envARN + has + "\n" + pass},
		{"TagResource", &tagInput{envARN, map[string]string{"a": "b"}}, "airflow:TagResource " + envARN + " aws:RequestTag/a=b aws:TagKeys=[a]" + has},
		{"UntagResource", &untagInput{envARN, []string{"a"}}, "airflow:UntagResource " + envARN + " aws:TagKeys=[a] aws:ResourceTag/a=b" + has},
		{"ListTagsForResource", &listTagsInput{envARN}, "airflow:ListTagsForResource " + envARN + has},
		{"CreateCliToken", &cliTokenInput{"analytics"}, "airflow:CreateCliToken " + envARN},
		{"CreateWebLoginToken", &webTokenInput{"analytics"}, "airflow:CreateWebLoginToken arn:aws:airflow:eu-west-1:123456789012:role/analytics/Admin"},
		{"PublishMetrics", &metricsInput{"analytics", []metricDatum{}}, "airflow:PublishMetrics " + envARN},
		{"DeleteEnvironment", &deleteInput{"analytics"}, "airflow:DeleteEnvironment " + envARN + has},
	} {
		l.must(test.operation, test.in)
		if asked() != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.operation, asked(), test.want)
		}
	}
	l.refuse = func(n op.Need) error { return &op.Error{Code: "AccessDeniedException", Message: n.Action, Status: 403} }
	l.fails("GetEnvironment", &getInput{"nothing-here"}, "AccessDeniedException", "airflow:GetEnvironment")
}

func TestValidation(t *testing.T) {
	l := start(t, Options{Create: -1, Update: -1})
	l.must("CreateEnvironment", newEnvironment("analytics", nil))
	counts := func(class string, web, schedulers int) func(*createInput) {
		return func(in *createInput) {
			in.EnvironmentClass, in.MinWebservers, in.MaxWebservers, in.Schedulers = class, ptr(web), ptr(web), ptr(schedulers)
		}
	}
	create := func(change func(*createInput)) *createInput { return newEnvironment("other", change) }
	update := func(s settings) *updateInput { s.Name = "analytics"; return &updateInput{settings: s} }
	options := func(key, value string) settings {
		return settings{AirflowConfigurationOptions: map[string]string{key: value}}
	}
	const keyWords = "1 validation error detected: Value at 'airflowConfigurationOptions' failed to satisfy constraint: Map keys must satisfy constraint: " +
		"[Member must have length less than or equal to 64, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-z]+([a-z0-9._]*[a-z0-9_]+)?]"
	const valueWords = "1 validation error detected: Value at 'airflowConfigurationOptions' failed to satisfy constraint: Map value must satisfy constraint: " +
		"[Member must have length less than or equal to 65536, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [ -~]+]"
	for _, test := range []struct {
		operation string
		in        any
		words     string
	}{
		{"GetEnvironment", &getInput{"1x"}, "1 validation error detected: Value '1x' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][0-9a-zA-Z-_]*"},
		{"GetEnvironment", &getInput{strings.Repeat("x", 81)}, "' at 'name' failed to satisfy constraint: Member must have length less than or equal to 80"},
		{"CreateEnvironment", create(func(in *createInput) { in.ExecutionRoleArn = "" }), "1 validation error detected: Value null at 'executionRoleArn' failed to satisfy constraint: Member must not be null"},
		{"CreateEnvironment", create(func(in *createInput) { in.DagS3Path, in.SourceBucketArn = "", "" }), "2 validation errors detected: Value null at 'sourceBucketArn' failed to satisfy constraint: Member must not be null; Value null at 'dagS3Path'"},
		{"CreateEnvironment", create(func(in *createInput) { in.NetworkConfiguration = nil }), "Value null at 'networkConfiguration'"},
		{"CreateEnvironment", create(func(in *createInput) { in.NetworkConfiguration.SubnetIds = []string{"subnet-1"} }), "Value '[subnet-1]' at 'networkConfiguration.subnetIds' failed to satisfy constraint: Member must have length greater than or equal to 2"},
		{"CreateEnvironment", create(func(in *createInput) { in.NetworkConfiguration.SecurityGroupIds = []string{"x"} }), "Value '[x]' at 'networkConfiguration.securityGroupIds' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 1024, "},
		{"CreateEnvironment", create(func(in *createInput) { in.NetworkConfiguration.SubnetIds = []string{"subnet-1", "subnet-1"} }), "different"},
		{"CreateEnvironment", create(func(in *createInput) { in.EndpointManagement = "X" }), "Value 'X' at 'endpointManagement' failed to satisfy constraint: Member must satisfy enum value set: [CUSTOMER, SERVICE]"},
		{"CreateEnvironment", create(func(in *createInput) { in.Tags = map[string]string{"a": "é\n"} }), "at 'tags' failed to satisfy constraint: Map value must satisfy constraint"},
		{"CreateEnvironment", create(func(in *createInput) { in.AirflowVersion = "1.10.12" }), "1.10.12"},
		{"CreateEnvironment", create(func(in *createInput) { in.EnvironmentClass = "mw9.huge" }), "mw9.huge"},
		{"CreateEnvironment", create(func(in *createInput) { in.KmsKey = "x" }), "Value 'x' at 'kmsKey'"},
		{"UpdateEnvironment", update(settings{MaxWorkers: ptr(0)}), "Value '0' at 'maxWorkers' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"UpdateEnvironment", update(settings{Schedulers: ptr(6)}), "Value '6' at 'schedulers' failed to satisfy constraint: Member must have value less than or equal to 5"},
		{"UpdateEnvironment", update(settings{MinWorkers: ptr(11)}), "MinWorkers"},
		{"UpdateEnvironment", update(settings{RequirementsS3Path: "requirements.txt"}), "RequirementsS3ObjectVersion"},
		{"UpdateEnvironment", update(settings{WeeklyMaintenanceWindowStart: "SUN:03:15"}), "Value 'SUN:03:15' at 'weeklyMaintenanceWindowStart'"},
		{"UpdateEnvironment", update(settings{LoggingConfiguration: &logging{TaskLogs: &moduleLogging{LogLevel: "TRACE"}}}), "2 validation errors detected: Value null at 'loggingConfiguration.taskLogs.enabled' failed"},
		{"UpdateEnvironment", &updateInput{settings: settings{Name: "analytics"}, WorkerReplacementStrategy: "LATER"}, "Value 'LATER' at 'workerReplacementStrategy' failed to satisfy constraint: Member must satisfy enum value set: [FORCED, GRACEFUL]"},
		{"UpdateEnvironment", update(options("Core.x", "1")), keyWords},
		{"UpdateEnvironment", update(options(strings.Repeat("x", 65), "1")), keyWords},
		{"UpdateEnvironment", update(options("core.x", "")), valueWords},
		{"UpdateEnvironment", update(options("core.x", "s3cr3t\n")), valueWords},
		{"UpdateEnvironment", update(options("weekly_maintenance_window_start", "SUN:00:00")), "Some of the provided configurations do not have the expected format: weekly_maintenance_window_start, e.g: core.log_format."},
		{"CreateEnvironment", create(counts(micro, 2, 1)), "The web server count for environment class mw1.micro must be 1."},
		{"CreateEnvironment", create(counts(micro, 1, 2)), "The scheduler count for environment class mw1.micro must be 1."},
		{"CreateEnvironment", create(counts("mw1.small", 1, 2)), "The web server count for environment class mw1.small must be between 2 and 5."},
		{"CreateEnvironment", create(counts("mw1.small", 2, 1)), "The scheduler count for environment class mw1.small must be between 2 and 5."},
		{"UpdateEnvironment", update(settings{WebserverAccessMode: "PUBLIC_AND_PRIVATE"}), "PUBLIC_AND_PRIVATE is not supported for Apache Airflow version 2.10.3."},
		{"ListEnvironments", &listInput{MaxResults: ptr(26)}, "Value '26' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 25"},
		{"ListEnvironments", &listInput{NextToken: "!"}, "NextToken"},
		{"TagResource", &tagInput{"analytics", map[string]string{"a": "b"}}, "Value 'analytics' at 'resourceArn'"},
		{"TagResource", &tagInput{envARN, nil}, "Value null at 'tags'"},
		{"TagResource", &tagInput{envARN, map[string]string{"aws:x": "b"}}, "aws:"},
	} {
		l.fails(test.operation, test.in, "ValidationException", test.words)
	}
}

func TestTags(t *testing.T) {
	l := start(t, Options{Create: -1, Update: time.Hour})
	l.must("CreateEnvironment", newEnvironment("analytics", nil))
	l.must("TagResource", &tagInput{envARN, map[string]string{"team": "data", "stage": "test"}})
	l.must("UpdateEnvironment", &updateInput{settings: settings{Name: "analytics"}})
	l.must("TagResource", &tagInput{envARN, map[string]string{"stage": "live"}})
	l.must("UntagResource", &untagInput{envARN, []string{"team", "absent"}})
	l.now = l.now.Add(time.Hour)
	got := l.must("ListTagsForResource", &listTagsInput{envARN}).(*listTagsOutput).Tags
	if diff := cmp.Diff(map[string]string{"stage": "live"}, got); diff != "" || !maps.Equal(got, l.get("analytics").Tags) {
		t.Errorf("tags given while an update runs stay (-want +got):\n%s", diff)
	}
	many := map[string]string{}
	for i := range maxTags {
		many[fmt.Sprint("k", i)] = "v"
	}
	l.fails("TagResource", &tagInput{envARN, many}, "ValidationException", "at most 50")
	l.fails("TagResource", &tagInput{strings.Replace(envARN, "eu-west-1", "us-east-1", 1), many}, "ResourceNotFoundException", "analytics")
	l.fails("ListTagsForResource", &listTagsInput{envARN + "x"}, "ResourceNotFoundException", "analyticsx")
}

func TestListPages(t *testing.T) {
	l := start(t, Options{Create: -1, Delete: time.Hour})
	for i := range 30 {
		l.must("CreateEnvironment", newEnvironment(fmt.Sprintf("e%02d", i), nil))
	}
	l.must("DeleteEnvironment", &deleteInput{"e07"})
	l.now = l.now.Add(time.Hour)
	var names []string
	in, pages := &listInput{MaxResults: ptr(10)}, 0
	for {
		out := l.must("ListEnvironments", in).(*listOutput)
		names, pages = append(names, out.Environments...), pages+1
		if out.NextToken == "" {
			break
		}
		in.NextToken = out.NextToken
	}
	if len(names) != 29 || pages != 3 || !slices.IsSorted(names) || slices.Contains(names, "e07") {
		t.Errorf("%d pages: %v", pages, names)
	}
	if out := l.must("ListEnvironments", &listInput{}).(*listOutput); len(out.Environments) != maxPage || out.NextToken == "" {
		t.Errorf("%d at once", len(out.Environments))
	}
}

func TestTokens(t *testing.T) {
	l := start(t, Options{Create: time.Minute})
	l.must("CreateEnvironment", newEnvironment("analytics", nil))
	l.fails("CreateCliToken", &cliTokenInput{"analytics"}, "ResourceNotFoundException", "analytics")
	l.now = l.now.Add(time.Minute)
	l.refuse = func(n op.Need) error {
		if strings.HasSuffix(n.Resource, "/Admin") || strings.HasSuffix(n.Resource, "/Op") {
			return &op.Error{Code: "AccessDeniedException", Message: n.Resource, Status: 403}
		}
		return nil
	}
	web := l.must("CreateWebLoginToken", &webTokenInput{"analytics"}).(*webTokenOutput)
	cli := l.must("CreateCliToken", &cliTokenInput{"analytics"}).(*cliTokenOutput)
	if web.IamIdentity != "assumed-role/Dev/jo" || web.WebServerHostname == "" || cli.WebServerHostname != web.WebServerHostname {
		t.Errorf("%+v %+v", web, cli)
	}
	redeem := func(kind, environment, token string) (got Token, err error) {
		err = l.store.Update(func(tx store.Tx) error {
			c := &op.Call{Tx: tx, Sealer: l.store.Sealer(), Partition: "aws", Account: account, Region: "eu-west-1", Now: l.now}
			got, err = RedeemToken(c, kind, environment, token)
			return err
		})
		return got, err
	}
	l.must("CreateEnvironment", newEnvironment("other", nil))
	l.now = l.now.Add(tokenLife - 1)
	for _, bad := range []string{"", "!", "AAAA", web.WebToken[:len(web.WebToken)-2], web.WebToken + "AAAA"} {
		if got, err := redeem(WebToken, "analytics", bad); err == nil {
			t.Errorf("%q is a token of %+v", bad, got)
		}
	}
	for kind, environment := range map[string]string{CLIToken: "analytics", WebToken: "other"} {
		if got, err := redeem(kind, environment, web.WebToken); err == nil {
			t.Errorf("it is good for %s of %s: %+v", kind, environment, got)
		}
	}
	if got, err := redeem(WebToken, "analytics", web.WebToken); err != nil || got.Role != "User" || got.Identity != "arn:aws:sts::123456789012:assumed-role/Dev/jo" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := redeem(WebToken, "analytics", web.WebToken); err == nil {
		t.Errorf("it is good twice: %+v", got)
	}
	l.now = l.now.Add(1)
	if got, err := redeem(CLIToken, "analytics", cli.CliToken); err == nil {
		t.Errorf("it has expired: %+v", got)
	}
	cli = l.must("CreateCliToken", &cliTokenInput{"analytics"}).(*cliTokenOutput)
	if got, err := redeem(CLIToken, "analytics", cli.CliToken); err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if kept := l.redeemed(); kept != 1 {
		t.Errorf("%d used tokens are remembered, and one of them is not expired", kept)
	}
	l.refuse = func(n op.Need) error {
		return &op.Error{Code: "AccessDeniedException", Message: n.Resource, Status: 403}
	}
	l.fails("CreateWebLoginToken", &webTokenInput{"analytics"}, "AccessDeniedException", "role/analytics/Admin")
}

// redeemed counts the used tokens that are remembered.
func (l *local) redeemed() (count int) {
	l.t.Helper()
	if err := l.store.View(func(tx store.Tx) error {
		for _, err := range redeemed.Scan(tx, "", "") {
			if err != nil {
				return err
			}
			count++
		}
		return nil
	}); err != nil {
		l.t.Fatal(err)
	}
	return count
}

// Who may have no role of Airflow's is denied; to all others the web server cannot be reached, which is an error in the form of the API's own.
func TestRestAPI(t *testing.T) {
	l := start(t, Options{Create: time.Minute})
	in := &invokeInput{Name: "analytics", Path: "/dags", Method: "GET"}
	l.must("CreateEnvironment", newEnvironment("analytics", nil))
	l.fails("InvokeRestApi", in, "ResourceNotFoundException", "analytics")
	l.now = l.now.Add(time.Minute)
	_, err := l.do("InvokeRestApi", in)
	refused := new(op.Error)
	if !errors.As(err, &refused) || refused.Code != "RestApiServerException" || refused.Fields["RestApiStatusCode"] != 503 {
		t.Errorf("got %v", err)
	}
	if len(l.asked) != 1 || l.asked[0].Action != "airflow:InvokeRestApi" || l.asked[0].Resource != "arn:aws:airflow:eu-west-1:123456789012:role/analytics/Admin" {
		t.Errorf("asked for %+v", l.asked)
	}
	l.refuse = func(n op.Need) error {
		return &op.Error{Code: "AccessDeniedException", Message: n.Resource, Status: 403}
	}
	l.fails("InvokeRestApi", in, "AccessDeniedException", "role/analytics/Admin")
	l.refuse = nil
	l.fails("PublishMetrics", &metricsInput{"absent", []metricDatum{}}, "ResourceNotFoundException", "absent")
}

// servers answer what they are told to, and keep the last request.
type servers struct {
	status int
	body   string
	err    error
	got    RESTRequest
}

func (s *servers) Invoke(_ context.Context, r RESTRequest) (int, []byte, error) {
	s.got = r
	return s.status, []byte(s.body), s.err
}

func (s *servers) Host(arn string) (string, error) {
	if s.err == nil {
		return "web.of." + arn, nil
	}
	return "", nil
}

// A request reaches Airflow with the caller's role, and what Airflow refuses is an error with its answer.
func TestRESTAPIOfARunningAirflow(t *testing.T) {
	web := &servers{status: 200, body: "{\n \"total\": 1}"}
	l := start(t, Options{Create: -1, WebServers: web})
	l.must("CreateEnvironment", newEnvironment("analytics", nil))
	l.refuse = func(n op.Need) error {
		if strings.HasSuffix(n.Resource, "/Viewer") {
			return nil
		}
		return &op.Error{Code: "AccessDeniedException", Message: n.Resource, Status: 403}
	}
	in := &invokeInput{
		Name: "analytics", Path: "/dags", Method: "POST", Body: json.RawMessage(`{"conf": {}}`),
		QueryParameters: json.RawMessage(`{"limit": 12345678, "tags": ["a", "b"], "only_active": true}`),
	}
	out := l.must("InvokeRestApi", in).(*invokeOutput)
	if out.RestApiStatusCode != 200 || string(out.RestApiResponse) != `{"total":1}` {
		t.Errorf("got %d %s", out.RestApiStatusCode, out.RestApiResponse)
	}
	want := RESTRequest{
		envARN, "Viewer", "POST", "/dags", url.Values{"limit": {"12345678"}, "tags": {"a", "b"}, "only_active": {"true"}}, []byte(`{"conf": {}}`),
	}
	if diff := cmp.Diff(want, web.got); diff != "" {
		t.Error("the request (-want +got):\n" + diff)
	}
	for status, code := range map[int]string{404: "RestApiClientException", 500: "RestApiServerException"} {
		web.status, web.body = status, "no such thing"
		_, err := l.do("InvokeRestApi", in)
		refused := new(op.Error)
		if !errors.As(err, &refused) || refused.Code != code || refused.Status != 400 || refused.Fields["RestApiStatusCode"] != status ||
			string(refused.Fields["RestApiResponse"].(json.RawMessage)) != `"no such thing"` {
			t.Errorf("%d: %+v", status, err)
		}
	}
	if made := l.must("CreateWebLoginToken", &webTokenInput{"analytics"}).(*webTokenOutput); made.WebServerHostname != "web.of."+envARN {
		t.Errorf("its tokens are for %s", made.WebServerHostname)
	}
	web.err = ErrNoWebServer
	l.fails("InvokeRestApi", in, "RestApiServerException", "")
	in.QueryParameters = json.RawMessage(`[1]`)
	l.fails("InvokeRestApi", in, "ValidationException", "QueryParameters")
}

// While an Airflow runs, an environment's web server is its.
func TestWebServerOfARunningAirflow(t *testing.T) {
	web := &servers{}
	l := start(t, Options{Create: -1, WebServers: web})
	l.must("CreateEnvironment", newEnvironment("analytics", nil))
	host := func() string {
		return l.must("GetEnvironment", &getInput{"analytics"}).(*getOutput).Environment.WebserverUrl
	}
	if got := host(); got != "web.of."+envARN {
		t.Errorf("it is %s", got)
	}
	if made := l.must("CreateWebLoginToken", &webTokenInput{"analytics"}).(*webTokenOutput); made.WebServerHostname != "web.of."+envARN {
		t.Errorf("its tokens are for %s", made.WebServerHostname)
	}
	web.err = ErrNoWebServer
	if got := host(); !strings.HasSuffix(got, ".on.aws") {
		t.Errorf("without Airflow it is %s", got)
	}
}

// Options can hold passwords: the store never sees them in the clear.
func TestOptionsAreSealed(t *testing.T) {
	l := start(t, Options{})
	const canary = "s3cr3t-canary"
	in := newEnvironment("analytics", func(in *createInput) {
		in.AirflowConfigurationOptions = map[string]string{"smtp.smtp_password": canary}
	})
	l.must("CreateEnvironment", in)
	rows := 0
	err := l.store.View(func(tx store.Tx) error {
		for row, err := range environments.Scan(tx, "", "") {
			if err != nil {
				return err
			}
			rows++
			if text := fmt.Sprintf("%+v %s", *row.Value, row.Value.Settled.Options); strings.Contains(text, canary) {
				t.Error("the store holds the password")
			}
		}
		return nil
	})
	if err != nil || rows != 1 {
		t.Errorf("%d rows, %v", rows, err)
	}
}
