package plan

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aircon"
	"aircon/internal/spec"
	"aircon/mwaa"
)

const password = "hunter2-canary"

var resolver = spec.Resolver{LookupEnv: func(name string) (string, bool) {
	text, ok := map[string]string{"PW": password, "PW2": "other-canary"}[name]
	return text, ok
}}

// specOf puts lines into an environment named analytics.
func specOf(t *testing.T, lines ...string) *spec.File {
	t.Helper()
	text := "version: 1\nenvironments:\n  analytics:\n    " + strings.Join(lines, "\n    ") + "\n"
	file, err := spec.Parse("aircon.yaml", []byte(text), spec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func standard(t *testing.T) *spec.File {
	return specOf(t,
		"connections:",
		"  db: {conn_type: postgres, host: db.internal, port: 5432, login: etl, password: {env: PW}, schema: dw, extra: {sslmode: require}, description: The warehouse, kms_key: alias/airflow}",
		"  report: {conn_type: postgres, host: db.internal, login: report, password: {env: PW2}, format: uri}",
		"variables: {bucket: my-bucket}")
}

func mustPlan(t *testing.T, f *fake, file *spec.File, opts Options) *Plan {
	t.Helper()
	p, err := Make(t.Context(), f.aws(), file, file.Environments[0], resolver, opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustApply(t *testing.T, f *fake, p *Plan) {
	t.Helper()
	if err := Apply(t.Context(), f.aws(), p, noSleep); err != nil {
		t.Fatal(err)
	}
}

var noSleep = ApplyOptions{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}

func rendered(t *testing.T, p *Plan) string {
	t.Helper()
	var text bytes.Buffer
	if err := p.Render(&text); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{text.String(), string(asJSON), fmt.Sprintf("%+v %#v", p, p)} {
		if strings.Contains(shown, "canary") {
			t.Fatalf("the plan shows a secret:\n%s", shown)
		}
	}
	return text.String()
}

func TestPlanFromNothing(t *testing.T) {
	got := rendered(t, mustPlan(t, newFake(), standard(t), Options{}))
	want := `+ create policy arn:aws:iam::123456789012:policy/aircon/aircon-eu-west-1-analytics-1
    + resource  arn:aws:secretsmanager:eu-west-1:123456789012:secret:airflow/connections/db-??????
    + resource  arn:aws:secretsmanager:eu-west-1:123456789012:secret:airflow/connections/report-??????
    + resource  arn:aws:secretsmanager:eu-west-1:123456789012:secret:airflow/variables/bucket-??????
    + resource  arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555
+ attach attachment arn:aws:iam::123456789012:policy/aircon/aircon-eu-west-1-analytics-1
    + role  arn:aws:iam::123456789012:role/service-role/analytics
+ create secret airflow/connections/db
    + conn_type      postgres
    + host           db.internal
    + login          etl
    + schema         dw
    + port           5432
    + password       (secret)
    + extra.sslmode  (secret)
    + description    The warehouse
    + kms_key        alias/airflow
+ create secret airflow/connections/report
    + conn_type  postgres
    + host       db.internal
    + login      report
    + password   (secret)
+ create secret airflow/variables/bucket
    + value  my-bucket
~ update options analytics  # MWAA replaces the environment's workers for it
    ~ secrets.backend             airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend
    ~ connections_prefix          "airflow/connections"
    ~ connections_lookup_pattern  "^(?-i:db|report)$"
    ~ variables_prefix            "airflow/variables"
    ~ variables_lookup_pattern    "^(?-i:bucket)$"

Plan: 5 to create, 1 to change, 0 to delete.
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestApplyThenNothingToDo(t *testing.T) {
	f := newFake()
	file := standard(t)
	mustApply(t, f, mustPlan(t, f, file, Options{}))
	if p := mustPlan(t, f, file, Options{}); !p.Empty() || len(p.Warnings) > 0 {
		t.Errorf("after apply:\n%s", rendered(t, p))
	}
	if got := f.env.Options["core.parallelism"]; got != "8" {
		t.Errorf("somebody else's option is %q", got)
	}
	var stored map[string]any
	if err := json.Unmarshal([]byte(f.secrets["airflow/connections/db"].text.Reveal()), &stored); err != nil || stored["password"] != password {
		t.Errorf("stored %v, %v", stored, err)
	}
	if got, want := f.secrets["airflow/connections/report"].text.Reveal(), "postgres://report:other-canary@db.internal"; got != want+"/" && got != want {
		t.Errorf("stored %q, want %q", got, want)
	}
}

func TestPlanCallsAreFew(t *testing.T) {
	for _, n := range []int{1, 100, 1000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			f := newFake()
			lines := []string{"policy: prefix", "connections:"}
			for i := range n {
				lines = append(lines, fmt.Sprintf("  c%04d: {conn_type: postgres, host: h, password: {env: PW}}", i))
			}
			file := specOf(t, lines...)
			mustApply(t, f, mustPlan(t, f, file, Options{}))
			f.secrets["airflow/connections/c0000"].text = aircon.NewSecret("postgres://other") // changed
			f.unlisted[fmt.Sprintf("airflow/connections/c%04d", n-1)] = true                   // not listed yet
			others := 50
			for i := range others {
				name := fmt.Sprintf("airflow/connections/other%d", i)
				f.secrets[name] = &fakeSecret{Secret: Secret{Name: name}}
			}
			f.calls = map[string]int{}
			p := mustPlan(t, f, file, Options{})
			if s := p.Summary(); s != (Summary{Update: 1}) {
				t.Errorf("got %+v", s)
			}
			want := map[string]int{
				"GetCallerIdentity": 1, "GetEnvironment": 1, "ListAttachedRolePolicies": 1, "GetPolicy": 2,
				"BatchGetSecretValue": (n + 19) / 20, "ListSecrets": (n - 1 + others + 99) / 100, "DescribeSecret": min(n, 2),
			}
			if diff := cmp.Diff(want, f.calls); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestKilledAnywhereARerunConverges crashes apply before and after each write, runs it again, and wants the state that an undisturbed run gives.
func TestKilledAnywhereARerunConverges(t *testing.T) {
	for _, late := range []bool{false, true} {
		for _, scene := range scenes {
			whole := scene.make(t)
			want := scene.finish(t, whole)
			for k := 1; k <= whole.writes; k++ {
				t.Run(fmt.Sprintf("%s/write %d/late %v", scene.name, k, late), func(t *testing.T) {
					f := scene.make(t)
					f.crashAt, f.crashLate = k, late
					scene.run(t, f)
					if f.writes < k {
						t.Fatalf("only %d writes", f.writes)
					}
					if diff := cmp.Diff(want, scene.finish(t, f)); diff != "" {
						t.Error(diff)
					}
				})
			}
		}
	}
}

type scene struct {
	name string
	make func(t *testing.T) *fake
	plan func(t *testing.T, f *fake) *Plan
}

// run plans and applies once, and reports nothing: it may be killed.
func (s scene) run(t *testing.T, f *fake) {
	_ = Apply(t.Context(), f.aws(), s.plan(t, f), noSleep)
}

// finish runs it undisturbed, wants an empty plan then, and returns the state.
func (s scene) finish(t *testing.T, f *fake) string {
	t.Helper()
	mustApply(t, f, s.plan(t, f))
	if p := s.plan(t, f); !p.Empty() {
		t.Errorf("not empty after apply:\n%s", rendered(t, p))
	}
	return f.state()
}

// state is all that matters of the fake, version ids aside: a killed run may have needed another version.
func (f *fake) state() string {
	var b strings.Builder
	for _, name := range sortedKeys(f.secrets) {
		s := f.secrets[name]
		fmt.Fprintf(&b, "%s %q %s %v %v %s\n", name, s.Description, s.KMSKey, s.Tags, !s.Deleted.IsZero(), s.text.Reveal())
	}
	fmt.Fprintf(&b, "%v %v %v\n%v\n", f.env.Options, f.env.Tags, f.env.Status, f.attached)
	for _, arn := range sortedKeys(f.policies) {
		fmt.Fprintf(&b, "%s %v %s\n", arn, f.policies[arn].Tags, f.policies[arn].Document)
	}
	return b.String()
}

var scenes = []scene{
	{"from nothing", func(*testing.T) *fake { return newFake() }, func(t *testing.T, f *fake) *Plan { return mustPlan(t, f, standard(t), Options{}) }},
	{"change, restore and prune", changed, func(t *testing.T, f *fake) *Plan {
		return mustPlan(t, f, specOf(t, "tags: {team: data}", "connections:",
			"  db: {conn_type: postgres, host: new.internal, password: {keep: true}, description: New}",
			"  report: {conn_type: postgres, host: db.internal, login: report, password: {env: PW}}",
			"  extra: {conn_type: http, host: h}"), Options{Prune: true})
	}},
	{"adopt", foreign, func(t *testing.T, f *fake) *Plan { return mustPlan(t, f, standard(t), Options{Adopt: true}) }},
	{"destroy", func(t *testing.T) *fake {
		f := foreign(t)
		mustApply(t, f, mustPlan(t, f, standard(t), Options{Adopt: true}))
		f.writes = 0
		return f
	}, func(t *testing.T, f *fake) *Plan {
		p, err := Destroy(t.Context(), f.aws(), standard(t).Environments[0], Options{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}},
}

// changed is an applied environment of which one secret is pending deletion.
func changed(t *testing.T) *fake {
	f := newFake()
	mustApply(t, f, mustPlan(t, f, standard(t), Options{}))
	f.secrets["airflow/connections/report"].Deleted = time.Unix(1, 0)
	f.writes = 0
	return f
}

// foreign is an environment in which somebody else has set things up by hand.
func foreign(*testing.T) *fake {
	f := newFake()
	f.secrets["airflow/connections/db"] = &fakeSecret{Secret: Secret{Name: "airflow/connections/db", Current: "v1", Tags: map[string]string{"by": "hand"}}, text: aircon.NewSecret("postgres://old")}
	maps.Copy(f.env.Options, map[string]string{mwaa.OptionBackend: mwaa.BackendClass, mwaa.OptionBackendKwargs: `{"connections_prefix": "other", "role_arn": "arn:aws:iam::210987654321:role/r"}`})
	return f
}
