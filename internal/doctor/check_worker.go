package doctor

import (
	"fmt"
	"slices"
	"strings"

	"aircon/internal/probe"
	"aircon/lookup"
)

// atWorker is where a worker stops.
const atWorker = "AC185"

// The finding stands at the arrow at which the worker stops, and only where no other says what is wrong with that arrow: see followWorker.
var _ = register(check{kinds: []Kind{{
	ID: atWorker, Severity: Error, Arrow: ArrowNetwork, Topic: "airflow.md#what-a-worker-sees",
	Title: "a worker inside the environment cannot open the connection",
	Means: "tasks fail there, whatever works from this machine",
	Why:   "the environment's network, name server, addresses in pg_hba.conf or files are others than this machine's",
	Mend:  "by where it stops: the name in the VPC's name server, the database's security group, the certificate's file, pg_hba.conf, or the connection's fields",
}}})

var _ = register(check{
	kinds: []Kind{{
		ID: "AC186", Severity: Error, Arrow: ArrowSecret, Topic: "airflow.md#what-a-worker-sees",
		Title: "a worker's lookup ends otherwise than what this machine sees says",
		Means: "what counts is what the worker gets: the task fails, or uses another source's connection",
		Why:   "the environment still runs with older options, a variable of its startup script names the connection, a policy of the organization or of a VPC endpoint refuses, or IAM has not yet taken a change over",
		Mend:  "by what each source told the worker: the environment's update, its startup script, or the policy that refuses",
	}},
	connection: checkWorkerLookup,
})

// checkWorkerLookup holds the worker's lookup against this machine's.
func checkWorkerLookup(p *Patient) []Finding {
	if p.Worker == nil || p.Trace.Outcome == lookup.Uncertain {
		return nil
	}
	here, there := p.winner(), p.Worker.Found
	found := p.Trace.Outcome == lookup.Found
	switch {
	case found && there == "":
		return one(Found("AC186", "from here "+here+" has it; a worker finds nothing: "+p.workerSources(), p.mendWorkerLookup()).At("", p.place()))
	case found && here != there && here != executionAPI && there != executionAPI:
		return one(Found("AC186", "from here "+here+" has it; a worker takes it from "+there+": "+p.workerSources(), p.mendWorkerLookup()).At("", p.place()))
	case !found && there != "":
		f := Found("AC186", "from here the lookup ends with \""+string(p.Trace.Outcome)+"\"; a worker has it from "+there+": "+p.workerSources(), p.mendWorkerLookup())
		f.Severity = Warning
		return one(f.At("", p.place()))
	}
	return nil
}

// executionAPI is the class that asks the API server in Airflow 3, which then asks its own sources.
const executionAPI = "ExecutionAPISecretsBackend"

// winner is the class of the source in which the search from here finds the connection; "" where it finds none.
func (p *Patient) winner() string {
	if p.Trace.Outcome != lookup.Found || p.Trace.Winner < 0 {
		return ""
	}
	return p.Trace.Entries[p.Trace.Winner].Class
}

// workerSources words what each source told a worker.
func (p *Patient) workerSources() string {
	var told []string
	for _, s := range p.Worker.Sources {
		line := s.Class + " " + s.Result
		if s.Error != nil {
			line += " (" + s.Error.String() + ")"
		}
		told = append(told, line)
	}
	return strings.Join(told, ", ")
}

// mendWorkerLookup goes by what Secrets Manager told the worker.
func (p *Patient) mendWorkerLookup() Mend {
	again := ";  aircon doctor " + p.ID + " --inside  asks again"
	for _, s := range p.Worker.Sources {
		if s.Error != nil && strings.HasPrefix(s.Error.Code, "AccessDenied") {
			return Mend{Text: "IAM takes a change over within a minute or so; where it stays refused, the words of the refusal name the policy: " +
				"the VPC endpoint's for Secrets Manager, or the organization's" + again}
		}
	}
	return Mend{Text: "let the environment take its options over ( aws mwaa get-environment --name " + p.Env.Name + "  shows its status and last update), and look in its " +
		"startup script for AIRFLOW_CONN_" + strings.ToUpper(p.ID) + " and AIRFLOW__SECRETS__BACKEND" + again}
}

// stoppedInside is the finding about a worker that cannot open the connection.
func (p *Patient) stoppedInside(stop Arrow) Finding {
	seen := fmt.Sprintf("PostgresHook raises %s in a worker", p.Worker.Hook.Error)
	if r := p.Worker.Reach; r != nil && r.Failed != "" {
		seen += fmt.Sprintf("; it fails to %s: %s", r.Failed, r.Error)
	}
	if p.Probe != nil && p.Probe.Refused == nil && p.Probe.Report.OK() {
		seen += "; from this machine it opens"
	}
	f := Found(atWorker, seen, p.mendInside(stop)).At(p.ID, p.place())
	f.Arrow = stop
	return f
}

// mendInside says what to change, by where the worker stops.
func (p *Patient) mendInside(stop Arrow) Mend {
	conn, _ := p.connection()
	host, port := conn.Host.String(), portOr(conn.Port.String())
	r := p.Worker.Reach
	switch {
	case stop == ArrowNetwork && r != nil && r.Failed == "resolve":
		return Mend{Text: "let the environment's VPC resolve " + host + ": associate the private hosted zone that has the name with the VPC, or correct host"}
	case stop == ArrowNetwork:
		return Mend{Text: "let the database's security group take TCP port " + port + " from the environment's security group, with routes both ways between their subnets"}
	case stop == ArrowLogin && strings.Contains(p.Worker.Hook.Error.Message, "pg_hba.conf"):
		return Mend{Text: "write into the server's pg_hba.conf:  hostssl " + p.database() + " " + p.login() + " " + workerAddress(r) + " scram-sha-256"}
	case stop == ArrowTLS:
		return p.inSecret("correct sslmode, and name in sslrootcert a file that the workers have, such as one below /usr/local/airflow/dags/,")
	case stop == ArrowDatabase:
		return p.inSecret("correct schema")
	case stop == ArrowLogin:
		return p.inSecret("correct login and password")
	case stop == ArrowQuery:
		return Mend{Text: "see in the server's log why it refuses a query to " + p.login()}
	}
	return p.inSecret("correct the field that the driver names")
}

// workerAddress is from where a server sees the worker, as pg_hba.conf writes it.
func workerAddress(r *probe.Reach) string {
	if r == nil || r.From == "" {
		return "all"
	}
	return r.From + "/" + map[bool]string{true: "128", false: "32"}[strings.Contains(r.From, ":")]
}

func portOr(port string) string {
	if port == "" {
		return "5432"
	}
	return port
}

// followWorker lets what a worker saw decide on findings about opening the connection: what the worker passes is no error, whatever happens here.
func (p *Patient) followWorker(found []Finding) []Finding {
	if p.Worker == nil || p.Worker.Hook == nil {
		return found
	}
	stop := p.workerStop()
	told := false
	for i := range found {
		f := &found[i]
		if f.Severity != Error || turn(f.Arrow) < turn(ArrowNetwork) {
			told = told || f.Severity == Error && f.Arrow == stop
			continue
		}
		switch {
		case p.passed(f.Arrow):
			f.Severity = Info
			f.Seen += "; a worker inside the environment passes here, so that this machine alone is concerned"
		case f.Arrow == stop:
			told = true
			f.Seen += "; a worker inside the environment is stopped here, too: " + p.Worker.Hook.Error.String()
		}
	}
	if stop != "" && !told {
		found = append(found, p.stoppedInside(stop))
	}
	return found
}

func turn(a Arrow) int { return slices.Index(Arrows, a) }

// passed reports whether a worker gets past an arrow.
func (p *Patient) passed(a Arrow) bool {
	stop := p.workerStop()
	return stop == "" || turn(a) < turn(stop)
}
