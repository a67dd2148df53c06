package doctor

import (
	"context"
	"slices"
	"strings"
	"testing"

	"aircon/internal/network"
)

// fakeNetwork answers from its fields.
type fakeNetwork struct {
	database *network.Database
	asked    []string
}

func (f *fakeNetwork) Network(context.Context, []string) (*network.Network, error) {
	return nil, errDenied
}

func (f *fakeNetwork) Database(_ context.Context, host string) (*network.Database, error) {
	f.asked = append(f.asked, host)
	return f.database, nil
}

func foundIn(v Verdict, id string) *Finding {
	i := slices.IndexFunc(v.Findings, func(f Finding) bool { return f.ID == id })
	if i < 0 {
		return nil
	}
	return &v.Findings[i]
}

// Rows 17, 18 and 19: what a rotation, a proxy or RDS itself does to a connection.
func TestSecretsThatChange(t *testing.T) {
	const (
		domain = ".c1abc.eu-west-1.rds.amazonaws.com"
		reader = "dw.cluster-ro-c1abc.eu-west-1.rds.amazonaws.com"
		writer = "dw.cluster-c1abc.eu-west-1.rds.amazonaws.com"
		pool   = "pool.proxy-c1abc.eu-west-1.rds.amazonaws.com"
	)
	replica := &network.Database{Name: "copy", Reads: "it is a read replica of warehouse"}
	for _, test := range []struct {
		name     string
		host     string
		extra    string // members of the secret's text
		rotated  bool
		owner    string
		database *network.Database
		id       string // "": none
		says     string // in what was seen
		mend     string
	}{
		{"a reader endpoint, rotated", reader, "", true, "", nil, "AC017", "its host " + reader + " takes no writes", `"host": "` + writer + `"`},
		{"a reader endpoint, not rotated", reader, "", false, "", nil, "", "", ""},
		{"the writer endpoint, rotated", writer, "", true, "", nil, "", "", ""},
		{"a read replica, rotated", "copy" + domain, "", true, "", replica, "AC017", "it is a read replica of warehouse", "takes writes"},
		{"alternating users behind a proxy", pool, `, "masterarn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:admin-AbCdEf"`, true, "", nil, "AC018", "rotated with alternating users", "single user"},
		{"one user behind a proxy", pool, "", true, "", nil, "", "", ""},
		{"a proxy that has the secret", pool, "", false, "", &network.Database{Proxy: &network.ProxyServer{Auth: []network.ProxyAuth{{Secret: testARN}}}}, "", "", ""},
		{"a proxy that logs in by IAM itself", pool, "", false, "", &network.Database{Proxy: &network.ProxyServer{IAMToDatabase: true}}, "", "", ""},
		{"a proxy without secrets", pool, "", false, "", &network.Database{Name: "pool", Proxy: &network.ProxyServer{}}, "AC018", "has credentials from no secret", "give the proxy this secret"},
		{"a secret of RDS's", "h", "", true, "rds", nil, "AC019", "belongs to RDS", "a role of its own"},
		{"the master user's", "dw" + domain, "", false, "", &network.Database{Name: "dw", Master: "u", MasterSecret: "arn:…:rds!db"}, "AC019", "u is the master user of dw", "a role of its own"},
		{"another user than the master", "dw" + domain, "", false, "", &network.Database{Name: "dw", Master: "postgres", MasterSecret: "arn:…:rds!db"}, "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			aws := all(t)
			aws.text = `{"conn_type": "postgres", "engine": "postgres", "host": "` + test.host + `", "username": "u", "password": "p", "schema": "d"` + test.extra + `}`
			aws.secret.Rotates, aws.secret.Owner = test.rotated, test.owner
			d := Doctor{AWS: aws, Network: &fakeNetwork{database: test.database}}
			report, err := d.Examine(t.Context(), Target{Name: "analytics"}, []string{"db"})
			if err != nil {
				t.Fatal(err)
			}
			v := report.Connections[0]
			if test.id == "" {
				if len(v.Findings) > 0 {
					t.Errorf("found %+v", v.Findings)
				}
				return
			}
			f := foundIn(v, test.id)
			if f == nil || !strings.Contains(f.Seen, test.says) || !strings.Contains(f.Mend.String(), test.mend) {
				t.Errorf("%+v", v.Findings)
			}
		})
	}
}

// fakeRegion has some secrets.
type fakeRegion map[string]error

func (r fakeRegion) Secret(_ context.Context, name string) (*Secret, error) {
	err, known := r[name]
	if !known {
		err = &refusal{"ResourceNotFoundException", "Secrets Manager can't find the specified secret."}
	}
	return &Secret{Name: name}, err
}

// Row 40: the secret is in a region where the backend does not ask.
func TestSecretInAnotherRegion(t *testing.T) {
	const name = "airflow/connections/other"
	aws := all(t)
	aws.text = ""
	aws.options["secrets.backend_kwargs"] = `{"connections_prefix": "airflow/connections"}`
	aws.role.Policies[0].Document = document(t, `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "`+strings.Replace(testARN, testSecret+"-AbCdEf", name+"-??????", 1)+`"}}`)
	d := Doctor{AWS: aws, Regions: []Region{
		{"eu-west-1", fakeRegion{name: nil}}, {"us-west-2", fakeRegion{}}, {"us-east-1", fakeRegion{name: nil}}, {"eu-north-1", fakeRegion{name: errDenied}},
	}}
	report, err := d.Examine(t.Context(), Target{Name: "analytics"}, []string{"other"})
	if err != nil {
		t.Fatal(err)
	}
	v := report.Connections[0]
	f := foundIn(v, "AC040")
	if f == nil || foundIn(v, "AC039") != nil || v.BrokenAt != ArrowSecret {
		t.Fatalf("broken at %s: %+v", v.BrokenAt, v.Findings)
	}
	if !strings.Contains(f.Seen, "in eu-west-1, the environment's region, and there is one in us-east-1") ||
		f.Mend.String() != "replicate the secret into the environment's region; type: aws secretsmanager replicate-secret-to-regions --region us-east-1 --secret-id "+name+" --add-replica-regions Region=eu-west-1" {
		t.Errorf("%s\n%s", f.Seen, f.Mend)
	}
	if !slices.ContainsFunc(report.Unchecked, func(u Unchecked) bool { return u.What == "whether eu-north-1 has the secret "+name }) {
		t.Errorf("unchecked: %v", report.Unchecked)
	}
	d.Regions = nil
	report, err = d.Examine(t.Context(), Target{Name: "analytics"}, []string{"other"})
	if err != nil || foundIn(report.Connections[0], "AC039") == nil {
		t.Errorf("without other regions: %+v, %v", report, err)
	}
}

// Each host is asked about once, whoever names it.
func TestHostsAreAskedOnce(t *testing.T) {
	asked := 0
	var hosts memo[*network.Database]
	for range 3 {
		if _, err := hosts.get("h", func() (*network.Database, error) { asked++; return nil, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}
