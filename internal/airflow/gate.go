package airflow

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"

	"aircon"
)

// Credentials are temporary ones of a role.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey aircon.Secret
	SessionToken    aircon.Secret
	Expiration      time.Time
	RoleARN         string
}

// Assume gets temporary credentials of the execution role.
//
// IAM: sts:AssumeRole, in the role's trust policy too.
type Assume func(context.Context) (Credentials, error)

// GateAddress is how the processes reach a gate.
type GateAddress struct {
	Endpoint    string // for AWS_ENDPOINT_URL
	Credentials string // for AWS_CONTAINER_CREDENTIALS_FULL_URI
	Token       aircon.Secret
}

// Gate is what stands between Airflow's processes and AWS. Calls pass through as they are; the texts of secrets that come back go into the
// mask. The role's credentials are handed out to whoever has the token, as by the container credentials provider of the ECS agent.
type Gate struct {
	Address GateAddress

	assume Assume
	now    func() time.Time
	server *http.Server

	mu   sync.Mutex
	held Credentials
}

// credentialsPath is no path of a service of local AWS.
const credentialsPath = "/aircon/execution-role"

// OpenGate listens on a free port of loopback. AWS is its endpoint, such as http://127.0.0.1:4566.
func OpenGate(aws string, assume Assume, mask *Mask, now func() time.Time) (*Gate, error) {
	to, err := url.Parse(aws)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	here := "http://" + l.Addr().String()
	g := &Gate{Address: GateAddress{here, here + credentialsPath, aircon.NewSecret(rand.Text())}, assume: assume, now: now}
	mux := http.NewServeMux()
	mux.Handle("GET "+credentialsPath, http.HandlerFunc(g.credentials))
	mux.Handle("/", passOn(to, mask))
	g.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = g.server.Serve(l) }() // until Close
	return g, nil
}

// Close ends the gate.
func (g *Gate) Close() error { return g.server.Close() }

// credentials answers as the ECS agent does.
//
// Source: AWS SDKs and Tools Reference Guide, "Container credential provider": the token comes as the Authorization header; the answer is
// JSON with AccessKeyId, SecretAccessKey, Token, Expiration. Errors are JSON with code and message.
func (g *Gate) credentials(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(g.Address.Token.Reveal())) != 1 {
		w.WriteHeader(http.StatusUnauthorized)
		answer(w, map[string]string{"code": "InvalidAuthorizationToken", "message": "the Authorization header is not this environment's token"})
		return
	}
	c, err := g.current(r.Context())
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		answer(w, map[string]string{"code": "AssumeRole", "message": err.Error()})
		return
	}
	answer(w, map[string]string{
		"AccessKeyId": c.AccessKeyID, "SecretAccessKey": c.SecretAccessKey.Reveal(), "Token": c.SessionToken.Reveal(),
		"Expiration": c.Expiration.UTC().Format(time.RFC3339), "RoleArn": c.RoleARN,
	})
}

func answer(w http.ResponseWriter, body map[string]string) { _ = json.NewEncoder(w).Encode(body) } // to a client that has gone, nobody tells

// enoughLeft is how long credentials must be good for to be handed out again. Clients ask for others when 15 minutes are left
// (botocore's RefreshableCredentials), and must get them.
const enoughLeft = 20 * time.Minute

// current returns credentials that are good for a while: those that it holds, or new ones.
func (g *Gate) current(ctx context.Context) (Credentials, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.now().Add(enoughLeft).Before(g.held.Expiration) {
		return g.held, nil
	}
	fresh, err := g.assume(ctx)
	if err != nil {
		return Credentials{}, err
	}
	g.held = fresh
	return fresh, nil
}

// passOn is AWS behind the gate. The Host header stays, as the signature covers it.
func passOn(to *url.URL, mask *Mask) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = to.Scheme, to.Host
			r.Out.Host = r.In.Host
		},
		Transport:      &http.Transport{MaxIdleConnsPerHost: 16}, // no proxy: AWS is local
		ModifyResponse: mask.learn,
		ErrorLog:       log.New(io.Discard, "", 0), // of clients that have gone,
	}
}
