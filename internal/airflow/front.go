package airflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"aircon"
)

// The kinds of token that a web server takes.
const (
	WebToken = "web" // of CreateWebLoginToken: logs a person in
	CLIToken = "cli" // of CreateCliToken: runs Airflow's command line
)

// Redeem takes a token of a kind, which is good once, and returns the role of Airflow that it gives: "" for a CLI token. The error is a
// *RefusedError where the token is not good.
type Redeem func(ctx context.Context, kind string, token aircon.Secret) (role string, err error)

// RefusedError says why a token is not good.
type RefusedError struct{ Err error }

// Error says it.
func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *RefusedError) Unwrap() error { return e.Err }

// front is the web server that an environment's users see: MWAA's paths of login and command line, and Airflow's web server for the rest. It
// takes HTTPS, as MWAA does, and HTTP, for browsers that do not know its certificate, at the same port.
type front struct {
	listener net.Listener
	server   *http.Server
}

// CertificateFile lies in an environment's directory: the certificate, in PEM, that the web server shows now.
const CertificateFile = "webserver.pem"

// openFront listens on a free port of loopback; serve answers.
func openFront(ctx context.Context, home string) (*front, error) {
	certificate, text, err := newCertificate(time.Now())
	if err != nil {
		return nil, err
	}
	if err := writeFile(filepath.Join(home, CertificateFile), text); err != nil {
		return nil, err
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &front{listener: secured(l, certificate)}, nil
}

// host is where it listens, such as 127.0.0.1:40001.
func (f *front) host() string { return f.listener.Addr().String() }

// serve answers requests until close.
func (f *front) serve(h http.Handler) {
	f.server = &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, ErrorLog: quiet}
	go func() { _ = f.server.Serve(f.listener) }() // until close
}

func (f *front) close() error {
	if f.server == nil {
		return f.listener.Close()
	}
	return f.server.Close()
}

// quiet takes what an HTTP server says of clients that have gone.
var quiet = log.New(io.Discard, "", 0)

// door answers what comes to the front of one Airflow.
type door struct {
	*Airflow
	environment string
	redeem      Redeem // nil takes no token
	login       *logins
}

// handler has the paths of MWAA's own plugins, which Airflow 3 has below /pluginsv2.
//
// Source: the MWAA User Guide, "Creating an Apache Airflow CLI token" and "Create a Apache Airflow web server access token"; for Airflow 3 the amazon
// provider's MwaaHook.
func (d *door) handler(behind *url.URL) http.Handler {
	mux := http.NewServeMux()
	for _, root := range []string{"/aws_mwaa", "/pluginsv2/aws_mwaa"} {
		mux.HandleFunc("POST "+root+"/cli", d.cli)
		mux.HandleFunc("POST "+root+"/cli/{$}", d.cli)
		mux.HandleFunc("POST "+root+"/login", d.logIn)
		mux.HandleFunc("GET "+root+"/aws-console-sso", consolePage)
	}
	mux.HandleFunc("GET /login/{$}", d.noForm)
	mux.HandleFunc("GET /auth/login", d.noForm)
	mux.Handle("/", d.toAirflow(behind))
	return mux
}

// redeemed redeems a token, or answers why it cannot.
func (d *door) redeemed(w http.ResponseWriter, r *http.Request, kind, token string) (role string, ok bool) {
	err := error(&RefusedError{errors.New("no tokens are taken here")})
	switch {
	case token == "":
		err = &RefusedError{fmt.Errorf("there is no %s token in the request", kind)}
	case d.redeem != nil:
		role, err = d.redeem(r.Context(), kind, aircon.NewSecret(token))
	}
	if err == nil {
		return role, true
	}
	status := http.StatusBadGateway
	if refused := new(RefusedError); errors.As(err, &refused) {
		status = http.StatusForbidden
	}
	refuse(w, status, err.Error())
	return "", false
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	answer(w, map[string]string{"message": message})
}

// toAirflow passes requests on to Airflow's own web server. What it shows of logs is masked.
func (d *door) toAirflow(behind *url.URL) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = behind.Scheme, behind.Host
			r.Out.Host = r.In.Host
			r.Out.Header.Del("Accept-Encoding") // so that what comes back can be read
		},
		Transport: &http.Transport{MaxIdleConnsPerHost: 16}, // no proxy: it is local
		ModifyResponse: func(r *http.Response) error {
			if printed(r.Request.URL.Path) {
				r.Body = d.Mask.reader(r.Body)
				r.ContentLength = -1
				r.Header.Del("Content-Length")
			}
			return nil
		},
		FlushInterval: -1, // logs of running tasks come bit by bit
		ErrorLog:      quiet,
	}
}

// printed reports whether what a path answers was printed by DAGs and tasks: logs, and the tracebacks of import errors. All else is data, in which
// a password such as "airflow" must not replace what only looks like it.
func printed(path string) bool {
	return strings.Contains(path, "/logs/") || strings.HasSuffix(path, "/get_logs_with_metadata") || strings.Contains(path, "/importErrors")
}
