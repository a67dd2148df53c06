package doctor

import "aircon/pghook"

// networkCheck: the host does not resolve, or nobody answers at its port.
var networkCheck = check{id: "AC101", connection: func(p *Patient) []Finding {
	r := p.failed(pghook.PhaseResolve, pghook.PhaseConnect)
	if r == nil {
		return nil
	}
	mend := Mend{Text: "see whether host and port are right, and whether the server's firewall or security group lets this machine in; " +
		"the environment's own network may differ"}
	if r.Failed == pghook.PhaseResolve {
		mend.Text = "see whether the host is spelt right; a name in a private zone resolves only inside the environment's network"
	}
	return one(Found("AC101", r.Err.Error(), mend).At("", p.place()))
}}
