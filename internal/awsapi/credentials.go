package awsapi

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"aircon"
	"aircon/internal/rolecreds"
)

// RoleCredentials assumes a role and returns its temporary credentials. Life is how long they shall live: 15 minutes to the role's own maximum,
// and an hour at most where the caller is an assumed role itself; 0 is an hour. It needs sts:AssumeRole on the role, whose trust policy must name the caller.
func (c *Client) RoleCredentials(ctx context.Context, role, session string, life time.Duration) (rolecreds.Credentials, error) {
	in := &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: &session}
	if life > 0 {
		in.DurationSeconds = aws.Int32(int32(life / time.Second))
	}
	out, err := do(ctx, stsService, c.sts.AssumeRole, "AssumeRole", in)
	if err != nil {
		return rolecreds.Credentials{}, err
	}
	return rolecreds.Credentials{
		AccessKeyID: aws.ToString(out.Credentials.AccessKeyId), SecretAccessKey: aircon.NewSecret(aws.ToString(out.Credentials.SecretAccessKey)),
		SessionToken: aircon.NewSecret(aws.ToString(out.Credentials.SessionToken)), Expires: aws.ToTime(out.Credentials.Expiration), Role: role,
	}, nil
}

// OwnCredentials returns the caller's own credentials, wherever the SDK's chain finds them: an access key, a profile, SSO, an assumed role.
func (c *Client) OwnCredentials(ctx context.Context) (rolecreds.Credentials, error) {
	got, err := c.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return rolecreds.Credentials{}, explain("", "read the caller's credentials", err)
	}
	own := rolecreds.Credentials{AccessKeyID: got.AccessKeyID, SecretAccessKey: aircon.NewSecret(got.SecretAccessKey)}
	if got.SessionToken != "" {
		own.SessionToken = aircon.NewSecret(got.SessionToken)
	}
	if got.CanExpire {
		own.Expires = got.Expires
	}
	return own, nil
}

// Endpoint is where c asks all services, and "" where that is AWS itself.
func (c *Client) Endpoint() string { return aws.ToString(c.cfg.BaseEndpoint) }
