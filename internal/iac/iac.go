// Package iac writes IAM policies for the tools that teams attach them by: Terraform's HCL and CloudFormation's JSON. It is pure.
package iac

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// Set is the policies of an environment.
type Set struct {
	Environment string   // the environment's name
	Name        string   // what the policies are called, each with a hyphen and its number behind it
	Path        string   // of managed policies; "" means /
	Description string   // of managed policies
	Documents   []string // JSON
	Role        string   // name of the role that they are for; "": they are attached to none. Inline policies need one
	Inline      bool     // as inline policies of the role
}

// name is that of the i-th policy, counted from 0.
func (s *Set) name(i int) string { return fmt.Sprintf("%s-%d", s.Name, i+1) }

// Formats are the names that Render takes.
var Formats = []string{"json", "hcl", "cloudformation"}

// Render writes the policies in a format: json for the documents as IAM takes them, one after the other; hcl for Terraform's AWS provider, as
// terraform fmt has it; cloudformation for a template in JSON.
func Render(format string, s Set) (string, error) {
	if s.Inline && s.Role == "" {
		return "", fmt.Errorf("an inline policy is a role's: name the role")
	}
	switch format {
	case "json":
		return strings.Join(s.Documents, "\n") + "\n", nil
	case "hcl":
		return s.hcl()
	case "cloudformation":
		return s.cloudFormation()
	}
	return "", fmt.Errorf("format %q: the formats are %s", format, strings.Join(Formats, ", "))
}

// resource is a CloudFormation resource.
type resource struct {
	Type       string
	Properties any
}

// managed are the properties of AWS::IAM::ManagedPolicy
// (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html).
type managed struct {
	ManagedPolicyName string
	Path              string `json:",omitempty"`
	Description       string `json:",omitempty"`
	PolicyDocument    json.RawMessage
	Roles             []string `json:",omitempty"`
}

// inline are those of AWS::IAM::RolePolicy
// (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-rolepolicy.html).
type inline struct {
	PolicyName     string
	RoleName       string
	PolicyDocument json.RawMessage
}

func (s *Set) cloudFormation() (string, error) {
	resources := map[string]resource{}
	for i, document := range s.Documents {
		text := json.RawMessage(document)
		r := resource{"AWS::IAM::ManagedPolicy", managed{s.name(i), s.Path, s.Description, text, roles(s.Role)}}
		if s.Inline {
			r = resource{"AWS::IAM::RolePolicy", inline{s.name(i), s.Role, text}}
		}
		resources[fmt.Sprintf("%sPolicy%d", logicalID(s.Environment), i+1)] = r
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(struct {
		AWSTemplateFormatVersion string
		Description              string
		Resources                map[string]resource
	}{"2010-09-09", "Lets the Airflow environment " + s.Environment + " read its connections and variables", resources})
	return b.String(), err
}

func roles(role string) []string {
	if role == "" {
		return nil
	}
	return []string{role}
}

// logicalID is a name in CloudFormation: letters and digits alone.
func logicalID(name string) string {
	var b strings.Builder
	up := true
	for _, r := range name {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			up = true
			continue
		}
		if up {
			r = unicode.ToUpper(r)
		}
		b.WriteRune(r)
		up = false
	}
	return b.String()
}
