package doctor

import "aircon/pghook"

var _ = register(obstacles([]obstacle{
	{[]pghook.Cause{pghook.CauseUnresolved}, Kind{
		ID: "AC159", Severity: Error, Arrow: ArrowNetwork, Topic: "airflow.md#postgreshook",
		Title: "the host's name does not resolve",
		Means: "without an address nothing can be dialled; from this machine the answer may differ from the environment's",
		Why:   "the name is misspelt, its record is gone, or it stands in a private zone that only the environment's network resolves",
		Mend:  "correct `host`, or ask from where the name resolves",
	}, func(p *Patient, _ *pghook.Report) Mend {
		m := p.inSecret("correct host")
		m.Text += "; a name in a private zone resolves only inside the environment's network"
		return m
	}},
	{[]pghook.Cause{pghook.CauseRefused}, Kind{
		ID: "AC158", Severity: Error, Arrow: ArrowNetwork, Topic: "airflow.md#postgreshook",
		Title: "nobody listens at the port",
		Means: "the host is there and refuses the connection at once: no firewall is in the way",
		Why:   "the port is wrong, the server is down, or it listens on other addresses (listen_addresses)",
		Mend:  "correct `port`, or start the server",
	}, func(p *Patient, _ *pghook.Report) Mend {
		m := p.inSecret("correct port")
		m.Text += "; or start the server, or let it listen on this address (listen_addresses in postgresql.conf)"
		return m
	}},
	{[]pghook.Cause{pghook.CauseSilent}, Kind{
		ID: "AC156", Severity: Error, Arrow: ArrowNetwork, Topic: "airflow.md#postgreshook",
		Title: "the port takes the connection and says nothing",
		Means: "a task hangs here until its time is over: libpq waits for ever, or for connect_timeout",
		Why:   "a proxy or load balancer without a working server behind it, a server that is stopped or overloaded, or another protocol that waits",
		Mend:  "look at what stands before the server; give `extra` a connect_timeout",
	}, func(p *Patient, _ *pghook.Report) Mend {
		m := p.inSecret(`correct host and port, or write "connect_timeout": 10 into extra so that tasks fail instead of hanging,`)
		m.Text = "see whether the proxy or load balancer at this address has a working server behind it; " + m.Text
		return m
	}},
	{[]pghook.Cause{pghook.CauseForeign}, Kind{
		ID: "AC157", Severity: Error, Arrow: ArrowNetwork, Topic: "airflow.md#postgreshook",
		Title: "what listens at the port is no PostgreSQL",
		Means: "the other side answered in another protocol, or closed the connection without a word",
		Why:   "the port is another service's, or a load balancer has no server to pass the connection to",
		Mend:  "correct `host` and `port`",
	}, func(p *Patient, _ *pghook.Report) Mend {
		return p.inSecret("correct host and port (PostgreSQL's is 5432 unless it was changed)")
	}},
}))

var _ = register(check{
	kinds: []Kind{{
		ID: "AC101", Severity: Error, Arrow: ArrowNetwork, Topic: "airflow.md#postgreshook",
		Title: "the host cannot be reached",
		Means: "without a network path no session opens; from this machine the path may differ from the environment's",
		Why:   "no route or security group lets this machine in, the address is wrong, or the server is down",
		Mend:  "route, security group, or a server that is down; `seen` says how far it came",
	}},
	connection: checkNetwork,
})

// checkNetwork is what keeps a connection from being taken at all: packets that are dropped, no route.
func checkNetwork(p *Patient) []Finding {
	r := p.failed(pghook.PhaseResolve, pghook.PhaseConnect)
	if r == nil || r.Cause != "" {
		return nil
	}
	return one(Found("AC101", r.Err.Error(), Mend{
		Text: "see whether host and port are right, and whether the server's firewall or security group lets this machine in; the environment's own network may differ",
	}).At("", p.place()))
}
