package awsapi

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	awsmwaa "github.com/aws/aws-sdk-go-v2/service/mwaa"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"aircon/internal/doctor"
	"aircon/internal/plan"
	"aircon/internal/spec"
	"aircon/localaws"
	"aircon/localaws/organisation"
	secrets "aircon/localaws/secretsmanager"
	"aircon/mwaa"
)

// examine lets doctor look at a spec's connections, without opening databases.
func (w *world) examine(t *testing.T, file *spec.File) *doctor.Report {
	t.Helper()
	d := doctor.Doctor{AWS: w}
	report, err := d.Examine(t.Context(), doctor.Target{Name: "analytics", Spec: file.Environments[0]}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// ids are the findings of a report.
func ids(r *doctor.Report) []string {
	all := []string{}
	for _, f := range r.Findings {
		all = append(all, f.ID)
	}
	for _, v := range r.Connections {
		for _, f := range v.Findings {
			all = append(all, v.ConnID+" "+f.ID)
		}
	}
	return all
}

// TestLocalAWSDoctorCallsAreFew counts what an examination asks of AWS. docs/performance.md says why.
func TestLocalAWSDoctorCallsAreFew(t *testing.T) {
	for _, n := range []int{1, 100, 200} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := newWorld(t)
			file := manyConnections(t, n)
			w.apply(t, w.plan(t, file, plan.Options{}))
			clear(w.calls)
			report := w.examine(t, file)
			if found := ids(report); len(found) > 0 || len(report.Connections) != n {
				t.Errorf("%d connections, found %v", len(report.Connections), found)
			}
			want := map[string]int{
				"GetCallerIdentity": 1, "GetEnvironment": 1,
				"GetRole": 1, "ListAttachedRolePolicies": 1, "GetPolicy": 1, "GetPolicyVersion": 1, "ListRolePolicies": 1, "SimulatePrincipalPolicy": 1,
				"ListSecrets": (n + 99) / 100, "BatchGetSecretValue": (n + 19) / 20, "GetResourcePolicy": n,
			}
			if fmt.Sprint(w.calls) != fmt.Sprint(want) {
				t.Errorf("got %v, want %v", w.calls, want)
			}
			for i := 1; i < n; i++ {
				if report.Connections[i-1].ConnID >= report.Connections[i].ConnID {
					t.Fatalf("%s stands before %s", report.Connections[i-1].ConnID, report.Connections[i].ConnID)
				}
			}
		})
	}
}

// TestLocalAWSDoctorSeesThroughALaggingList changes secrets while ListSecrets shows what was there a day ago.
func TestLocalAWSDoctorSeesThroughALaggingList(t *testing.T) {
	w := newWorld(t, secrets.Options{ListLag: 24 * time.Hour})
	file := manyConnections(t, 2)
	w.apply(t, w.plan(t, file, plan.Options{}))
	if found := ids(w.examine(t, file)); len(found) > 0 {
		t.Errorf("secrets that are not listed yet: %v", found)
	}
	w.clock.Advance(48 * time.Hour)
	name := aws.String("airflow/connections/c0001")
	if _, err := w.secrets.DeleteSecret(t.Context(), &secretsmanager.DeleteSecretInput{SecretId: name}); err != nil {
		t.Fatal(err)
	}
	if found := ids(w.examine(t, file)); !slices.Equal(found, []string{"c0001 AC030"}) {
		t.Errorf("a deleted secret that is listed still: %v", found)
	}
	w.clock.Advance(48 * time.Hour)
	if _, err := w.secrets.RestoreSecret(t.Context(), &secretsmanager.RestoreSecretInput{SecretId: name}); err != nil {
		t.Fatal(err)
	}
	if found := ids(w.examine(t, file)); len(found) > 0 {
		t.Errorf("a restored secret that is listed as deleted: %v", found)
	}
	w.makeKey(t)
	w.clock.Advance(48 * time.Hour)
	if _, err := w.secrets.UpdateSecret(t.Context(), &secretsmanager.UpdateSecretInput{SecretId: name, KmsKeyId: aws.String("alias/airflow")}); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(48 * time.Hour)
	if found := ids(w.examine(t, file)); !slices.Equal(found, []string{"c0001 AC009"}) {
		t.Errorf("a secret under a key that the role may not use: %v", found)
	}
	if _, err := w.secrets.UpdateSecret(t.Context(), &secretsmanager.UpdateSecretInput{SecretId: name, KmsKeyId: aws.String("alias/aws/secretsmanager")}); err != nil {
		t.Fatal(err)
	}
	if found := ids(w.examine(t, file)); len(found) > 0 {
		t.Errorf("a secret that has left that key, and is listed under it still: %v", found)
	}
}

// frozen lets nobody of the member account read secrets.
const frozen = `{
  "Id": "o-exampleorgid", "MasterAccountId": "999999999999",
  "Policies": {"p-frozen": {"Type": "SERVICE_CONTROL_POLICY",
    "Content": {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}}}},
  "Root": {"Id": "r-ab12", "Policies": ["p-FullAWSAccess"], "Accounts": {"999999999999": [], "123456789012": ["p-FullAWSAccess", "p-frozen"]}}
}`

// TestLocalAWSSecondOpinion lets an organization forbid what the role's own policies allow: only IAM's simulator knows.
func TestLocalAWSSecondOpinion(t *testing.T) {
	organization, err := organisation.Parse([]byte(frozen))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldOf(t, localaws.Options{Organisation: organization})
	if _, err := w.secrets.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("airflow/connections/db"), SecretString: aws.String("{}")}); err != nil {
		t.Fatal(err)
	}
	backend := map[string]string{"secrets.backend": mwaa.BackendClass, "secrets.backend_kwargs": `{"connections_lookup_pattern": "^db$"}`}
	if _, err := w.mwaa.UpdateEnvironment(t.Context(), &awsmwaa.UpdateEnvironmentInput{Name: aws.String("analytics"), AirflowConfigurationOptions: backend}); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	file := parse(t, "version: 1\nenvironments:\n  analytics:\n    connections:\n      db: {conn_type: postgres}\n")
	least := `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:*:*:secret:airflow/connections/db-??????"}}`
	if _, err := w.iam.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: aws.String("analytics"), PolicyName: aws.String("least"), PolicyDocument: &least}); err != nil {
		t.Fatal(err)
	}
	report := w.examine(t, file)
	var opinion doctor.Finding
	for _, f := range report.Connections[0].Findings {
		if f.ID == "AC180" {
			opinion = f
		}
	}
	for _, want := range []string{"IAM's simulator says explicitDeny (a service control policy of the organization does not allow it)", "aircon says allowed (by a statement of least)"} {
		if !strings.Contains(opinion.Seen, want) {
			t.Errorf("AC180 says %q, and not %q; found: %v", opinion.Seen, want, ids(report))
		}
	}
}
