package doctor

import "aircon/lookup"

// apply is the mend for what the spec declares: aircon makes it so. Without a spec the words of otherwise are the mend.
func (e *Environment) apply(otherwise Mend) Mend {
	if e.Spec == nil {
		return otherwise
	}
	return Mend{Command: []string{"aircon", "apply", "--file", e.File, "--environment", e.Name}}
}

// command is one of aircon's about this environment.
func (e *Environment) command(words ...string) []string {
	words = append([]string{"aircon"}, words...)
	if e.File != "" {
		words = append(words, "--file", e.File)
	}
	return append(words, "--environment", e.Name)
}

// applyPattern is apply for a lookup pattern. Where the spec itself states one, the edit comes first.
func (e *Environment) applyPattern(otherwise Mend) Mend {
	mend := e.apply(otherwise)
	if e.Spec != nil && e.Spec.Backend != nil && e.Spec.Backend.Has("connections_lookup_pattern") {
		mend.Text = "write  connections_lookup_pattern: auto  into " + e.File + ", then apply"
	}
	return mend
}

// adopt is apply where what is in the way is not aircon's own: the plan would stop and ask.
func (e *Environment) adopt(otherwise Mend) Mend {
	mend := e.apply(otherwise)
	if e.Spec != nil {
		mend.Command = append(mend.Command, "--adopt")
	}
	return mend
}

// declares reports whether the spec has the connection, so that apply mends what belongs to it.
func (e *Environment) declares(id string) bool {
	return e.Spec != nil && e.Spec.Connections.Get(id) != nil
}

// mendSecret is the mend for a connection's secret: apply where the spec has it, other words elsewhere.
func (p *Patient) mendSecret(otherwise Mend) Mend {
	if !p.Env.declares(p.ID) {
		return otherwise
	}
	return p.Env.apply(otherwise)
}

// mendGrant is mendSecret for what the execution role lacks: what other policies need stays to be done.
func (p *Patient) mendGrant(grant Mend) Mend {
	mend := p.mendSecret(grant)
	mend.Then = grant.Then
	return mend
}

// name is the name of the secret that Airflow asks for, and "" where it asks for none.
func (p *Patient) name() string {
	if p.Entry == nil || len(p.Entry.Asked) == 0 {
		return ""
	}
	return p.Entry.Asked[0].Name
}

// place is where the secret is: its ARN, or its name where it has none.
func (p *Patient) place() string {
	if p.Reading != nil && p.Reading.Secret != nil && p.Reading.Secret.ARN != "" {
		return p.Reading.Secret.ARN
	}
	return p.name()
}

// warned returns the first warning of a kind about the settings of the search.
func (e *Environment) warned(codes ...lookup.WarningCode) []lookup.Warning {
	var found []lookup.Warning
	for _, w := range e.Settings.Warnings {
		for _, code := range codes {
			if w.Code == code {
				found = append(found, w)
			}
		}
	}
	return found
}
