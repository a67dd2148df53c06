package localaws

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssm "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"

	"aircon/localaws/secretsmanager"
)

// aged is a server whose services' clock a test moves, with an audit log.
type aged struct {
	*served
	log   *trail
	later atomic.Int64
}

func newAged(t *testing.T, function secretsmanager.RotatorFunc) *aged {
	a := &aged{log: new(trail)}
	a.served = serve(t, Options{
		Audit: a.log, Clock: func() time.Time { return time.Now().Add(time.Duration(a.later.Load())) },
		SecretsManager: secretsmanager.Options{Rotators: map[string]secretsmanager.Rotator{rotationLambda: function}},
	})
	return a
}

const rotationLambda = "arn:aws:lambda:us-east-1:123456789012:function:rotate"

// own returns what services did by themselves since the last time, after all that is due.
func (a *aged) own(t *testing.T) (names []string, events []Event) {
	t.Helper()
	if err := a.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, e := range a.log.take(t) {
		if e.EventType == "AwsServiceEvent" {
			names, events = append(names, e.EventName), append(events, e)
		}
	}
	return names, events
}

// TestRotationLeavesEvents rotates well, badly and for a test, and gives one rotation up by hand.
func TestRotationLeavesEvents(t *testing.T) {
	var a *aged
	var fails atomic.Bool
	a = newAged(t, func(ctx context.Context, e secretsmanager.Event) error {
		c := a.administrator()
		switch {
		case fails.Load():
			return errors.New("canary")
		case e.Step == "createSecret":
			_, err := c.secrets.PutSecretValue(ctx, &awssm.PutSecretValueInput{
				SecretId: &e.SecretId, ClientRequestToken: &e.ClientRequestToken, SecretString: aws.String("canary"), VersionStages: []string{"AWSPENDING"},
			})
			return err
		case e.Step == "finishSecret":
			now, err := c.secrets.GetSecretValue(ctx, &awssm.GetSecretValueInput{SecretId: &e.SecretId})
			if err != nil {
				return err
			}
			_, err = c.secrets.UpdateSecretVersionStage(ctx, &awssm.UpdateSecretVersionStageInput{
				SecretId: &e.SecretId, VersionStage: aws.String("AWSCURRENT"), MoveToVersionId: &e.ClientRequestToken, RemoveFromVersionId: now.VersionId,
			})
			return err
		}
		return nil
	})
	c := a.administrator()
	put(t, c, "db", "canary")
	rotate := func(at bool) string {
		t.Helper()
		out, err := c.secrets.RotateSecret(t.Context(), &awssm.RotateSecretInput{SecretId: aws.String("db"), RotationLambdaARN: aws.String(rotationLambda), RotateImmediately: &at})
		if err != nil {
			t.Fatal(err)
		}
		return aws.ToString(out.VersionId)
	}
	version := rotate(true)
	names, events := a.own(t)
	if diff := cmp.Diff([]string{"RotationStarted", "RotationSucceeded"}, names); diff != "" {
		t.Fatal("(-want +got):\n" + diff)
	}
	arn := *describe(t, c, "db").ARN
	last := events[1]
	want := Event{
		EventVersion: "1.11", UserIdentity: EventIdentity{AccountID: DefaultAccount, InvokedBy: "secretsmanager.amazonaws.com"}, EventTime: last.EventTime,
		EventSource: "secretsmanager.amazonaws.com", EventName: "RotationSucceeded", AWSRegion: DefaultRegion, SourceIPAddress: "secretsmanager.amazonaws.com",
		UserAgent: "secretsmanager.amazonaws.com", RequestParameters: json.RawMessage("null"), ResponseElements: json.RawMessage("null"),
		AdditionalEventData: json.RawMessage(`{"SecretId":"` + arn + `"}`), RequestID: "Rotation-" + arn + "-" + version, EventID: last.EventID,
		EventType: "AwsServiceEvent", ManagementEvent: true, RecipientAccountID: DefaultAccount, EventCategory: "Management",
	}
	if diff := cmp.Diff(want, last); diff != "" || last.EventID == "" {
		t.Error("(-want +got):\n" + diff)
	}

	rotate(false)
	names, _ = a.own(t)
	if diff := cmp.Diff([]string{"TestRotationStarted", "TestRotationSucceeded"}, names); diff != "" {
		t.Error("a test (-want +got):\n" + diff)
	}
	fails.Store(true)
	rotate(true)
	names, events = a.own(t)
	if diff := cmp.Diff([]string{"RotationStarted", "RotationFailed"}, names); diff != "" {
		t.Fatal("a failure (-want +got):\n" + diff)
	}
	if got := events[1].ErrorMessage; got != "Error when executing lambda "+rotationLambda+" during createSecret step" {
		t.Errorf("the failure says %q", got)
	}
	put := &awssm.PutSecretValueInput{SecretId: aws.String("db"), SecretString: aws.String("canary")}
	if _, err := c.secrets.PutSecretValue(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	if names, events = a.own(t); !cmp.Equal(names, []string{"RotationAbandoned"}) || strings.Contains(string(events[0].AdditionalEventData), "canary") {
		t.Errorf("given up: %v", events)
	}
}

func describe(t *testing.T, c sdk, id string) *awssm.DescribeSecretOutput {
	t.Helper()
	out, err := c.secrets.DescribeSecret(t.Context(), &awssm.DescribeSecretInput{SecretId: &id})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestDeletionLeavesEvents deletes a secret of two versions, restores it, and deletes it for good: in the background, when its window is over, and at
// once. A refused deletion leaves nothing.
func TestDeletionLeavesEvents(t *testing.T) {
	a := newAged(t, nil)
	c := a.administrator()
	put(t, c, "db", "canary")
	if _, err := c.secrets.PutSecretValue(t.Context(), &awssm.PutSecretValueInput{SecretId: aws.String("db"), SecretString: aws.String("canary")}); err != nil {
		t.Fatal(err)
	}
	remove := func() error {
		_, err := c.secrets.DeleteSecret(t.Context(), &awssm.DeleteSecretInput{SecretId: aws.String("db"), RecoveryWindowInDays: aws.Int64(7)})
		return err
	}
	events := func(want ...string) {
		t.Helper()
		if names, _ := a.own(t); !cmp.Equal(names, want) {
			t.Errorf("got %v, want %v", names, want)
		}
	}
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	events("StartSecretVersionDelete", "StartSecretVersionDelete")
	if err := remove(); err == nil {
		t.Error("was deleted twice")
	}
	if _, err := c.secrets.RestoreSecret(t.Context(), &awssm.RestoreSecretInput{SecretId: aws.String("db")}); err != nil {
		t.Fatal(err)
	}
	events("CancelSecretVersionDelete", "CancelSecretVersionDelete")
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	a.log.take(t)
	a.later.Store(int64(7 * 24 * time.Hour))
	events("EndSecretVersionDelete", "EndSecretVersionDelete")
	events()
	put(t, c, "once", "canary")
	if _, err := c.secrets.DeleteSecret(t.Context(), &awssm.DeleteSecretInput{SecretId: aws.String("once"), ForceDeleteWithoutRecovery: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	events("StartSecretVersionDelete", "EndSecretVersionDelete")
}
