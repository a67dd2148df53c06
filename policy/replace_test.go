package policy

import "testing"

// TestReplacePrincipal expects another principal where one stands as such, and nowhere else.
func TestReplacePrincipal(t *testing.T) {
	const arn, id = "arn:aws:iam::111122223333:role/x", "AROAEXAMPLEEXAMPLE123"
	allow := func(principal, condition string) string {
		return `{"Statement":[{"Effect":"Allow",` + principal + `,"Action":"sts:AssumeRole"` + condition + `}]}`
	}
	of := `, "Condition":{"ArnEquals":{"aws:PrincipalArn":"` + arn + `"}}`
	for name, test := range map[string]struct{ text, want string }{
		"alone":             {allow(`"Principal":{"AWS":"`+arn+`"}`, ""), allow(`"Principal":{"AWS":"`+id+`"}`, "")},
		"among others":      {allow(`"Principal":{"AWS": [ "*" , "`+arn+`","`+arn+`/y"]}`, ""), allow(`"Principal":{"AWS": [ "*" , "`+id+`","`+arn+`/y"]}`, "")},
		"escaped":           {allow(`"Principal":{"AWS":"arn:aws:iam::111122223333:role\/\u0078"}`, ""), allow(`"Principal":{"AWS":"`+id+`"}`, "")},
		"in NotPrincipal":   {allow(`"NotPrincipal":{"AWS":"`+arn+`"}`, ""), allow(`"NotPrincipal":{"AWS":"`+id+`"}`, "")},
		"in a condition":    {allow(`"Principal":{"AWS":"`+arn+`"}`, of), allow(`"Principal":{"AWS":"`+id+`"}`, of)},
		"in no principal":   {allow(`"Principal":"*"`, of), allow(`"Principal":"*"`, of)},
		"of another class":  {allow(`"Principal":{"Federated":"`+arn+`"}`, ""), allow(`"Principal":{"Federated":"`+arn+`"}`, "")},
		"of no Principal":   {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`},
		"of two statements": {`{"Statement":[{"Effect":"Deny","Principal":{"AWS":"` + arn + `"},"Action":"*"},{"Effect":"Allow","Principal":{"Service":"a.b","AWS":"` + arn + `"},"Action":"*"}]}`, `{"Statement":[{"Effect":"Deny","Principal":{"AWS":"` + id + `"},"Action":"*"},{"Effect":"Allow","Principal":{"Service":"a.b","AWS":"` + id + `"},"Action":"*"}]}`},
	} {
		d, err := Parse([]byte(test.text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := d.ReplacePrincipal(arn, id); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, test.want)
		}
	}
}
