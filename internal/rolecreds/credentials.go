package rolecreds

import (
	"context"
	"sync"
	"time"

	"aircon"
)

// Credentials are temporary credentials, or a user's access key.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey aircon.Secret
	SessionToken    aircon.Secret // null: an access key of a user's
	Expires         time.Time     // zero: never
	Role            string        // ARN of the role; "" where they are of none
}

// Env are the variables by which the AWS SDKs take the credentials.
func (c Credentials) Env() map[string]aircon.Secret {
	env := map[string]aircon.Secret{
		"AWS_ACCESS_KEY_ID": aircon.NewSecret(c.AccessKeyID), "AWS_SECRET_ACCESS_KEY": c.SecretAccessKey,
	}
	if !c.SessionToken.IsNull() {
		env["AWS_SESSION_TOKEN"] = c.SessionToken
	}
	return env
}

// Source gets credentials that are as fresh as can be.
type Source func(ctx context.Context) (Credentials, error)

// early is how long before their end credentials are renewed: botocore asks again 15 minutes before it, and waits for others 10 minutes before
// (botocore.credentials.RefreshableCredentials). Those that live less than twice as long are renewed at half their time.
const early = 16 * time.Minute

// cached keeps what a source gave until it is time to renew.
type cached struct {
	source Source
	now    func() time.Time

	mu    sync.Mutex
	held  Credentials
	until time.Time // when to renew; zero: nothing is held
}

// get returns credentials that are not about to expire. Those in hand still serve where renewing fails and they have not expired.
func (c *cached) get(ctx context.Context) (Credentials, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if now.Before(c.until) {
		return c.held, nil
	}
	fresh, err := c.source(ctx)
	if err != nil {
		if now.Before(c.held.Expires) {
			return c.held, nil
		}
		return Credentials{}, err
	}
	c.held, c.until = fresh, renewal(now, fresh.Expires)
	return fresh, nil
}

// never is how long what does not expire is kept, so that a user's own key that is replaced is seen.
const never = time.Hour

// renewal is when credentials that were got now are to be got anew.
func renewal(now, expires time.Time) time.Time {
	if expires.IsZero() {
		return now.Add(never)
	}
	return expires.Add(-min(early, expires.Sub(now)/2))
}
