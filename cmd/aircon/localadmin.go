package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"aircon/internal/awsapi"
)

// adminPath is where local AWS takes what goes beyond AWS's own operations, from its administrator alone.
const adminPath = "/_aircon/v1/"

// admin asks the running local AWS, as its administrator, and reads the answer into out where that is not nil.
func (f *localFlags) admin(ctx context.Context, method, path string, in, out any) error {
	env, err := f.environment(ctx)
	if err != nil {
		return err
	}
	return askAdmin(ctx, env, method, path, in, out)
}

// askAdmin does so where the running local AWS is known.
func askAdmin(ctx context.Context, env map[string]string, method, path string, in, out any) error {
	answer, err := sendAdmin(ctx, env, method, path, in)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if out == nil {
		_, err = io.Copy(io.Discard, answer.Body)
		return err
	}
	return json.NewDecoder(answer.Body).Decode(out)
}

// sendAdmin returns an answer that is no refusal. The caller closes its body.
func (f *localFlags) sendAdmin(ctx context.Context, method, path string, in any) (*http.Response, error) {
	env, err := f.environment(ctx)
	if err != nil {
		return nil, err
	}
	return sendAdmin(ctx, env, method, path, in)
}

func sendAdmin(ctx context.Context, env map[string]string, method, path string, in any) (*http.Response, error) {
	var body []byte
	var err error
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequest(method, env["AWS_ENDPOINT_URL"]+adminPath+path, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	keys := awsapi.Keys{AccessKeyID: env["AWS_ACCESS_KEY_ID"], SecretAccessKey: env["AWS_SECRET_ACCESS_KEY"]}
	answer, err := awsapi.Send(ctx, r, body, keys, "aircon", env["AWS_REGION"])
	if err != nil || answer.StatusCode < 300 {
		return answer, err
	}
	return nil, errors.Join(adminRefusal(answer), answer.Body.Close())
}

// adminRefusal words what local AWS refused with.
func adminRefusal(answer *http.Response) error {
	var refused struct {
		Message string `json:"message"`
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err == nil {
		err = json.Unmarshal(text, &refused)
	}
	if err != nil {
		return fmt.Errorf("local AWS answers with status %d: %w", answer.StatusCode, err)
	}
	if answer.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("local AWS: %s", refused.Message)
	}
	return badInput{errors.New(refused.Message)}
}
