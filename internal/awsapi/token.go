package awsapi

import (
	"context"
	"fmt"
	"net"

	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"

	"aircon"
	"aircon/pghook"
)

var _ pghook.TokenSource = (*Client)(nil)

// Token returns a password for RDS that is valid for 15 minutes, made without a call. Whoever logs in with it needs rds-db:connect. Redshift's
// tokens are not made here.
func (c *Client) Token(ctx context.Context, r pghook.TokenRequest) (pghook.Token, error) {
	if r.Service != pghook.RDS {
		return pghook.Token{}, fmt.Errorf("tokens of %s are not made here: only those of RDS", r.Service)
	}
	endpoint := net.JoinHostPort(r.Host.String(), r.Port.String())
	text, err := auth.BuildAuthToken(ctx, endpoint, c.cfg.Region, r.Login.String(), c.cfg.Credentials)
	if err != nil {
		return pghook.Token{}, explain("RDS", "make a token", err)
	}
	return pghook.Token{Login: r.Login, Password: aircon.NewSecret(text)}, nil
}
