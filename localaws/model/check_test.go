package model_test

import (
	"errors"
	"strings"
	"testing"

	"aircon/localaws/model"
	"aircon/localaws/op"
)

func ptr[T any](v T) *T { return &v }

// inputs of the shapes that services have.
type (
	createKey struct {
		Description *string
		Tags        []struct{ TagKey, TagValue string }
	}
	encrypt struct {
		KeyID     string `json:"KeyId"`
		Plaintext []byte
	}
	createGrant struct {
		KeyID            *string `json:"KeyId"`
		GranteePrincipal *string
		Operations       []string
	}
	createRole struct {
		RoleName                 *string
		AssumeRolePolicyDocument *string
		MaxSessionDuration       *int
		Path                     *string
		Tags                     []struct{ Key, Value *string }
	}
	untagUser struct {
		UserName *string
		TagKeys  []string
	}
	assumeRole struct {
		RoleArn         *string
		RoleSessionName *string
		DurationSeconds *int
	}
	putSecret struct {
		SecretId           string
		ClientRequestToken string
		SecretString       *string
		VersionStages      []string
	}
	listSecrets struct {
		SortOrder string
		Filters   []struct {
			Key    string
			Values []string
		}
	}
	updateEnvironment struct {
		Name                        string
		AirflowConfigurationOptions map[string]string
		LoggingConfiguration        *struct {
			TaskLogs *struct {
				Enabled  *bool
				LogLevel string
			}
		}
		NetworkConfiguration *struct{ SecurityGroupIds []string }
	}
	tagEnvironment struct {
		ResourceArn string
		Tags        map[string]string
	}
)

const fails = "' failed to satisfy constraint: Member must "

// TestWords holds refusals against what AWS answers.
func TestWords(t *testing.T) {
	long := strings.Repeat("v", 257)
	tests := map[string]struct {
		operation string
		in, sent  any
		want      string // without the code
	}{
		"nothing wrong": {"kms.CreateKey", &createKey{Description: ptr("é")}, nil, ""},
		// KMS, recorded 2025-01-21 and 2023-04-13: what is sensitive does not show
		"a value too long": {
			"kms.CreateKey", &createKey{Tags: []struct{ TagKey, TagValue string }{{"k", long}}}, nil,
			"1 validation error detected: Value '" + long + "' at 'tags.1.member.tagValue" + fails + "have length less than or equal to 256",
		},
		"a secret too long": {
			"kms.Encrypt", &encrypt{"k", make([]byte, 4097)}, nil,
			"1 validation error detected: Value at 'plaintext" + fails + "have length less than or equal to 4096",
		},
		"required": {
			"kms.Encrypt", &encrypt{}, nil,
			"2 validation errors detected: Value null at 'keyId" + fails + "not be null; Value null at 'plaintext" + fails + "not be null",
		},
		"sent and empty": {
			"kms.Encrypt", &encrypt{Plaintext: []byte("x")},
			map[string]any{"KeyId": ""},
			"1 validation error detected: Value '' at 'keyId" + fails + "have length greater than or equal to 1",
		},
		"a word of a list": {
			"kms.CreateGrant", &createGrant{ptr("k"), ptr("arn:aws:iam::111122223333:role/r"), []string{"Decrypt", "Guess"}}, nil,
			"1 validation error detected: Value '[Decrypt, Guess]' at 'operations" + fails + "satisfy constraint: [Member must satisfy enum value set: [Decrypt, Encrypt, ",
		},
		// STS, recorded 2025-07-21
		"a pattern": {
			"sts.AssumeRole", &assumeRole{ptr("arn:aws:iam::111122223333:role/r"), ptr("Session1:2"), nil}, nil,
			`1 validation error detected: Value 'Session1:2' at 'roleSessionName` + fails + `satisfy regular expression pattern: [\w+=,.@-]*`,
		},
		// STS, as its callers report it (iam_role duration of terraform's and vault's issues)
		"a number": {
			"sts.AssumeRole", &assumeRole{ptr("arn:aws:iam::111122223333:role/r"), ptr("me"), ptr(43_201)}, nil,
			"1 validation error detected: Value '43201' at 'durationSeconds" + fails + "have value less than or equal to 43200",
		},
		// IAM shows no values
		"IAM's null and number": {
			"iam.CreateRole", &createRole{AssumeRolePolicyDocument: ptr("{}"), MaxSessionDuration: ptr(1)}, nil,
			"2 validation errors detected: Value at 'roleName" + fails + "not be null; Value at 'maxSessionDuration" + fails + "have value greater than or equal to 3600",
		},
		"IAM's tag": {
			"iam.CreateRole", &createRole{RoleName: ptr("r"), AssumeRolePolicyDocument: ptr("{}"), Tags: []struct{ Key, Value *string }{{ptr("a"), ptr("")}, {ptr("b#"), nil}}}, nil,
			`2 validation errors detected: Value at 'tags.2.member.key` + fails + `satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+; Value at 'tags.2.member.value` + fails + "not be null",
		},
		"IAM's list": {
			"iam.UntagUser", &untagUser{ptr("u"), []string{"a", "b#", ""}}, nil,
			"1 validation error detected: Value at 'tagKeys" + fails + "satisfy constraint: [Member must have length less than or equal to 128, " +
				`Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member must not be null]`,
		},
		"IAM's own sentence": {
			"iam.CreateRole", &createRole{RoleName: ptr("a b"), Path: ptr("x")}, nil,
			"The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
		},
		"the service's own member": {"secretsmanager.PutSecretValue", &putSecret{SecretId: "s", ClientRequestToken: "short"}, nil, ""},
		"an own member that is required": {
			"secretsmanager.PutSecretValue", &putSecret{SecretString: ptr("")},
			map[string]any{"SecretString": ""},
			"2 validation errors detected: Value null at 'secretId" + fails + "not be null; Value at 'secretString" + fails + "have length greater than or equal to 1",
		},
		"too many": {
			"secretsmanager.PutSecretValue", &putSecret{SecretId: "s", VersionStages: strings.Split(strings.Repeat("a", 21), "")}, nil,
			"1 validation error detected: Value '[a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]' at 'versionStages" + fails + "have length less than or equal to 20",
		},
		"one of a set": {
			"secretsmanager.ListSecrets", &listSecrets{SortOrder: "up"}, nil,
			"1 validation error detected: Value 'up' at 'sortOrder" + fails + "satisfy enum value set: [asc, desc]",
		},
		"empty within a list": {
			"secretsmanager.ListSecrets", &listSecrets{Filters: []struct {
				Key    string
				Values []string
			}{{"name", []string{"a"}}, {"", []string{"!a"}}}},
			map[string]any{"Filters": []any{map[string]any{"Key": "name"}, map[string]any{"Key": ""}}},
			"1 validation error detected: Value '' at 'filters.2.member.key" + fails + "satisfy enum value set: [description, ",
		},
		"a sensitive map": {
			"airflow.UpdateEnvironment", &updateEnvironment{Name: "e", AirflowConfigurationOptions: map[string]string{"core.x": "s3cr3t\n"}}, nil,
			"1 validation error detected: Value at 'airflowConfigurationOptions' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 65536, " +
				"Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [ -~]+]",
		},
		"a map": {
			"airflow.TagResource", &tagEnvironment{"arn:aws:airflow:eu-west-1:123456789012:environment/e", map[string]string{"b": "é\n", "a": "1"}}, nil,
			`1 validation error detected: Value '{a=1, b=é` + "\n" + `}' at 'tags' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 256, ` +
				`Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ([\p{L}\p{Z}\p{N}_.:/=+\-@]*)]`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := refusal(t, tt.operation, tt.in, tt.sent)
			if tt.want == "" && got != "" || tt.want != "" && !strings.HasPrefix(got, tt.want) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

var own = model.Own{Members: []string{"PutSecretValue.ClientRequestToken", "SecretId"}, Sentences: map[string]string{
	"RoleName": "It must contain only alphanumeric characters and/or the following: +=,.@_-",
}}

// refusal checks an input and returns the message; the code hangs on the protocol.
func refusal(t testing.TB, operation string, in, sent any) string {
	t.Helper()
	service, name, _ := strings.Cut(operation, ".")
	s := model.Of(service)
	if s.Operation(name) == nil {
		t.Fatalf("no operation %s", operation)
	}
	err := s.Checker(name, in, own).Check(in, sent)
	if err == nil {
		return ""
	}
	var refused *op.Error
	want := "ValidationException"
	if s.Protocol == "query" {
		want = "ValidationError"
	}
	if !errors.As(err, &refused) || refused.Code != want || refused.Status != 0 {
		t.Fatalf("got %#v, want a %s", err, want)
	}
	return refused.Message
}

func TestUnknownOperation(t *testing.T) {
	if c := model.Of("sts").Checker("Nothing", &encrypt{}, own); c != nil || c.Check(&encrypt{}, nil) != nil {
		t.Error("an operation that is not in the model has a checker")
	}
}

// TestNoAllocation: a valid input costs none, whatever it is made of.
func TestNoAllocation(t *testing.T) {
	document := strings.Repeat(" ", 1000)
	for operation, in := range valid(document) {
		service, name, _ := strings.Cut(operation, ".")
		c := model.Of(service).Checker(name, in, own)
		if err := c.Check(in, nil); err != nil {
			t.Fatalf("%s: %v", operation, err)
		}
		if n := testing.AllocsPerRun(100, func() { _ = c.Check(in, nil) }); n != 0 {
			t.Errorf("%s: %v allocations", operation, n)
		}
	}
}

func valid(document string) map[string]any {
	return map[string]any{
		"kms.CreateKey":                 &createKey{ptr("d"), []struct{ TagKey, TagValue string }{{"a", "b"}, {"c", "d"}}},
		"kms.CreateGrant":               &createGrant{ptr("k"), ptr("arn:aws:iam::111122223333:role/r"), []string{"Decrypt", "Encrypt"}},
		"iam.CreateRole":                &createRole{ptr("r"), &document, ptr(3600), ptr("/a/"), []struct{ Key, Value *string }{{ptr("a"), ptr("b")}}},
		"secretsmanager.PutSecretValue": &putSecret{"s", strings.Repeat("0", 32), &document, []string{"AWSCURRENT"}},
		"airflow.TagResource":           &tagEnvironment{"arn:aws:airflow:eu-west-1:123456789012:environment/e", map[string]string{"a": "b", "c": "d"}},
	}
}

func BenchmarkCheck(b *testing.B) {
	for operation, in := range valid(`{"Version":"2012-10-17","Statement":[]}`) {
		b.Run(operation, func(b *testing.B) {
			service, name, _ := strings.Cut(operation, ".")
			c := model.Of(service).Checker(name, in, own)
			b.ReportAllocs()
			for b.Loop() {
				if err := c.Check(in, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRead measures what the first request to a service pays for its model.
func BenchmarkRead(b *testing.B) {
	for name := range counts {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				model.Read(name)
			}
		})
	}
}
