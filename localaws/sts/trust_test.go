package sts_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"aircon/localaws"
)

const otherAccount = "222222222222"

// user makes a user with an inline policy's statement, or none.
func (l *local) user(as aws.CredentialsProvider, name, allow string) aws.CredentialsProvider {
	l.t.Helper()
	c, ctx := l.iamAs(as), l.t.Context()
	if _, err := c.CreateUser(ctx, &iam.CreateUserInput{UserName: &name, Tags: []iamtypes.Tag{{Key: aws.String("team"), Value: aws.String("data")}}}); err != nil {
		l.t.Fatal(err)
	}
	if allow != "" {
		if _, err := c.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &name, PolicyName: &name, PolicyDocument: aws.String(document(allow))}); err != nil {
			l.t.Fatal(err)
		}
	}
	made, err := c.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		l.t.Fatal(err)
	}
	return credentials.NewStaticCredentialsProvider(*made.AccessKey.AccessKeyId, *made.AccessKey.SecretAccessKey, "")
}

// TestWhoMayAssume has whom a trust policy lets in, of its own account and of another, and what else they need.
func TestWhoMayAssume(t *testing.T) {
	l := newLocal(t, localaws.Options{})
	other, err := l.AddAccount(otherAccount)
	if err != nil {
		t.Fatal(err)
	}
	foreign := credentials.NewStaticCredentialsProvider(other.AccessKeyID, other.SecretAccessKey, "")
	const mayAssume = `{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Resource":"*"}`
	callers := map[string]aws.CredentialsProvider{
		"bare":            l.user(l.admin, "bare", ""),
		"able":            l.user(l.admin, "able", mayAssume),
		"denied":          l.user(l.admin, "denied", `{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}`),
		"bare of another": l.user(foreign, "bare", ""),
		"able of another": l.user(foreign, "able", mayAssume),
	}
	first := l.role("first", trustAccount, mayAssume)
	if callers["session"], err = l.assume(l.admin, &sts.AssumeRoleInput{RoleArn: &first, RoleSessionName: aws.String("s1")}); err != nil {
		t.Fatal(err)
	}
	const (
		user, session = "arn:aws:iam::123456789012:user/", "arn:aws:sts::123456789012:assumed-role/first/s1"
		unreasoned    = ""
		noIdentity    = " because no identity-based policy allows the sts:AssumeRole action"
	)
	trusts := map[string]string{
		"nobody":      `"Principal":{"Service":"airflow.amazonaws.com"}`,
		"everybody":   `"Principal":"*"`,
		"account":     `"Principal":{"AWS":"123456789012"}`,
		"root":        `"Principal":{"AWS":"arn:aws:iam::123456789012:root"}`,
		"user":        `"Principal":{"AWS":["` + user + `bare","` + user + `denied"]}`,
		"role":        `"Principal":{"AWS":"arn:aws:iam::123456789012:role/first"}`,
		"session":     `"Principal":{"AWS":"` + session + `"}`,
		"another":     `"Principal":{"AWS":"222222222222"}`,
		"its user":    `"Principal":{"AWS":["arn:aws:iam::222222222222:user/bare","arn:aws:iam::222222222222:user/able"]}`,
		"team":        `"Principal":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"data","aws:PrincipalAccount":"222222222222"}}`,
		"named":       `"Principal":{"AWS":"123456789012"},"Condition":{"StringLike":{"sts:RoleSessionName":"${aws:username}"}}`,
		"out of time": `"Principal":{"AWS":"123456789012"},"Condition":{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`,
	}
	roles := map[string]string{}
	for name, trust := range trusts {
		roles[name] = l.role(strings.ReplaceAll("to-"+name, " ", "-"), `{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],`+trust+`}`, allowAll)
	}
	for _, c := range []struct {
		role, caller, arn string
		in                sts.AssumeRoleInput
		allowed           bool
		why               string
	}{
		{"nobody", "able", user + "able", sts.AssumeRoleInput{}, false, unreasoned},
		{"everybody", "bare", "", sts.AssumeRoleInput{}, true, ""},
		{"everybody", "bare of another", "arn:aws:iam::222222222222:user/bare", sts.AssumeRoleInput{}, false, noIdentity},
		{"everybody", "able of another", "", sts.AssumeRoleInput{}, true, ""},
		{"everybody", "denied", user + "denied", sts.AssumeRoleInput{}, false, " with an explicit deny in an identity-based policy"},
		{"account", "bare", user + "bare", sts.AssumeRoleInput{}, false, noIdentity},
		{"account", "able", "", sts.AssumeRoleInput{}, true, ""},
		{"account", "session", "", sts.AssumeRoleInput{}, true, ""},
		{"account", "able of another", "arn:aws:iam::222222222222:user/able", sts.AssumeRoleInput{}, false, unreasoned},
		{"root", "able", "", sts.AssumeRoleInput{}, true, ""},
		{"root", "bare", user + "bare", sts.AssumeRoleInput{}, false, noIdentity},
		{"user", "bare", "", sts.AssumeRoleInput{}, true, ""},
		{"user", "able", user + "able", sts.AssumeRoleInput{}, false, unreasoned},
		{"role", "session", "", sts.AssumeRoleInput{}, true, ""},
		{"role", "bare", user + "bare", sts.AssumeRoleInput{}, false, unreasoned},
		{"session", "session", "", sts.AssumeRoleInput{}, true, ""},
		{"another", "able of another", "", sts.AssumeRoleInput{}, true, ""},
		{"another", "bare of another", "arn:aws:iam::222222222222:user/bare", sts.AssumeRoleInput{}, false, noIdentity},
		{"another", "able", user + "able", sts.AssumeRoleInput{}, false, unreasoned},
		{"its user", "bare of another", "arn:aws:iam::222222222222:user/bare", sts.AssumeRoleInput{}, false, noIdentity},
		{"its user", "able of another", "", sts.AssumeRoleInput{}, true, ""},
		{"team", "able of another", "", sts.AssumeRoleInput{}, true, ""},
		{"team", "able", user + "able", sts.AssumeRoleInput{}, false, unreasoned},
		{"named", "able", "", sts.AssumeRoleInput{RoleSessionName: aws.String("able")}, true, ""},
		{"named", "able", user + "able", sts.AssumeRoleInput{RoleSessionName: aws.String("another")}, false, unreasoned},
		{"out of time", "able", user + "able", sts.AssumeRoleInput{}, false, unreasoned},
	} {
		if c.in.RoleSessionName == nil {
			c.in.RoleSessionName = aws.String("s1")
		}
		c.in.RoleArn = aws.String(roles[c.role])
		_, err := l.assume(callers[c.caller], &c.in)
		want := ""
		if !c.allowed {
			want = "AccessDenied: User: " + c.arn + " is not authorized to perform: sts:AssumeRole on resource: " + roles[c.role] + c.why
		}
		if said(err) != want {
			t.Errorf("%s of a role that trusts %s:\ngot  %s\nwant %s", c.caller, c.role, said(err), want)
		}
	}
}

// TestConditionKeys has each condition key of STS, and of tags, decide once for and once against.
func TestConditionKeys(t *testing.T) {
	l := newLocal(t, localaws.Options{})
	caller := l.user(l.admin, "etl", allowAll)
	tag := func(key, value string) []types.Tag { return []types.Tag{{Key: &key, Value: &value}} }
	for _, c := range []struct {
		name, condition string
		meets, misses   sts.AssumeRoleInput
		action          string // that is denied to what misses
	}{
		{"ExternalId", `"StringEquals":{"sts:ExternalId":"e-1"}`, sts.AssumeRoleInput{ExternalId: aws.String("e-1")}, sts.AssumeRoleInput{ExternalId: aws.String("e-2")}, "sts:AssumeRole"},
		{"no ExternalId", `"Null":{"sts:ExternalId":"true"}`, sts.AssumeRoleInput{}, sts.AssumeRoleInput{ExternalId: aws.String("e-1")}, "sts:AssumeRole"},
		{"RoleSessionName", `"StringLike":{"sts:RoleSessionName":"etl-*"}`, sts.AssumeRoleInput{RoleSessionName: aws.String("etl-1")}, sts.AssumeRoleInput{RoleSessionName: aws.String("s1")}, "sts:AssumeRole"},
		{"SourceIdentity", `"StringEquals":{"sts:SourceIdentity":"${aws:username}"}`, sts.AssumeRoleInput{SourceIdentity: aws.String("etl")}, sts.AssumeRoleInput{SourceIdentity: aws.String("eve")}, "sts:AssumeRole"},
		{"TransitiveTagKeys", `"ForAllValues:StringEquals":{"sts:TransitiveTagKeys":["team"]}`, sts.AssumeRoleInput{Tags: tag("team", "x"), TransitiveTagKeys: []string{"team"}}, sts.AssumeRoleInput{Tags: tag("other", "x"), TransitiveTagKeys: []string{"other"}}, "sts:AssumeRole"},
		{"RequestTag", `"StringEquals":{"aws:RequestTag/team":"data"}`, sts.AssumeRoleInput{Tags: tag("team", "data")}, sts.AssumeRoleInput{Tags: tag("team", "other")}, "sts:AssumeRole"},
		{"TagKeys", `"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}`, sts.AssumeRoleInput{Tags: tag("team", "x")}, sts.AssumeRoleInput{Tags: tag("secret", "x")}, "sts:AssumeRole"},
	} {
		role := l.role("role-"+strings.ReplaceAll(c.name, " ", "-"), `{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Condition":{`+c.condition+`}}`, allowAll)
		for _, in := range []*sts.AssumeRoleInput{&c.meets, &c.misses} {
			in.RoleArn = &role
			if in.RoleSessionName == nil {
				in.RoleSessionName = aws.String("s1")
			}
		}
		if _, err := l.assume(caller, &c.meets); err != nil {
			t.Errorf("%s is met: %v", c.name, err)
		}
		_, err := l.assume(caller, &c.misses)
		if want := "AccessDenied: User: arn:aws:iam::123456789012:user/etl is not authorized to perform: " + c.action + " on resource: " + role; said(err) != want {
			t.Errorf("%s is missed:\ngot  %s\nwant %s", c.name, said(err), want)
		}
	}

	// What a session carries needs a permission of its own.
	plain := l.role("plain", `{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}`, allowAll)
	for action, in := range map[string]sts.AssumeRoleInput{
		"sts:TagSession": {Tags: tag("team", "x")}, "sts:SetSourceIdentity": {SourceIdentity: aws.String("etl")},
	} {
		in.RoleArn, in.RoleSessionName = &plain, aws.String("s1")
		_, err := l.assume(caller, &in)
		if want := "AccessDenied: User: arn:aws:iam::123456789012:user/etl is not authorized to perform: " + action + " on resource: " + plain; said(err) != want {
			t.Errorf("got  %s\nwant %s", said(err), want)
		}
	}
}

// TestSourceIdentityStays chains sessions: the source identity needs its permission at each, and cannot become another.
func TestSourceIdentityStays(t *testing.T) {
	l := newLocal(t, localaws.Options{})
	first, second := l.role("first", trustAccount, allowAll), l.role("second", trustAccount, allowAll)
	plain := l.role("plain", `{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}`, allowAll)
	session, err := l.assume(l.admin, &sts.AssumeRoleInput{RoleArn: &first, RoleSessionName: aws.String("s1"), SourceIdentity: aws.String("eve")})
	if err != nil {
		t.Fatal(err)
	}
	denied := "AccessDenied: User: arn:aws:sts::123456789012:assumed-role/first/s1 is not authorized to perform: sts:SetSourceIdentity on resource: "
	if _, err := l.assume(session, &sts.AssumeRoleInput{RoleArn: &plain, RoleSessionName: aws.String("s2")}); said(err) != denied+plain {
		t.Errorf("to a role that trusts nobody with it: %v", err)
	}
	if _, err := l.assume(session, &sts.AssumeRoleInput{RoleArn: &second, RoleSessionName: aws.String("s2"), SourceIdentity: aws.String("adam")}); said(err) != denied+second {
		t.Errorf("as another: %v", err)
	}
	out, err := l.sts(session).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &second, RoleSessionName: aws.String("s2")})
	if err != nil || aws.ToString(out.SourceIdentity) != "eve" {
		t.Errorf("inherited: %+v, %v", out, err)
	}
}
