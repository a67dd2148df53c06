package doctor

import (
	"context"
	"strings"
)

// Region is a further region in which secrets are looked for.
type Region struct {
	Name string
	// Secret is asked for a secret by its name: secretsmanager:DescribeSecret.
	Secrets interface {
		Secret(ctx context.Context, name string) (*Secret, error)
	}
}

var _ = register(check{
	kinds: []Kind{{
		ID: "AC040", Severity: Error, Arrow: ArrowSecret, Topic: "network.md#secrets-in-other-regions",
		Title: "the secret is in another region",
		Means: "the backend asks in the environment's region only, finds nothing, and Airflow ends with \"The conn_id isn't defined\"",
		Why:   "the secret was made where the console or the AWS CLI happened to point",
		Mend:  "replicate the secret into the environment's region, or name its region by the kwarg region_name, which then holds for all lookups",
	}},
	connection: checkRegion,
})

// seeRegions looks for a missing secret in the other regions.
func (d *Doctor) seeRegions(ctx context.Context, p *Patient) {
	if p.Reading == nil || !p.Reading.Missing() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, d.limit())
	defer cancel()
	for _, r := range d.Regions {
		if r.Name == p.Env.Caller.Region {
			continue
		}
		switch _, err := r.Secrets.Secret(ctx, p.name()); {
		case err == nil:
			p.Elsewhere = append(p.Elsewhere, r.Name)
		case code(err) != "ResourceNotFoundException":
			p.Unchecked = append(p.Unchecked, Unchecked{What: "whether " + r.Name + " has the secret " + p.name(), Why: why(err), Lacks: lacking(err)})
		}
	}
}

// checkRegion is row 40: the secret exists, where nobody asks.
func checkRegion(p *Patient) []Finding {
	if len(p.Elsewhere) == 0 {
		return nil
	}
	here, there := p.Env.Caller.Region, p.Elsewhere[0]
	mend := p.mendSecret(Mend{
		Text: "replicate the secret into the environment's region",
		Command: []string{
			"aws", "secretsmanager", "replicate-secret-to-regions", "--region", there, "--secret-id", p.name(), "--add-replica-regions", "Region=" + here,
		},
	})
	return one(Found("AC040", "there is no secret "+p.name()+" in "+here+", the environment's region, and there is one in "+strings.Join(p.Elsewhere, ", "), mend).At("", p.Env.secretARN(p.name())))
}
