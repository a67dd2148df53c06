package plan

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"aircon"
	"aircon/internal/spec"
	"aircon/mwaa"
)

// stored puts a secret into the fake as somebody else would.
func (f *fake) stored(name, text string) *fakeSecret {
	s := &fakeSecret{Secret: Secret{Name: name, Current: "v1"}, text: aircon.NewSecret(text)}
	f.secrets[name] = s
	return s
}

func (f *fake) backend(kwargs string) {
	f.env.Options[mwaa.OptionBackend], f.env.Options[mwaa.OptionBackendKwargs] = mwaa.BackendClass, kwargs
}

// oneConnection is a spec whose only connection is db, made of a mapping's members.
func oneConnection(t *testing.T, members string) *spec.File {
	return specOf(t, "policy: none", "connections:", "  db: {conn_type: postgres, "+members+"}")
}

const onlyDB = `{"connections_prefix": "airflow/connections", "connections_lookup_pattern": "^(?-i:db)$"}`

func TestWhatMeansTheSameIsNoChange(t *testing.T) {
	file := oneConnection(t, "host: h, port: 5432, login: u, password: {env: PW}, extra: {sslmode: require, n: 1}")
	for _, test := range []struct {
		name, text string
		want       string // names of the changed fields
	}{
		{"aircon's own", `{"conn_type": "postgres", "login": "u", "password": "hunter2-canary", "host": "h", "port": 5432, "extra": {"sslmode": "require", "n": 1}}`, ""},
		{"extra as text, in another order", `{"conn_type":"postgres","login":"u","password":"hunter2-canary","host":"h","port":"5432","extra":"{\"n\":1,\"sslmode\":\"require\"}"}`, ""},
		{"aliases", `{"engine": "postgres", "username": "u", "pass": "hunter2-canary", "server": "h", "port": 5432, "extra": {"sslmode": "require", "n": 1}}`, ""},
		{"keys that Airflow drops", `{"conn_type": "postgres", "login": "u", "password": "hunter2-canary", "host": "h", "port": 5432, "extra": {"sslmode": "require", "n": 1}, "dbname": "x"}`, ""},
		{"another password", `{"conn_type": "postgres", "login": "u", "password": "other-canary", "host": "h", "port": 5432, "extra": {"sslmode": "require", "n": 1}}`, "password"},
		{"another host and option", `{"conn_type": "postgres", "login": "u", "password": "hunter2-canary", "host": "x", "port": 5432, "extra": {"sslmode": "prefer", "n": 1, "m": 2}}`, "host extra.m extra.sslmode"},
		{"a number as login", `{"conn_type": "postgres", "login": 1, "password": "hunter2-canary", "host": "h", "port": 5432, "extra": {"sslmode": "require", "n": 1}}`, "login"},
		{"a URI", "postgres://u:hunter2-canary@h:5432/?__extra__=%7B%22sslmode%22%3A%22require%22%2C%22n%22%3A1%7D", "format"},
		{"no JSON", `{"conn_type": "postgres", // comment`, "connection"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFake()
			f.stored("airflow/connections/db", test.text)
			f.backend(onlyDB)
			p := mustPlan(t, f, file, Options{Adopt: true})
			rendered(t, p)
			var names []string
			for _, c := range p.Changes {
				for _, field := range c.Fields {
					if !strings.HasPrefix(field.Name, "tag ") {
						names = append(names, field.Name)
					}
				}
			}
			if got := strings.Join(names, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name string
		file func(t *testing.T) *spec.File
		make func(f *fake)
		want string
		opts Options // with which it is no longer refused; the zero value where it always is
	}{
		{"a secret that somebody made", standard, func(f *fake) { f.stored("airflow/connections/db", "postgres://x") }, "was not made by aircon, and would be overwritten", Options{Adopt: true}},
		{"a secret of another environment", standard, func(f *fake) {
			f.stored("airflow/connections/db", "postgres://x").Tags = map[string]string{TagManagedBy: managedBy, TagEnvironment: "other"}
		}, "belongs to the environment other", Options{Adopt: true}},
		{"a deleted secret that somebody made", standard, func(f *fake) { f.stored("airflow/connections/db", "postgres://x").Deleted = time.Unix(1, 0) }, "was not made by aircon", Options{Adopt: true}},
		{"a policy that somebody made", standard, func(f *fake) {
			arn := "arn:aws:iam::123456789012:policy/aircon/aircon-eu-west-1-analytics-1"
			f.policies[arn] = ManagedPolicy{ARN: arn, Document: `{"Version": "2012-10-17", "Statement": []}`}
		}, "this policy was not made by aircon", Options{Adopt: true}},
		{"another backend", standard, func(f *fake) { f.env.Options[mwaa.OptionBackend] = "a.b.SystemsManagerParameterStoreBackend" }, "what it serves would be lost", Options{Adopt: true}},
		{"a connection that would no longer be found", standard, func(f *fake) {
			f.stored("airflow/connections/theirs", "postgres://x")
			f.backend(mwaa.DefaultKwargs)
		}, "Airflow finds theirs in Secrets Manager today", Options{Adopt: true}},
		{"nothing to keep", func(t *testing.T) *spec.File { return oneConnection(t, "password: {keep: true}") }, func(*fake) {}, "there is nothing to keep", Options{}},
		{"a text that is too long", func(t *testing.T) *spec.File { return oneConnection(t, "host: "+strings.Repeat("h", spec.MaxSecret)) }, func(*fake) {}, "a secret holds 65536", Options{}},
		{"a URI that cannot hold it", func(t *testing.T) *spec.File { return oneConnection(t, "host: DB.Internal, format: uri") }, func(*fake) {}, "would read another host; use  format: json", Options{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFake()
			test.make(f)
			before := f.state()
			p := mustPlan(t, f, test.file(t), Options{})
			if text := rendered(t, p); !strings.Contains(text, test.want) || !strings.Contains(text, "refused") {
				t.Errorf("want %q in\n%s", test.want, text)
			}
			var refused *RefusedError
			if err := Apply(t.Context(), f.aws(), p, noSleep); !errors.As(err, &refused) || f.state() != before {
				t.Errorf("apply gave %v, or changed something", err)
			}
			if test.opts == (Options{}) {
				return
			}
			mustApply(t, f, mustPlan(t, f, test.file(t), test.opts))
			if p := mustPlan(t, f, test.file(t), Options{}); !p.Empty() {
				t.Errorf("not empty:\n%s", rendered(t, p))
			}
		})
	}
}

func TestSomebodyElsesEqualSecretNeedsNothing(t *testing.T) {
	f := newFake()
	f.stored("airflow/connections/db", `{"conn_type": "postgres", "host": "h"}`)
	f.backend(onlyDB)
	if p := mustPlan(t, f, oneConnection(t, "host: h"), Options{}); !p.Empty() {
		t.Error(rendered(t, p))
	}
}

func TestSecretsOutsideOfTheSpecStayWithoutPrune(t *testing.T) {
	f := newFake()
	mustApply(t, f, mustPlan(t, f, standard(t), Options{}))
	f.stored("airflow/connections/theirs", "postgres://x")
	smaller := specOf(t, "connections:", "  db: {conn_type: postgres, host: db.internal, password: {env: PW}}")
	p := mustPlan(t, f, smaller, Options{Adopt: true})
	if text := rendered(t, p); strings.Contains(text, "- delete secret") || !strings.Contains(text, "--prune deletes it") {
		t.Error(text)
	}
	p = mustPlan(t, f, smaller, Options{Adopt: true, Prune: true})
	mustApply(t, f, p)
	for name, gone := range map[string]bool{"airflow/connections/report": true, "airflow/variables/bucket": true, "airflow/connections/theirs": false, "airflow/connections/db": false} {
		if f.secrets[name].Deleted.IsZero() == gone {
			t.Errorf("%s: deleted is %v", name, !gone)
		}
	}
}

func TestPruneFindsWhatAnotherPrefixLeft(t *testing.T) {
	f := newFake()
	mustApply(t, f, mustPlan(t, f, standard(t), Options{}))
	moved := specOf(t, "backend: {connections_prefix: new/place}", "connections:", "  db: {conn_type: postgres, host: h}", "variables: {bucket: my-bucket}")
	mustApply(t, f, mustPlan(t, f, moved, Options{Prune: true}))
	if f.secrets["airflow/connections/db"].Deleted.IsZero() || f.secrets["new/place/db"] == nil {
		t.Error(f.state())
	}
}

func TestOptionsOfOthersStay(t *testing.T) {
	f := newFake()
	f.backend(`{"role_arn": "arn:aws:iam::210987654321:role/r", "connections_prefix": "airflow/connections/"}`)
	mustApply(t, f, mustPlan(t, f, oneConnection(t, "host: h"), Options{}))
	want := `{"role_arn": "arn:aws:iam::210987654321:role/r", "connections_prefix": "airflow/connections/", "connections_lookup_pattern": "^(?-i:db)$"}`
	if got := f.env.Options[mwaa.OptionBackendKwargs]; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	mustApply(t, f, mustPlan(t, f, specOf(t, "policy: none", "connections:", "  db: {conn_type: postgres, host: h}", "  two: {conn_type: http}"), Options{}))
	mustApply(t, f, mustPlan(t, f, oneConnection(t, "host: h"), Options{})) // aircon's own values in between are not what was before
	p, err := Destroy(t.Context(), f.aws(), oneConnection(t, "host: h").Environments[0], Options{})
	if err != nil {
		t.Fatal(err)
	}
	f.env.Options[mwaa.OptionBackendKwargs] = strings.Replace(want, "}", `, "region_name": "eu-west-1"}`, 1) // somebody adds one after the plan
	mustApply(t, f, p)
	want = `{"role_arn": "arn:aws:iam::210987654321:role/r", "connections_prefix": "airflow/connections/", "region_name": "eu-west-1"}`
	if got := f.env.Options[mwaa.OptionBackendKwargs]; got != want || f.env.Options["core.parallelism"] != "8" || len(f.env.Tags) != 0 {
		t.Errorf("got %s, %v, want %s", got, f.env, want)
	}
}

func TestAnOptionSetWhileApplyRunsIsKept(t *testing.T) {
	f := newFake()
	p := mustPlan(t, f, oneConnection(t, "host: h"), Options{})
	f.env.Options["core.default_timezone"] = "utc"
	f.env.Status, f.busy = mwaa.Updating, 4
	mustApply(t, f, p)
	if f.env.Options["core.default_timezone"] != "utc" || f.env.Options[mwaa.OptionBackend] == "" {
		t.Error(f.env.Options)
	}
}

func TestWarnings(t *testing.T) {
	f := newFake()
	f.attached = []AttachedPolicy{{"SecretsManagerReadWrite", "arn:aws:iam::aws:policy/SecretsManagerReadWrite"}}
	f.env.Options[mwaa.OptionWorkersBackend] = mwaa.BackendClass
	f.env.Options[mwaa.OptionBackendKwargs] = "{'connections_prefix': 'x'}"
	text := rendered(t, mustPlan(t, f, specOf(t, "backend: {connections_lookup_pattern: null}", "connections:", "  db: {conn_type: postgres}"), Options{}))
	for _, part := range []string{
		"warning [AC052]: arn:aws:iam::aws:policy/SecretsManagerReadWrite: the execution role analytics has it", "aws iam detach-role-policy --role-name analytics --policy-arn",
		"warning [AC012]", "warning [AC007]", "workers use " + mwaa.BackendClass,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("want %q in\n%s", part, text)
		}
	}
}

// TestSecretsByARNAreLeftAlone plans a prefix that is an ARN: options and policy are made, and the secrets, even their passwords, nobody asks for.
func TestSecretsByARNAreLeftAlone(t *testing.T) {
	const prefix = "arn:aws:secretsmanager:eu-west-1:444455556666:secret:airflow/connections"
	f := newFake()
	file := specOf(t, "backend: {connections_prefix: '"+prefix+"'}", "connections:",
		"  db: {conn_type: postgres, password: {env: NOBODY_SETS_IT}, kms_key: 'arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab'}",
		"variables: {bucket: my-bucket}")
	p := mustPlan(t, f, file, Options{})
	text := rendered(t, p)
	for _, part := range []string{
		prefix + ": asked for by ARN, so that nothing of it is made, changed or compared here: db", prefix + "/db-??????", "444455556666:key/1234abcd",
		"create secret airflow/variables/bucket", "connections_prefix",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("want %q in\n%s", part, text)
		}
	}
	mustApply(t, f, p)
	if len(f.secrets) != 1 || f.secrets["airflow/variables/bucket"] == nil {
		t.Errorf("secrets: %v", f.secrets)
	}
	if again := mustPlan(t, f, file, Options{}); !again.Empty() {
		t.Errorf("planned again:\n%s", rendered(t, again))
	}
}

func TestManySecretsNeedSeveralPoliciesAndThenThePrefix(t *testing.T) {
	for _, test := range []struct{ n, policies int }{{40, 1}, {200, 3}, {2000, 1}} {
		lines := []string{"connections:"}
		for i := range test.n {
			lines = append(lines, fmt.Sprintf("  connection_%04d: {conn_type: postgres, host: h}", i))
		}
		f := newFake()
		file := specOf(t, lines...)
		p := mustPlan(t, f, file, Options{})
		if len(p.Policies) < test.policies || test.policies == 1 && len(p.Policies) > 1 {
			t.Errorf("%d secrets: %d policies", test.n, len(p.Policies))
		}
		if wide := strings.Contains(rendered(t, p), "the policy names the prefix instead"); wide != (test.n == 2000) {
			t.Errorf("%d secrets: prefix is %v", test.n, wide)
		}
		mustApply(t, f, p)
		if p := mustPlan(t, f, file, Options{}); !p.Empty() {
			t.Errorf("not empty: %s", p.Sum())
		}
	}
}

func TestRegionWithoutGraceful(t *testing.T) {
	f := newFake()
	first := true
	f.hook = func(op string) error {
		if op == "UpdateEnvironment" && first {
			first = false
			return codeError{"ValidationException", "workerReplacementStrategy GRACEFUL is not supported in this region"}
		}
		return nil
	}
	var notes []string
	opts := noSleep
	opts.Progress = func(e Event) { notes = append(notes, e.Note) }
	if err := Apply(t.Context(), f.aws(), mustPlan(t, f, standard(t), Options{}), opts); err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(notes, "\n"); !strings.Contains(all, "does not know the strategy GRACEFUL") {
		t.Error(all)
	}
}

func TestDestroyWithoutTheEnvironment(t *testing.T) {
	f := newFake()
	mustApply(t, f, mustPlan(t, f, standard(t), Options{}))
	f.env.Name = "deleted"
	p, err := Destroy(t.Context(), f.aws(), standard(t).Environments[0], Options{})
	if err != nil {
		t.Fatal(err)
	}
	mustApply(t, f, p)
	if len(f.policies)+len(f.attached) > 0 || f.secrets["airflow/connections/db"].Deleted.IsZero() {
		t.Error(f.state())
	}
}

func TestSelfManaged(t *testing.T) {
	f := newFake()
	f.env = nil
	file := specOf(t, "kind: self-managed", "airflow_version: 3.3.1", "policy: none", "connections:", "  db: {conn_type: postgres, host: h}")
	p := mustPlan(t, f, file, Options{})
	text := rendered(t, p)
	for _, part := range []string{"+ create secret airflow/connections/db", "AIRFLOW__SECRETS__BACKEND=airflow.providers", `AIRFLOW__SECRETS__BACKEND_KWARGS='{"connections_prefix": "airflow/connections", `, "Plan: 1 to create, 0 to change, 0 to delete."} {
		if !strings.Contains(text, part) {
			t.Errorf("want %q in\n%s", part, text)
		}
	}
	mustApply(t, f, p)
	if p := mustPlan(t, f, file, Options{}); !p.Empty() {
		t.Error(rendered(t, p))
	}
}

func TestAttachingWaitsForIAM(t *testing.T) {
	f := newFake()
	tries := 0
	f.hook = func(op string) error {
		if op == "AttachRolePolicy" {
			if tries++; tries < 3 {
				return codeError{"NoSuchEntity", "not everywhere yet"}
			}
		}
		return nil
	}
	mustApply(t, f, mustPlan(t, f, standard(t), Options{}))
	if tries != 3 || len(f.attached) != 1 {
		t.Errorf("%d tries, attached %v", tries, f.attached)
	}
}

func TestAFailedStepSaysWhatIsDone(t *testing.T) {
	f := newFake()
	f.hook = func(op string) error {
		if op == "CreateSecret" {
			return codeError{"AccessDeniedException", "not authorized"}
		}
		return nil
	}
	err := Apply(t.Context(), f.aws(), mustPlan(t, f, standard(t), Options{}), noSleep)
	var failed *ApplyError
	if !errors.As(err, &failed) || len(failed.Done) != 2 || len(failed.Left) != 3 {
		t.Fatal(err)
	}
	for _, part := range []string{"create secret airflow/connections/db: AccessDeniedException", "done: create policy", "not done: create secret airflow/connections/db, create secret"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("want %q in\n%v", part, err)
		}
	}
}

func TestAFailedUpdateIsShown(t *testing.T) {
	f := newFake()
	p := mustPlan(t, f, standard(t), Options{})
	opts := noSleep
	opts.Sleep = func(context.Context, time.Duration) error {
		f.env.Status, f.env.LastUpdate = mwaa.UpdateFailed, LastUpdate{"FAILED", "INCORRECT_CONFIGURATION", "a bad option"}
		return nil
	}
	err := Apply(t.Context(), f.aws(), p, opts)
	if err == nil || !strings.Contains(err.Error(), `the environment "analytics" is UPDATE_FAILED: INCORRECT_CONFIGURATION: a bad option`) {
		t.Error(err)
	}
}

func TestLeavingAndTakingUpTheWait(t *testing.T) {
	f := newFake()
	opts := noSleep
	opts.NoWait = true
	if err := Apply(t.Context(), f.aws(), mustPlan(t, f, standard(t), Options{}), opts); err != nil {
		t.Fatal(err)
	}
	if f.env.Status != mwaa.Updating {
		t.Fatalf("it is %s already", f.env.Status)
	}
	if err := Wait(t.Context(), f.aws(), "analytics", noSleep); err != nil || f.env.Status != mwaa.Available {
		t.Errorf("%s, %v", f.env.Status, err)
	}
}

func TestFromEnvironmentHasAnEmptyPlan(t *testing.T) {
	f := newFake()
	f.backend(`{"connections_prefix": "af/c", "variables_prefix": "af/v", "connections_lookup_pattern": "^.*$", "extra_conn_words": {"schema": ["dbname"]}}`)
	f.stored("af/c/json", `{"engine": "postgres", "username": "u", "password": "p-canary", "host": "h", "port": "5432", "dbname": "dw", "extra": {"sslmode": "require", "sslpassword": "x-canary", "n": 1.0}}`).Description = "Ours: really"
	f.stored("af/c/uri", "postgres://u:p-canary@h:5433/dw?sslmode=require").KMSKey = testKey
	f.stored("af/c/number", `{"conn_type": "postgres", "login": 5}`)
	f.stored("af/c/prose", "hello")
	f.stored("af/c/bad id", `{"conn_type": "postgres"}`)
	f.stored("af/c/gone", `{"conn_type": "postgres"}`).Deleted = time.Unix(1, 0)
	f.stored("af/v/flag", "true-canary")
	file, err := FromEnvironment(t.Context(), f.aws(), &spec.Environment{Name: "analytics"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := file.Write()
	if err != nil || strings.Contains(string(text), "canary") {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, part := range []string{"# - af/c/number: its login is not text", "# - af/c/prose: the connection has no conn_type", "# - af/c/gone: it is pending deletion", "# - af/c/bad id:", "policy: none", "schema: dw", "sslpassword: {keep: true}"} {
		if !strings.Contains(string(text), part) {
			t.Errorf("want %q in\n%s", part, text)
		}
	}
	read, err := spec.Parse("aircon.yaml", text, spec.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if p := mustPlan(t, f, read, Options{}); !p.Empty() || len(read.Environments[0].Connections) != 2 {
		t.Errorf("%s\n%s", rendered(t, p), text)
	}
}

func TestFromEnvironmentWithMWAAsOwnArguments(t *testing.T) {
	f := newFake()
	f.env.Options[mwaa.OptionBackend] = mwaa.BackendClass
	f.stored("airflow/connections/db", "postgres://h")
	file, err := FromEnvironment(t.Context(), f.aws(), &spec.Environment{Name: "analytics"})
	if err != nil {
		t.Fatal(err)
	}
	if p := mustPlan(t, f, file, Options{}); !p.Empty() || len(file.Environments[0].Connections) != 1 {
		t.Error(rendered(t, p))
	}
}

func TestFromEnvironmentThatAirconMade(t *testing.T) {
	f := newFake()
	mustApply(t, f, mustPlan(t, f, standard(t), Options{}))
	file, err := FromEnvironment(t.Context(), f.aws(), &spec.Environment{Name: "analytics"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := file.Write()
	if err != nil {
		t.Fatal(err)
	}
	read, err := spec.Parse("aircon.yaml", text, spec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p := mustPlan(t, f, read, Options{}); !p.Empty() || read.Environments[0].PolicyKind() != "exact" || read.Environments[0].Backend.Has("connections_lookup_pattern") {
		t.Errorf("%s\n%s", rendered(t, p), text)
	}
}

// BenchmarkPlan plans what is applied already, as CI does on each run; the calls are asserted by TestPlanCallsAreFew.
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			text := "version: 1\nenvironments:\n  analytics:\n    policy: prefix\n    connections:\n"
			for i := range n {
				text += fmt.Sprintf("      c%04d: {conn_type: postgres, host: h, password: {env: PW}, extra: {sslmode: require}}\n", i)
			}
			file, err := spec.Parse("aircon.yaml", []byte(text), spec.Options{})
			if err != nil {
				b.Fatal(err)
			}
			f := newFake()
			for b.Loop() {
				p, err := Make(b.Context(), f.aws(), file, file.Environments[0], resolver, Options{})
				if err == nil && len(p.Changes) > 0 {
					err = Apply(b.Context(), f.aws(), p, noSleep) // the first time
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
