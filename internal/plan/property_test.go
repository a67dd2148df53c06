package plan

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aircon/internal/spec"
	"aircon/mwaa"
)

// TestApplyReachesTheSpecFromAnywhere draws a spec and an account that somebody has used before; after an apply the plan must be empty, and after a
// destroy nobody else's options and secrets may have changed.
func TestApplyReachesTheSpecFromAnywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		text := drawSpec(t)
		file, err := spec.Parse("aircon.yaml", []byte(text), spec.Options{})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		f := drawAccount(t)
		others := f.foreignState()
		for range 2 { // the second run must find nothing to do
			p, err := Make(ctx, f.aws(), file, file.Environments[0], resolver, Options{Adopt: true, Prune: true})
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			f.writes = 0
			if err := Apply(ctx, f.aws(), p, noSleep); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
		}
		if f.writes > 0 {
			t.Fatalf("a second apply wrote %d times\n%s\n%s", f.writes, text, f.state())
		}
		p, err := Destroy(ctx, f.aws(), file.Environments[0], Options{})
		if err == nil {
			err = Apply(ctx, f.aws(), p, noSleep)
		}
		if err != nil || f.foreignState() != others {
			t.Fatalf("destroy: %v\n%s\ngot  %s\nwant %s", err, text, f.foreignState(), others)
		}
	})
}

// foreignState is what a destroy must leave as it was before the first apply: the options, and secrets that no drawn spec declares.
func (f *fake) foreignState() string {
	options := maps.Clone(f.env.Options)
	if text, ok := options[mwaa.OptionBackendKwargs]; ok {
		if k, err := mwaa.ParseKwargs(text); err == nil {
			options[mwaa.OptionBackendKwargs] = fmt.Sprint(k.Names()) // their order may change, not the set
			for _, name := range sortedKeys(map[string]bool{"connections_prefix": true, "connections_lookup_pattern": true, "role_arn": true, "variables_prefix": true}) {
				var value any
				options["kwarg "+name] = fmt.Sprint(k.Get(name, &value), value)
			}
			options[mwaa.OptionBackendKwargs] = fmt.Sprint(len(k.Names()))
		}
	}
	return fmt.Sprint(options, f.env.Tags, f.secrets["airflow/connections/theirs"])
}

func drawSpec(t *rapid.T) string {
	var b strings.Builder
	b.WriteString("version: 1\nenvironments:\n  analytics:\n    policy: " + rapid.SampledFrom([]string{"exact", "prefix", "none"}).Draw(t, "policy") + "\n")
	if backend := rapid.SampledFrom([]string{
		"", "connections_lookup_pattern: null", "connections_lookup_pattern: '.*'", "connections_prefix: af/c, sep: '/'", "variables_prefix: af/v",
		"variables_lookup_pattern: auto", "connections_prefix: airflow/connections/, extra_conn_words: {schema: [db]}", "config_prefix: null",
	}).Draw(t, "backend"); backend != "" {
		fmt.Fprintf(&b, "    backend: {%s}\n", backend)
	}
	b.WriteString("    connections:\n")
	for i := range rapid.IntRange(1, 3).Draw(t, "connections") {
		members := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
			"host: h", "port: 5432", "login: 'a b%/@:'", "password: {env: PW}", "schema: dw", "extra: {sslmode: require, n: 1, deep: {a: [1, null]}}", "description: d",
			"format: uri", "kms_key: alias/airflow", "secret_extra: {token: {env: PW2}}",
		}), 0, 6, rapid.ID[string]).Draw(t, "members")
		fmt.Fprintf(&b, "      c%d: {%s}\n", i, strings.Join(append([]string{"conn_type: postgres"}, members...), ", "))
	}
	if rapid.Bool().Draw(t, "variables") {
		b.WriteString("    variables: {v: text, w: {json: {a: 1}, description: d}, x: {secret: {env: PW}}}\n")
	}
	return b.String()
}

func drawAccount(t *rapid.T) *fake {
	f := newFake()
	f.env.AirflowVersion = rapid.SampledFrom(mwaa.Versions()).Draw(t, "version")
	kwargs := rapid.SampledFrom([]string{
		"", "{}", `{"connections_prefix": "other"}`, `{"connections_lookup_pattern": "^(?!aws_default$).*$", "role_arn": "arn:aws:iam::210987654321:role/r"}`,
		`{"connections_prefix": null, "variables_prefix": "airflow/variables/"}`, "{'no': JSON}",
	}).Draw(t, "kwargs")
	if rapid.Bool().Draw(t, "has a backend") {
		f.env.Options[mwaa.OptionBackend] = mwaa.BackendClass
	}
	if kwargs != "" {
		f.env.Options[mwaa.OptionBackendKwargs] = kwargs
	}
	for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"airflow/connections/c0", "airflow/connections/c1", "af/c/c0", "airflow/variables/v", "airflow/connections/theirs"}), rapid.ID[string]).Draw(t, "secrets") {
		f.stored(name, rapid.SampledFrom([]string{"postgres://h", `{"conn_type": "postgres", "host": "h"}`, "prose", `{"broken`}).Draw(t, "text"))
	}
	return f
}
