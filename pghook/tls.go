package pghook

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
)

// Verified is what TLS proves about the server.
type Verified string

// What a certificate is held against.
const (
	VerifiedNothing   Verified = "nothing"
	VerifiedCA        Verified = "CA"
	VerifiedCAAndHost Verified = "CA and host"
)

// tlsSettings are the options that begin with ssl.
type tlsSettings struct {
	mode     string
	direct   bool
	sni      bool
	roots    *x509.CertPool // nil: the server's certificate is not verified
	certs    []tls.Certificate
	min, max uint16
}

// verified says what the settings make TLS verify.
func (s tlsSettings) verified() Verified {
	switch {
	case s.roots == nil:
		return VerifiedNothing
	case s.mode == "verify-full":
		return VerifiedCAAndHost
	}
	return VerifiedCA
}

// tlsVersions are libpq's names.
var tlsVersions = []struct {
	name    string
	version uint16
}{{"TLSv1", tls.VersionTLS10}, {"TLSv1.1", tls.VersionTLS11}, {"TLSv1.2", tls.VersionTLS12}, {"TLSv1.3", tls.VersionTLS13}}

func tlsVersionNames() (names []string) {
	for _, v := range tlsVersions {
		names = append(names, v.name)
	}
	return names
}

func tlsVersion(name string) uint16 {
	for _, v := range tlsVersions {
		if strings.EqualFold(v.name, name) {
			return v.version
		}
	}
	return 0
}

// readTLS follows libpq's initialize_SSL: a root certificate that is there is used whatever sslmode says, and one that is
// missing matters to verify-ca and verify-full only.
func (t *target) readTLS() error {
	s := &t.tls
	s.mode = t.or("sslmode", "prefer")
	s.direct = t.get("sslnegotiation") == "direct"
	s.sni = t.or("sslsni", "1") != "0"
	s.min, s.max = tlsVersion(t.or("ssl_min_protocol_version", "TLSv1.2")), tlsVersion(t.get("ssl_max_protocol_version"))
	if t.get("sslrootcert") == "system" && t.get("sslmode") == "" {
		s.mode = "verify-full"
	}
	strict := s.mode == "require" || strings.HasPrefix(s.mode, "verify-")
	switch {
	case s.direct && !strict:
		return &OptionError{"sslnegotiation", "direct needs sslmode require, verify-ca or verify-full, and it is " + s.mode}
	case t.get("sslrootcert") == "system" && s.mode != "verify-full":
		return &OptionError{"sslrootcert", "system needs sslmode verify-full, and it is " + s.mode}
	case s.max != 0 && s.max < s.min:
		return &OptionError{"ssl_max_protocol_version", "it is lower than ssl_min_protocol_version"}
	case t.allSockets():
		return t.noteSockets()
	case s.mode == "disable":
		return nil
	}
	for _, step := range []func() error{t.readRoots, t.readClientCert, t.checkCRL} {
		if err := step(); err != nil {
			return t.withoutTLS(err)
		}
	}
	return nil
}

// withoutTLS is what libpq does where TLS cannot be set up: prefer and allow go on in the clear.
func (t *target) withoutTLS(err error) error {
	var refused *OptionError
	if mode := t.tls.mode; (mode == "prefer" || mode == "allow") && errors.As(err, &refused) {
		t.note(refused.Option, "%s; with sslmode %s, libpq then goes on without encryption", refused.Reason, mode)
		t.tls.mode = "disable"
		return nil
	}
	return err
}

func (t *target) allSockets() bool {
	for _, h := range t.hosts {
		if !h.isSocket() {
			return false
		}
	}
	return true
}

// noteSockets says what a Unix socket makes of the options.
func (t *target) noteSockets() error {
	if t.get("sslmode") != "" {
		t.note("sslmode", "there is no TLS on a Unix socket")
	}
	if t.get("requirepeer") != "" {
		return &OptionError{"requirepeer", "the owner of the server's process cannot be checked here"}
	}
	return nil
}

// file returns the path that an option names, or its default below Home; empty where there is neither.
func (t *target) file(option, name string) string {
	if path := t.get(option); path != "" {
		return path
	}
	if t.opts.Home == "" {
		return ""
	}
	return filepath.Join(t.opts.Home, ".postgresql", name)
}

func (t *target) readRoots() error {
	strict := strings.HasPrefix(t.tls.mode, "verify-")
	path := t.file("sslrootcert", "root.crt")
	if path == "system" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			return &OptionError{"sslrootcert", "the system's certificates cannot be read"}
		}
		t.note("sslrootcert", "this machine's certificates stand for those of the machine that Airflow runs on")
		t.tls.roots = pool
		return nil
	}
	if path == "" {
		if strict {
			return noCA{&OptionError{"sslrootcert", "sslmode " + t.tls.mode + " needs the CA's certificates, and there is no ~/.postgresql/root.crt: set sslrootcert to their file"}}
		}
		return nil
	}
	content, err := t.opts.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !strict:
		if t.get("sslrootcert") != "" {
			t.note("sslrootcert", "%s is not on this machine; libpq ignores a missing file with sslmode %s, and so the certificate is not verified", path, t.tls.mode)
		}
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return noCA{&OptionError{"sslrootcert", path + " is not on this machine"}}
	case err != nil:
		return &OptionError{"sslrootcert", fmt.Sprintf("%s cannot be read on this machine (%s)", path, reason(err))}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(content) {
		return &OptionError{"sslrootcert", path + " holds no certificate in PEM form"}
	}
	t.tls.roots = pool
	return nil
}

// noCA is the lack of the certificates that verifying needs.
type noCA struct{ *OptionError }

func (e noCA) Unwrap() error { return e.OptionError }

// reason is what lies below a file error's path.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func (t *target) readClientCert() error {
	if t.get("sslcertmode") == "disable" {
		return nil
	}
	certPath, keyPath := t.file("sslcert", "postgresql.crt"), t.file("sslkey", "postgresql.key")
	if certPath == "" {
		return nil
	}
	cert, err := t.opts.ReadFile(certPath)
	if errors.Is(err, fs.ErrNotExist) {
		if t.get("sslcert") != "" {
			t.note("sslcert", "%s is not on this machine; libpq goes on without a client certificate", certPath)
		}
		return nil
	}
	if err != nil {
		return &OptionError{"sslcert", fmt.Sprintf("%s cannot be read on this machine (%s)", certPath, reason(err))}
	}
	if keyPath == "" {
		return &OptionError{"sslkey", "a client certificate needs its key"}
	}
	key, err := t.opts.ReadFile(keyPath)
	if err != nil {
		return &OptionError{"sslkey", fmt.Sprintf("%s cannot be read on this machine (%s)", keyPath, reason(err))}
	}
	if block, _ := pem.Decode(key); block == nil {
		return &OptionError{"sslkey", keyPath + " holds no key in PEM form"}
	} else if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
		return &OptionError{"sslkey", keyPath + " is encrypted, which is not possible here"}
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return &OptionError{"sslcert", certPath + " and " + keyPath + " are no pair of certificate and key"}
	}
	t.tls.certs = []tls.Certificate{pair}
	return nil
}

// checkCRL refuses revocation lists that exist; libpq ignores those that don't.
func (t *target) checkCRL() error {
	if t.tls.roots == nil {
		return nil
	}
	for option, path := range map[string]string{"sslcrl": t.file("sslcrl", "root.crl"), "sslcrldir": t.get("sslcrldir")} {
		if path == "" {
			continue
		}
		if _, err := t.opts.ReadFile(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return &OptionError{option, "revocation lists are not checked here"}
	}
	return nil
}

// attempts are the TLS configurations to try for a host, nil meaning none, in the order that sslmode gives.
func (s tlsSettings) attempts(h hostPort) []*tls.Config {
	if h.isSocket() || s.mode == "disable" {
		return []*tls.Config{nil}
	}
	config := s.config(h.name)
	switch s.mode {
	case "allow":
		return []*tls.Config{nil, config}
	case "prefer":
		return []*tls.Config{config, nil}
	}
	return []*tls.Config{config}
}

func (s tlsSettings) config(host string) *tls.Config {
	config := &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // verify does it, since libpq's modes are not Go's
		MinVersion:         s.min,
		MaxVersion:         s.max,
		Certificates:       s.certs,
	}
	if s.sni && net.ParseIP(host) == nil {
		config.ServerName = host
	}
	if s.direct {
		config.NextProtos = []string{"postgresql"}
	}
	if s.roots != nil {
		config.VerifyConnection = func(state tls.ConnectionState) error { return s.verify(state, host) }
	}
	return config
}

// verify checks the chain, and with verify-full the host.
func (s tlsSettings) verify(state tls.ConnectionState, host string) error {
	leaf := state.PeerCertificates[0]
	between := x509.NewCertPool()
	for _, cert := range state.PeerCertificates[1:] {
		between.AddCert(cert)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: s.roots, Intermediates: between}); err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
	}
	if s.mode != "verify-full" {
		return nil
	}
	if err := verifyHost(leaf, host); err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
	}
	return nil
}

// verifyHost is Go's VerifyHostname and what libpq takes besides: the common name where no alternative name is of the host's
// own type, address or name; and a DNS name that is an address (pq_verify_peer_name_matches_certificate).
func verifyHost(leaf *x509.Certificate, host string) error {
	err := leaf.VerifyHostname(host)
	if err == nil {
		return nil
	}
	if net.ParseIP(host) == nil {
		if len(leaf.DNSNames) == 0 {
			return (&x509.Certificate{DNSNames: []string{leaf.Subject.CommonName}}).VerifyHostname(host)
		}
		return err
	}
	for _, name := range leaf.DNSNames {
		if name == host {
			return nil
		}
	}
	if len(leaf.IPAddresses) == 0 && leaf.Subject.CommonName == host {
		return nil
	}
	return err
}
