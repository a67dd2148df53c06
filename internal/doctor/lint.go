package doctor

import (
	"fmt"
	"regexp"
	"strings"

	"aircon/policy"
)

// Policy examines an IAM policy by itself, as far as it is about reading secrets. It asks nobody. The error is that of policy.Parse.
func Policy(where string, text []byte) ([]Finding, error) {
	document, err := policy.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	var all []Finding
	for _, s := range document.Statements() {
		if s.Deny || !s.Covers("secretsmanager:GetSecretValue") {
			continue
		}
		for _, resource := range s.Resources {
			place := fmt.Sprintf("%s:%d:%d", where, resource.Line, resource.Column)
			all = append(all, secretResource(resource.Text, place)...)
		}
	}
	return all, nil
}

// complete is the end of a resource that can match a secret's ARN: a wildcard, or a suffix of six characters.
var complete = regexp.MustCompile(`[*]$|-[?A-Za-z0-9]{6}$`)

func secretResource(resource, place string) []Finding {
	_, name, isSecret := strings.Cut(resource, ":secret:")
	switch {
	case resource == "*" || isSecret && strings.Trim(name, "*?") == "":
		return one(Found("AC052", "the resource "+resource+" is every secret of the account", Mend{
			Text: "name the prefix, such as arn:aws:secretsmanager:REGION:ACCOUNT:secret:airflow/connections/*, or each secret",
		}).At("", place))
	case isSecret && !complete.MatchString(name):
		return one(Found("AC005", "the resource "+resource+" ends with the secret's name", Mend{
			Text: "write " + resource + "-??????",
		}).At("", place))
	}
	return nil
}
