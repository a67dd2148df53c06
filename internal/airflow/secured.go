package airflow

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"sync"
	"time"
)

// newCertificate makes a certificate of loopback's names that is its own authority, and its PEM. The key stays in memory.
func newCertificate(now time.Time) (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "aircon local Airflow"}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// secured takes both TLS and plain connections at a listener: the first byte tells which one it is.
func secured(l net.Listener, certificate tls.Certificate) net.Listener {
	return &securedListener{l, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}}
}

type securedListener struct {
	net.Listener
	config *tls.Config
}

// Accept waits for a connection, and not for its first byte.
func (l *securedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &securedConn{Conn: c, config: l.config}, nil
}

// securedConn is a connection of a server, which reads before it writes.
type securedConn struct {
	net.Conn
	config *tls.Config
	once   sync.Once
	stream net.Conn // set by once
}

// handshake is the first byte of TLS (RFC 8446, 5.1), and none of HTTP.
const handshake = 22

func (c *securedConn) begin() {
	var first [1]byte
	n, _ := io.ReadFull(c.Conn, first[:]) // an error comes again
	c.stream = &begunConn{c.Conn, first[:n]}
	if first[0] == handshake {
		c.stream = tls.Server(c.stream, c.config)
	}
}

// Read reads what the client meant.
func (c *securedConn) Read(p []byte) (int, error) {
	c.once.Do(c.begin)
	return c.stream.Read(p)
}

// Write writes it.
func (c *securedConn) Write(p []byte) (int, error) {
	c.once.Do(c.begin)
	return c.stream.Write(p)
}

// begunConn is a connection of which some bytes were read already.
type begunConn struct {
	net.Conn
	head []byte
}

// Read gives those bytes first.
func (c *begunConn) Read(p []byte) (int, error) {
	if len(c.head) > 0 {
		n := copy(p, c.head)
		c.head = c.head[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}
