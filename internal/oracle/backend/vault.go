package backend

import (
	"context"
	"strings"

	"aircon"
	"aircon/internal/py"
	"aircon/lookup"
)

// vault is Secrets Manager as a case describes it.
type vault struct {
	secrets *py.Dict
}

// awsError is an answer of Secrets Manager that is no secret.
type awsError struct{ code, message string }

func (e *awsError) Error() string        { return e.code + ": " + e.message }
func (e *awsError) ErrorCode() string    { return e.code }
func (e *awsError) ErrorMessage() string { return e.message }

// clientErrors are botocore's own exceptions: no answer of AWS, and so without a code.
var clientErrors = map[string]bool{"ConnectTimeoutError": true, "ReadTimeoutError": true, "EndpointConnectionError": true, "NoCredentialsError": true}

// GetSecretValue answers from the case. It stands for the IAM action secretsmanager:GetSecretValue.
func (v *vault) GetSecretValue(_ context.Context, id string) (lookup.SecretValue, error) {
	entry, found := v.secrets.Get(id)
	if !found {
		entry, found = v.secrets.Get("*")
	}
	if !found {
		return lookup.SecretValue{}, &awsError{"ResourceNotFoundException", "Secrets Manager can't find the specified secret."}
	}
	if text, is := entry.(string); is {
		return lookup.SecretValue{Text: aircon.NewSecret(text)}, nil
	}
	answer := entry.(*py.Dict)
	if binary, _ := answer.Get("binary"); py.Truth(binary) {
		return lookup.SecretValue{}, nil
	}
	code, message := text(answer, "error"), "refused"
	if given, is := answer.Get("message"); is {
		message = given.(string)
	}
	if clientErrors[code] {
		return lookup.SecretValue{}, &clientError{code}
	}
	return lookup.SecretValue{}, &awsError{code, message}
}

// clientError is an error without an answer of AWS.
type clientError struct{ class string }

func (e *clientError) Error() string { return e.class }

// open is lookup.Options.Secrets.
func (v *vault) open(context.Context, lookup.Client) (lookup.SecretsManager, error) { return v, nil }

// text is the text under a key, and "" where there is none.
func text(d *py.Dict, key string) string {
	value, _ := d.Get(key)
	s, _ := value.(string)
	return s
}

// dict is the object under a key, and an empty one where there is none.
func dict(d *py.Dict, key string) *py.Dict {
	value, _ := d.Get(key)
	if object, is := value.(*py.Dict); is {
		return object
	}
	return new(py.Dict)
}

// texts is the object under a key as a map.
func texts(d *py.Dict, key string) map[string]string {
	out := map[string]string{}
	for name, value := range dict(d, key).All() {
		out[name] = value.(string)
	}
	return out
}

// echo runs the only command that cases name, echo, without a process: backslashes quote the character after them.
func echo(_ context.Context, command string) (string, error) {
	arguments, is := strings.CutPrefix(command, "echo ")
	if !is {
		return "", &clientError{"cases run no command but echo"}
	}
	var b strings.Builder
	for i := 0; i < len(arguments); i++ {
		if arguments[i] == '\\' && i+1 < len(arguments) {
			i++
		}
		b.WriteByte(arguments[i])
	}
	return b.String() + "\n", nil
}
