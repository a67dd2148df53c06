package doctor

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"aircon"
	"aircon/aircontest"
	"aircon/lookup"
	"aircon/mwaa"
)

// twoSecrets is a fakeAWS with one secret more.
type twoSecrets struct {
	*fakeAWS
	text string
}

const secondSecret = "airflow/connections/second"

func withSecond(t *testing.T, aws *fakeAWS, text string) AWS {
	t.Helper()
	aws.options[mwaa.OptionBackendKwargs] = `{"connections_prefix": "airflow/connections", "connections_lookup_pattern": "^(db|second)$"}`
	aws.role.Policies[0].Document = document(t, `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
	  "Resource": "arn:aws:secretsmanager:*:*:secret:airflow/connections/*"}}`)
	return twoSecrets{aws, text}
}

func (f twoSecrets) Secret(ctx context.Context, name string) (*Secret, error) {
	if name == secondSecret {
		return &Secret{Name: name, ARN: strings.Replace(testARN, testSecret, secondSecret, 1), Current: true}, nil
	}
	return f.fakeAWS.Secret(ctx, name)
}

func (f twoSecrets) GetSecretValue(ctx context.Context, name string) (lookup.SecretValue, error) {
	if name == secondSecret {
		return lookup.SecretValue{Text: aircon.NewSecret(f.text)}, nil
	}
	return f.fakeAWS.GetSecretValue(ctx, name)
}

// PostgreSQL answers four causes with one SQLSTATE. Without a second login the finding names the four; with one it names the cause, as far as
// that login may see it.
func TestRefusedLoginIsNarrowed(t *testing.T) {
	pg := aircontest.NewPostgres(t)
	as := func(b *bed, role string, password aircon.Secret) string {
		other := *b
		other.fields = map[string]any{}
		for name, v := range b.fields {
			other.fields[name] = v
		}
		other.fields["login"], other.fields["password"], other.fields["schema"] = role, password.Reveal(), "postgres"
		return other.text()
	}
	for _, test := range []struct {
		name      string
		fault     func(*bed)
		superuser string     // what is seen with a superuser as the second login
		other     string     // and with a login of no privilege
		mend      func(*bed) // besides the statements; nil: nothing
	}{
		{"wrong password", set("password", "wrong"), "the role exists, has one", "the password is wrong, or the role has none", passwordOfServer},
		{"unknown role", set("login", "nobody_"+strings.ToLower(rand.Text())), "does not exist", "does not exist", givePassword},
		{"expired", statements("ALTER ROLE %l VALID UNTIL '2020-01-01 00:00+00'"), "VALID UNTIL 2020-01-01", "VALID UNTIL 2020-01-01", nil},
		{"no password", statements("ALTER ROLE %l PASSWORD NULL"), "the role has no password", "the password is wrong, or the role has none", givePassword},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBed(t, pg)
			b.fields["schema"] = "postgres"
			bystander := pg.NewDatabase(t)
			test.fault(b)
			var f Finding
			for _, look := range []struct{ second, says string }{
				{"", "the role does not exist, its VALID UNTIL is over, or it has no password"},
				{as(b, bystander.Role, bystander.Password), test.other},
				{as(b, pg.Superuser, aircon.NewSecret("not this")), "second could not tell: fatal: password authentication failed"},
				{as(b, pg.Superuser, pg.Password), test.superuser},
			} {
				b.second = look.second
				v := b.examine()
				var found bool
				if f, found = findingOf(v, "AC140"); !found || len(v.Findings) != 1 || !strings.Contains(f.Seen, "28P01") || !strings.Contains(f.Seen, look.says) {
					t.Fatalf("want %q, got %s at %s: %+v", look.says, v.Outcome, v.BrokenAt, v.Findings)
				}
			}
			b.sql(f.Mend.SQL...)
			if test.mend != nil {
				b.holds(f.Mend.Text, `\password`)
				test.mend(b)
			}
			if v := b.examine(); v.Outcome != Works {
				t.Errorf("after the mend (%+v) it is %s at %s: %+v", f.Mend, v.Outcome, v.BrokenAt, v.Findings)
			}
		})
	}
}

// passwordOfServer puts into the secret what the server has.
func passwordOfServer(b *bed) { b.fields["password"] = b.db.Password.Reveal() }

// givePassword does what \password does in psql.
func givePassword(b *bed) {
	b.sql("ALTER ROLE " + quoted(b.fields["login"].(string)) + " PASSWORD '" + b.db.Password.Reveal() + "'")
}
