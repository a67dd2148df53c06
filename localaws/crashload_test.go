//go:build unix

package localaws

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/mwaa"
	mwaatypes "github.com/aws/aws-sdk-go-v2/service/mwaa/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"aircon/internal/awsapi"
)

// clients are an administrator's.
type clients struct {
	secrets      *secretsmanager.Client
	accounts     *awsiam.Client
	environments *mwaa.Client
}

// clientsOf returns clients of the local AWS that serves dir at endpoint.
func clientsOf(t *testing.T, dir, endpoint string) clients {
	t.Helper()
	keys, err := ReadCredentials(dir)
	if err != nil {
		t.Fatal(err)
	}
	const region = "eu-west-1"
	whole := awsapi.WholeBody{HTTPClient: awshttp.NewBuildableClient()} // no call is made twice, so none may be cut off
	provider := credentials.NewStaticCredentialsProvider(keys.AccessKeyID, keys.SecretAccessKey, "")
	return clients{
		secretsmanager.New(secretsmanager.Options{BaseEndpoint: &endpoint, Region: region, RetryMaxAttempts: 1, HTTPClient: whole, Credentials: provider}),
		awsiam.New(awsiam.Options{BaseEndpoint: &endpoint, Region: region, RetryMaxAttempts: 1, HTTPClient: whole, Credentials: provider}),
		mwaa.New(mwaa.Options{
			BaseEndpoint: &endpoint, Region: region, RetryMaxAttempts: 1, HTTPClient: whole, Credentials: provider,
			APIOptions: []func(*middleware.Stack) error{withoutHostPrefix},
		}),
	}
}

// withoutHostPrefix keeps MWAA's client from putting api. before the host.
func withoutHostPrefix(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("HostPrefix", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
	}), middleware.Before)
}

// load is writers that write until local AWS is killed. Each has registers, which it sets one after the other to the number of its
// round, each after the one before was acknowledged.
type load struct {
	clients
	writers                         []*writer
	flying, acknowledged, attempted atomic.Int64
	all                             sync.WaitGroup
}

type writer struct {
	name      string
	round     int
	registers []*register
	made      []string // names of secrets that were acknowledged
}

// register is something that holds a number. What was acknowledged must be there, and what was attempted may be.
type register struct {
	kind                    string
	acknowledged, attempted int
	set                     func(l *load, n int) error
	holds                   func(l *load, n int) (bool, error)
}

const writers = 8

const crashPolicy = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}`

// newLoad makes what the writers change.
func newLoad(t *testing.T, c clients) *load {
	t.Helper()
	l := &load{clients: c}
	managed, err := c.accounts.CreatePolicy(t.Context(), &awsiam.CreatePolicyInput{PolicyName: aws.String("crash"), PolicyDocument: aws.String(crashPolicy)})
	fatal(t, err)
	for i := range writers {
		w := &writer{name: fmt.Sprintf("crash-%d", i), round: 1}
		w.registers = []*register{w.makes(), w.value(), w.rolePolicy(), w.attachment(*managed.Policy.Arn), w.options()}
		l.writers = append(l.writers, w)
		role, err := c.accounts.CreateRole(t.Context(), &awsiam.CreateRoleInput{RoleName: &w.name, AssumeRolePolicyDocument: aws.String(
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":["airflow.amazonaws.com","airflow-env.amazonaws.com"]},"Action":"sts:AssumeRole"}}`)})
		fatal(t, err)
		_, err = c.environments.CreateEnvironment(t.Context(), &mwaa.CreateEnvironmentInput{
			Name: &w.name, ExecutionRoleArn: role.Role.Arn, SourceBucketArn: aws.String("arn:aws:s3:::example-dags"), DagS3Path: aws.String("dags"),
			NetworkConfiguration: &mwaatypes.NetworkConfiguration{SubnetIds: []string{"subnet-11111111", "subnet-22222222"}, SecurityGroupIds: []string{"sg-11111111"}},
		})
		fatal(t, err)
		for _, r := range w.registers {
			if !l.do(r, 1) {
				t.Fatalf("%s: the first write failed: %v", r.kind, r.set(l, 1))
			}
		}
	}
	return l
}

// start lets the writers write until a request fails, and returns once each has begun.
func (l *load) start() {
	var begun sync.WaitGroup
	for _, w := range l.writers {
		begun.Add(1)
		l.all.Go(func() {
			for first := true; ; first = false {
				w.round++
				for i, r := range w.registers {
					if good := l.do(r, w.round); first && i == 0 {
						begun.Done()
					} else if !good {
						return
					}
				}
			}
		})
	}
	begun.Wait()
}

func (l *load) wait() { l.all.Wait() }

func (l *load) do(r *register, n int) bool {
	r.attempted = n
	l.attempted.Add(1)
	l.flying.Add(1)
	defer l.flying.Add(-1)
	if r.set(l, n) != nil {
		return false
	}
	r.acknowledged = n
	l.acknowledged.Add(1)
	return true
}

// check looks at each register, and goes on from what it holds.
func (l *load) check(t *testing.T) {
	t.Helper()
	for _, w := range l.writers {
		for _, r := range w.registers {
			held, err := r.holds(l, r.acknowledged)
			if err == nil && !held && r.attempted != r.acknowledged {
				if held, err = r.holds(l, r.attempted); held {
					r.acknowledged = r.attempted
				}
			}
			if err != nil || !held {
				t.Errorf("%s of %s holds neither %d, which was acknowledged, nor %d, which was attempted (%v)", r.kind, w.name, r.acknowledged, r.attempted, err)
			}
		}
	}
}

// checkMade expects each secret that a writer made in any of its rounds.
func (l *load) checkMade(t *testing.T) {
	t.Helper()
	found := map[string]bool{}
	pages := secretsmanager.NewListSecretsPaginator(l.secrets, &secretsmanager.ListSecretsInput{MaxResults: aws.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		fatal(t, err)
		for _, s := range page.SecretList {
			found[*s.Name] = true
		}
	}
	for _, w := range l.writers {
		for _, name := range w.made {
			if !found[name] {
				t.Errorf("%s was acknowledged and is lost", name)
			}
		}
	}
}
