package awsapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"aircon/lookup"
)

// backendSession is the name under which Airflow's backend assumes a role.
const backendSession = "airflow_secretsmanagerbackend__connection"

// Backend makes the client that a SecretsManagerBackend's kwargs describe, for lookup.Options. What they leave open is as Open has it.
func Backend(ctx context.Context, c lookup.Client) (lookup.SecretsManager, error) {
	opts := Options{Region: c.Region, Profile: c.Profile, AssumeRole: c.RoleARN, ExternalID: c.ExternalID, SessionName: backendSession, Endpoint: c.EndpointURL, MaxAttempts: c.MaxAttempts}
	if c.RoleARN != "" && c.AssumeRoleMethod != "" && c.AssumeRoleMethod != "assume_role" {
		return nil, fmt.Errorf("the kwarg assume_role_method %s cannot be followed here: only assume_role", c.AssumeRoleMethod)
	}
	if c.AccessKeyID != "" {
		keys := credentials.NewStaticCredentialsProvider(c.AccessKeyID, c.SecretAccessKey.Reveal(), c.SessionToken.Reveal())
		opts.load = append(opts.load, config.WithCredentialsProvider(keys))
	}
	if c.CABundle != "" {
		pem, err := os.ReadFile(c.CABundle)
		if err != nil {
			return nil, fmt.Errorf("the kwarg verify: %w", err)
		}
		opts.load = append(opts.load, config.WithCustomCABundle(bytes.NewReader(pem)))
	}
	if c.InsecureTLS {
		opts.load = append(opts.load, config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(defaultTimeout).WithTransportOptions(func(t *http.Transport) {
			t.TLSClientConfig = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12} // the kwarg verify is false: the user's own choice
		})))
	}
	return Open(ctx, opts)
}
