package localaws_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"aircon/aircontest"
	"aircon/localaws"
	sm "aircon/localaws/secretsmanager"
)

const rotationFunction = "arn:aws:lambda:us-east-1:123456789012:function:rotate"

// stopAt is a rotation function whose process ends in a step: it waits there until the server closes.
func stopAt(step string, reached chan<- string) sm.RotatorFunc {
	return func(ctx context.Context, e sm.Event) error {
		if e.Step == step {
			reached <- e.ClientRequestToken
			<-ctx.Done()
		}
		return ctx.Err()
	}
}

func rotationServer(t *testing.T, directory string, clock *aircontest.Clock, function sm.Rotator) (*aircontest.LocalAWS, *secretsmanager.Client) {
	t.Helper()
	local := aircontest.NewLocalAWS(t, localaws.Options{
		Directory: directory, Clock: clock.Now, SecretsManager: sm.Options{Rotators: map[string]sm.Rotator{rotationFunction: function}},
	})
	return local, secretsmanager.New(secretsmanager.Options{
		BaseEndpoint: &local.URL, Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider(local.Administrator.AccessKeyID, local.Administrator.SecretAccessKey, ""),
	})
}

// TestRotationGoesOn: whichever step a process ends in, the next one does that step again and those after it, on the same version.
func TestRotationGoesOn(t *testing.T) {
	steps := []string{"createSecret", "setSecret", "testSecret", "finishSecret"}
	for i, step := range steps {
		t.Run(step, func(t *testing.T) {
			directory, clock := t.TempDir(), aircontest.NewClock(time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC))
			version := ""
			t.Run("ended", func(t *testing.T) {
				reached := make(chan string)
				_, client := rotationServer(t, directory, clock, stopAt(step, reached))
				if _, err := client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("db"), SecretString: aws.String("old")}); err != nil {
					t.Fatal(err)
				}
				if _, err := client.RotateSecret(t.Context(), &secretsmanager.RotateSecretInput{
					SecretId: aws.String("db"), RotationLambdaARN: aws.String(rotationFunction), RotationRules: &types.RotationRulesType{AutomaticallyAfterDays: aws.Int64(1)},
				}); err != nil {
					t.Fatal(err)
				}
				version = <-reached
			})
			var did []string
			var client *secretsmanager.Client
			ready := make(chan struct{}) // the rotation goes on as soon as the server is there
			local, made := rotationServer(t, directory, clock, sm.RotatorFunc(func(ctx context.Context, e sm.Event) error {
				<-ready
				if did = append(did, e.Step); e.ClientRequestToken != version {
					return errors.New("another version")
				}
				if e.Step != "finishSecret" {
					return nil
				}
				current, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &e.SecretId})
				if err != nil {
					return err
				}
				_, err = client.UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{
					SecretId: &e.SecretId, VersionStage: aws.String("AWSCURRENT"), MoveToVersionId: &version, RemoveFromVersionId: current.VersionId,
				})
				return err
			}))
			client = made
			close(ready)
			if err := local.RunDue(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(did, steps[i:]) {
				t.Errorf("did %v, want %v", did, steps[i:])
			}
			got, err := client.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: aws.String("db")})
			if err != nil || got.LastRotatedDate == nil || !slices.Equal(got.VersionIdsToStages[version], []string{"AWSCURRENT"}) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// TestRunDueEnds: whoever waits for work can stop waiting, and a server that closes does not wait for a slow function.
func TestRunDueEnds(t *testing.T) {
	clock, reached := aircontest.NewClock(time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)), make(chan string, 1)
	local, client := rotationServer(t, "", clock, stopAt("createSecret", reached))
	if _, err := client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("db"), SecretString: aws.String("old")}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.RotateSecret(t.Context(), &secretsmanager.RotateSecretInput{SecretId: aws.String("db"), RotationLambdaARN: aws.String(rotationFunction)}); err != nil {
		t.Fatal(err)
	}
	<-reached
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	if err := local.RunDue(ctx); err == nil || !strings.Contains(err.Error(), "enough") {
		t.Errorf("RunDue = %v", err)
	}
}
