package doctor

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"aircon"
	"aircon/internal/probe"
	"aircon/pghook"
)

// worker is a doctor's Inside that answers the same for each connection.
func worker(a probe.Answer) AskWorker {
	return func(_ context.Context, _, _ string, questions []probe.Question) (*probe.Answers, error) {
		all := &probe.Answers{Python: "3.11.9", Airflow: "2.10.3"}
		for _, q := range questions {
			a.ConnID = q.ConnID
			all.Connections = append(all.Connections, a)
		}
		return all, nil
	}
}

// here is a Prober that stops at a phase; "" means that it does not.
func here(failed pghook.Phase, cause pghook.Cause) Prober {
	return func(context.Context, aircon.Connection, aircon.Runtime) *Probed {
		if failed == "" {
			return &Probed{}
		}
		return &Probed{Report: pghook.Report{Failed: failed, Cause: cause, Err: errors.New("it stops")}}
	}
}

func raised(class, code, message string) *probe.Hook {
	return &probe.Hook{Error: &probe.Error{Class: class, Code: code, Message: message}}
}

var opened = &probe.Hook{Opened: true, User: "u", Database: "d"}

const fromSecrets = "SecretsManagerBackend"

func TestVerdictFollowsTheWorker(t *testing.T) {
	hba := raised("OperationalError", "", `connection failed: FATAL:  no pg_hba.conf entry for host "10.0.1.7", user "u"`)
	for _, test := range []struct {
		name    string
		here    Prober
		worker  probe.Answer
		outcome Outcome
		at      Arrow
		want    []string // severity, id, and words of the finding
	}{
		{"both open it", here("", ""), probe.Answer{Found: fromSecrets, Hook: opened}, Works, "", nil},
		{
			"only the worker reaches it", here(pghook.PhaseConnect, pghook.CauseRefused),
			probe.Answer{Found: fromSecrets, Hook: opened},
			Works, "",
			[]string{"info", "AC158", "this machine alone is concerned"},
		},
		{
			"only this machine resolves its name", here("", ""),
			probe.Answer{Found: fromSecrets, Hook: raised("OperationalError", "", "could not translate"), Reach: &probe.Reach{Failed: "resolve", Error: &probe.Error{Class: "gaierror"}}},
			Broken, ArrowNetwork,
			[]string{"error", "AC185", "from this machine it opens", "let the environment's VPC resolve h"},
		},
		{
			"the server's file names only this machine", here("", ""),
			probe.Answer{Found: fromSecrets, Hook: hba, Reach: &probe.Reach{Address: "10.0.2.9", From: "10.0.1.7"}},
			Broken, ArrowLogin,
			[]string{"error", "AC185", "no pg_hba.conf entry", `hostssl "d" "u" 10.0.1.7/32 scram-sha-256`},
		},
		{
			"a name that only the worker resolves, and a password that is wrong", here(pghook.PhaseResolve, pghook.CauseUnresolved),
			probe.Answer{Found: fromSecrets, Hook: raised("OperationalError", "28P01", "FATAL:  password authentication failed"), Reach: &probe.Reach{Address: "10.0.2.9"}},
			Broken, ArrowLogin,
			[]string{"info", "AC159", "this machine alone", "error", "AC185", "correct login and password"},
		},
		{
			"neither is let in", here(pghook.PhaseLogin, pghook.CausePassword),
			probe.Answer{Found: fromSecrets, Hook: raised("OperationalError", "28P01", "no")},
			Broken, ArrowLogin,
			[]string{"error", "stopped here, too: OperationalError 28P01: no"},
		},
		{
			"a worker that finds nothing", here("", ""),
			probe.Answer{Sources: []probe.Source{{Class: fromSecrets, Result: "nothing", Error: &probe.Error{Class: "ClientError", Code: "AccessDeniedException", Message: "explicit deny"}}}},
			Broken, ArrowSecret,
			[]string{"error", "AC186", "a worker finds nothing", "explicit deny", "VPC endpoint's"},
		},
		{
			"a worker that finds another", here("", ""),
			probe.Answer{Found: metastoreClass, Hook: opened, Sources: []probe.Source{{Class: metastoreClass, Result: "found"}}},
			Broken, ArrowSecret,
			[]string{"error", "AC186", "a worker takes it from MetastoreBackend", "AIRFLOW_CONN_DB"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := Doctor{AWS: all(t), Probe: test.here, Inside: worker(test.worker)}
			r, err := d.Examine(t.Context(), Target{Name: "analytics"}, []string{"db"})
			if err != nil {
				t.Fatal(err)
			}
			v := r.Connections[0]
			if v.Outcome != test.outcome || v.BrokenAt != test.at {
				t.Errorf("%s at %q: %+v", v.Outcome, v.BrokenAt, v.Arrows)
			}
			var found strings.Builder
			for _, f := range v.Findings {
				found.WriteString(string(f.Severity) + " " + f.ID + " " + f.Seen + " " + f.Mend.String() + "\n")
			}
			for _, want := range test.want {
				if !strings.Contains(found.String(), want) {
					t.Errorf("%q is missing in the findings:\n%s", want, found.String())
				}
			}
			if len(test.want) == 0 && found.Len() > 0 {
				t.Errorf("found %s", found.String())
			}
			if !slices.ContainsFunc(r.Vantage, func(v View) bool { return v.Name == FromWorker }) {
				t.Errorf("the view is missing in %v", r.Vantage)
			}
		})
	}
}

// TestWorkerStops tells where a worker stops by the words that psycopg2 and psycopg 3 pass on.
func TestWorkerStops(t *testing.T) {
	port := &probe.Reach{Address: "10.0.2.9"}
	for _, test := range []struct {
		hook  *probe.Hook
		reach *probe.Reach
		want  Arrow
	}{
		{raised("OperationalError", "", `connection to server at "h" (10.0.2.9), port 5432 failed: FATAL:  database "d" does not exist`), port, ArrowDatabase},
		{raised("OperationalError", "", `FATAL:  permission denied for database "d"`), port, ArrowDatabase},
		{raised("OperationalError", "", `FATAL:  password authentication failed for user "u"`), port, ArrowLogin},
		{raised("OperationalError", "", `server does not support SSL, but SSL was required`), port, ArrowTLS},
		{raised("OperationalError", "", `root certificate file "/usr/local/airflow/.postgresql/root.crt" does not exist`), port, ArrowTLS},
		{raised("OperationalError", "", "timeout expired"), port, ArrowNetwork},
		{raised("OperationalError", "", ""), port, ArrowLogin},
		{raised("ProgrammingError", "", `invalid connection option "sslmod"`), port, ArrowHook},
		{raised("InsufficientPrivilege", "42501", "permission denied"), port, ArrowQuery},
		{raised("InvalidCatalogName", "3D000", "no"), port, ArrowDatabase},
		{raised("OperationalError", "", ""), &probe.Reach{Failed: "connect"}, ArrowNetwork},
	} {
		if got := stopOf(&probe.Answer{Hook: test.hook, Reach: test.reach}); got != test.want {
			t.Errorf("%s: stops at %s, want %s", test.hook.Error, got, test.want)
		}
	}
}

// TestWorkerIsAskedForNoMoreThanIsSafe keeps workers from opening what was misread, and from quoting what nobody has read.
func TestWorkerIsAskedForNoMoreThanIsSafe(t *testing.T) {
	for _, test := range []struct {
		name, text  string
		open, words bool
	}{
		{"a good text", `{"conn_type": "postgres", "host": "h", "login": "u", "password": "p"}`, true, true},
		{"a password in pieces", "postgres://u:1234/ss@h/d", false, true},
		{"a text that the caller may not read", "", true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			aws := all(t)
			aws.text = test.text
			var asked probe.Question
			d := Doctor{AWS: aws, Inside: func(_ context.Context, _, _ string, questions []probe.Question) (*probe.Answers, error) {
				asked = questions[0]
				return nil, net.ErrClosed
			}}
			r, err := d.Examine(t.Context(), Target{Name: "analytics"}, []string{"db"})
			if err != nil {
				t.Fatal(err)
			}
			if asked.Open != test.open || asked.Words != test.words {
				t.Errorf("it was asked %+v", asked)
			}
			if !slices.ContainsFunc(r.Unchecked, func(u Unchecked) bool { return strings.Contains(u.What, "a worker") && u.Why == net.ErrClosed.Error() }) {
				t.Errorf("unchecked: %v", r.Unchecked)
			}
		})
	}
}

func TestLeastHasTheWorkersPermission(t *testing.T) {
	const want = `"arn:aws:airflow:eu-west-1:` + testAccount + `:role/analytics/User"`
	for _, inside := range []AskWorker{nil, worker(probe.Answer{})} {
		d := Doctor{AWS: all(t), Inside: inside}
		text, err := d.Least(t.Context(), Target{Name: "analytics"}, []string{"db"})
		if err != nil {
			t.Fatal(err)
		}
		if has := strings.Contains(text, "airflow:InvokeRestApi") && strings.Contains(text, want); has != (inside != nil) {
			t.Errorf("with --inside %t:\n%s", inside != nil, text)
		}
	}
}

// TestWorkerThatMayNotBeAsked costs that view alone, and says what to type.
func TestWorkerThatMayNotBeAsked(t *testing.T) {
	d := Doctor{AWS: all(t), Probe: here("", ""), Inside: func(context.Context, string, string, []probe.Question) (*probe.Answers, error) { return nil, errDenied }}
	r, err := d.Examine(t.Context(), Target{Name: "analytics"}, []string{"db"})
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Connections[0]; v.Outcome != Works {
		t.Errorf("%s: %+v", v.Outcome, v.Arrows)
	}
	if !slices.ContainsFunc(r.Unchecked, func(u Unchecked) bool { return strings.Contains(u.Why, "aircon doctor --inside --print-policy") }) {
		t.Errorf("unchecked: %v", r.Unchecked)
	}
}
