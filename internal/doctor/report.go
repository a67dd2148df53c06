package doctor

import (
	"slices"
	"strings"

	"aircon/internal/network"
)

// Report is what came of an examination.
type Report struct {
	Environment string      `json:"environment"`
	ARN         string      `json:"arn"`
	Airflow     string      `json:"airflow"`
	Role        string      `json:"execution_role"`
	Vantage     []View      `json:"vantage"` // from where it looked
	Findings    []Finding   `json:"findings"`
	Connections []Verdict   `json:"connections"`
	Ignored     []Ignored   `json:"ignored"` // of the environment and of all connections
	Unchecked   []Unchecked `json:"unchecked"`
	// Network are the ways from the environment's subnets to the services that it needs; null where its network was not seen.
	Network []network.Way `json:"network"`
}

// Outcome is the verdict on one connection.
type Outcome string

// The outcomes.
const (
	Works             Outcome = "works"
	WorksWithWarnings Outcome = "works with warnings"
	Broken            Outcome = "broken"
	Unknown           Outcome = "unknown" // nothing is wrong as far as could be seen, and not all could
)

// Verdict is what was found of one connection.
type Verdict struct {
	ConnID   string    `json:"conn_id"`
	Outcome  Outcome   `json:"outcome"`
	BrokenAt Arrow     `json:"broken_at,omitempty"` // the first arrow with an error
	Arrows   []Step    `json:"arrows"`
	Findings []Finding `json:"findings"`
	// Network are the ways from the environment's subnets to the database; null where they are not known.
	Network []network.Way `json:"network"`
}

// State is how an arrow stands.
type State string

// The states of an arrow.
const (
	StateOK        State = "ok"
	StateWarning   State = "warning"
	StateBroken    State = "broken"
	StateUnchecked State = "unchecked"
	StateIgnored   State = "ignored" // something is wrong with it, and somebody has a reason to ignore it
)

// Step is one arrow of one connection.
type Step struct {
	Arrow Arrow   `json:"arrow"`
	State State   `json:"state"`
	Seen  string  `json:"seen"` // what was seen, or why it was not looked at
	From  Vantage `json:"from"`
}

// Vantage is from where something was seen.
type Vantage string

// The vantage points.
const (
	FromHere Vantage = "this machine"          // with the caller's credentials and network
	FromRole Vantage = "as the execution role" // by its policies, as package policy evaluates them
	// FromInside is the environment's own subnets, by what EC2 describes: nothing is sent.
	FromInside Vantage = "from the environment's subnets"
	// FromWorker is a task of the environment itself, by a run of the probe DAG. Where it has a view, the verdict follows it.
	FromWorker Vantage = "inside the environment"
)

// Short is one word for it, for tables.
func (v Vantage) Short() string {
	switch v {
	case FromRole:
		return "role"
	case FromInside:
		return "subnets"
	case FromWorker:
		return "worker"
	}
	return "machine"
}

// View is a vantage point with what it has to see with.
type View struct {
	Name Vantage `json:"name"`
	Seen string  `json:"seen"`
}

func newReport(e *Environment) *Report {
	r := &Report{
		Environment: e.Name, ARN: e.MWAA.ARN, Airflow: e.MWAA.Airflow, Role: e.roleARN(), Unchecked: e.Unchecked, Network: e.Around.Ways,
		Vantage: []View{
			{FromHere, "with the credentials of " + e.Caller.ARN},
			{FromRole, e.roleARN() + ", " + e.role.judgedBy()},
		},
		Findings: []Finding{}, Connections: []Verdict{}, Ignored: []Ignored{},
	}
	if e.Around.Seen != nil {
		r.Vantage = append(r.Vantage, View{FromInside, strings.Join(e.Around.From.Subnets, ", ") + ", by what EC2 describes"})
	}
	if w := e.Worker; w != nil {
		r.Vantage = append(r.Vantage, View{FromWorker, "a worker with Airflow " + w.Airflow + " and Python " + w.Python + ", whose view the verdict follows"})
	}
	if e.Assumed {
		r.Unchecked = append(r.Unchecked, Unchecked{
			What: "the providers' versions", Why: "assumed from the image of Airflow " + e.MWAA.Airflow + "; requirements.txt may change them",
		})
	}
	return r
}

// add passes the verdict on one connection. What is wrong with the whole environment counts for each connection.
func (r *Report) add(p *Patient, findings []Finding, ignored []Ignored) {
	v := Verdict{ConnID: p.ID, Outcome: Works, Arrows: p.steps(), Findings: findings, Network: p.Ways}
	for _, u := range p.Unchecked {
		if !slices.Contains(r.Unchecked, u) {
			r.Unchecked = append(r.Unchecked, u)
		}
	}
	if v.Findings == nil {
		v.Findings = []Finding{}
	}
	for _, f := range slices.Concat(r.Findings, findings) {
		v.mark(f)
	}
	for _, i := range slices.Concat(r.Ignored, ignored) {
		if i.ConnID == "" || i.ConnID == p.ID {
			v.markIgnored(i)
		}
	}
	r.Ignored = append(r.Ignored, ignored...)
	for _, step := range v.Arrows {
		switch {
		case step.State == StateBroken:
			v.Outcome, v.BrokenAt = Broken, step.Arrow
		case step.State == StateWarning && v.Outcome == Works:
			v.Outcome = WorksWithWarnings
		}
		if v.Outcome == Broken {
			break
		}
	}
	if last := v.Arrows[len(v.Arrows)-1]; v.Outcome != Broken && (last.State == StateUnchecked || p.Reading != nil && p.Reading.HangsOn != "") {
		v.Outcome = Unknown
	}
	r.Connections = append(r.Connections, v)
}

// mark lets a finding decide on the state of its arrow.
func (v *Verdict) mark(f Finding) {
	for i := range v.Arrows {
		step := &v.Arrows[i]
		if step.Arrow != f.Arrow {
			continue
		}
		switch {
		case f.Severity == Error:
			step.State, step.Seen = StateBroken, f.ID+" "+f.Title
		case f.Severity == Warning && step.State != StateBroken:
			step.State, step.Seen = StateWarning, f.ID+" "+f.Title
		}
	}
}

// markIgnored says at a finding's arrow that it is ignored, where nothing else is wrong with that arrow.
func (v *Verdict) markIgnored(i Ignored) {
	for n := range v.Arrows {
		step := &v.Arrows[n]
		if step.Arrow == i.Arrow && i.Severity != Info && (step.State == StateOK || step.State == StateUnchecked) {
			step.State, step.Seen = StateIgnored, i.ID+" "+i.Title+", ignored: "+i.Reason
		}
	}
}

// Healthy reports whether there is nothing worse than a finding of severity info.
func (r *Report) Healthy() bool {
	bad := func(f Finding) bool { return f.Severity != Info }
	return !slices.ContainsFunc(r.Findings, bad) &&
		!slices.ContainsFunc(r.Connections, func(v Verdict) bool { return v.Outcome != Works })
}

// Broken reports whether a connection is broken, or would be: of an environment whose backend is not read, nobody can list the connections.
func (r *Report) Broken() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Severity == Error }) ||
		slices.ContainsFunc(r.Connections, func(v Verdict) bool { return v.Outcome == Broken })
}
