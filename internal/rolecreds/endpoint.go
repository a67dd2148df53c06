package rolecreds

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"time"

	"aircon"
)

// Endpoint serves credentials on loopback to whoever has its token.
type Endpoint struct {
	token  aircon.Secret
	server *http.Server
	uri    string
}

// Listen opens an endpoint on a free port of loopback. The source is asked at the first request, and again before the credentials expire; now
// is the clock that tells. Close ends it.
func Listen(source Source, now func() time.Time) (*Endpoint, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	e := &Endpoint{token: aircon.NewSecret(rand.Text()), uri: "http://" + listener.Addr().String() + "/credentials"}
	e.server = &http.Server{Handler: Handler(source, e.token, now), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := e.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			_ = e.server.Close() // a listener that fails is the end of it, and clients are told by their connections
		}
	}()
	return e, nil
}

// Env are the variables that point the AWS SDKs at the endpoint.
//
// Source: "Container credential provider" in the AWS SDKs and Tools Reference Guide; plain HTTP is taken to loopback only.
func (e *Endpoint) Env() map[string]aircon.Secret {
	return map[string]aircon.Secret{
		"AWS_CONTAINER_CREDENTIALS_FULL_URI": aircon.NewSecret(e.uri), "AWS_CONTAINER_AUTHORIZATION_TOKEN": e.token,
	}
}

// Close stops serving at once.
func (e *Endpoint) Close() error { return e.server.Close() }

// answer is what the SDKs read (botocore.credentials.ContainerProvider).
type answer struct {
	RoleArn         string `json:",omitempty"`
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	Token           string
	Expiration      time.Time
}

// refusal is how the SDKs get an error.
type refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Handler answers every GET that carries the token as its Authorization, and nobody else.
func Handler(source Source, token aircon.Secret, now func() time.Time) http.Handler {
	store := &cached{source: source, now: now}
	want := []byte(token.Reveal())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch given := []byte(r.Header.Get("Authorization")); {
		case subtle.ConstantTimeCompare(given, want) != 1:
			reply(w, http.StatusForbidden, refusal{"InvalidToken", "the token of AWS_CONTAINER_AUTHORIZATION_TOKEN is missing or another"})
			return
		case r.Method != http.MethodGet:
			reply(w, http.StatusMethodNotAllowed, refusal{"MethodNotAllowed", "credentials are read by GET"})
			return
		}
		got, err := store.get(r.Context())
		if err != nil {
			reply(w, http.StatusBadGateway, refusal{"CredentialsUnavailable", err.Error()})
			return
		}
		expires := got.Expires
		if expires.IsZero() { // the SDKs want a time, after which they ask again
			expires = now().Add(never)
		}
		reply(w, http.StatusOK, answer{got.Role, got.AccessKeyID, got.SecretAccessKey.Reveal(), got.SessionToken.Reveal(), expires.UTC()})
	})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that has gone needs no answer
}
