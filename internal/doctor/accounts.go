package doctor

import (
	"context"
	"slices"
	"strings"

	"aircon/lookup"
	"aircon/policy"
)

// seeAccounts looks for a missing secret in the other accounts where the execution role's policies, or the spec's prefix, expect it. It is
// looked at as any other secret is, by its ARN without the six random characters.
func (d *Doctor) seeAccounts(ctx context.Context, p *Patient) {
	if p.Reading == nil || !p.Reading.Missing() || strings.HasPrefix(p.name(), "arn:") || p.Env.assumes() {
		return
	}
	for _, arn := range p.expected() {
		there := p.Env.role.read(ctx, arn)
		p.Abroad = append(p.Abroad, there)
		if there.Err != nil && !there.Missing() {
			p.Unchecked = append(p.Unchecked, Unchecked{What: "the secret " + arn, Why: why(there.Err), Lacks: lacking(there.Err)})
		}
	}
}

// expected are the ARNs of other accounts' secrets that are meant by the name which is missing in the own account.
func (p *Patient) expected() []string {
	var arns []string
	if p.Env.Role != nil {
		for _, account := range p.Env.Role.accounts() {
			arn := p.Env.arnIn(account, p.name())
			if account != p.Env.Caller.Account && p.Env.Role.wouldRead(arn+suffix) {
				arns = append(arns, arn)
			}
		}
	}
	if p.Env.declares(p.ID) {
		if arn := p.Env.Spec.ConnectionsPrefix().Name(p.ID); p.Env.foreign(arn) {
			arns = append(arns, arn)
		}
	}
	return unique(arns)
}

// abroad is the other account's secret that is meant by the missing one; nil: there is none. One that the caller cannot see is meant where the
// role may read no secret of that name in its own account: AWS does not say whether it exists.
func (p *Patient) abroad() *Reading {
	for _, r := range p.Abroad {
		if r.Secret != nil || p.refused() {
			return r
		}
	}
	return nil
}

// accounts are those of which the role's policies name secrets.
func (r *Role) accounts() []string {
	var all []string
	for _, held := range r.Policies {
		for _, s := range held.Document.Statements() {
			for _, resource := range s.Resources {
				arn, ok := policy.ParseARN(resource.Text)
				if ok && !s.Deny && arn.Service == "secretsmanager" && accountForm.MatchString(arn.Account) {
					all = append(all, arn.Account)
				}
			}
		}
	}
	return unique(all)
}

// wouldRead asks whether the role's own policies let it read a secret by this ARN. Another account's own policy must allow it, too.
func (r *Role) wouldRead(arn string) bool {
	q := r.request(readAction, arn, nil)
	q.Owner = q.Principal.Account
	return policy.Evaluate(q).Allowed()
}

// arnIn is secretARN for another account in the environment's region, as that is where the backend asks.
func (e *Environment) arnIn(account, name string) string {
	return "arn:" + e.Caller.Partition + ":secretsmanager:" + e.Caller.Region + ":" + account + ":secret:" + name
}

// unlisted notes that nobody could list the connections which the backend asks another account for, where there are no others.
func (e *Environment) unlisted(ids []string) {
	if len(ids) == 0 && e.asksAbroad() {
		e.Unchecked = append(e.Unchecked, Unchecked{
			What: "the connections of environment " + e.Name, Why: "another account keeps them, whose secrets cannot be listed from here: name them, as in  aircon doctor CONN_ID",
		})
	}
}

// foreign reports whether a name is the ARN of another account's secret.
func (e *Environment) foreign(name string) bool {
	arn, ok := policy.ParseARN(name)
	return ok && arn.Account != e.Caller.Account
}

// assumes reports whether the backend asks as another role, whose account a name is then of.
func (e *Environment) assumes() bool {
	client, err := e.Settings.Backend.Client()
	return err == nil && client.RoleARN != ""
}

// asksAbroad reports whether the backend asks another account for connections.
func (e *Environment) asksAbroad() bool {
	if e.Settings.Backend == nil {
		return false
	}
	prefix, asks := e.Settings.Backend.Prefix(lookup.Connection)
	return asks && e.foreign(prefix)
}

// sealed reports whether a secret is another account's and under its key for Secrets Manager, which is for that account alone.
func (e *Environment) sealed(r *Reading) bool {
	return r.Secret != nil && r.Err == nil && e.foreign(r.Secret.ARN) && !customerKey(r.Secret.KMSKey)
}

// wholeARN reports whether Secrets Manager takes an ARN for a complete one: it ends in a hyphen and six letters or digits. So it finds no
// secret whose name itself ends so by an ARN without the suffix (API reference, GetSecretValue, SecretId).
func wholeARN(arn string) bool {
	at := len(arn) - len(suffix)
	if !strings.HasPrefix(arn, "arn:") || at <= 0 || arn[at] != '-' {
		return false
	}
	return !slices.ContainsFunc([]rune(arn[at+1:]), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	})
}

// keyARN is the ARN of the key that a secret is under, which may be an alias's, in the secret's own account and region.
func keyARN(s *Secret) string {
	id := s.KMSKey
	if strings.HasPrefix(id, "arn:") {
		return id
	}
	if !strings.HasPrefix(id, "alias/") {
		id = "key/" + id
	}
	arn, _ := policy.ParseARN(s.ARN)
	return "arn:" + arn.Partition + ":kms:" + arn.Region + ":" + arn.Account + ":" + id
}
