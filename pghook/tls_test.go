package pghook

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"
)

// selfSigned makes a certificate that is its own CA.
func selfSigned(t *testing.T, commonName string, dns []string, ips []net.IP) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: commonName}, DNSNames: dns, IPAddresses: ips,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// verify-full takes the common name, but only of a certificate that has no alternative name of the host's type (fe-secure-openssl.c).
func TestVerifyFullHost(t *testing.T) {
	for _, test := range []struct {
		commonName string
		dns        []string
		ips        []net.IP
		host       string
		ok         bool
	}{
		{"db.example", nil, nil, "db.example", true},
		{"DB.example", nil, nil, "db.EXAMPLE", true},
		{"*.example", nil, nil, "db.example", true},
		{"*.example", nil, nil, "a.db.example", false},
		{"other.example", nil, nil, "db.example", false},
		{"db.example", []string{"other.example"}, nil, "db.example", false},
		{"db.example", nil, []net.IP{net.IPv4(10, 0, 0, 1)}, "db.example", true},
		{"10.0.0.1", nil, nil, "10.0.0.1", true},
		{"10.0.0.1", []string{"db.example"}, nil, "10.0.0.1", true},
		{"10.0.0.1", nil, []net.IP{net.IPv4(10, 0, 0, 2)}, "10.0.0.1", false},
		{"", []string{"10.0.0.1"}, nil, "10.0.0.1", true},
		{"", []string{"db.example"}, nil, "db.example", true},
		{"", nil, []net.IP{net.IPv4(10, 0, 0, 1)}, "10.0.0.1", true},
		{"", []string{"db.example"}, nil, "10.0.0.1", false},
	} {
		cert := selfSigned(t, test.commonName, test.dns, test.ips)
		roots := x509.NewCertPool()
		roots.AddCert(cert)
		state := tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert}}
		if err := (tlsSettings{mode: "verify-full", roots: roots}).verify(state, test.host); (err == nil) != test.ok {
			t.Errorf("%s against CN %q, %v, %v: %v", test.host, test.commonName, test.dns, test.ips, err)
		}
		if err := (tlsSettings{mode: "verify-ca", roots: roots}).verify(state, test.host); err != nil {
			t.Errorf("verify-ca looks at the name: %v", err)
		}
	}
}
