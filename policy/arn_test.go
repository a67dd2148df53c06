package policy

import "testing"

func TestParseARN(t *testing.T) {
	for text, want := range map[string]ARN{
		"arn:aws:iam::111122223333:role/service-role/tasks":                   {"aws", "iam", "", "111122223333", "role/service-role/tasks"},
		"arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:a/b-AbCdEf": {"aws-cn", "secretsmanager", "cn-north-1", "111122223333", "secret:a/b-AbCdEf"},
		"arn:aws:s3:::bucket": {"aws", "s3", "", "", "bucket"},
		"arn:::::":            {},
	} {
		if got, ok := ParseARN(text); !ok || got != want {
			t.Errorf("%s: %+v, %v; want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "*", "arn", "arn:aws:iam::111122223333", "urn:aws:iam::111122223333:role/x", "my:secret:with:five:colons:x"} {
		if got, ok := ParseARN(text); ok || got != (ARN{}) {
			t.Errorf("%s is read as %+v", text, got)
		}
	}
	for resource, want := range map[string]string{"role/service-role/tasks": "tasks", "root": "root", "role/": ""} {
		if got := (ARN{Resource: resource}).Name(); got != want {
			t.Errorf("%s: got %q, want %q", resource, got, want)
		}
	}
}
