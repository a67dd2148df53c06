package doctor

import (
	"slices"
	"strings"

	"aircon/pghook"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC043", Severity: Error, Arrow: ArrowTLS, Topic: "airflow.md#postgreshook",
		Title: "the TLS settings of both sides do not fit",
		Means: "sslmode and sslrootcert decide what the driver demands of the server; the server may demand encryption on its side",
		Why:   "the server demands TLS and sslmode forbids it, or sslmode demands it of a server that has none; AC152 to AC155 are about certificates and versions",
		Mend:  "doctor tries each sslmode and says which work and what each protects",
	}},
	connection: checkTLS,
})

// tlsCauses are those for which another sslmode may work. pg_hba.conf may refuse a kind of encryption.
var tlsCauses = []pghook.Cause{
	pghook.CauseNoTLS, pghook.CauseNoCA, pghook.CauseUnknownCA, pghook.CauseExpired, pghook.CauseOtherHost, pghook.CauseTLSVersion, pghook.CauseHBA,
}

// tlsAtFault reports whether another sslmode may work.
func (p *Probed) tlsAtFault() bool {
	r := p.Report
	return slices.Contains(tlsCauses, r.Cause) || r.Cause == "" && (r.Failed == pghook.PhaseTLS || r.SQLState == "28000")
}

// modeMends reports whether it is sslmode that AC043 has to say something about: the certificate and the versions are not at fault, and another
// mode works or the server has no TLS.
func (p *Patient) modeMends() bool {
	if p.Probe == nil || !p.Probe.tlsAtFault() {
		return false
	}
	switch r := p.Probe.Report; r.Cause {
	case pghook.CauseNoTLS:
		return true
	case pghook.CauseHBA, "":
		return p.Probe.best() != nil || r.Failed == pghook.PhaseTLS
	}
	return false
}

// checkTLS is row 43: what works is tried, and said with what it protects.
func checkTLS(p *Patient) []Finding {
	if !p.modeMends() {
		return checkForced(p)
	}
	r, best := p.Probe.Report, p.Probe.best()
	f := Found("AC043", r.Err.Error()+p.tried(), Mend{Text: "see which of sslmode, sslcert and sslkey the server wants otherwise"})
	switch {
	case r.Cause == pghook.CauseNoTLS:
		f.Mend = p.inSecret(`or write "sslmode": "disable" into extra`)
		f.Mend.Text = "turn TLS on at the server, with a certificate in ssl_cert_file and its key in ssl_key_file; " + f.Mend.Text +
			": that protects nothing, queries and data can be read and changed on the way"
		f.Mend.SQL = []string{"ALTER SYSTEM SET ssl = on;", "SELECT pg_reload_conf();"}
	case best != nil:
		f.Mend = p.inSecret(`write "sslmode": "` + best.SSLMode + `" into extra, which protects ` + best.Protects + `,`)
	}
	return one(f.At("", p.place()))
}

// best is the strongest sslmode that works, or nil.
func (p *Probed) best() *pghook.Mode {
	for i := range p.Modes {
		if p.Modes[i].Report.OK() {
			return &p.Modes[i]
		}
	}
	return nil
}

// tried says what came of each sslmode, where they were tried.
func (p *Patient) tried() string {
	var all strings.Builder
	for _, m := range p.Probe.Modes {
		all.WriteString("; sslmode " + m.SSLMode + ": ")
		if m.Report.OK() {
			all.WriteString("works")
			continue
		}
		text, _, _ := strings.Cut(m.Report.Err.Error(), "\n")
		all.WriteString(text)
	}
	return all.String()
}
