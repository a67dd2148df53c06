package doctor

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"aircon/pghook"
)

var _ = register(obstacles([]obstacle{
	{[]pghook.Cause{pghook.CauseUnknownCA, pghook.CauseNoCA}, Kind{
		ID: "AC152", Severity: Error, Arrow: ArrowTLS, Topic: "airflow.md#postgreshook",
		Title: "sslrootcert does not hold the CA that signed the server's certificate",
		Means: "the driver ends the handshake: the server may be anyone",
		Why:   "sslrootcert holds another CA, an old bundle, or is missing where sslmode verifies; Amazon RDS has its own CAs, which no system trusts by itself",
		Mend:  "the right CA in `sslrootcert`, at the same path on each worker",
	}, mendCA},
	{[]pghook.Cause{pghook.CauseExpired}, Kind{
		ID: "AC153", Severity: Error, Arrow: ArrowTLS, Topic: "airflow.md#postgreshook",
		Title: "the server's certificate is not valid at this time",
		Means: "the driver ends the handshake wherever sslmode or sslrootcert makes it verify",
		Why:   "the certificate was not renewed in time, or one of the clocks is wrong",
		Mend:  "a new certificate on the server, and a reload",
	}, func(p *Patient, r *pghook.Report) Mend {
		text := "put a certificate that is valid now into the server's ssl_cert_file and its key into ssl_key_file, then reload it"
		if c := r.Certificate; c != nil {
			text += fmt.Sprintf("; the present one is valid from %s to %s", c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339))
		}
		return Mend{Text: text, SQL: []string{"SELECT pg_reload_conf();"}}
	}},
	{[]pghook.Cause{pghook.CauseOtherHost}, Kind{
		ID: "AC154", Severity: Error, Arrow: ArrowTLS, Topic: "airflow.md#postgreshook",
		Title: "the server's certificate is for another host",
		Means: "sslmode verify-full demands that the certificate holds the name in host; it does not, so the server may be another",
		Why:   "host is an alias (a CNAME), an address or a tunnel's end, and the certificate holds the server's own name",
		Mend:  "a name of the certificate in `host`; `hostaddr` in `extra` may say where to dial",
	}, func(p *Patient, r *pghook.Report) Mend {
		m := p.inSecret("write as host a name that the certificate holds: " + strings.Join(names(r.Certificate), ", ") + `; "hostaddr" in extra says where to dial where that name leads elsewhere;`)
		return m
	}},
	{[]pghook.Cause{pghook.CauseTLSVersion}, Kind{
		ID: "AC155", Severity: Error, Arrow: ArrowTLS, Topic: "airflow.md#postgreshook",
		Title: "both sides have no TLS version in common",
		Means: "the handshake ends before a certificate is shown; libpq takes TLS 1.2 and later unless it is told otherwise",
		Why:   "an old server, ssl_max_protocol_version on the server, or ssl_min_protocol_version or ssl_max_protocol_version in extra",
		Mend:  "TLS 1.2 or later on both sides",
	}, mendVersion},
}))

// rdsBundle is where Amazon RDS publishes its CAs (RDS user guide, "Using SSL/TLS to encrypt a connection").
const rdsBundle = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"

// mendCA names who signed, as far as it was seen.
func mendCA(p *Patient, r *pghook.Report) Mend {
	signed := ""
	if r.Certificate != nil {
		signed = " (" + r.Certificate.Issuer.String() + ")"
	}
	return p.inSecret(`write "sslrootcert": "FILE" into extra, FILE being where each worker has the certificate of the CA that signed the server's` + signed +
		"; Amazon RDS's are in " + rdsBundle + ", which on MWAA can lie beside the DAGs, below /usr/local/airflow/dags;")
}

// names are those that a certificate is for.
func names(c *x509.Certificate) []string {
	if c == nil {
		return nil
	}
	all := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		all = []string{c.Subject.CommonName}
	}
	return all
}

// mendVersion looks first at what the connection itself says.
func mendVersion(p *Patient, _ *pghook.Report) Mend {
	conn, _ := p.connection()
	for _, option := range []string{"ssl_max_protocol_version", "ssl_min_protocol_version"} {
		if extraHas(conn, option) {
			return p.inSecret("take " + option + " out of extra")
		}
	}
	return Mend{
		Text: "let the server take TLS 1.2 and later; a server that knows none needs an upgrade",
		SQL:  []string{"ALTER SYSTEM SET ssl_max_protocol_version = '';", "SELECT pg_reload_conf();"},
	}
}
