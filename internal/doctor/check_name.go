package doctor

import (
	"strings"

	"aircon/internal/near"
	"aircon/lookup"
	"aircon/mwaa"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC039", Severity: Error, Arrow: ArrowSecret, Topic: "airflow.md#the-secrets-name",
		Title: "no secret has the name that Airflow asks for",
		Means: "the name is prefix, separator and conn_id, in exactly this spelling and case",
		Why:   "the secret was named by hand: prefix doubled or missing, another case, another separator, or it lies in another account or region",
		Mend:  "the nearest names that exist are under `seen`; rename the secret, or apply the spec",
	}},
	connection: checkName,
})

// checkName is row 39: no secret has the name that Airflow asks for; another one is probably meant.
func checkName(p *Patient) []Finding {
	if p.Reading == nil || !p.Reading.Missing() || len(p.Elsewhere) > 0 || p.abroad() != nil { // AC040 and AC032 say it better
		return nil
	}
	name := p.name()
	f := Found("AC039", "there is no secret "+name, p.mendSecret(Mend{Text: "make the secret " + name}))
	if nearest := p.meant(name); nearest != "" {
		f.Seen += "; there is " + nearest
		if !p.Env.declares(p.ID) {
			f.Mend = p.mendName(name, nearest)
		}
	}
	for _, there := range p.Abroad {
		f.Seen += "; the execution role may also read " + there.Name + ", of which nothing can be seen from here and which only an ARN as connections_prefix reaches"
	}
	if p.Trace.Outcome == lookup.Found {
		f.Severity = Info
	}
	return one(f.At("", p.Env.secretARN(name)))
}

// mendName is the mend where no spec says how the secret is to be named: the prefix of the options where nothing lies under it, or else
// the secret's own name.
func (p *Patient) mendName(name, nearest string) Mend {
	e, option := p.Env, p.Env.Settings.KwargsOption()
	asked, _ := e.Settings.Backend.Prefix(lookup.Connection)
	kwargs, err := mwaa.ParseKwargs(e.MWAA.Options[option])
	sep := "/" // Airflow's default
	kwargs.Get("sep", &sep)
	prefix, under := strings.CutSuffix(nearest, sep+p.ID)
	if under && prefix != "" && len(e.stored()) == 0 && err == nil {
		if kwargs, err = kwargs.Set("connections_prefix", prefix); err == nil {
			return e.setKwargs("nothing lies under "+asked+": set connections_prefix in "+option, option, kwargs)
		}
	}
	return Mend{Text: "store what " + nearest + " holds under the name " + name + ": a secret cannot be renamed"}
}

// meantInstead is the existing secret that was probably meant where there is none by the name, and no spec makes one.
func (p *Patient) meantInstead() string {
	if !p.Reading.Missing() || p.Env.declares(p.ID) {
		return ""
	}
	return p.meant(p.name())
}

// meant is the existing secret that was probably made for this name: doubled prefix, no prefix, another case, a slip.
func (p *Patient) meant(name string) string {
	var others []string
	for _, other := range p.Env.Names {
		if strings.EqualFold(other, name) || strings.EqualFold(other, p.ID) || strings.HasSuffix(strings.ToLower(other), "/"+strings.ToLower(p.ID)) {
			return other
		}
		others = append(others, other)
	}
	nearest, _ := near.Nearest(name, others)
	return nearest
}
