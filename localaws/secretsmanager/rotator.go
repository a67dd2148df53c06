package secretsmanager

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Event is what a rotation function is called with at each step, as Lambda hands it over (user guide, "Lambda rotation functions").
type Event struct {
	Step               string // createSecret, setSecret, testSecret or finishSecret
	SecretId           string // the secret's ARN
	ClientRequestToken string // the id of the version to make, which has the label AWSPENDING
	RotationToken      string // for PutSecretValue, where the function runs as an assumed role
}

// Rotator does one step of a rotation. It reads and writes the secret as any client does, so it needs credentials of its own. A step that is done may
// be asked for again, after a failure or a crash: it changes nothing then.
type Rotator interface {
	Rotate(ctx context.Context, e Event) error
}

// RotatorFunc is a function that is a Rotator.
type RotatorFunc func(ctx context.Context, e Event) error

// Rotate calls f.
func (f RotatorFunc) Rotate(ctx context.Context, e Event) error { return f(ctx, e) }

// maxStep is the longest that a Lambda function runs (Lambda developer guide, "Lambda quotas").
const maxStep = 15 * time.Minute

// NewHTTPRotator returns a rotator that sends each event to an HTTP endpoint, in a POST with a JSON body. It is made for Lambda's runtime interface
// emulator, which every AWS base image of a function holds:
//
//	http://127.0.0.1:9000/2015-03-31/functions/function/invocations
//
// The function has failed where the status is not 2xx, where the answer has the header X-Amz-Function-Error, or where its body is a JSON object with an
// errorMessage. Redirects are not followed. The endpoint must be a loopback address, unless anywhere is set. timeout is for
// one step; 0 means Lambda's own 15 minutes.
func NewHTTPRotator(endpoint string, timeout time.Duration, anywhere bool) (Rotator, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("the rotator %q is no URL of HTTP; the runtime interface emulator's is http://127.0.0.1:9000/2015-03-31/functions/function/invocations", endpoint)
	}
	if !anywhere && u.Hostname() != "localhost" && !isLoopback(u.Hostname()) {
		return nil, fmt.Errorf("the rotator %s is not on this machine: events name secrets and carry tokens, so only loopback addresses are called, such as 127.0.0.1", u.Host)
	}
	if timeout <= 0 || timeout > maxStep {
		timeout = maxStep
	}
	return &httpRotator{u.String(), timeout, &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true}, // a step is rare, and the function may have ended meanwhile
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

type httpRotator struct {
	endpoint string
	timeout  time.Duration
	client   *http.Client
}

// maxReply is the largest answer of a function, in bytes (Lambda developer guide, "Lambda quotas").
const maxReply = 6 << 20

// Rotate sends the event and waits for the answer.
func (r *httpRotator) Rotate(ctx context.Context, e Event) error {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.endpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := r.client.Do(request)
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err // without the endpoint, which may hold a token
	}
	if err != nil {
		return err
	}
	defer response.Body.Close()
	reply, err := io.ReadAll(io.LimitReader(response.Body, maxReply+1))
	if err != nil {
		return err
	}
	if len(reply) > maxReply {
		return fmt.Errorf("the function answered with more than %d bytes", maxReply)
	}
	return functionError(response, reply)
}

// functionError is the failure that an answer tells, or nil. Its text is the function's own and may name what it likes, so only the error's type
// is told.
func functionError(response *http.Response, reply []byte) error {
	var failed struct {
		ErrorMessage *string `json:"errorMessage"`
		ErrorType    string  `json:"errorType"`
	}
	_ = json.Unmarshal(reply, &failed) // whatever else a function answers is no failure
	switch {
	case failed.ErrorMessage != nil && failed.ErrorType != "":
		return errors.New("the function failed with an error of type " + typeName(failed.ErrorType) + "; its own log tells more")
	case failed.ErrorMessage != nil || response.Header.Get("X-Amz-Function-Error") != "":
		return errors.New("the function failed; its own log tells more")
	case response.StatusCode < 200 || response.StatusCode > 299:
		return fmt.Errorf("the endpoint answered with HTTP status %d", response.StatusCode)
	}
	return nil
}

// maxTypeName is the longest name of an error's type that is told, in bytes.
const maxTypeName = 64

// typeName returns what of a text can be the name of a type, such as Runtime.ExitError or botocore.errorfactory.ResourceNotFoundException: a
// function could put anything there.
func typeName(text string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("._:$-", r):
			return r
		}
		return '?'
	}, text[:min(len(text), maxTypeName)])
	if len(text) > maxTypeName {
		name += "…"
	}
	return name
}
