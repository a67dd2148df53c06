package doctor

import (
	"strings"

	"aircon/pghook"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC043", Severity: Error, Arrow: ArrowTLS, Topic: "airflow.md#postgreshook",
		Title: "the TLS settings of both sides do not fit",
		Means: "sslmode and sslrootcert decide what the driver demands of the server; the server may demand encryption on its side",
		Why:   "the server demands TLS and sslmode forbids it, or the reverse; the CA is not the one that sslrootcert has; the certificate is for another name or has expired",
		Mend:  "doctor tries each sslmode and says which work and what each protects",
	}},
	connection: checkTls,
})

// checkTls is row 43: what works is tried, and said with what it protects.
func checkTls(p *Patient) []Finding {
	if p.Probe == nil || !p.Probe.tlsAtFault() {
		return nil
	}
	best := p.Probe.best()
	r := p.Probe.Report
	if best == nil && r.Failed != pghook.PhaseTLS {
		return nil // no mode works: it is not TLS that pg_hba.conf refuses
	}
	seen := r.Err.Error()
	for _, m := range p.Probe.Modes {
		seen += "; sslmode " + m.SSLMode + ": " + worked(m)
	}
	mend := Mend{Text: rightCA}
	switch {
	case best == nil:
	case best.SSLMode == "disable" && r.Failed == pghook.PhaseTLS:
		mend.Text += "; without TLS it works too, but that protects nothing"
	default:
		mend.Text = `write "sslmode": "` + best.SSLMode + `" into extra: it protects ` + best.Protects
	}
	return one(Found("AC043", seen, mend).At("", p.place()))
}

// rightCA is the mend for a certificate that does not verify.
const rightCA = "give sslrootcert the CA that signed the server's certificate (for Amazon RDS its bundle), and host the name that the certificate holds"

// best is the strongest sslmode that works, or nil.
func (p *Probed) best() *pghook.Mode {
	for i := range p.Modes {
		if p.Modes[i].Report.OK() {
			return &p.Modes[i]
		}
	}
	return nil
}

func worked(m pghook.Mode) string {
	if m.Report.OK() {
		return "works"
	}
	text, _, _ := strings.Cut(m.Report.Err.Error(), "\n")
	return text
}
