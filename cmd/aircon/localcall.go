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
	"aircon/localaws/model"
)

// wireService is what the model does not say of a service.
type wireService struct {
	sign   string // name in the signature's scope, by which the model knows it too
	target string // JSON 1.1: prefix of X-Amz-Target
}

// wireServices are local AWS's services by the AWS CLI's names.
var wireServices = map[string]wireService{
	"secretsmanager": {sign: "secretsmanager", target: "secretsmanager."},
	"kms":            {sign: "kms", target: "TrentService."},
	"iam":            {sign: "iam"},
	"sts":            {sign: "sts"},
	"mwaa":           {sign: "airflow"},
}

func newLocalCall(w world, f *localFlags) *cobra.Command {
	var region string
	c := &cobra.Command{
		Use:   "call SERVICE OPERATION [JSON]",
		Short: "call any operation of the running local AWS as its administrator, without the AWS CLI",
		Long: `call sends one signed request to the running local AWS and prints the answer as it comes: JSON, or XML from IAM and STS.
The services are iam, kms, mwaa, secretsmanager and sts. The input has AWS's member names.`,
		Example: `  aircon local call secretsmanager ListSecrets
  aircon local call iam DetachRolePolicy '{"RoleName": "analytics-execution", "PolicyArn": "arn:aws:iam::123456789012:policy/x"}'`,
		Args: takes(2, 3),
		RunE: func(c *cobra.Command, args []string) error {
			env, err := f.environment(c.Context())
			if err != nil {
				return err
			}
			if region != "" {
				env["AWS_REGION"] = region
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
	c.Flags().StringVar(&region, "region", "", "AWS region (default: the local AWS's own)")
	return c
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
	known := model.Of(s.sign)
	o := known.Operation(operation)
	if o == nil {
		return nil, unknownOperation(known, service, operation)
	}
	fillTokens(o, members)
	request, body, err := s.request(env["AWS_ENDPOINT_URL"], known, o, members)
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

// unknownOperation names the operations that begin alike, or else all.
func unknownOperation(known *model.Service, service, operation string) error {
	var alike, all []string
	for _, o := range known.Operations {
		all = append(all, o.Name)
		if strings.EqualFold(o.Name[:min(3, len(o.Name))], operation[:min(3, len(operation))]) {
			alike = append(alike, o.Name)
		}
	}
	if len(alike) == 0 {
		alike = all
	}
	return usageError{fmt.Errorf("%s has no operation %q: it has %s", service, operation, strings.Join(alike, ", "))}
}

// fillTokens makes up the idempotency tokens that were not given, as AWS's own clients do.
func fillTokens(o *model.Operation, members map[string]any) {
	if o.Input == nil {
		return
	}
	for _, m := range o.Input.Members {
		if _, given := members[m.Name]; m.Token && !given {
			members[m.Name] = rand.Text() + rand.Text()
		}
	}
}

// request writes a call in the service's protocol.
func (s wireService) request(endpoint string, known *model.Service, o *model.Operation, members map[string]any) (*http.Request, []byte, error) {
	path, kind := o.URI, "application/x-amz-json-1.1"
	var body []byte
	var err error
	switch known.Protocol {
	case "query":
		form := url.Values{"Action": {o.Name}, "Version": {known.APIVersion}}
		for name, value := range members {
			flatten(form, name, value, true)
		}
		body, kind = []byte(form.Encode()), "application/x-www-form-urlencoded; charset=utf-8"
	case "rest-json":
		kind = "application/json"
		if path, err = outside(o, members); err == nil && o.Method != http.MethodGet && o.Method != http.MethodDelete {
			body, err = json.Marshal(members)
		}
	default:
		body, err = json.Marshal(members)
	}
	if err != nil {
		return nil, nil, err
	}
	r, err := http.NewRequest(o.Method, endpoint+path, nil)
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Content-Type", kind)
	if s.target != "" {
		r.Header.Set("X-Amz-Target", s.target+o.Name)
	}
	return r, body, nil
}

// outside takes the members that REST writes in the path and in the query out of the input, and returns both.
func outside(o *model.Operation, members map[string]any) (string, error) {
	path, query := o.URI, url.Values{}
	if o.Input == nil {
		return path, nil
	}
	for _, m := range o.Input.Members {
		value, given := members[m.Name]
		switch m.Location {
		case "uri":
			if !given {
				return "", usageError{fmt.Errorf("%s takes a %s", o.Name, m.Name)}
			}
			path = strings.ReplaceAll(path, "{"+m.Outside+"}", url.PathEscape(fmt.Sprint(value)))
		case "querystring":
			for _, one := range listOf(value, given) {
				query.Add(m.Outside, fmt.Sprint(one))
			}
		default:
			continue
		}
		delete(members, m.Name)
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path, nil
}

// listOf returns a value's members, or the value itself where it is no list.
func listOf(value any, given bool) []any {
	if list, ok := value.([]any); ok || !given {
		return list
	}
	return []any{value}
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
