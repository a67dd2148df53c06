package doctor

import "aircon/pghook"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC101", Severity: Error, Arrow: ArrowNetwork, Topic: "airflow.md#postgreshook",
		Title: "the host cannot be reached",
		Means: "without a network path no session opens; from this machine the path may differ from the environment's",
		Why:   "the name does not resolve from here, no route or security group lets this machine in, the port is wrong, or the server is down",
		Mend:  "DNS, route, security group, or a server that is down; `seen` says how far it came",
	}},
	connection: checkNetwork,
})

// checkNetwork: the host does not resolve, or nobody answers at its port.
func checkNetwork(p *Patient) []Finding {
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
}
