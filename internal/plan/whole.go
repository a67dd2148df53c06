package plan

import (
	"context"

	"aircon"
	"aircon/internal/spec"
	"aircon/mwaa"
)

// Place is where an environment keeps its connections, and how its Airflow reads them there.
type Place struct {
	Caller  Caller
	Runtime aircon.Runtime
	Env     *spec.Environment
	Kwargs  string // of SecretsManagerBackend: the environment's own where it looks there today, and else those that an apply would set
	Looks   bool   // whether the environment looks in Secrets Manager today, beneath this prefix; true for a self-managed one, of which nobody can say

	observed *Observed
}

// FindPlace learns where an environment keeps its connections. Where declared is false, nobody has said what its backend looks like, and its own
// options tell. It needs airflow:GetEnvironment for an environment of MWAA.
func FindPlace(ctx context.Context, aws AWS, e *spec.Environment, declared bool) (*Place, error) {
	o := newObserved()
	if err := o.observeEnvironment(ctx, aws, e); err != nil {
		return nil, err
	}
	if err := o.undeclared(e, declared); err != nil {
		return nil, err
	}
	p := &Place{Caller: o.Caller, Runtime: o.Runtime, Env: e, Kwargs: kwargsFor(e, o).text, Looks: true, observed: o}
	if o.Environment == nil {
		return p, nil
	}
	own, err := o.kwargs()
	p.Looks = err == nil && o.Environment.Options[mwaa.OptionBackend] == mwaa.BackendClass &&
		(&spec.Environment{Backend: backendOf(own)}).ConnectionsPrefix() == e.ConnectionsPrefix()
	if err == nil && (p.Looks || !declared) {
		p.Kwargs = own.Text()
	}
	return p, nil
}

// Whole is a connection that comes from elsewhere than a spec, with the text that its secret shall hold.
type Whole struct {
	ID          string
	Conn        aircon.Connection
	Text        aircon.Secret
	Description string // of the secret; "" leaves it as it is
	KMSKey      string // "" for the account's aws/secretsmanager
	Reformat    bool   // whether a secret that means the same in the other format, JSON or URI, is written anew
}

// MakeWhole returns the plan that stores connections as secrets of a place, and does nothing else. A secret that means the same already is left
// alone, unless Whole.Reformat is set; one that aircon did not make is overwritten only with Options.Adopt. What it makes bears TagAdopted: the
// connections were there before, and neither a destroy nor a prune takes them.
func MakeWhole(ctx context.Context, aws AWS, at *Place, all []Whole, opts Options) (*Plan, error) {
	o, e := at.observed, at.Env
	if err := o.list(ctx, aws, e, Options{}); err != nil {
		return nil, err
	}
	wanted := make([]want, len(all))
	for i := range all {
		wanted[i] = want{name: e.ConnectionsPrefix().Name(all[i].ID), id: all[i].ID, kmsKey: all[i].KMSKey, whole: &all[i]}
		if all[i].Description != "" {
			wanted[i].description = &all[i].Description
		}
	}
	if err := o.read(ctx, aws, wanted); err != nil {
		return nil, err
	}
	if err := o.observeKeys(ctx, aws, wanted); err != nil {
		return nil, err
	}
	if err := o.look(ctx, aws, e, Values{}, wanted); err != nil {
		return nil, err
	}
	p := newPlan(e.Name, o.Caller)
	r, err := newReader(o.Runtime, at.Kwargs)
	if err != nil {
		return nil, err
	}
	for _, w := range wanted {
		p.diffSecret(e, o, w, o.compare(e, &w, r, Values{}), r, Values{}, opts)
	}
	return p, nil
}

// Only returns the plan with one of its changes.
func (p *Plan) Only(c Change) *Plan {
	part := *p
	part.Changes, part.Refusals = []Change{c}, []Refusal{}
	return &part
}
