package secretsmanager_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"aircon/localaws/internal/calltest"
	"aircon/localaws/op"
	"aircon/localaws/secretsmanager"
)

const lambda = "arn:aws:lambda:eu-west-1:111122223333:function:rotate"

// rotating is Secrets Manager with one rotation function, which works as AWS's templates do: createSecret stores a value unless there is one,
// finishSecret moves AWSCURRENT.
type rotating struct {
	*calltest.AWS
	events []secretsmanager.Event
	fail   map[string]error                  // by step
	before map[string]func()                 // by step
	steps  func(e secretsmanager.Event) bool // true replaces what the function does
}

// newRotating has a secret s.
func newRotating(t *testing.T) *rotating {
	r := newRotatingEmpty(t)
	create(r.AWS, "s", "v1", 1)
	return r
}

func newRotatingEmpty(t *testing.T) *rotating {
	r := &rotating{fail: map[string]error{}, before: map[string]func(){}}
	r.AWS = newAWSWith(t, secretsmanager.Options{Rotators: map[string]secretsmanager.Rotator{lambda: secretsmanager.RotatorFunc(r.rotate)}})
	return r
}

func (r *rotating) rotate(_ context.Context, e secretsmanager.Event) error {
	r.events = append(r.events, e)
	if fn := r.before[e.Step]; fn != nil {
		fn()
	}
	if err := r.fail[e.Step]; err != nil {
		return err
	}
	if r.steps != nil && r.steps(e) {
		return nil
	}
	labels := r.OK("secretsmanager.DescribeSecret", object{"SecretId": e.SecretId})["VersionIdsToStages"].(object)
	if labels[e.ClientRequestToken] == nil {
		return errors.New("the version has no stage")
	}
	switch e.Step {
	case "createSecret":
		if _, err := r.Call("secretsmanager.GetSecretValue", object{"SecretId": e.SecretId, "VersionId": e.ClientRequestToken, "VersionStage": "AWSPENDING"}); err == nil {
			return nil
		}
		r.OK("secretsmanager.PutSecretValue", object{
			"SecretId": e.SecretId, "ClientRequestToken": e.ClientRequestToken, "SecretString": fmt.Sprint("rotated ", len(r.events)),
			"VersionStages": []string{"AWSPENDING"}, "RotationToken": e.RotationToken,
		})
	case "finishSecret":
		for id, stages := range labels {
			if id != e.ClientRequestToken && strings.Contains(fmt.Sprint(stages), "AWSCURRENT") {
				r.OK("secretsmanager.UpdateSecretVersionStage", object{
					"SecretId": e.SecretId, "VersionStage": "AWSCURRENT", "MoveToVersionId": e.ClientRequestToken, "RemoveFromVersionId": id,
				})
			}
		}
	}
	return nil
}

// begin calls RotateSecret with the function and a rate of ten days, and more members or others.
func (r *rotating) begin(n int, more object) object {
	in := object{"SecretId": "s", "ClientRequestToken": id(n), "RotationLambdaARN": lambda, "RotationRules": object{"AutomaticallyAfterDays": 10}}
	for name, value := range more {
		if in[name] = value; value == nil {
			delete(in, name)
		}
	}
	return in
}

func (r *rotating) rotates(n int, more object) {
	r.T.Helper()
	r.OK("secretsmanager.RotateSecret", r.begin(n, more))
}

// done lists the steps that the function was called with since the last time, and their versions.
func (r *rotating) done() string {
	var out []string
	for _, e := range r.events {
		out = append(out, e.Step+":"+strings.TrimLeft(e.ClientRequestToken[24:], "0"))
	}
	r.events = nil
	return strings.Join(out, " ")
}

func (r *rotating) described() object {
	r.T.Helper()
	return r.OK("secretsmanager.DescribeSecret", object{"SecretId": "s"})
}

func (r *rotating) wantDate(member string, want time.Time) {
	r.T.Helper()
	got := r.described()[member]
	if want.IsZero() && got != nil || !want.IsZero() && !strings.HasPrefix(fmt.Sprint(got), fmt.Sprint(want.Unix())) {
		r.T.Errorf("%s is %v, want %v", member, got, want)
	}
}

func (r *rotating) wantStages(want string) {
	r.T.Helper()
	if got := stages(r.AWS, "s", true); got != want {
		r.T.Errorf("labels %q, want %q", got, want)
	}
}

// TestRotation walks through one: the answer comes first, then the version without a value, then the four steps.
func TestRotation(t *testing.T) {
	r := newRotating(t)
	if got := r.OK("secretsmanager.RotateSecret", r.begin(2, nil)); got["VersionId"] != id(2) {
		t.Errorf("answered %v", got)
	}
	r.wantStages("1:AWSCURRENT 2:AWSPENDING")
	r.wantDate("LastRotatedDate", time.Time{})
	r.wantDate("NextRotationDate", time.Date(2026, 12, 2, 23, 59, 59, 0, time.UTC))
	for _, in := range []object{{"VersionStage": "AWSPENDING"}, {"VersionStage": "AWSPENDING", "VersionId": id(2)}} {
		in["SecretId"] = "s"
		r.Fails("ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSPENDING", "secretsmanager.GetSecretValue", in)
	}
	r.Fails("ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId: "+id(2),
		"secretsmanager.GetSecretValue", object{"SecretId": "s", "VersionId": id(2)})
	if pending := r.OK("secretsmanager.ListSecretVersionIds", object{"SecretId": "s"})["Versions"].([]any)[1].(object); pending["KmsKeyIds"] != nil || pending["CreatedDate"] == nil {
		t.Errorf("listed %v", pending)
	}
	r.Now = r.Now.Add(time.Hour)
	r.RunDue()
	e := r.events[0]
	if arn := r.described()["ARN"]; e.SecretId != arn || len(e.RotationToken) != 36 || r.events[3].RotationToken != e.RotationToken {
		t.Errorf("events %+v", r.events)
	}
	if got, want := r.done(), "createSecret:2 setSecret:2 testSecret:2 finishSecret:2"; got != want {
		t.Errorf("did %s, want %s", got, want)
	}
	r.wantStages("1:AWSPREVIOUS 2:AWSCURRENT")
	r.wantDate("LastRotatedDate", r.Now)
	if got := r.described(); got["RotationEnabled"] != true || got["RotationLambdaARN"] != lambda || fmt.Sprint(got["RotationRules"]) != "map[AutomaticallyAfterDays:10]" {
		t.Errorf("described %v", got)
	}
	r.RunDue()
	if got := r.done(); got != "" {
		t.Errorf("did %s once more", got)
	}
}

// TestRotationSchedule: windows open by the service's clock, each with a version of its own.
func TestRotationSchedule(t *testing.T) {
	r := newRotating(t)
	r.rotates(2, object{"RotationRules": object{"ScheduleExpression": "cron(0 8 1,15 * ? *)", "Duration": "2h"}})
	r.RunDue()
	r.done()
	r.wantDate("NextRotationDate", time.Date(2026, 12, 1, 9, 59, 59, 0, time.UTC))
	if got := fmt.Sprint(r.described()["RotationRules"]); got != "map[AutomaticallyAfterDays:9 Duration:2h ScheduleExpression:cron(0 8 1,15 * ? *)]" {
		t.Errorf("rules %s", got)
	}
	r.Now = time.Date(2026, 12, 1, 7, 59, 59, 0, time.UTC)
	r.RunDue()
	if got := r.done(); got != "" {
		t.Errorf("rotated before the window: %s", got)
	}
	r.Now = r.Now.Add(time.Second)
	r.RunDue()
	if len(r.events) != 4 || r.events[0].ClientRequestToken == id(2) || len(r.events[0].ClientRequestToken) != 36 {
		t.Errorf("events %+v", r.events)
	}
	r.wantDate("LastRotatedDate", r.Now)
	r.wantDate("NextRotationDate", time.Date(2026, 12, 15, 9, 59, 59, 0, time.UTC))
	put(r.AWS, "s", "by hand", 9)
	r.wantDate("NextRotationDate", time.Date(2026, 12, 15, 9, 59, 59, 0, time.UTC))
}

// TestFailedRotation: AWSPENDING stays, dates stay, other requests are refused, and the same version is tried again from its first step.
func TestFailedRotation(t *testing.T) {
	r := newRotating(t)
	r.fail["setSecret"] = errors.New("no database")
	r.rotates(2, nil)
	r.RunDue()
	if got, want := r.done(), "createSecret:2 setSecret:2"; got != want {
		t.Errorf("did %s, want %s", got, want)
	}
	r.wantStages("1:AWSCURRENT 2:AWSPENDING")
	r.wantDate("LastRotatedDate", time.Time{})
	r.Now = r.Now.Add(30 * time.Second)
	r.RunDue()
	if got := r.done(); got != "" {
		t.Errorf("tried again too soon: %s", got)
	}
	const unfinished = "InvalidRequestException: A previous rotation isn't complete. That rotation will be reattempted."
	r.Fails(unfinished, "secretsmanager.RotateSecret", r.begin(3, nil))
	r.RunDue()
	if got, want := r.done(), "createSecret:2 setSecret:2"; got != want {
		t.Errorf("the refused request made %s, want %s", got, want)
	}
	r.OK("secretsmanager.RotateSecret", r.begin(2, nil)) // the first request once more
	delete(r.fail, "setSecret")
	r.Now = r.Now.Add(2 * time.Minute)
	r.RunDue()
	if got, want := r.done(), "createSecret:2 setSecret:2 testSecret:2 finishSecret:2"; got != want {
		t.Errorf("did %s, want %s", got, want)
	}
	r.rotates(3, nil)
}

// TestUnfinishedRotation: a function that succeeds and does nothing has not rotated the secret.
func TestUnfinishedRotation(t *testing.T) {
	r := newRotating(t)
	r.steps = func(secretsmanager.Event) bool { return true }
	r.rotates(2, nil)
	r.RunDue()
	r.wantDate("LastRotatedDate", time.Time{})
	r.Fails("InvalidRequestException: A previous rotation isn't complete.", "secretsmanager.RotateSecret", r.begin(3, nil))
	put(r.AWS, "s", "by hand", 4) // ends it
	r.wantStages("1:AWSPREVIOUS 2: 4:AWSCURRENT")
	r.Now = r.Now.Add(time.Hour)
	r.done()
	r.RunDue()
	if got := r.done(); got != "" {
		t.Errorf("the rotation went on: %s", got)
	}
	r.rotates(3, nil)
	r.OK("secretsmanager.UpdateSecretVersionStage", object{"SecretId": "s", "VersionStage": "AWSPENDING", "RemoveFromVersionId": id(3)})
	r.steps = nil
	r.rotates(5, nil)
	r.RunDue()
	if got, want := r.done(), "createSecret:5 setSecret:5 testSecret:5 finishSecret:5"; got != want {
		t.Errorf("did %s, want %s", got, want)
	}
}

// TestRotationTest: RotateImmediately false only tests, on a version that is gone afterwards.
func TestRotationTest(t *testing.T) {
	r := newRotating(t)
	var read any
	r.before["testSecret"] = func() {
		read = r.OK("secretsmanager.GetSecretValue", object{"SecretId": "s", "VersionId": id(2), "VersionStage": "AWSPENDING"})["SecretString"]
	}
	r.rotates(2, object{"RotateImmediately": false})
	r.wantStages("1:AWSCURRENT 2:AWSPENDING")
	r.RunDue()
	if got := r.done(); got != "testSecret:2" || read != "v1" {
		t.Errorf("did %s and read %v", got, read)
	}
	r.wantStages("1:AWSCURRENT")
	r.wantDate("LastRotatedDate", time.Time{})
	if strings.Contains(dump(r.AWS), id(2)) {
		t.Error("the tested version lies in the store")
	}
	delete(r.before, "testSecret")
	r.fail["testSecret"] = errors.New("no database")
	r.rotates(3, object{"RotateImmediately": false})
	r.RunDue()
	r.wantStages("1:AWSCURRENT")
	r.Now = time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC)
	r.done()
	delete(r.fail, "testSecret")
	r.RunDue()
	if len(r.events) != 4 {
		t.Errorf("the window opened and %s was done", r.done())
	}
}

// TestCancelRotateSecret: rotation is off, what was made stays, and RotateSecret turns it on again.
func TestCancelRotateSecret(t *testing.T) {
	r := newRotating(t)
	r.Fails("InvalidRequestException: No Lambda rotation function ARN is associated with this secret.", "secretsmanager.CancelRotateSecret", object{"SecretId": "s"})
	r.before["setSecret"] = func() {
		if got := r.OK("secretsmanager.CancelRotateSecret", object{"SecretId": "s"}); got["VersionId"] != id(2) {
			t.Errorf("answered %v", got)
		}
	}
	r.rotates(2, nil)
	r.RunDue()
	if got, want := r.done(), "createSecret:2 setSecret:2"; got != want {
		t.Errorf("did %s, want %s", got, want)
	}
	r.wantStages("1:AWSCURRENT 2:AWSPENDING")
	got := r.described()
	if got["RotationEnabled"] != false || got["RotationLambdaARN"] != lambda || got["NextRotationDate"] != nil || got["LastRotatedDate"] != nil {
		t.Errorf("described %v", got)
	}
	r.Now = r.Now.AddDate(1, 0, 0)
	r.RunDue()
	r.Fails("InvalidRequestException: A previous rotation isn't complete.", "secretsmanager.RotateSecret", r.begin(3, nil))
	r.OK("secretsmanager.UpdateSecretVersionStage", object{"SecretId": "s", "VersionStage": "AWSPENDING", "RemoveFromVersionId": id(2)})
	delete(r.before, "setSecret")
	r.done()
	r.rotates(3, object{"RotationLambdaARN": nil, "RotationRules": nil})
	r.RunDue()
	if got := r.done(); !strings.HasSuffix(got, "finishSecret:3") {
		t.Errorf("did %s", got)
	}
}

// TestRotateSecretRefusals: what keeps a rotation from beginning, and that nothing stays of it.
func TestRotateSecretRefusals(t *testing.T) {
	r := newRotating(t)
	const rotate = "secretsmanager.RotateSecret"
	before := dump(r.AWS)
	for want, in := range map[string]object{
		"InvalidRequestException: No Lambda rotation function ARN is associated with this secret.":                                                                                         {"RotationLambdaARN": nil},
		"InvalidRequestException: You must provide a ClientRequestToken value.":                                                                                                            {"ClientRequestToken": nil},
		"AccessDeniedException: Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.": {"RotationLambdaARN": lambda + "2"},
		"InvalidParameterException: You cannot specify both rotation frequency and schedule expression together.": {
			"RotationRules": object{"AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(1 day)"},
		},
		"InvalidParameterException: Invalid ScheduleExpression rate(1 hour)": {"RotationRules": object{"ScheduleExpression": "rate(1 hour)"}},
		"ResourceNotFoundException: Secrets Manager can't find":              {"SecretId": "nope"},
	} {
		r.Fails(want, rotate, r.begin(2, in))
	}
	r.Decide = func(c *op.Call, n *op.Need) error {
		if n.Action == "lambda:InvokeFunction" && n.Resource == lambda {
			return denyAll(c, n)
		}
		return nil
	}
	r.Fails("AccessDeniedException: no lambda:InvokeFunction", rotate, r.begin(2, nil))
	r.Decide = nil
	if after := dump(r.AWS); after != before {
		t.Errorf("refusals left\n%s\nof\n%s", after, before)
	}
	r.OK("secretsmanager.DeleteSecret", object{"SecretId": "s"})
	r.Fails("InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.", rotate, r.begin(2, nil))
}

// TestRotationOfDeleted: a secret that waits for its deletion does not rotate; one that is restored does when its window opens.
func TestRotationOfDeleted(t *testing.T) {
	r := newRotating(t)
	r.rotates(2, nil)
	r.RunDue()
	r.done()
	r.OK("secretsmanager.DeleteSecret", object{"SecretId": "s"})
	r.Now = r.Now.AddDate(0, 0, 20)
	r.RunDue()
	if got := r.done(); got != "" {
		t.Errorf("did %s", got)
	}
	r.OK("secretsmanager.RestoreSecret", object{"SecretId": "s"})
	r.RunDue()
	if len(r.events) != 4 {
		t.Errorf("did %s", r.done())
	}
	r.OK("secretsmanager.DeleteSecret", object{"SecretId": "s", "ForceDeleteWithoutRecovery": true})
	if rows := dump(r.AWS); strings.Contains("\n"+rows, "\nsecretsmanager.") {
		t.Errorf("rows left:\n%s", rows)
	}
}
