package rotationtest

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"aircon/aircontest"
	"aircon/localaws"
	sm "aircon/localaws/secretsmanager"
)

const function = "arn:aws:lambda:us-east-1:123456789012:function:rotate"

// rotate is a rotation function: here one that only makes a new text.
func rotate(ctx context.Context, client *secretsmanager.Client, e sm.Event) error {
	switch e.Step {
	case "createSecret":
		_, err := client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
			SecretId: &e.SecretId, ClientRequestToken: &e.ClientRequestToken, SecretString: aws.String("new"), VersionStages: []string{"AWSPENDING"},
		})
		return err
	case "finishSecret":
		current, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &e.SecretId})
		if err != nil {
			return err
		}
		_, err = client.UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{
			SecretId: &e.SecretId, VersionStage: aws.String("AWSCURRENT"), MoveToVersionId: &e.ClientRequestToken, RemoveFromVersionId: current.VersionId,
		})
		return err
	}
	return nil // setSecret and testSecret: there is no database
}

func TestRotation(t *testing.T) {
	var client *secretsmanager.Client
	clock := aircontest.NewClock(time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC))
	local := aircontest.NewLocalAWS(t, localaws.Options{Clock: clock.Now, SecretsManager: sm.Options{Rotators: map[string]sm.Rotator{
		function: sm.RotatorFunc(func(ctx context.Context, e sm.Event) error { return rotate(ctx, client, e) }),
	}}})
	local.Setenv(t)
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client = secretsmanager.NewFromConfig(cfg)
	secret, err := client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("db"), SecretString: aws.String("old")})
	if err != nil {
		t.Fatal(err)
	}

	// RotateSecret answers before anything has happened; RunDue waits until the four steps are done.
	if _, err := client.RotateSecret(t.Context(), &secretsmanager.RotateSecretInput{
		SecretId: secret.ARN, RotationLambdaARN: aws.String(function), RotationRules: &types.RotationRulesType{ScheduleExpression: aws.String("rate(10 days)")},
	}); err != nil {
		t.Fatal(err)
	}
	if err := local.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	first, err := client.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: secret.ARN})
	if err != nil || !first.LastRotatedDate.Equal(clock.Now()) {
		t.Fatalf("%+v, %v", first, err)
	}

	// Ten days later, the next rotation is due.
	clock.Advance(first.NextRotationDate.Sub(clock.Now()))
	if err := local.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	second, err := client.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: secret.ARN})
	if err != nil || !second.LastRotatedDate.Equal(clock.Now()) {
		t.Errorf("%+v, %v", second, err)
	}
}
