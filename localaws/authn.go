package localaws

import (
	"sync"

	"aircon/internal/sigv4"
	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/localaws/sts"
	"aircon/policy"
)

// authenticate verifies the request's signature and fills in who the caller is.
func (q *request) authenticate(tx store.Tx) error {
	s, svc, c := q.server, q.service, &q.call
	endpoint := sigv4.Endpoint{Service: svc.Name, Window: svc.Window, Style: svc.style, Now: c.Wall}
	// A client that is pointed here by AWS_ENDPOINT_URL signs for its configured region, for IAM too (boto3, the AWS CLI, SDK for
	// Go v2), where AWS's own IAM endpoint takes us-east-1 alone. So any region is right for a global service here.
	if endpoint.Window == 0 {
		endpoint.Window = sigv4.WindowJSON
	}
	var principal policy.Principal
	var session *op.Session
	proved, err := s.verifier.Verify(q.Request, q.body, endpoint, func(accessKeyID, token string) (string, error) {
		if token != "" {
			found, err := s.tokens.open(s.store.Sealer(), token)
			switch {
			case err != nil || found.AccessKeyID != accessKeyID:
				return "", sigv4.ErrInvalidToken
			case !c.Wall.Before(found.Session.Expires):
				return "", sigv4.ErrExpiredToken
			}
			session, principal = &found.Session, found.Session.Principal
			return found.Secret, nil
		}
		credential, ok, err := s.directory.AccessKey(tx, accessKeyID)
		if err != nil {
			return "", err
		}
		if !ok {
			return "", sigv4.ErrInvalidToken
		}
		principal = credential.Principal
		return credential.Secret, nil
	})
	if err != nil {
		return err
	}
	c.Principal, c.Account, c.Region = principal, principal.Account, proved.Region
	c.Identity = op.Identity{AccessKeyID: proved.AccessKeyID, Session: session}
	if recorder, ok := s.directory.(op.Recorder); ok {
		recorder.Used(c.Identity, &c.Principal, svc.Name, c.Region, c.Now)
	}
	return nil
}

// maxTokens bounds the cache of opened tokens. All are dropped when it is full.
const maxTokens = 4096

// tokenCache remembers what session tokens hold, so that a session costs one decryption and not one a request. It
// cannot go stale: a token always means the same, and its expiry is checked on each use.
type tokenCache struct {
	mu     sync.RWMutex
	opened map[string]*sts.Token
}

func (t *tokenCache) open(sealer store.Sealer, text string) (*sts.Token, error) {
	t.mu.RLock()
	found := t.opened[text]
	t.mu.RUnlock()
	if found != nil {
		return found, nil
	}
	found, err := sts.Open(sealer, text)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.opened == nil || len(t.opened) >= maxTokens {
		t.opened = map[string]*sts.Token{}
	}
	t.opened[text] = found
	return found, nil
}

// forget drops what was opened.
func (t *tokenCache) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.opened = nil
}
