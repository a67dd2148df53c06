package awsapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	awsmwaa "github.com/aws/aws-sdk-go-v2/service/mwaa"
	mwaatypes "github.com/aws/aws-sdk-go-v2/service/mwaa/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go/middleware"

	"aircon/aircontest"
	"aircon/internal/doctor"
	"aircon/internal/plan"
	"aircon/internal/spec"
	"aircon/localaws"
	secrets "aircon/localaws/secretsmanager"
)

// world is a local AWS with one environment of MWAA, and a client of its administrator.
type world struct {
	*Client
	clock *aircontest.Clock
	mu    sync.Mutex // guards calls while a plan asks several at a time
	calls map[string]int
	role  string // ARN
}

const trust = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": ["airflow.amazonaws.com", "airflow-env.amazonaws.com"], "AWS": "123456789012"}, "Action": "sts:AssumeRole"}]}`

func newWorld(t *testing.T, o ...secrets.Options) *world {
	t.Helper()
	var opts localaws.Options
	if len(o) > 0 {
		opts.SecretsManager = o[0]
	}
	return newWorldOf(t, opts)
}

func newWorldOf(t *testing.T, opts localaws.Options) *world {
	t.Helper()
	w := &world{clock: aircontest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), calls: map[string]int{}}
	opts.Clock, opts.Region = w.clock.Now, "eu-west-1"
	local := aircontest.NewLocalAWS(t, opts)
	local.Setenv(t)
	c, err := Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	c.cfg.APIOptions = append(c.cfg.APIOptions, w.count)
	w.Client = newClient(c.cfg)
	w.makeEnvironment(t)
	return w
}

// count counts each call by its operation.
func (w *world) count(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("count",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			w.mu.Lock()
			w.calls[middleware.GetOperationName(ctx)]++
			w.mu.Unlock()
			return next.HandleInitialize(ctx, in)
		}), middleware.After)
}

func (w *world) makeEnvironment(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	made, err := w.iam.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("analytics"), Path: aws.String("/service-role/"), AssumeRolePolicyDocument: aws.String(trust)})
	if err != nil {
		t.Fatal(err)
	}
	w.role = aws.ToString(made.Role.Arn)
	_, err = w.mwaa.CreateEnvironment(ctx, &awsmwaa.CreateEnvironmentInput{
		Name: aws.String("analytics"), AirflowVersion: aws.String("2.10.3"), ExecutionRoleArn: &w.role, DagS3Path: aws.String("dags"),
		SourceBucketArn: aws.String("arn:aws:s3:::airflow-bucket"), AirflowConfigurationOptions: map[string]string{"core.parallelism": "8"},
		NetworkConfiguration: &mwaatypes.NetworkConfiguration{SubnetIds: []string{"subnet-0123456789abcdef0", "subnet-0123456789abcdef1"}, SecurityGroupIds: []string{"sg-0123456789abcdef0"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Wait(ctx, w.Plan(), "analytics", w.applying()); err != nil {
		t.Fatal(err)
	}
}

// applying waits by moving the clock.
func (w *world) applying() plan.ApplyOptions {
	return plan.ApplyOptions{Sleep: func(ctx context.Context, d time.Duration) error {
		w.clock.Advance(10 * time.Minute)
		return ctx.Err()
	}}
}

var resolver = spec.Resolver{LookupEnv: func(name string) (string, bool) { return "canary-" + name, true }}

func parse(t *testing.T, text string) *spec.File {
	t.Helper()
	file, err := spec.Parse("aircon.yaml", []byte(text), spec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func (w *world) plan(t *testing.T, file *spec.File, opts plan.Options) *plan.Plan {
	t.Helper()
	p, err := plan.Make(t.Context(), w.Plan(), file, file.Environments[0], resolver, opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w *world) apply(t *testing.T, p *plan.Plan) {
	t.Helper()
	if err := plan.Apply(t.Context(), w.Plan(), p, w.applying()); err != nil {
		t.Fatal(err)
	}
}

func (w *world) mustBeEmpty(t *testing.T, file *spec.File) {
	t.Helper()
	if p := w.plan(t, file, plan.Options{}); !p.Empty() {
		t.Fatalf("not empty:\n%s", text(t, p))
	}
}

func text(t *testing.T, p *plan.Plan) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Render(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "canary") {
		t.Fatalf("shows a secret:\n%s", b.String())
	}
	return b.String()
}

const first = `version: 1
environments:
  analytics:
    region: eu-west-1
    tags: {team: data}
    connections:
      db: {conn_type: postgres, host: db.internal, port: 5432, login: etl, password: {env: DB}, schema: dw, extra: {sslmode: require, keepalives_idle: 300}, description: The warehouse, kms_key: alias/airflow}
      report: {conn_type: postgres, host: db.internal, login: report, password: {env: REPORT}, format: uri}
    variables: {bucket: my-bucket, settings: {json: {retries: 3}}}
`

const second = `version: 1
environments:
  analytics:
    region: eu-west-1
    tags: {team: platform}
    connections:
      db: {conn_type: postgres, host: new.internal, port: 5432, login: etl, password: {keep: true}, schema: dw, description: Moved}
      fresh: {conn_type: http, host: api.internal}
    variables: {bucket: other-bucket}
`

// TestLocalAWSFromSpecToNothing runs a spec's whole life on local AWS: plan, apply, an empty plan, a change, an empty plan, destroy; the execution role
// reads what it should and nothing else.
func TestLocalAWSFromSpecToNothing(t *testing.T) {
	w := newWorld(t)
	w.makeKey(t)
	file := parse(t, first)
	w.apply(t, w.plan(t, file, plan.Options{}))
	w.mustBeEmpty(t, file)
	w.mustBeEmpty(t, w.found(t))
	w.mustRead(t, "airflow/connections/db", `"password": "canary-DB"`)
	w.mustRead(t, "airflow/connections/report", "postgres://report:canary-REPORT@db.internal")
	w.mustNotRead(t, "airflow/connections/other")

	changed := parse(t, second)
	p := w.plan(t, changed, plan.Options{Prune: true})
	shown := text(t, p)
	for _, part := range []string{
		"~ update secret airflow/connections/db\n", "~ host                   new.internal", "~ extra.sslmode          (changed)", "~ description            The warehouse -> Moved",
		"~ kms_key                alias/airflow -> alias/aws/secretsmanager", "- delete secret airflow/connections/report", "+ create secret airflow/connections/fresh", "Plan: 1 to create, 4 to change, 2 to delete.",
	} {
		if !strings.Contains(shown, part) {
			t.Errorf("want %q in\n%s", part, shown)
		}
	}
	w.apply(t, p)
	w.mustBeEmpty(t, changed)
	w.mustRead(t, "airflow/connections/db", `"password": "canary-DB"`)
	w.mustRead(t, "airflow/connections/db", `"host": "new.internal"`)

	w.apply(t, w.plan(t, file, plan.Options{})) // report comes back from its pending deletion
	w.mustRead(t, "airflow/connections/report", "postgres://report:canary-REPORT@db.internal")
	w.attachElsewhere(t)
	w.destroy(t, file)
}

// attachElsewhere gives aircon's policy to another role, as a former execution role would have it.
func (w *world) attachElsewhere(t *testing.T) {
	t.Helper()
	_, err := w.iam.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("former"), AssumeRolePolicyDocument: aws.String(trust)})
	if err == nil {
		err = w.Plan().Roles.AttachPolicy(t.Context(), "former", "arn:aws:iam::123456789012:policy/aircon/aircon-eu-west-1-analytics-1")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// destroy takes all back and looks that nothing of it is left.
func (w *world) destroy(t *testing.T, file *spec.File) {
	t.Helper()
	p, err := plan.Destroy(t.Context(), w.Plan(), file.Environments[0], plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.apply(t, p)
	if p, err := plan.Destroy(t.Context(), w.Plan(), file.Environments[0], plan.Options{}); err != nil || !p.Empty() {
		t.Errorf("after destroy: %v\n%s", err, text(t, p))
	}
	env, err := w.Plan().Environments.Environment(t.Context(), "analytics")
	if err != nil || len(env.Options) != 1 || env.Options["core.parallelism"] != "8" || len(env.Tags) != 0 {
		t.Errorf("options %v, tags %v, %v", env.Options, env.Tags, err)
	}
	left, err := w.Secrets(t.Context())
	if err != nil || slices.ContainsFunc(left, func(s doctor.Secret) bool { return s.Deleted.IsZero() }) {
		t.Errorf("left are %v, %v", left, err)
	}
	role, err := w.Role(t.Context(), w.role)
	if err != nil || len(role.Policies) > 0 {
		t.Errorf("the role has %v, %v", role, err)
	}
}

// found returns the spec that is made of the environment, written and read again.
func (w *world) found(t *testing.T) *spec.File {
	t.Helper()
	file, err := plan.FromEnvironment(t.Context(), w.Plan(), &spec.Environment{Name: "analytics"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := file.Write()
	if err != nil || strings.Contains(string(text), "canary") {
		t.Fatalf("%v\n%s", err, text)
	}
	read := parse(t, string(text))
	if got := len(read.Environments[0].Connections) + len(read.Environments[0].Variables); got != 4 {
		t.Errorf("found %d:\n%s", got, text)
	}
	return read
}

func (w *world) makeKey(t *testing.T) {
	t.Helper()
	key, err := w.kms.CreateKey(t.Context(), &awskms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.kms.CreateAlias(t.Context(), &awskms.CreateAliasInput{AliasName: aws.String("alias/airflow"), TargetKeyId: key.KeyMetadata.KeyId}); err != nil {
		t.Fatal(err)
	}
}

// mustRead reads a secret as the execution role.
func (w *world) mustRead(t *testing.T, name, part string) {
	t.Helper()
	got, err := w.As(w.role, "test").GetSecretValue(t.Context(), name)
	if err != nil || !strings.Contains(got.Text.Reveal(), part) {
		t.Errorf("%s holds %s, %v", name, got.Text.Reveal(), err)
	}
}

func (w *world) mustNotRead(t *testing.T, name string) {
	t.Helper()
	_, err := w.As(w.role, "test").GetSecretValue(t.Context(), name)
	wants(t, err, []string{"AccessDeniedException", "assumed-role/analytics/test", "secretsmanager:GetSecretValue", name, "no identity-based policy allows"}, false)
}

// TestLocalAWSPlanCallsAreFew counts the calls of a plan in which one secret has changed and the list does not show some yet.
// TestLocalAWSAfterGoingBack: whoever labels an older version AWSCURRENT by hand gets the spec's text back from the next apply.
func TestLocalAWSAfterGoingBack(t *testing.T) {
	w := newWorld(t)
	const name = "airflow/variables/bucket"
	declare := func(text string) *spec.File {
		return parse(t, "version: 1\nenvironments:\n  analytics:\n    variables:\n      bucket: "+text+"\n")
	}
	for _, text := range []string{"a", "b"} {
		w.apply(t, w.plan(t, declare(text), plan.Options{}))
	}
	for _, text := range []string{"b", "c", "c"} {
		s, err := w.Plan().Secrets.DescribeSecret(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.secrets.UpdateSecretVersionStage(t.Context(), &secretsmanager.UpdateSecretVersionStageInput{
			SecretId: aws.String(name), VersionStage: aws.String("AWSCURRENT"), MoveToVersionId: &s.Previous, RemoveFromVersionId: &s.Current,
		}); err != nil {
			t.Fatal(err)
		}
		if p := w.plan(t, declare(text), plan.Options{}); !p.Empty() {
			w.apply(t, p)
		}
		if got, err := w.GetSecretValue(t.Context(), name); err != nil || got.Text.Reveal() != text {
			t.Errorf("want %s, got %s, %v", text, got.Text.Reveal(), err)
		}
	}
}

func TestLocalAWSPlanCallsAreFew(t *testing.T) {
	for _, size := range []struct{ connections, unlisted int }{{1, 0}, {100, 3}, {1000, 20}} {
		t.Run(fmt.Sprint(size.connections), func(t *testing.T) {
			w := newWorld(t, secrets.Options{ListLag: 24 * time.Hour})
			listed := size.connections - size.unlisted
			w.apply(t, w.plan(t, manyConnections(t, listed), plan.Options{}))
			w.clock.Advance(48 * time.Hour)
			file := manyConnections(t, size.connections)
			w.apply(t, w.plan(t, file, plan.Options{}))
			if _, err := w.secrets.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String("airflow/connections/c0000"), SecretString: aws.String("postgres://x")}); err != nil {
				t.Fatal(err)
			}
			clear(w.calls)
			if s := w.plan(t, file, plan.Options{}).Summary(); s != (plan.Summary{Update: 1}) {
				t.Errorf("got %+v", s)
			}
			want := map[string]int{
				"BatchGetSecretValue": (size.connections + 19) / 20, "ListSecrets": (listed + 99) / 100, "DescribeSecret": 1 + size.unlisted,
				"GetCallerIdentity": 1, "GetEnvironment": 1, "ListAttachedRolePolicies": 1, "GetPolicy": 2, "GetPolicyVersion": 1,
			}
			if fmt.Sprint(w.calls) != fmt.Sprint(want) {
				t.Errorf("got %v, want %v", w.calls, want)
			}
		})
	}
}

func manyConnections(t *testing.T, n int) *spec.File {
	t.Helper()
	var b strings.Builder
	b.WriteString("version: 1\nenvironments:\n  analytics:\n    policy: prefix\n    connections:\n")
	for i := range n {
		fmt.Fprintf(&b, "      c%04d: {conn_type: postgres, host: h, password: {env: PW}}\n", i)
	}
	return parse(t, b.String())
}

// TestLocalAWSReading reads all that doctor reads.
func TestLocalAWSReading(t *testing.T) {
	w := newWorld(t)
	w.makeKey(t)
	w.apply(t, w.plan(t, parse(t, first), plan.Options{}))
	ctx := t.Context()
	inline := `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}`
	if _, err := w.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("analytics"), PolicyName: aws.String("dags"), PolicyDocument: &inline}); err != nil {
		t.Fatal(err)
	}
	role, err := w.Role(ctx, w.role)
	if err != nil || len(role.Policies) != 2 || role.Policies[1].Name != "dags" || role.Boundary != nil {
		t.Errorf("role %+v, %v", role, err)
	}
	secret, err := w.Secret(ctx, "airflow/connections/db")
	if err != nil || !secret.Current || secret.KMSKey == "" || !strings.HasPrefix(secret.ARN, "arn:aws:secretsmanager:eu-west-1:123456789012:secret:airflow/connections/db-") {
		t.Errorf("secret %+v, %v", secret, err)
	}
	key, err := w.Key(ctx, "alias/airflow")
	if err != nil || key.State != "Enabled" || key.AWSManaged || key.Policy == nil {
		t.Errorf("key %+v, %v", key, err)
	}
	all, err := w.Secrets(ctx)
	if i := slices.IndexFunc(all, func(s doctor.Secret) bool { return s.Name == secret.Name }); err != nil || len(all) != 4 || i < 0 || !reflect.DeepEqual(all[i], *secret) {
		t.Errorf("the list %v, %v has not %v", all, err, secret)
	}
	if document, err := w.SecretPolicy(ctx, secret.ARN); err != nil || document != nil {
		t.Errorf("its policy is %v, %v", document, err)
	}
	values, err := w.SecretValues(ctx, []string{secret.Name, "airflow/connections/none"})
	if err != nil || values[secret.Name].ARN != secret.ARN || values[secret.ARN].Text.IsNull() {
		t.Errorf("values %v, %v", values, err)
	}
	var missing *Error
	if !errors.As(values["airflow/connections/none"].Err, &missing) || missing.Code != "ResourceNotFoundException" {
		t.Errorf("a secret that is not there: %v", values["airflow/connections/none"].Err)
	}
	env, err := w.Environment(ctx, "analytics")
	if err != nil || env.Airflow != "2.10.3" || env.ExecutionRole != w.role {
		t.Errorf("environment %+v, %v", env, err)
	}
	simulated, err := w.Simulate(ctx, w.role, "secretsmanager:GetSecretValue", []string{secret.ARN, secret.ARN + "x"}, nil)
	if err != nil || len(simulated) != 2 || simulated[secret.ARN].Decision != "allowed" || simulated[secret.ARN+"x"].Decision != "implicitDeny" {
		t.Errorf("simulated %+v, %v", simulated, err)
	}
}
