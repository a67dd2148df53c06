package main

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"aircon/aircontest"
	"aircon/internal/doctor"
	"aircon/localaws"
	"aircon/localaws/mwaa"
)

// policyWorld is a local AWS with an environment, two connections of which one is under a customer key, and a user who is to have nothing but
// doctor's least policy.
type policyWorld struct {
	*testing.T
	aws  *aircontest.LocalAWS
	user map[string]string // its AWS variables
}

const policySpec = `version: 1
environments:
  analytics:
    connections:
      db: {conn_type: postgres, host: h, password: {env: ETL_PASSWORD}}
      secured: {conn_type: postgres, host: h, password: {env: ETL_PASSWORD}, kms_key: alias/airflow}
`

func newPolicyWorld(t *testing.T) *policyWorld {
	t.Helper()
	w := &policyWorld{T: t, aws: aircontest.NewLocalAWS(t, localaws.Options{MWAA: mwaa.Options{Create: -1, Update: -1, Delete: -1}})}
	w.aws.Setenv(t)
	t.Setenv("ETL_PASSWORD", "p")
	t.Chdir(t.TempDir())
	if err := makeEnvironment(t.Context(), w.aws.Env(), "analytics", "2.10.3"); err != nil {
		t.Fatal(err)
	}
	key := keyID.FindSubmatch(w.call("kms", "CreateKey", `{}`))
	w.call("kms", "CreateAlias", `{"AliasName": "alias/airflow", "TargetKeyId": "`+string(key[1])+`"}`)
	w.call("iam", "PutRolePolicy", `{"RoleName": "analytics-execution", "PolicyName": "dags", "PolicyDocument": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}}`)
	if err := os.WriteFile("aircon.yaml", []byte(policySpec), 0o600); err != nil {
		t.Fatal(err)
	}
	w.aircon(exitDone, "apply", "--yes")
	w.call("iam", "CreateUser", `{"UserName": "doctor"}`)
	made := w.call("iam", "CreateAccessKey", `{"UserName": "doctor"}`)
	w.user = map[string]string{"AWS_ACCESS_KEY_ID": between(t, made, "AccessKeyId"), "AWS_SECRET_ACCESS_KEY": between(t, made, "SecretAccessKey")}
	return w
}

func between(t *testing.T, xml []byte, element string) string {
	t.Helper()
	found := regexp.MustCompile("<" + element + ">([^<]+)<").FindSubmatch(xml)
	if found == nil {
		t.Fatalf("no %s in the answer", element)
	}
	return string(found[1])
}

func (w *policyWorld) call(service, operation, input string) []byte {
	w.Helper()
	answer, err := callLocal(w.Context(), w.aws.Env(), service, operation, input)
	if err != nil {
		w.Fatal(err)
	}
	return answer
}

// aircon runs a command, which must end with a status, and returns what it prints on both streams.
func (w *policyWorld) aircon(want int, args ...string) (string, string) {
	w.Helper()
	var out, complaints bytes.Buffer
	code := run(w.Context(), world{in: strings.NewReader(""), out: &out, err: &complaints, getenv: os.Getenv}, args)
	if code != want {
		w.Fatalf("aircon %s: status %d\n%s%s", strings.Join(args, " "), code, out.String(), complaints.String())
	}
	return out.String(), complaints.String()
}

// allow gives the user a policy and nothing else.
func (w *policyWorld) allow(document string) {
	w.Helper()
	input, err := json.Marshal(map[string]string{"UserName": "doctor", "PolicyName": "doctor", "PolicyDocument": document})
	if err != nil {
		w.Fatal(err)
	}
	w.call("iam", "PutUserPolicy", string(input))
}

// examine is doctor's report. Of local AWS it asks neither EC2 nor RDS, which it has not.
func (w *policyWorld) examine() *doctor.Report {
	w.Helper()
	text, _ := w.aircon(exitDone, "doctor", "--connect=false", "--network=false", "--output", "json")
	var r doctor.Report
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		w.Fatal(err)
	}
	r.Vantage = nil // it names the caller
	return &r
}

// withoutAction takes an action out of a policy.
func withoutAction(t *testing.T, document, action string) string {
	t.Helper()
	var p struct {
		Version   string
		Statement []map[string]any
	}
	if err := json.Unmarshal([]byte(document), &p); err != nil {
		t.Fatal(err)
	}
	p.Statement = slices.DeleteFunc(p.Statement, func(s map[string]any) bool {
		left := slices.DeleteFunc(s["Action"].([]any), func(a any) bool { return a == action })
		s["Action"] = left
		return len(left) == 0
	})
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	judged        = []doctor.Arrow{doctor.ArrowPermission}
	judgedWithKey = []doctor.Arrow{doctor.ArrowPermission, doctor.ArrowKey}
	texts         = []doctor.Arrow{doctor.ArrowSecret, doctor.ArrowText}
	onKey         = []doctor.Arrow{doctor.ArrowKey}
)

// lost are the arrows before the hook that cannot be checked without a permission, of both connections: secured has a customer key.
// Those from the hook on nobody checks here.
var lost = map[string]struct{ db, secured []doctor.Arrow }{
	"iam:GetRole":                        {judged, judgedWithKey},
	"iam:ListAttachedRolePolicies":       {judged, judgedWithKey},
	"iam:ListRolePolicies":               {judged, judgedWithKey},
	"iam:GetRolePolicy":                  {judged, judgedWithKey},
	"iam:GetPolicy":                      {judged, judgedWithKey},
	"iam:GetPolicyVersion":               {judged, judgedWithKey},
	"iam:SimulatePrincipalPolicy":        {},
	"secretsmanager:ListSecrets":         {},
	"secretsmanager:BatchGetSecretValue": {}, // each is read alone then
	"secretsmanager:DescribeSecret":      {}, // the list tells as much, as long as all is well
	"secretsmanager:GetSecretValue":      {texts, texts},
	"secretsmanager:GetResourcePolicy":   {judged, judged},
	"kms:DescribeKey":                    {nil, onKey},
	"kms:GetKeyPolicy":                   {nil, onKey},
	"kms:Decrypt":                        {nil, texts},
}

// silent are the permissions that nothing is unchecked without.
var silent = []string{"secretsmanager:BatchGetSecretValue", "secretsmanager:DescribeSecret"}

// TestDoctorsLeastPolicySuffices gives a user what doctor --print-policy prints, and then all of it but one permission, for each.
func TestDoctorsLeastPolicySuffices(t *testing.T) {
	w := newPolicyWorld(t)
	least, _ := w.aircon(exitDone, "doctor", "--print-policy")
	whole := w.examine()
	for name, value := range w.user {
		t.Setenv(name, value)
	}
	w.allow(least)
	if got := w.examine(); !reflect.DeepEqual(got, whole) {
		t.Fatalf("with the least policy the report is\n%+v\nand the administrator's\n%+v", got, whole)
	}
	if again, _ := w.aircon(exitDone, "doctor", "--print-policy"); again != least {
		t.Errorf("asked by the user itself, the policy is\n%s\nand not\n%s", again, least)
	}
	for action, want := range lost {
		t.Run(action, func(t *testing.T) {
			if !strings.Contains(least, `"`+action+`"`) {
				t.Error("the policy does not give it")
			}
			w.allow(withoutAction(t, least, action))
			got := w.examine()
			said, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(said), "the caller lacks "+action) == slices.Contains(silent, action) {
				t.Errorf("what it says of it: %s", said)
			}
			for i, arrows := range [][]doctor.Arrow{want.db, want.secured} {
				v := got.Connections[i]
				if missing := uncheckedArrows(v); !slices.Equal(missing, arrows) {
					t.Errorf("unchecked of %s are %v, want %v", v.ConnID, missing, arrows)
				}
				if len(v.Findings) > 0 {
					t.Errorf("it finds %+v", v.Findings)
				}
			}
		})
	}
	w.allow(withoutAction(t, least, "airflow:GetEnvironment"))
	if _, said := w.aircon(exitUnreachable, "doctor"); !strings.Contains(said, "airflow:GetEnvironment") {
		t.Errorf("without the environment it says %s", said)
	}
}

// uncheckedArrows are those before the hook.
func uncheckedArrows(v doctor.Verdict) []doctor.Arrow {
	var all []doctor.Arrow
	for _, s := range v.Arrows {
		if s.Arrow == doctor.ArrowHook {
			break
		}
		if s.State == doctor.StateUnchecked {
			all = append(all, s.Arrow)
		}
	}
	return all
}
