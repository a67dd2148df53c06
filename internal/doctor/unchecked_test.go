package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"aircon"
	"aircon/lookup"
	"aircon/mwaa"
	"aircon/policy"
)

// fakeAWS answers from its fields; what is nil is denied.
type fakeAWS struct {
	options map[string]string
	role    *Role
	secret  *Secret
	names   []string
	key     *Key
	text    string
	opinion string            // IAM's
	stages  map[string]string // text of the versions with other staging labels
}

var errDenied = &refusal{"AccessDeniedException", "not authorized"}

const (
	testAccount = "123456789012"
	testRole    = "arn:aws:iam::" + testAccount + ":role/analytics-execution"
	testSecret  = "airflow/connections/db"
	testARN     = "arn:aws:secretsmanager:eu-west-1:" + testAccount + ":secret:" + testSecret + "-AbCdEf"
)

func (f *fakeAWS) Caller(context.Context) (Caller, error) {
	return Caller{ARN: "arn:aws:iam::" + testAccount + ":user/me", Account: testAccount, Partition: "aws", Region: "eu-west-1"}, nil
}

func (f *fakeAWS) Environment(_ context.Context, name string) (*MWAA, error) {
	if f.options == nil {
		return nil, errDenied
	}
	return &MWAA{Name: name, Airflow: "2.10.3", ExecutionRole: testRole, Options: f.options, ARN: "arn:aws:airflow:eu-west-1:" + testAccount + ":environment/" + name}, nil
}

func (f *fakeAWS) Role(context.Context, string) (*Role, error) { return orDenied(f.role) }

func (f *fakeAWS) Secret(_ context.Context, name string) (*Secret, error) {
	if name != testSecret {
		return nil, &refusal{"ResourceNotFoundException", "Secrets Manager can't find the specified secret."}
	}
	return orDenied(f.secret)
}

func (f *fakeAWS) Key(context.Context, string) (*Key, error) { return orDenied(f.key) }

func (f *fakeAWS) Secrets(context.Context) ([]Secret, error) {
	if f.names == nil {
		return nil, errDenied
	}
	var all []Secret
	for _, name := range f.names {
		s := Secret{Name: name, ARN: f.arn(name), Current: true}
		if f.secret != nil && name == testSecret {
			s = *f.secret
			s.Policy = nil
		}
		all = append(all, s)
	}
	return all, nil
}

func (f *fakeAWS) arn(name string) string { return strings.Replace(testARN, testSecret, name, 1) }

func (f *fakeAWS) SecretPolicy(context.Context, string) (*policy.Document, error) {
	if f.secret == nil {
		return nil, errDenied
	}
	return f.secret.Policy, nil
}

func (f *fakeAWS) SecretValues(context.Context, []string) (map[string]Value, error) {
	return nil, errDenied
}

func (f *fakeAWS) Simulate(context.Context, string, string, []string, policy.Context) (map[string]Simulation, error) {
	if f.opinion == "" {
		return nil, errDenied
	}
	return map[string]Simulation{testARN: {Decision: f.opinion}}, nil
}

func (f *fakeAWS) GetSecretValue(context.Context, string) (lookup.SecretValue, error) {
	if f.text == "" {
		return lookup.SecretValue{}, errDenied
	}
	return lookup.SecretValue{Text: aircon.NewSecret(f.text), ARN: testARN}, nil
}

func (f *fakeAWS) SecretStage(_ context.Context, _, label string) (aircon.Secret, error) {
	if text, is := f.stages[label]; is {
		return aircon.NewSecret(text), nil
	}
	return aircon.Secret{}, errDenied
}

func orDenied[T any](v *T) (*T, error) {
	if v == nil {
		return nil, errDenied
	}
	return v, nil
}

// all is an AWS in which everything is right and may be seen.
func all(t *testing.T) *fakeAWS {
	t.Helper()
	return &fakeAWS{
		options: map[string]string{
			mwaa.OptionBackend:       mwaa.BackendClass,
			mwaa.OptionBackendKwargs: `{"connections_prefix": "airflow/connections", "connections_lookup_pattern": "^db$"}`,
		},
		role: &Role{ARN: testRole, ID: "AROAEXAMPLE", Policies: []policy.Policy{{Name: "least", Document: document(t,
			`{"Version": "2012-10-17", "Statement": [
			  {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "`+testARN+`"},
			  {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]}`)}}},
		secret: &Secret{Name: testSecret, ARN: testARN, Current: true},
		names:  []string{testSecret},
		text:   `{"conn_type": "postgres", "host": "h", "login": "u", "password": "p", "schema": "d"}`,
	}
}

func document(t *testing.T, text string) *policy.Document {
	t.Helper()
	d, err := policy.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func examine(t *testing.T, aws AWS) (*Report, Verdict) {
	t.Helper()
	d := Doctor{AWS: aws}
	report, err := d.Examine(t.Context(), Target{Name: "analytics"}, []string{"db"})
	if err != nil {
		t.Fatal(err)
	}
	return report, report.Connections[0]
}

func stateOf(v Verdict, a Arrow) State {
	i := slices.IndexFunc(v.Arrows, func(s Step) bool { return s.Arrow == a })
	return v.Arrows[i].State
}

// What doctor may not see costs only the arrows that need it; it guesses nothing, and says so.
func TestWhatCannotBeSeenIsUnchecked(t *testing.T) {
	for _, test := range []struct {
		name      string
		hide      func(*fakeAWS)
		unchecked []Arrow // besides those that need a probe
		says      string
	}{
		{"everything may be seen", func(*fakeAWS) {}, nil, ""},
		{"the role's policies", func(f *fakeAWS) { f.role = nil }, []Arrow{ArrowPermission}, "what the execution role may do"},
		{"the names of secrets", func(f *fakeAWS) { f.names = nil }, nil, "the names of the secrets that exist"},
		{"the secret's text", func(f *fakeAWS) { f.text = "" }, []Arrow{ArrowSecret, ArrowText}, ""},
		{"the customer key", func(f *fakeAWS) { f.secret.KMSKey = "alias/airflow" }, []Arrow{ArrowKey}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			aws := all(t)
			test.hide(aws)
			report, v := examine(t, aws)
			for _, a := range Arrows[:slices.Index(Arrows, ArrowHook)] {
				want := StateOK
				if slices.Contains(test.unchecked, a) {
					want = StateUnchecked
				}
				if got := stateOf(v, a); got != want {
					t.Errorf("%s is %s, want %s", a, got, want)
				}
			}
			if v.Outcome != Unknown {
				t.Errorf("without a probe the outcome is %s", v.Outcome)
			}
			said := slices.ContainsFunc(report.Unchecked, func(u Unchecked) bool { return u.What == test.says })
			if test.says != "" && !said {
				t.Errorf("it does not say that %s was not seen: %v", test.says, report.Unchecked)
			}
		})
	}
}

// Without the environment there is nothing to examine.
func TestNoEnvironmentIsAnError(t *testing.T) {
	aws := all(t)
	aws.options = nil
	d := Doctor{AWS: aws}
	if _, err := d.Examine(t.Context(), Target{Name: "analytics"}, nil); !errors.Is(err, errDenied) {
		t.Errorf("the error is %v", err)
	}
}

// What IAM would decide for the role is decided here, from every kind of policy that bounds it.
func TestTheRoleIsJudgedByAllItsPolicies(t *testing.T) {
	deny := document(t, `{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}}`)
	nothing := document(t, `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}`)
	keyPolicy := func(action string) *policy.Document {
		return document(t, `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "`+testRole+`"}, "Action": "`+action+`", "Resource": "*",
		  "Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}}}}`)
	}
	for _, test := range []struct {
		name  string
		bind  func(*fakeAWS)
		arrow Arrow
		id    string
		says  string
	}{
		{"a deny in the secret's policy", func(f *fakeAWS) { f.secret.Policy = deny }, ArrowPermission, "AC104", "with an explicit deny in a resource-based policy"},
		{"a boundary", func(f *fakeAWS) { f.role.Boundary = &policy.Policy{Name: "b", Document: nothing} }, ArrowPermission, "AC104", "because no permissions boundary allows"},
		{"a key policy that does not allow", func(f *fakeAWS) {
			f.secret.KMSKey, f.key = "alias/airflow", &Key{ARN: "arn:aws:kms:eu-west-1:" + testAccount + ":key/k", State: "Enabled", Policy: keyPolicy("kms:Encrypt")}
		}, ArrowKey, "AC009", "because no resource-based policy allows the kms:Decrypt action"},
		{"a disabled key", func(f *fakeAWS) {
			f.secret.KMSKey, f.key = "alias/airflow", &Key{ARN: "arn:aws:kms:eu-west-1:" + testAccount + ":key/k", State: "Disabled", Policy: keyPolicy("kms:Decrypt")}
		}, ArrowKey, "AC009", "is Disabled"},
	} {
		t.Run(test.name, func(t *testing.T) {
			aws := all(t)
			test.bind(aws)
			_, v := examine(t, aws)
			if v.Outcome != Broken || v.BrokenAt != test.arrow {
				t.Fatalf("%s at %s", v.Outcome, v.BrokenAt)
			}
			if f := v.Findings[0]; f.ID != test.id || !strings.Contains(f.Seen, test.says) {
				t.Errorf("%s: %s", f.ID, f.Seen)
			}
		})
	}
	t.Run("a key policy that allows", func(t *testing.T) {
		aws := all(t)
		aws.secret.KMSKey, aws.key = "alias/airflow", &Key{ARN: "arn:aws:kms:eu-west-1:" + testAccount + ":key/k", State: "Enabled", Policy: keyPolicy("kms:Decrypt")}
		if _, v := examine(t, aws); stateOf(v, ArrowKey) != StateOK {
			t.Errorf("the key is %s", stateOf(v, ArrowKey))
		}
	})
}
