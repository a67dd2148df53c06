package doctor

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"aircon/lookup"
	"aircon/mwaa"
	"aircon/policy"
)

// mendAccount lets the backend ask for another account's secret: by an ARN as prefix, to which Airflow adds the id, so that it is an ARN
// without the six random characters.
func (p *Patient) mendAccount(there *Reading) Mend {
	prefix, _ := p.Env.Settings.Backend.Prefix(lookup.Connection)
	arn := strings.TrimSuffix(p.Env.arnIn(accountOf(there.Name), prefix), "/")
	if p.Env.declares(p.ID) {
		if stated := p.Env.Spec.ConnectionsPrefix().Text; p.Env.foreign(stated) {
			return p.Env.apply(Mend{})
		}
	}
	others := slices.DeleteFunc(p.Env.stored(), func(id string) bool { return id == p.ID || isAWSDefault(id) })
	switch here := "store what it holds as " + p.name() + " in account " + p.Env.Caller.Account; {
	case prefix == "":
		return Mend{Text: "give the secrets a prefix, so that it can be an ARN's beginning; or " + here}
	case wholeARN(there.Name):
		return Mend{Text: here + ": by an ARN no secret is found whose name ends in a hyphen and six letters or digits, as Secrets Manager takes them for the random ones"}
	case len(others) > 0:
		return Mend{Text: fmt.Sprintf("%s: the prefix is the same for all connections, and %s %s kept here; or move them there too, and set connections_prefix to %s",
			here, strings.Join(others, ", "), map[bool]string{true: "is", false: "are"}[len(others) == 1], arn)}
	case p.Env.declares(p.ID):
		return p.specPrefix(there, arn)
	}
	option := p.Env.Settings.KwargsOption()
	text, given := p.Env.MWAA.Options[option]
	if !given && !p.Env.selfManaged() {
		text = mwaa.DefaultKwargs // which own kwargs replace
	}
	kwargs, err := mwaa.ParseKwargs(text)
	if err == nil {
		kwargs, err = kwargs.Set("connections_prefix", arn)
	}
	if err != nil {
		return Mend{Text: "set connections_prefix in " + option + " to " + arn}
	}
	return p.Env.setKwargs("set connections_prefix in "+option, option, kwargs)
}

// specPrefix is the mend where the spec declares the connection: what to write, then apply, which changes nothing in the other account.
func (p *Patient) specPrefix(there *Reading, arn string) Mend {
	mend := p.Env.apply(Mend{})
	mend.Text = "write  backend: {connections_prefix: " + arn + "}"
	switch {
	case there.Key != nil && !there.Key.AWSManaged:
		mend.Text += "  and, for " + p.ID + ",  kms_key: " + there.Key.ARN
	case there.Secret != nil && customerKey(there.Secret.KMSKey):
		mend.Text += "  and, for " + p.ID + ",  kms_key: " + keyARN(there.Secret)
	}
	mend.Text += "  into " + p.Env.File + ", then apply, which sets option and policy, and leaves the secret to its account; " +
		"or apply as it is, which stores the connection in this account"
	return mend
}

// unseal is the mend of another account's secret that is under aws/secretsmanager: a key whose policy lets the role in, and the secret under
// it. Both are that account's to do.
func (e *Environment) unseal(arn string) Mend {
	account := accountOf(arn)
	allow := func(principal string, action any, more map[string]any) map[string]any {
		s := map[string]any{"Effect": "Allow", "Principal": map[string]string{"AWS": principal}, "Action": action, "Resource": "*"}
		if more != nil {
			s["Condition"] = more
		}
		return s
	}
	role := e.roleARN()
	document, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{
		allow("arn:"+e.Caller.Partition+":iam::"+account+":root", "kms:*", nil),
		allow(role, []string{"kms:Decrypt", "kms:DescribeKey"}, map[string]any{"StringEquals": map[string]any{"kms:ViaService": viaService(arn)}}),
	}})
	if err != nil {
		panic(err) // texts always marshal
	}
	return Mend{Text: "with credentials of account " + account + ", make a key that the execution role may use:  aws kms create-key --policy '" + string(document) +
		"'  and put the secret under it:  aws secretsmanager update-secret --secret-id " + arn + " --kms-key-id KEY"}
}

// accountOf is the account that an ARN names.
func accountOf(arn string) string {
	parsed, _ := policy.ParseARN(arn)
	return parsed.Account
}
