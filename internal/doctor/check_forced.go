package doctor

import (
	"strings"

	"aircon/internal/network"
)

// checkForced is AC043 before anything is opened: RDS says whether its server takes connections without TLS. A way in which the server
// answered already tells more.
func checkForced(p *Patient) []Finding {
	d := p.Database
	conn, _ := p.connection()
	mode := extraOf(conn, "sslmode")
	if d == nil || p.Probe != nil && p.Probe.Report.OK() || strings.ToLower(mode.Reveal()) != "disable" {
		return nil
	}
	var why string
	switch {
	case d.Proxy != nil && d.Proxy.RequireTLS:
		why = "the proxy " + d.Name + " requires TLS"
	case d.ForceSSL == network.On:
		why = "rds.force_ssl is on in " + d.ParameterGroup
	default:
		return nil
	}
	mend := p.inSecret(`write "sslmode": "require" into extra, which protects what passes from being read (verify-full, with RDS's CA bundle as sslrootcert, from impostors too),`)
	return one(Found("AC043", "sslmode is disable, and "+why+": the server refuses connections without encryption", mend).At("", p.place()))
}
