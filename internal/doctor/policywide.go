package doctor

import (
	"regexp"
	"strings"

	"aircon/policy"
	"aircon/policy/reference"
)

// wide is row 52, offline: statements that open every secret, or more than reading.
func (d *policyDocument) wide() []Finding {
	var all []Finding
	for _, s := range d.readers() {
		for _, e := range s.NotActions {
			all = append(all, Found("AC052", "NotAction allows everything but "+e.Text, leastAction).At("", d.element(e)))
		}
		for _, e := range s.NotResources {
			all = append(all, Found("AC052", "NotResource allows everything but "+e.Text, Mend{
				Text: "write Resource, with the secrets' ARNs",
			}).At("", d.element(e)))
		}
		for _, e := range s.Actions {
			if more := alsoAllowed(e.Text); len(more) > 0 {
				all = append(all, Found("AC052", "the action "+e.Text+" also allows "+strings.Join(more, ", "), leastAction).At("", d.element(e)))
			}
		}
		for _, e := range s.Resources {
			if everySecret(e.Text) {
				all = append(all, Found("AC052", "the resource "+e.Text+" is every secret of the account", Mend{
					Text: "name the prefix, such as arn:aws:secretsmanager:REGION:ACCOUNT:secret:airflow/connections/*, or each secret",
				}).At("", d.element(e)))
			}
		}
	}
	return all
}

var leastAction = Mend{Text: "write " + readSecret + ": Airflow calls nothing else"}

// alsoAllowed are actions of Secrets Manager that a pattern allows beside reading, three of them at most.
func alsoAllowed(pattern string) []string {
	if !strings.ContainsAny(pattern, "*?") {
		return nil
	}
	var all []string
	for _, name := range []string{"PutSecretValue", "DeleteSecret", "PutResourcePolicy", "UpdateSecret", "TagResource"} {
		if a := reference.Lookup("secretsmanager:" + name); a != nil && globMatches(strings.ToLower(pattern), strings.ToLower("secretsmanager:"+name)) {
			all = append(all, name)
		}
	}
	return all[:min(len(all), 3)]
}

// everySecret reports whether a resource matches a secret of any name.
func everySecret(resource string) bool {
	if !globMatches(resource, "arn:aws:secretsmanager:eu-west-1:111122223333:secret:"+unlikely+suffix) {
		name, is := secretName(resource)
		return is && strings.Trim(name, "*?") == "" && strings.Contains(name, "*")
	}
	return true
}

// complete is the end of a resource that can match a secret's ARN: a wildcard, or a suffix of six characters.
var complete = regexp.MustCompile(`[*]$|-[?A-Za-z0-9]{6}$`)

// word is the end of a name that looks like a suffix and is none: real ones are rarely six small letters.
var word = regexp.MustCompile(`-[a-z]{6}$`)

// suffixes is row 5, offline: resources that end with the secret's name.
func (d *policyDocument) suffixes() []Finding {
	var all []Finding
	for _, s := range d.readers() {
		for _, e := range s.Resources {
			if name, is := secretName(e.Text); is && d.bare(name) && !everySecret(e.Text) {
				all = append(all, Found("AC005", "the resource "+e.Text+" ends with the secret's name",
					d.write(e, e.Text+"-??????")).At("", d.element(e)))
			}
		}
	}
	return all
}

// bare reports whether a name lacks its suffix.
func (d *policyDocument) bare(name string) bool {
	for _, needed := range d.needs.Secrets {
		if name == needed {
			return true
		}
	}
	return !complete.MatchString(name) || word.MatchString(name)
}

// withoutSuffix is the secret's name that a resource means, and false where it means several.
func withoutSuffix(name string) (string, bool) {
	bare := name
	if at := len(name) - 7; at > 0 && name[at] == '-' {
		bare = name[:at]
	} else if cut, is := strings.CutSuffix(name, "-*"); is {
		bare = cut
	}
	return bare, !strings.ContainsAny(bare, "*?$")
}

// globMatches reports whether an IAM pattern matches a text: * for any characters, ? for one.
func globMatches(pattern, text string) bool {
	p, t, star, back := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, back = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			back++
			p, t = star+1, back
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// covers reports whether a pattern matches whatever another one does: it must match that one with nothing, and with much, in the place
// of each *.
func covers(wide, narrow string) bool {
	for _, with := range []string{"", "0123456789abcdefghij"} {
		if !globMatches(wide, strings.NewReplacer("*", with, "?", "q").Replace(narrow)) {
			return false
		}
	}
	return true
}

// decide says whether the document by itself lets an execution role do something to a resource.
func (d *policyDocument) decide(action, arn string, context ...policy.Key) policy.Decision {
	parsed, _ := policy.ParseARN(arn)
	role := &Role{ARN: "arn:" + parsed.Partition + ":iam::" + parsed.Account + ":role/execution", Policies: []policy.Policy{{Name: d.where, Document: d.policy}}}
	return policy.Evaluate(role.request(action, arn, nil, context...))
}
