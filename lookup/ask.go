package lookup

import (
	"context"
	"errors"
	"slices"
	"time"

	"aircon"
)

// Asking is a question to one backend.
type Asking struct {
	Kind Kind
	ID   string
	Team string // empty for none
	// Open makes the AWS client, once a secret is to be asked for. A nil client without an error, as from a nil Open, cannot be asked.
	Open func(ctx context.Context, client Client) (SecretsManager, error)
	Now  func() time.Time // nil: time.Now
}

// Ask asks the backend alone, without the search around it, and notes in e what came back: the result, each secret asked for,
// and the problem, if any. It returns the text and whether there is one. The error is the context's.
func (b *Backend) Ask(ctx context.Context, q Asking, e *Entry) (aircon.Secret, bool, error) {
	names := b.Names(q.Kind, q.ID, q.Team)
	e.Pattern = names.Pattern
	switch {
	case names.Problem != nil:
		return nothing(e, Raised, names.Problem)
	case names.Skip != "":
		e.Reason = names.Skip
		return nothing(e, Skipped, nil)
	case b.clientErr != nil:
		return nothing(e, Raised, b.clientErr)
	}
	client, err := b.open(ctx, q)
	switch {
	case ctx.Err() != nil:
		return aircon.Secret{}, false, ctx.Err()
	case err != nil:
		return nothing(e, Raised, &Problem{Step: StepClient, Message: err.Error(), Err: err})
	case client == nil:
		for _, name := range names.Asked {
			e.Asked = append(e.Asked, Ask{Name: name, Result: Unchecked})
		}
		e.Reason = NoAccess
		return nothing(e, Unchecked, nil)
	}
	return askAll(ctx, client, names.Asked, q.Now, e)
}

// nothing is the answer of a backend that gives no text, and why. A problem is Airflow's and not the caller's, so it goes into the entry.
func nothing(e *Entry, result Result, problem *Problem) (aircon.Secret, bool, error) {
	e.Result, e.Problem = result, problem
	return aircon.Secret{}, false, nil
}

func (b *Backend) open(ctx context.Context, q Asking) (SecretsManager, error) {
	if q.Open == nil {
		return nil, nil
	}
	return q.Open(ctx, b.client)
}

// askAll goes through the names until one has a text. An error that the backend does not hide ends the lookup.
func askAll(ctx context.Context, client SecretsManager, names []string, now func() time.Time, e *Entry) (aircon.Secret, bool, error) {
	if now == nil {
		now = time.Now
	}
	e.Result = Absent
	for _, name := range names {
		began := now()
		text, ask := getSecretValue(ctx, client, name)
		if ctx.Err() != nil {
			return aircon.Secret{}, false, ctx.Err()
		}
		ask.Took = now().Sub(began)
		e.Asked = append(e.Asked, ask)
		switch ask.Result {
		case Present:
			e.Result, e.Problem = Present, nil
			return text, true, nil
		case Raised:
			e.Result, e.Problem = Raised, ask.Problem
			return aircon.Secret{}, false, nil
		case Hidden:
			e.Result, e.Problem = Hidden, ask.Problem
		}
	}
	return aircon.Secret{}, false, nil
}

// absentCodes are the error codes of which the backend makes "absent" with a debug line: exactly these, and no others that look alike.
var absentCodes = []string{
	"ResourceNotFoundException", "InvalidParameterException", "InvalidRequestException", "DecryptionFailure", "InternalServiceError",
}

// getSecretValue asks for one secret and says what SecretsManagerBackend makes of the answer.
func getSecretValue(ctx context.Context, client SecretsManager, name string) (aircon.Secret, Ask) {
	ask := Ask{Name: name, Result: Present}
	if name == "" { // boto3 refuses it before any call
		ask.Result, ask.Problem = Raised, &Problem{Step: StepAsk, Code: "ParamValidationError", Message: "the secret's name is empty"}
		return aircon.Secret{}, ask
	}
	value, err := client.GetSecretValue(ctx, name)
	if err != nil {
		ask.Problem = awsProblem(err)
		ask.Result = Hides(ask.Problem.Code)
		return aircon.Secret{}, ask
	}
	ask.ARN, ask.VersionID = value.ARN, value.VersionID
	if value.Text.IsNull() {
		ask.Result, ask.Problem = Hidden, &Problem{Step: StepAsk, Message: "the secret holds bytes (SecretBinary) and no text"}
	}
	return value.Text, ask
}

// Hides says what SecretsManagerBackend makes of an AWS error code: [Absent] for a secret that is not there, [Hidden] for
// another error that it turns into "absent" without a word, [Raised] for all others.
func Hides(code string) Result {
	switch {
	case code == absentCodes[0]:
		return Absent
	case slices.Contains(absentCodes, code):
		return Hidden
	}
	return Raised
}

// awsProblem reads code, message and request id from an error of the AWS client.
func awsProblem(err error) *Problem {
	problem := &Problem{Step: StepAsk, Message: err.Error(), Err: err}
	var api interface {
		error
		ErrorCode() string
		ErrorMessage() string
	}
	if errors.As(err, &api) {
		problem.Code, problem.Message = api.ErrorCode(), api.ErrorMessage()
	}
	var answered interface{ ServiceRequestID() string }
	if errors.As(err, &answered) {
		problem.RequestID = answered.ServiceRequestID()
	}
	return problem
}
