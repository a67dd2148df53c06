package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"aircon/internal/awsapi"
)

// protocolOf a service: how the API takes a call.
type wireService struct {
	sign    string // name in the signature's scope
	target  string // JSON 1.1: prefix of X-Amz-Target
	version string // query: API version
}

// wireServices are local AWS's services by the AWS CLI's names.
var wireServices = map[string]wireService{
	"secretsmanager": {sign: "secretsmanager", target: "secretsmanager."},
	"kms":            {sign: "kms", target: "TrentService."},
	"iam":            {sign: "iam", version: "2010-05-08"},
	"sts":            {sign: "sts", version: "2011-06-15"},
	"mwaa":           {sign: "airflow"},
}

// mwaaRoutes are the REST calls of MWAA whose whole input is their body and the environment's name.
var mwaaRoutes = map[string]struct{ method, path string }{
	"CreateEnvironment": {http.MethodPut, "/environments/{Name}"},
	"GetEnvironment":    {http.MethodGet, "/environments/{Name}"},
	"UpdateEnvironment": {http.MethodPatch, "/environments/{Name}"},
	"DeleteEnvironment": {http.MethodDelete, "/environments/{Name}"},
	"ListEnvironments":  {http.MethodGet, "/environments"},
}

// tokenOperations are those that take a ClientRequestToken, which AWS's own clients make up where it is not given.
var tokenOperations = []string{"CreateSecret", "PutSecretValue", "UpdateSecret", "RotateSecret"}

func newLocalCall(w world, f *localFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "call SERVICE OPERATION [JSON]",
		Short: "call any operation of the running local AWS as its administrator, without the AWS CLI",
		Long: `call sends one signed request to the running local AWS and prints the answer as it comes: JSON, or XML from IAM and STS.
The services are iam, kms, mwaa, secretsmanager and sts. The input has AWS's member names.`,
		Example: `  aircon local call secretsmanager ListSecrets
  aircon local call iam DetachRolePolicy '{"RoleName": "analytics-execution", "PolicyArn": "arn:aws:iam::123456789012:policy/x"}'`,
		Args: cobra.RangeArgs(2, 3),
		RunE: func(c *cobra.Command, args []string) error {
			env, err := f.environment(c.Context())
			if err != nil {
				return err
			}
			input := "{}"
			if len(args) == 3 {
				input = args[2]
			}
			answer, err := callLocal(c.Context(), env, args[0], args[1], input)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(w.out, strings.TrimSpace(string(answer)))
			return err
		},
	}
}

// callLocal calls an operation with the keys in env, as "local env" prints it.
func callLocal(ctx context.Context, env map[string]string, service, operation, input string) ([]byte, error) {
	s, ok := wireServices[service]
	if !ok {
		return nil, usageError{fmt.Errorf("service %q: local AWS has %s", service, strings.Join(slices.Sorted(maps.Keys(wireServices)), ", "))}
	}
	var members map[string]any
	d := json.NewDecoder(strings.NewReader(input))
	d.UseNumber()
	if err := d.Decode(&members); err != nil || members == nil {
		return nil, usageError{errors.Join(errors.New("the input is not a JSON object"), err)}
	}
	if _, given := members["ClientRequestToken"]; !given && slices.Contains(tokenOperations, operation) {
		members["ClientRequestToken"] = rand.Text() + rand.Text()
		withToken, err := json.Marshal(members)
		if err != nil {
			return nil, err
		}
		input = string(withToken)
	}
	request, body, err := s.request(env["AWS_ENDPOINT_URL"], operation, input, members)
	if err != nil {
		return nil, err
	}
	keys := awsapi.Keys{AccessKeyID: env["AWS_ACCESS_KEY_ID"], SecretAccessKey: env["AWS_SECRET_ACCESS_KEY"]}
	status, answer, err := awsapi.Signed(ctx, request, body, keys, s.sign, env["AWS_REGION"])
	if err != nil {
		return nil, err
	}
	if status >= 300 {
		return nil, badInput{fmt.Errorf("%s %s: status %d: %s", service, operation, status, bytes.TrimSpace(answer))}
	}
	return answer, nil
}

// request writes a call in the service's protocol.
func (s wireService) request(endpoint, operation, input string, members map[string]any) (*http.Request, []byte, error) {
	method, path, body, kind := http.MethodPost, "/", []byte(input), "application/x-amz-json-1.1"
	switch {
	case s.version != "":
		form := url.Values{"Action": {operation}, "Version": {s.version}}
		for name, value := range members {
			flatten(form, name, value, true)
		}
		body, kind = []byte(form.Encode()), "application/x-www-form-urlencoded; charset=utf-8"
	case s.target == "":
		route, ok := mwaaRoutes[operation]
		if !ok {
			return nil, nil, usageError{fmt.Errorf("operation %q: of MWAA call knows %s", operation, strings.Join(slices.Sorted(maps.Keys(mwaaRoutes)), ", "))}
		}
		name, _ := members["Name"].(string)
		method, path, kind = route.method, strings.ReplaceAll(route.path, "{Name}", url.PathEscape(name)), "application/json"
		if method == http.MethodGet || method == http.MethodDelete {
			body = nil
		}
	}
	r, err := http.NewRequest(method, endpoint+path, nil)
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Content-Type", kind)
	if s.target != "" {
		r.Header.Set("X-Amz-Target", s.target+operation)
	}
	return r, body, nil
}

// flatten writes a member as the query protocol does. A document, which is an object at the top, becomes its JSON text.
func flatten(form url.Values, name string, value any, top bool) {
	switch value := value.(type) {
	case map[string]any:
		if top {
			text, err := json.Marshal(value)
			if err == nil {
				form.Set(name, string(text))
			}
			return
		}
		for key, inner := range value {
			flatten(form, name+"."+key, inner, false)
		}
	case []any:
		for i, inner := range value {
			flatten(form, name+".member."+strconv.Itoa(i+1), inner, false)
		}
	default:
		form.Set(name, fmt.Sprint(value))
	}
}
