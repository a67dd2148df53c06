package lookup_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"aircon"
	"aircon/lookup"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func newBackend(t testing.TB, on, kwargs string) *lookup.Backend {
	t.Helper()
	b, err := lookup.NewBackend(aircon.NewSecret(kwargs), runtimeOf(t, on))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNames(t *testing.T) {
	const mwaa = `{"connections_lookup_pattern": "^(?!aws_default$).*$"}`
	for _, c := range []struct {
		name, on, kwargs, id, team string
		multiTeam                  bool
		want                       lookup.Names
	}{
		{"defaults", "3.3.1", ``, "db", "", false, lookup.Names{Asked: []string{"airflow/connections/db"}}},
		{"separators at the end are stripped", "3.3.1", `{"connections_prefix": "a//"}`, "db", "", false, lookup.Names{Asked: []string{"a/db"}}},
		{"any of sep's characters", "3.3.1", `{"connections_prefix": "pab", "sep": "ab"}`, "db", "", false, lookup.Names{Asked: []string{"pabdb"}}},
		{"a null sep is the word None", "3.3.1", `{"connections_prefix": "p ", "sep": null}`, "db", "", false, lookup.Names{Asked: []string{"pNonedb"}}},
		{"an empty prefix", "3.3.1", `{"connections_prefix": ""}`, "db", "", false, lookup.Names{Asked: []string{"db"}}},
		{"a prefix of separators alone", "3.3.1", `{"connections_prefix": "/"}`, "db", "", false, lookup.Names{Asked: []string{"db"}}},
		{"a null prefix", "3.3.1", `{"connections_prefix": null}`, "db", "", false, lookup.Names{Skip: lookup.PrefixNull}},
		{"MWAA's pattern leaves aws_default out", "3.3.1", mwaa, "aws_default", "", false, lookup.Names{Skip: lookup.PatternRefused, Pattern: "^(?!aws_default$).*$"}},
		{"in any case", "3.3.1", mwaa, "AWS_Default", "", false, lookup.Names{Skip: lookup.PatternRefused, Pattern: "^(?!aws_default$).*$"}},
		{"and nothing else", "3.3.1", mwaa, "aws_default_2", "", false, lookup.Names{Asked: []string{"airflow/connections/aws_default_2"}}},
		{"a pattern is anchored at the start only", "3.3.1", `{"connections_lookup_pattern": "^your_db"}`, "your_db_2", "", false, lookup.Names{Asked: []string{"airflow/connections/your_db_2"}}},
		{"a team's name first", "3.3.1", ``, "db", "t", true, lookup.Names{Asked: []string{"airflow/connections/t--db", "airflow/connections/db"}}},
		{"teams are unknown before", "3.2.1", ``, "db", "t", true, lookup.Names{Asked: []string{"airflow/connections/db"}}},
		{"an id with the team separator", "3.3.1", ``, "a--b", "", true, lookup.Names{Skip: lookup.TeamSeparator}},
		{"which is fine on MWAA", "3.3.1", ``, "a--b", "", false, lookup.Names{Asked: []string{"airflow/connections/a--b"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBackend(t, c.on, c.kwargs)
			b.MultiTeam = c.multiTeam
			got := b.Names(lookup.Connection, c.id, c.team)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What each error becomes: only five codes, exactly spelt, are hidden.
func TestHides(t *testing.T) {
	for code, want := range map[string]lookup.Result{
		"ResourceNotFoundException": lookup.Absent,
		"InvalidRequestException":   lookup.Hidden,
		"DecryptionFailure":         lookup.Hidden,
		"AccessDeniedException":     lookup.Raised,
		"ThrottlingException":       lookup.Raised,
		// These two look alike, but the API answers the ones without "Exception".
		"DecryptionFailureException":    lookup.Raised,
		"InternalServiceErrorException": lookup.Raised,
		"":                              lookup.Raised,
	} {
		if got := lookup.Hides(code); got != want {
			t.Errorf("%s: %s, not %s", code, got, want)
		}
	}
}

func TestKwargsThatKeepAirflowFromStarting(t *testing.T) {
	for kwargs, want := range map[string]string{
		`{"connections_prefix": 5}`:    "AttributeError",
		`{"variables_prefix": ["a"]}`:  "AttributeError",
		`{"sep": 5}`:                   "TypeError",
		`{"self": 1}`:                  "TypeError",
		`{"connections_prefix": true}`: "AttributeError",
	} {
		_, err := lookup.NewBackend(aircon.NewSecret(kwargs), runtimeOf(t, "3.3.1"))
		var start *lookup.StartError
		if !errors.As(err, &start) || start.Class != want {
			t.Errorf("%s: %v", kwargs, err)
		}
	}
}

func TestClient(t *testing.T) {
	client, err := newBackend(t, "3.3.1", `{"region_name": "eu-west-1", "role_arn": "arn:aws:iam::111122223333:role/r", "assume_role_kwargs":
		{"ExternalId": "x"}, "aws_access_key_id": "AKIA", "aws_secret_access_key": "hunter2", "config_kwargs": {"retries": {"max_attempts": 2}},
		"verify": false, "use_ssl": false}`).Client()
	if err != nil {
		t.Fatal(err)
	}
	if client.Region != "eu-west-1" || client.RoleARN == "" || client.AssumeRoleMethod != "assume_role" || client.ExternalID != "x" ||
		client.SecretAccessKey.Reveal() != "hunter2" || client.MaxAttempts != 3 || !client.InsecureTLS || !client.PlainHTTP {
		t.Errorf("%+v", client)
	}
	if all := client.Arguments() + client.Session(); strings.Contains(all, "hunter2") {
		t.Error("the arguments show the key")
	}
	for kwargs, code := range map[string]string{
		`{"role_arn": "r", "assume_role_method": "bad"}`:         "NotImplementedError",
		`{"config_kwargs": {"retry": 1}}`:                        "TypeError",
		`{"config_kwargs": {"retries": {"mode": "x"}}}`:          "InvalidRetryModeError",
		`{"config_kwargs": {"retries": {"max_attempts": -1}}}`:   "InvalidMaxRetryAttemptsError",
		`{"config_kwargs": {"retries": {"attempts": 1}}}`:        "InvalidRetryConfigurationError",
		`{"session_kwargs": "x"}`:                                "AttributeError",
		`{"role_arn": "r", "assume_role_method": null}`:          "NotImplementedError",
		`{"config_kwargs": {"retries": {"mode": "standard"}}}`:   "",
		`{"role_arn": null, "assume_role_method": "not needed"}`: "",
	} {
		_, err := newBackend(t, "3.3.1", kwargs).Client()
		var problem *lookup.Problem
		if errors.As(err, &problem); code != "" && (problem == nil || problem.Code != code) || code == "" && err != nil {
			t.Errorf("%s: %v", kwargs, err)
		}
	}
}

// Any JSON for kwargs, id and secret: nothing panics, no error or trace shows the secret's text, and reading a text apart from asking
// for it comes to the same.
func TestAnyKwargs(t *testing.T) {
	value := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.Bool(), toAny), rapid.Map(rapid.IntRange(-2, 7), toAny), rapid.Map(rapid.StringMatching(`[a-z/(\[^$?\-]{0,6}`), toAny),
		rapid.Map(rapid.SliceOfN(rapid.StringMatching(`[a-z]{0,4}`), 0, 2), toAny),
		rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"user", "host", "bad", "schema"}), rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,3}`), 0, 2), 0, 2), toAny),
	)
	rapid.Check(t, func(rt *rapid.T) {
		kwargs := rapid.MapOfN(rapid.SampledFrom(append(lookup.KnownKwargs(runtimeOf(t, "2.9.2")), "are_secret_values_urlencoded", "full_url_mode", "x")), value, 0, 4).Draw(rt, "kwargs")
		text, err := json.Marshal(kwargs)
		if err != nil {
			rt.Fatal(err)
		}
		on := rapid.SampledFrom([]string{"2.9.2", "2.10.3", "3.0.6 worker", "3.3.1", "3.3.1 worker"}).Draw(rt, "on")
		id := rapid.StringMatching(`[a-z_/?#%.\-]{0,8}`).Draw(rt, "id")
		secret := rapid.SampledFrom([]string{rds, "postgres://u:hunter2@h", `{"user":`, "", " ", `{"hunter2": 5, "user": 5, "key": "hunter2"}`}).Draw(rt, "secret")
		env := map[string]string{"AIRFLOW__SECRETS__BACKEND_KWARGS": string(text)}
		s := open(t, options(t, on, env, everything(secret), database{}))
		trace, err := s.Connection(t.Context(), id)
		if err != nil {
			rt.Fatal(err)
		}
		shown, err := json.Marshal(trace)
		if err != nil || strings.Contains(strings.ReplaceAll(string(shown), `"field":"hunter2"`, ""), "hunter2") {
			rt.Fatalf("%v: %s", err, shown)
		}
		if b := s.Settings().Backend; b != nil && trace.Winner == 0 {
			reading := b.ReadConnection(id, aircon.NewSecret(secret))
			if len(b.Names(lookup.Connection, id, "").Asked) == 0 || reading.Problem != nil || reading.Conn.Host != trace.Conn.Host {
				rt.Fatalf("names and text apart give %+v, the search %s", reading, story(trace))
			}
		}
	})
}

func toAny[T any](v T) any { return v }

// everything is a vault in which each name holds the same text.
func everything(text string) vault { return vault{"*": text} }
