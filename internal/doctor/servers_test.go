package doctor

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"aircon"
	"aircon/lookup"
	"aircon/pghook"
)

// crowd is an AWS with many secrets that all lead to one server.
type crowd struct{ *fakeAWS }

func (c crowd) SecretValues(_ context.Context, names []string) (map[string]Value, error) {
	values := map[string]Value{}
	for _, name := range names {
		values[name] = Value{SecretValue: lookup.SecretValue{Text: aircon.NewSecret(c.text), ARN: c.arn(name)}}
	}
	return values, nil
}

// TestDoctorsOwnSessionsDoNotCount opens forty databases on a server that has one session to give.
func TestDoctorsOwnSessionsDoNotCount(t *testing.T) {
	aws := crowd{all(t)}
	aws.options["secrets.backend_kwargs"] = `{"connections_prefix": "airflow/connections", "connections_lookup_pattern": "^db"}`
	aws.names, aws.secret = nil, &Secret{Name: testSecret, ARN: testARN, Current: true}
	aws.role.Policies[0].Document = document(t, `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:*:*:secret:airflow/connections/db*"}}`)
	var ids []string
	for i := range 40 {
		ids = append(ids, fmt.Sprintf("db%02d", i))
		aws.names = append(aws.names, "airflow/connections/"+ids[i])
	}
	var mu sync.Mutex
	free, refused := 1, 0
	together := make(chan struct{}) // closed by the second session, so that the first is surely open when it begins
	probe := func(_ context.Context, conn aircon.Connection, _ aircon.Runtime) *Probed {
		mu.Lock()
		free--
		full := free < 0
		if full && refused == 0 {
			close(together)
		}
		if full {
			refused++
		}
		first := refused == 0
		mu.Unlock()
		if first {
			<-together
		}
		mu.Lock()
		defer mu.Unlock()
		free++
		if full {
			return &Probed{Report: pghook.Report{Failed: pghook.PhaseDatabase, SQLState: tooMany, Err: errDenied}}
		}
		return &Probed{}
	}
	d := Doctor{AWS: aws, Probe: probe}
	report, err := d.Examine(t.Context(), Target{Name: "analytics"}, ids)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range report.Connections {
		if v.ConnID != ids[i] || v.Outcome != Works {
			t.Errorf("%s: %s at %s: %v", v.ConnID, v.Outcome, v.BrokenAt, v.Findings)
		}
	}
	if refused == 0 {
		t.Error("no two sessions were open at the same time")
	}
}

// TestOneSecondOpinion holds what IAM's simulator says against the own evaluation.
func TestOneSecondOpinion(t *testing.T) {
	for _, test := range []struct{ opinion, want string }{
		{"allowed", ""},
		{"implicitDeny", "IAM's simulator says implicitDeny, aircon says allowed (by a statement of least)"},
		{"explicitDeny", "IAM's simulator says explicitDeny"},
	} {
		aws := all(t)
		aws.opinion = test.opinion
		_, v := examine(t, aws)
		seen := ""
		for _, f := range v.Findings {
			if f.ID == "AC180" {
				seen = f.Seen
			}
		}
		if (seen == "") != (test.want == "") || !strings.Contains(seen, test.want) {
			t.Errorf("%s: %q, want %q", test.opinion, seen, test.want)
		}
	}
}
