package secretsmanager

import (
	"slices"
	"time"

	"aircon/localaws/op"
	"aircon/policy"
)

// rotation is how a secret rotates, and how far it has come with that. Once configured it stays, also where rotation is off.
type rotation struct {
	Enabled   bool
	LambdaARN string
	Rules     rules     `json:",omitzero"`
	Last      time.Time `json:",omitzero"`  // when a rotation succeeded
	Next      time.Time `json:",omitzero"`  // when the next window opens; zero for never
	Closes    time.Time `json:",omitzero"`  // when it closes
	Run       *run      `json:",omitempty"` // the rotation that is under way or has failed
}

// run is a rotation that is not over: it goes on after a crash, and from its first step after a failure.
type run struct {
	Version  string    // that it makes: the id is the request's ClientRequestToken
	Test     bool      `json:",omitempty"` // only testSecret runs, on a version that goes afterwards
	Step     int       // of steps: the next to do
	Due      time.Time // when to do it
	Failures int       `json:",omitempty"`
}

// The steps of a rotation, in their order (user guide, "Lambda rotation functions").
var (
	allSteps  = []string{"createSecret", "setSecret", "testSecret", "finishSecret"}
	testSteps = []string{"testSecret"}
)

func (r *run) steps() []string {
	if r.Test {
		return testSteps
	}
	return allSteps
}

// clone returns a copy that can be changed, and nil of nil.
func (r *rotation) clone() *rotation {
	if r == nil {
		return nil
	}
	copied := *r
	if r.Run != nil {
		under := *r.Run
		copied.Run = &under
	}
	return &copied
}

// reschedule sets the next window to the one that the rules give after a moment.
func (r *rotation) reschedule(after time.Time) error {
	next, refused := r.Rules.schedule()
	if refused != nil {
		return refused
	}
	r.Next, r.Closes = time.Time{}, time.Time{}
	if next != nil {
		w := next(after)
		r.Next, r.Closes = w.opens, w.closes
	}
	return nil
}

// changed takes note of a value that somebody has made current by hand: that ends a rotation which was making another, and counts as one where the
// rules count days (API reference, RotationRulesType).
func (r *rotation) changed(versionID string, now time.Time) error {
	if r == nil || !r.Enabled {
		return nil
	}
	if r.Run != nil && r.Run.Version == versionID {
		return nil
	}
	r.Run = nil
	return r.reschedule(now)
}

// due is when the service has something to do about a secret's rotation; the zero time stands for never.
func (s *secret) due() time.Time {
	r := s.Rotation
	switch {
	case r == nil || !r.Enabled || s.pending():
		return time.Time{}
	case r.Run != nil:
		return r.Run.Due
	}
	return r.Next
}

// unfinished is the version that a rotation has left, or is making: it has AWSPENDING and not AWSCURRENT. Nil where there is none.
func (s *secret) unfinished() *version {
	v := s.labelled(staged)
	if v == nil || slices.Contains(v.Labels, current) {
		return nil
	}
	return v
}

type rotateInput struct {
	ref
	ClientRequestToken             string
	RotationLambdaARN              string
	RotationRules                  *rules
	RotateImmediately              *bool
	ExternalSecretRotationMetadata []struct{ Key, Value string }
	ExternalSecretRotationRoleArn  string
}

func (in *rotateInput) check() error { return checkToken(in.ClientRequestToken, true) }

func (in *rotateInput) keys(keys policy.Context) policy.Context {
	modify := in.RotationRules != nil
	keys = truth(keys, "secretsmanager:ModifyRotationRules", &modify)
	at := in.immediately()
	keys = truth(keys, "secretsmanager:RotateImmediately", &at)
	keys = optional(keys, "secretsmanager:ExternalSecretRotationRoleArn", in.ExternalSecretRotationRoleArn)
	return optional(keys, "secretsmanager:RotationLambdaARN", in.RotationLambdaARN)
}

func (in *rotateInput) immediately() bool {
	return in.RotateImmediately == nil || *in.RotateImmediately
}

// rotateSecret configures rotation and begins one, which goes on after the answer. It needs secretsmanager:RotateSecret, and
// lambda:InvokeFunction on the rotation function.
func (sv *service) rotateSecret(c *op.Call, in *rotateInput) (*secretOutput, error) {
	old, err := in.writable()
	if err != nil {
		return nil, err
	}
	next := old.Rotation.clone()
	if next == nil {
		next = new(rotation)
	}
	if err := next.configure(in, c.Now); err != nil {
		return nil, err
	}
	if err := sv.invocable(c, next.LambdaARN); err != nil {
		return nil, err
	}
	out := &secretOutput{ARN: old.ARN, Name: old.Name, VersionId: in.ClientRequestToken}
	if old.version(in.ClientRequestToken) != nil && old.unfinished() != old.version(in.ClientRequestToken) || sv.sameRun(old, in) {
		return out, nil // the request was sent twice
	}
	if old.unfinished() != nil {
		sv.again.add(old.row(c))
		return nil, invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.")
	}
	_, err = sv.change(c, old, func(s *secret) error {
		s.Rotation = next
		s.Rotation.Run = &run{Version: in.ClientRequestToken, Test: !in.immediately(), Due: c.Now}
		return sv.begin(c, s)
	})
	return out, err
}

// sameRun reports whether a request is the one that began the rotation which is under way.
func (sv *service) sameRun(s *secret, in *rotateInput) bool {
	return s.Rotation != nil && s.Rotation.Run != nil && s.Rotation.Run.Version == in.ClientRequestToken
}

// configure takes in what a request says of rotation; what it does not say stays. AWS words the refusal so (moto issue 3905).
func (r *rotation) configure(in *rotateInput, now time.Time) error {
	if in.RotationLambdaARN != "" {
		r.LambdaARN = in.RotationLambdaARN
	}
	if r.LambdaARN == "" {
		return invalidRequest("No Lambda rotation function ARN is associated with this secret.")
	}
	if in.RotationRules != nil {
		r.Rules = *in.RotationRules
	}
	r.Enabled = true
	return r.reschedule(now)
}

// invocable asks whether the caller and Secrets Manager may call a rotation function. A function that is not here cannot grant that.
func (sv *service) invocable(c *op.Call, lambda string) error {
	arn, _ := policy.ParseARN(lambda)
	if err := c.Authorize(op.Need{Action: "lambda:InvokeFunction", Resource: lambda, Owner: arn.Account}); err != nil {
		return err
	}
	if sv.options.Rotators[lambda] == nil {
		return failure("AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function. "+
			"Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.")
	}
	return nil
}

// begin makes the version of the run that s has: it has a label and no value, before the first step. That of a test has the current value,
// as functions test a value that they have not made; the service itself reads and stores it.
func (sv *service) begin(c *op.Call, s *secret) error {
	under := s.Rotation.Run
	rotationEntry(c, s, "Started", under.Version, under.Test, "")
	s.Versions = append(s.Versions, version{ID: under.Version, Created: c.Now})
	attach(s.Versions, under.Version, staged)
	now := s.labelled(current)
	if !under.Test || now == nil {
		return nil
	}
	itself := asService(c, c.Region)
	p, err := sv.open(itself, s.ARN, now.ID)
	if err != nil {
		return err
	}
	return sv.setValue(itself, s, under.Version, p)
}

// asService is a call that the service makes by itself, in a region: nobody is asked whether it may.
func asService(c *op.Call, region string) *op.Call {
	itself := *c
	itself.Region = region
	itself.Authorizer = func(*op.Call, *op.Need) error { return nil }
	return &itself
}

// cancelRotateSecret turns rotation off. The version that a rotation was making stays, with its label, and is named. It needs
// secretsmanager:CancelRotateSecret. The refusal's words are those of RotateSecret; for this operation they are not confirmed.
func (sv *service) cancelRotateSecret(c *op.Call, in *secretInput) (*secretOutput, error) {
	old, err := in.writable()
	if err != nil {
		return nil, err
	}
	if old.Rotation == nil {
		return nil, invalidRequest("No Lambda rotation function ARN is associated with this secret.")
	}
	out := &secretOutput{ARN: old.ARN, Name: old.Name}
	if v := old.unfinished(); v != nil {
		out.VersionId = v.ID
	}
	_, err = sv.change(c, old, func(s *secret) error {
		s.Rotation.Enabled, s.Rotation.Run = false, nil
		s.Rotation.Next, s.Rotation.Closes = time.Time{}, time.Time{}
		return nil
	})
	return out, err
}

// rotationOutput is what DescribeSecret and ListSecrets tell of rotation.
type rotationOutput struct {
	RotationEnabled   *bool     `json:",omitempty"` // nil where it was never configured
	RotationLambdaARN string    `json:",omitempty"`
	RotationRules     *rules    `json:",omitempty"`
	LastRotatedDate   time.Time `json:",omitzero"`
	NextRotationDate  time.Time `json:",omitzero"` // the window's last second: a failed rotation leaves it in the past
}

// shown is what is told; the dates only while rotation is on (API reference, DescribeSecret).
func (r *rotation) shown() rotationOutput {
	if r == nil {
		return rotationOutput{}
	}
	enabled := r.Enabled
	out := rotationOutput{RotationEnabled: &enabled, RotationLambdaARN: r.LambdaARN}
	if r.Rules != (rules{}) {
		shown := r.Rules
		if days := int(r.Next.Sub(r.Last.Truncate(day)) / day); shown.ScheduleExpression != "" && !r.Last.IsZero() && !r.Next.IsZero() && days > 0 {
			shown.AutomaticallyAfterDays = &days
		}
		out.RotationRules = &shown
	}
	if enabled {
		out.LastRotatedDate = r.Last
		if !r.Closes.IsZero() {
			out.NextRotationDate = r.Closes.Add(-time.Second)
		}
	}
	return out
}
