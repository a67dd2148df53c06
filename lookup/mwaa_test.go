package lookup_test

import (
	"maps"
	"testing"

	"aircon/lookup"
	"aircon/mwaa"

	"github.com/google/go-cmp/cmp"
)

// On MWAA the search is set up by the environment's option map, over what MWAA itself sets.
func TestSettingsOfAnMWAAEnvironment(t *testing.T) {
	for _, c := range []struct {
		name, on  string
		options   map[string]string
		id        string
		want      []string // asked of Secrets Manager
		outcome   lookup.Outcome
		fromPlace int // index of the winner
	}{
		{"MWAA's default kwargs keep aws_default out", "2.10.3", map[string]string{"secrets.backend": lookup.BackendClass}, "aws_default", nil, lookup.Found, 1},
		{"the user's replace them", "2.10.3", map[string]string{
			"secrets.backend": lookup.BackendClass, "secrets.backend_kwargs": `{"connections_prefix": "x"}`,
		}, "aws_default", []string{"x/aws_default"}, lookup.Found, 1},
		{"MWAA's kwargs for workers do nothing by themselves", "3.0.6 worker", map[string]string{
			"secrets.backend": lookup.BackendClass, "secrets.backend_kwargs": `{"connections_prefix": "x"}`,
		}, "aws_default", []string{"x/aws_default"}, lookup.Found, 1},
		{"no backend", "3.3.1", nil, "aws_default", nil, lookup.Found, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			rt := runtimeOf(t, c.on)
			variables, _ := mwaa.Compose(mwaa.Setup{Version: rt.Airflow.String(), Options: c.options})
			env := map[string]string{}
			for name, value := range maps.All(variables) {
				env[name] = value.Text
			}
			s := open(t, lookup.Options{Runtime: rt, Env: env, Secrets: vault{}.open, Metastore: database{}, Now: clock()})
			trace, err := s.Connection(t.Context(), c.id)
			if err != nil {
				t.Fatal(err)
			}
			var asked []string
			if e := trace.Entries[0]; e.Class == "SecretsManagerBackend" {
				for _, ask := range e.Asked {
					asked = append(asked, ask.Name)
				}
			}
			if diff := cmp.Diff(c.want, asked); diff != "" {
				t.Error(diff)
			}
			if trace.Outcome != c.outcome || trace.Winner != c.fromPlace {
				t.Errorf("%s", story(trace))
			}
		})
	}
}
