package doctor

import (
	"context"
	"testing"

	"aircon"
	"aircon/lookup"
)

// searched is a search by the real rules, of an Airflow with these variables on one side.
func searched(t *testing.T, airflow string, side aircon.Side, id string, env map[string]string) *Patient {
	t.Helper()
	rt, err := aircon.RuntimeFor(airflow)
	if err != nil {
		t.Fatal(err)
	}
	env["AIRFLOW__SECRETS__BACKEND"] = lookup.BackendClass
	absent := func(context.Context, lookup.Client) (lookup.SecretsManager, error) { return nowhere{}, nil }
	search, err := lookup.Open(t.Context(), lookup.Options{Runtime: rt.On(side), Env: env, Secrets: absent, Survey: true})
	if err != nil {
		t.Fatal(err)
	}
	p := &Patient{Env: &Environment{Runtime: rt.On(side), Settings: search.Settings(), MWAA: &MWAA{}}, ID: id}
	if p.Trace, err = search.Connection(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	p.Entry = &p.Trace.Entries[0]
	return p
}

// nowhere has no secret at all.
type nowhere struct{}

func (nowhere) GetSecretValue(context.Context, string) (lookup.SecretValue, error) {
	return lookup.SecretValue{}, &refusal{"ResourceNotFoundException", "Secrets Manager can't find the specified secret."}
}

func TestTeamIDs(t *testing.T) {
	for _, test := range []struct {
		airflow, id, teams string
		want               string
	}{
		{"3.3.1", "team--db", "True", "AC033"},
		{"3.3.1", "team--db", "False", ""},
		{"3.2.1", "team--db", "True", ""},
		{"3.3.1", "team_db", "True", ""},
	} {
		p := searched(t, test.airflow, aircon.Server, test.id, map[string]string{"AIRFLOW__CORE__MULTI_TEAM": test.teams})
		expect(t, checkTeamID(p), test.want)
	}
}

func TestIDsThatTasksDoNotFind(t *testing.T) {
	for _, test := range []struct {
		airflow string
		side    aircon.Side
		id      string
		want    string
	}{
		{"3.0.6", aircon.Worker, "team/db", "AC050"},
		{"3.3.1", aircon.Worker, "a?b", "AC050"},
		{"3.3.1", aircon.Worker, "a#b", "AC050"},
		{"3.3.1", aircon.Worker, "a.b", ""},
		{"2.11.2", aircon.Server, "team/db", ""},
	} {
		expect(t, checkSlashID(searched(t, test.airflow, test.side, test.id, map[string]string{})), test.want)
	}
}

func expect(t *testing.T, found []Finding, want string) {
	t.Helper()
	got := ""
	for _, f := range found {
		got += f.ID
	}
	if got != want {
		t.Errorf("found %q, want %q", got, want)
	}
}
