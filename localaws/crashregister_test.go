//go:build unix

package localaws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/mwaa"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"
)

// makes is a new secret in each round, with the number as its value.
func (w *writer) makes() *register {
	name := func(n int) string { return fmt.Sprintf("%s-round-%d", w.name, n) }
	return &register{
		kind: "the secret that is made",
		set: func(l *load, n int) error {
			_, err := l.secrets.CreateSecret(context.Background(), &secretsmanager.CreateSecretInput{Name: aws.String(name(n)), SecretString: aws.String(fmt.Sprint(n))})
			if err == nil {
				w.made = append(w.made, name(n))
			}
			return err
		},
		holds: func(l *load, n int) (bool, error) { return l.reads(name(n), n) },
	}
}

// value is a secret of which each round puts a new value.
func (w *writer) value() *register {
	return &register{
		kind: "the value of the secret",
		set: func(l *load, n int) error {
			in := &secretsmanager.PutSecretValueInput{SecretId: aws.String(w.name), SecretString: aws.String(fmt.Sprint(n))}
			_, err := l.secrets.PutSecretValue(context.Background(), in)
			if n == 1 {
				_, err = l.secrets.CreateSecret(context.Background(), &secretsmanager.CreateSecretInput{Name: in.SecretId, SecretString: in.SecretString})
			}
			return err
		},
		holds: func(l *load, n int) (bool, error) { return l.reads(w.name, n) },
	}
}

// reads reports whether a secret holds a number. Its value must open.
func (l *load) reads(name string, n int) (bool, error) {
	got, err := l.secrets.GetSecretValue(context.Background(), &secretsmanager.GetSecretValueInput{SecretId: &name})
	if err != nil {
		return false, unless(err, "ResourceNotFoundException")
	}
	return *got.SecretString == fmt.Sprint(n), nil
}

// unless returns nil for an error of AWS's with that code, and other errors as they are.
func unless(err error, code string) error {
	var refused smithy.APIError
	if errors.As(err, &refused) && refused.ErrorCode() == code {
		return nil
	}
	return err
}

// rolePolicy is an inline policy of a role, which names the number.
func (w *writer) rolePolicy() *register {
	document := func(n int) string {
		return fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::round-%d/*"}}`, n)
	}
	return &register{
		kind: "the role's policy",
		set: func(l *load, n int) error {
			_, err := l.accounts.PutRolePolicy(context.Background(), &awsiam.PutRolePolicyInput{RoleName: &w.name, PolicyName: aws.String("p"), PolicyDocument: aws.String(document(n))})
			return err
		},
		holds: func(l *load, n int) (bool, error) {
			got, err := l.accounts.GetRolePolicy(context.Background(), &awsiam.GetRolePolicyInput{RoleName: &w.name, PolicyName: aws.String("p")})
			if err != nil {
				return false, err
			}
			text, err := url.QueryUnescape(*got.PolicyDocument)
			return text == document(n), err
		},
	}
}

// attachment is a managed policy that is attached to the role in rounds of even numbers and detached in the others. Both the role and
// the policy know of it.
func (w *writer) attachment(arn string) *register {
	return &register{
		kind: "the attachment to the role",
		set: func(l *load, n int) error {
			if n%2 == 0 {
				_, err := l.accounts.AttachRolePolicy(context.Background(), &awsiam.AttachRolePolicyInput{RoleName: &w.name, PolicyArn: &arn})
				return err
			}
			_, err := l.accounts.DetachRolePolicy(context.Background(), &awsiam.DetachRolePolicyInput{RoleName: &w.name, PolicyArn: &arn})
			return unless(err, "NoSuchEntity")
		},
		holds: func(l *load, n int) (bool, error) {
			ofRole, err := l.accounts.ListAttachedRolePolicies(context.Background(), &awsiam.ListAttachedRolePoliciesInput{RoleName: &w.name})
			if err != nil {
				return false, err
			}
			ofPolicy, err := l.accounts.ListEntitiesForPolicy(context.Background(), &awsiam.ListEntitiesForPolicyInput{PolicyArn: &arn})
			if err != nil {
				return false, err
			}
			both := 0
			for _, role := range ofPolicy.PolicyRoles {
				if *role.RoleName == w.name {
					both++
				}
			}
			if both != len(ofRole.AttachedPolicies) {
				return false, errors.New("the role and the policy do not say the same")
			}
			return both == (n+1)%2, nil
		},
	}
}

// options are two of an environment, which always have the same value, and one more whose name changes: an update replaces all.
func (w *writer) options() *register {
	options := func(n int) map[string]string {
		return map[string]string{"core.parallelism": fmt.Sprint(n), "celery.worker_concurrency": fmt.Sprint(n), fmt.Sprintf("crash.round_%d", n%3): "x"}
	}
	return &register{
		kind: "the options of the environment",
		set: func(l *load, n int) error {
			_, err := l.environments.UpdateEnvironment(context.Background(), &mwaa.UpdateEnvironmentInput{Name: &w.name, AirflowConfigurationOptions: options(n)})
			return err
		},
		holds: func(l *load, n int) (bool, error) {
			got, err := l.environments.GetEnvironment(context.Background(), &mwaa.GetEnvironmentInput{Name: &w.name})
			if err != nil {
				return false, err
			}
			if held := got.Environment.AirflowConfigurationOptions; held["core.parallelism"] != held["celery.worker_concurrency"] || len(held) != 3 {
				return false, fmt.Errorf("half an update is visible: %s", strings.Join(slices.Sorted(maps.Keys(held)), ", "))
			}
			return maps.Equal(got.Environment.AirflowConfigurationOptions, options(n)), nil
		},
	}
}
