package iac

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aircon/policy"
)

const document = `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":["arn:aws:secretsmanager:eu-west-1:111122223333:secret:${a}-??????"],"Condition":{"StringEquals":{"kms:ViaService":"x"},"Bool":{}}}]}`

// TestHCL writes what terraform fmt leaves as it is; make test-clients lets Terraform itself read and apply it.
func TestHCL(t *testing.T) {
	got, err := Render("hcl", Set{Environment: "9 lives", Name: "n", Path: "/aircon/", Documents: []string{document}, Role: "etl"})
	const want = `resource "aws_iam_policy" "_9_lives_1" {
  name = "n-1"
  path = "/aircon/"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "A"
        Effect = "Allow"
        Action = "secretsmanager:GetSecretValue"
        Resource = [
          "arn:aws:secretsmanager:eu-west-1:111122223333:secret:$${a}-??????",
        ]
        Condition = {
          StringEquals = {
            "kms:ViaService" = "x"
          }
          Bool = {}
        }
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "_9_lives_1" {
  role       = "etl"
  policy_arn = aws_iam_policy._9_lives_1.arn
}
`
	if err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
	got, err = Render("hcl", Set{Environment: "a", Name: "n", Documents: []string{document, document}, Role: "etl", Inline: true})
	for _, want := range []string{"resource \"aws_iam_role_policy\" \"a_2\" {\n  name = \"n-2\"\n  role = \"etl\"\n\n"} {
		if err != nil || !strings.Contains(got, want) || strings.Contains(got, "attachment") {
			t.Errorf("%v\n%s", err, got)
		}
	}
}

// TestCloudFormation reads the template back: its policies are the documents.
func TestCloudFormation(t *testing.T) {
	for _, inline := range []bool{false, true} {
		got, err := Render("cloudformation", Set{Environment: "my env-2", Name: "n", Path: "/aircon/", Documents: []string{document, document}, Role: "etl", Inline: inline})
		if err != nil {
			t.Fatal(err)
		}
		var template struct {
			AWSTemplateFormatVersion string
			Resources                map[string]struct {
				Type       string
				Properties struct {
					ManagedPolicyName, PolicyName, RoleName string
					Roles                                   []string
					PolicyDocument                          json.RawMessage
				}
			}
		}
		if err := json.Unmarshal([]byte(got), &template); err != nil {
			t.Fatal(err)
		}
		r := template.Resources["MyEnv2Policy2"]
		if template.AWSTemplateFormatVersion != "2010-09-09" || len(template.Resources) != 2 {
			t.Errorf("%s", got)
		}
		if p := r.Properties; inline && (r.Type != "AWS::IAM::RolePolicy" || p.PolicyName != "n-2" || p.RoleName != "etl") ||
			!inline && (r.Type != "AWS::IAM::ManagedPolicy" || p.ManagedPolicyName != "n-2" || len(p.Roles) != 1 || p.Roles[0] != "etl") {
			t.Errorf("%+v", r)
		}
		if d, err := policy.Parse(r.Properties.PolicyDocument); err != nil || len(d.Statements()) != 1 {
			t.Errorf("%v", err)
		}
	}
}

func TestRefusals(t *testing.T) {
	for want, set := range map[string]Set{"name the role": {Inline: true}, "the formats are json, hcl, cloudformation": {}, "EOF": {Documents: []string{"{"}}} {
		format := map[string]string{"EOF": "hcl"}[want]
		if _, err := Render(format, set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

// member is a line of HCL that assigns.
var member = regexp.MustCompile(`^ *("(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_-]*) *= (.*)$`)

// TestHCLHoldsTheDocument draws policies and reads the HCL back as JSON: the lines that jsonencode takes, with their names quoted.
func TestHCLHoldsTheDocument(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var names []string
		for range rapid.IntRange(1, 5).Draw(rt, "secrets") {
			names = append(names, rapid.StringMatching(`[a-zA-Z0-9/_+=.@-]{1,12}`).Draw(rt, "name"))
		}
		least, err := policy.Least(policy.Reads{Region: "eu-west-1", Account: "111122223333", Names: names, Keys: []string{"arn:aws:kms:eu-west-1:111122223333:key/k"}})
		if err != nil {
			rt.Fatal(err)
		}
		text, err := Render("hcl", Set{Environment: "e", Name: "n", Documents: least.Documents})
		if err != nil {
			rt.Fatal(err)
		}
		_, inner, _ := strings.Cut(text, "jsonencode(")
		inner, _, _ = strings.Cut(inner, "\n  })")
		var got, want any
		if err := json.Unmarshal([]byte(fromHCL(inner+"\n}")), &got); err != nil {
			rt.Fatalf("%v:\n%s", err, fromHCL(inner+"\n}"))
		}
		if err := json.Unmarshal([]byte(least.Documents[0]), &want); err != nil {
			rt.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("got %v\nwant %v", got, want)
		}
	})
}

// fromHCL turns what jsonencode takes into JSON.
func fromHCL(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if m := member.FindStringSubmatch(line); m != nil {
			line = `"` + strings.Trim(m[1], `"`) + `": ` + m[2]
		}
		if !strings.HasSuffix(line, "{") && !strings.HasSuffix(line, "[") && !strings.HasSuffix(line, ",") {
			line += ","
		}
		b.WriteString(line)
	}
	trailing := regexp.MustCompile(`,\s*([}\]])`)
	return strings.TrimSuffix(trailing.ReplaceAllString(b.String(), "$1"), ",")
}
