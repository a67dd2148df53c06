package aircontest

import (
	"errors"
	"net"
	"net/http"
	"testing"

	"aircon/localaws"
)

// LocalAWS is a local AWS of one test, served on a free port of 127.0.0.1.
type LocalAWS struct {
	*localaws.Server
	URL string // the endpoint, such as http://127.0.0.1:40123

	// Administrator may do everything in the account localaws.DefaultAccount.
	Administrator localaws.Credentials
}

// NewLocalAWS starts a local AWS in memory, or as the options say, and stops it when the test ends.
func NewLocalAWS(t testing.TB, options ...localaws.Options) *LocalAWS {
	t.Helper()
	var o localaws.Options
	if len(options) > 0 {
		o = options[0]
	}
	s, err := localaws.New(o)
	if err != nil {
		t.Fatalf("local AWS: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("local AWS: %v", err)
	}
	server := localaws.HTTP(s)
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("local AWS: %v", err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("local AWS: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("local AWS: %v", err)
		}
	})
	return &LocalAWS{Server: s, URL: "http://" + l.Addr().String(), Administrator: s.Administrator()}
}

// Env returns the variables that make any AWS client an administrator's of this local AWS.
func (l *LocalAWS) Env() map[string]string { return l.Server.Env(l.URL) }

// Setenv sets them for the rest of the test, and keeps the machine's own AWS configuration out of it.
func (l *LocalAWS) Setenv(t testing.TB) {
	t.Helper()
	for name, value := range l.Env() {
		t.Setenv(name, value)
	}
	for _, name := range []string{"AWS_SESSION_TOKEN", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		t.Setenv(name, t.TempDir()+"/none")
	}
}
