package main

import (
	"fmt"
	"strings"

	"aircon/localaws/secretsmanager"
	"aircon/policy"
)

// readRotators reads the flags --rotator ARN=URL: the rotation functions that local AWS can invoke, by ARN.
func readRotators(flags []string, anywhere bool) (map[string]secretsmanager.Rotator, error) {
	rotators := make(map[string]secretsmanager.Rotator, len(flags))
	for _, flag := range flags {
		name, endpoint, _ := strings.Cut(flag, "=")
		arn, ok := policy.ParseARN(name)
		if function, found := strings.CutPrefix(arn.Resource, "function:"); !ok || arn.Service != "lambda" || !found || function == "" {
			return nil, usageError{fmt.Errorf("--rotator %q does not begin with a Lambda function's ARN: it takes ARN=URL, such as "+
				"arn:aws:lambda:us-east-1:123456789012:function:rotate=http://127.0.0.1:9000/2015-03-31/functions/function/invocations", flag)}
		}
		if rotators[name] != nil {
			return nil, usageError{fmt.Errorf("--rotator names %s twice", name)}
		}
		r, err := secretsmanager.NewHTTPRotator(endpoint, 0, anywhere)
		if err != nil && !anywhere {
			if _, wrong := secretsmanager.NewHTTPRotator(endpoint, 0, true); wrong == nil {
				return nil, usageError{fmt.Errorf("--rotator: %w, or any with --rotator-anywhere", err)}
			}
		}
		if err != nil {
			return nil, usageError{fmt.Errorf("--rotator: %w", err)}
		}
		rotators[name] = r
	}
	return rotators, nil
}
