package secretsmanager_test

import "testing"

// TestFilterWords: how texts are taken apart for descriptions and for everything at once, as AWS was seen to (moto pull requests 8469 and 8529).
func TestFilterWords(t *testing.T) {
	a := newAWS(t)
	for i, s := range []struct{ name, description string }{
		{"ThisTestSecret", ""}, {"RealSecret", ""}, {"nexttestsecret", ""}, {"my/test", ""}, {"my/other+test", ""}, {"plain", "Some text of our Team"},
	} {
		in := object{"Name": s.name, "ClientRequestToken": id(i + 1), "Description": s.description}
		if s.description == "" {
			delete(in, "Description")
		}
		a.OK("secretsmanager.CreateSecret", in)
	}
	a.OK("secretsmanager.ReplicateSecretToRegions", object{"SecretId": "plain", "AddReplicaRegions": regions("us-east-1")})
	tests := map[string]struct{ key, value, want string }{
		"a word before a capital":     {"all", "test", "ThisTestSecret my/test"},
		"not within a small word":     {"all", "SECRET", "RealSecret ThisTestSecret"},
		"its beginning":               {"all", "Tes", "ThisTestSecret my/test"},
		"two marks are one word":      {"all", "my/other+", "my/other+test"},
		"each word is needed":         {"all", "TestReal", ""},
		"nothing but a mark":          {"all", "/", ""},
		"words of a description":      {"description", "team text", "plain"},
		"not within a word":           {"description", "ext", ""},
		"a description is not a name": {"description", "plain", ""},
		"the primary's region":        {"primary-region", "eu-", "plain"},
		"no other region":             {"primary-region", "us-", ""},
		"no service owns one":         {"owning-service", "rds", ""},
		"not a region":                {"primary-region", "!eu-west-1", "RealSecret ThisTestSecret my/other+test my/test nexttestsecret"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := listed(a, object{"SortBy": "name", "Filters": []object{{"Key": tt.key, "Values": []string{tt.value}}}})
			if got != tt.want {
				t.Errorf("%s %s lists %q, want %q", tt.key, tt.value, got, tt.want)
			}
		})
	}
}

// TestPublicPolicies: what BlockPublicPolicy refuses.
func TestPublicPolicies(t *testing.T) {
	a := newAWS(t)
	create(a, "s", "v", 1)
	policy := func(principal, condition string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":` + condition + `}]}`
	}
	const refused = "PublicPolicyException: You can't attach a resource-based policy that allows broad access to the secret."
	for text, want := range map[string]string{
		policy(`"*"`, `{}`):                                                                      refused,
		policy(`{"AWS":"*"}`, `{}`):                                                              refused,
		policy(`{"AWS":["111122223333","*"]}`, `{}`):                                             refused,
		policy(`{"AWS":"111122223333"}`, `{}`):                                                   "",
		policy(`"*"`, `{"Bool":{"aws:SecureTransport":"true"}}`):                                 refused,
		policy(`"*"`, `{"StringEquals":{"aws:SourceAccount":"111122223333"}}`):                   "",
		policy(`"*"`, `{"StringNotEquals":{"aws:SourceAccount":"111122223333"}}`):                refused,
		policy(`"*"`, `{"StringEqualsIfExists":{"aws:SourceAccount":"111122223333"}}`):           refused,
		policy(`"*"`, `{"ForAllValues:StringEquals":{"aws:SourceAccount":"111122223333"}}`):      refused,
		policy(`"*"`, `{"ArnLike":{"aws:SourceArn":"arn:aws:lambda:us-east-1:111122223333:*"}}`): refused,
		policy(`"*"`, `{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`):                            "",
		policy(`"*"`, `{"StringEquals":{"aws:SourceVpc":"${aws:username}"}}`):                    refused,
		policy(`"*"`, `{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}`):                              refused,
	} {
		in := object{"SecretId": "s", "ResourcePolicy": text, "BlockPublicPolicy": true}
		if want == "" {
			a.OK("secretsmanager.PutResourcePolicy", in)
			continue
		}
		a.Fails(want, "secretsmanager.PutResourcePolicy", in)
		in["BlockPublicPolicy"] = false
		a.OK("secretsmanager.PutResourcePolicy", in)
	}
	a.Fails("MalformedPolicyDocumentException: This resource policy contains a syntax error.", "secretsmanager.PutResourcePolicy",
		object{"SecretId": "s", "ResourcePolicy": `{"Version":"2012-10-17","Statement":[{"Effect":"AllowSomething","Principal":"*","Action":"secretsmanager:*","Resource":"*"}]}`})
	a.Fails("MalformedPolicyDocumentException: This resource policy contains an unsupported principal.", "secretsmanager.PutResourcePolicy",
		object{"SecretId": "s", "ResourcePolicy": policy(`{"AWS":"arn:aws:iam::111122223333:role/nobody"}`, `{}`)})
	if got := a.OK("secretsmanager.ListResourcePolicies", object{"SecretId": "s"})["ResourcePolicies"].([]any); len(got) != 1 || got[0].(object)["PolicyName"] != "default" {
		t.Errorf("policies %v", got)
	}
	a.OK("secretsmanager.DeleteResourcePolicy", object{"SecretId": "s"})
	if got := a.OK("secretsmanager.ListResourcePolicies", object{"SecretId": "s"})["ResourcePolicies"].([]any); len(got) != 0 {
		t.Errorf("policies %v", got)
	}
}
